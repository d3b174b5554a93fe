"""A call-back over HTTP: through the gateway to the payments, with nothing but a status for an answer."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from app.config import GatewaySettings
from app.gateway import Gateway, ModuleStatus, Status
from app.runtime.host import Host
from contracts.kit import SYSTEM, Actor, Context, Unavailable
from contracts.kit.context import scope
from contracts.payments import Payment, Payments, PaymentState
from contracts.values import Money, OrderId
from tests.builders import running, shop_parts

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SETTINGS = {"payments": {"webhook_secrets": [SECRET], "settle_after_seconds": 3600, "sandbox_slow_seconds": 0.3}}
ONE, PRICE = OrderId("F000000001"), Money(amount=4990, currency="EUR")


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    """The payments, which ask the provider by themselves only after an hour, and the webhooks."""
    async with running(*shop_parts("payments", "webhooks"), data=tmp_path / "data", settings=SETTINGS) as host:
        yield host


@contextmanager
def system() -> Iterator[None]:
    with scope(context=Context(actor=Actor(id="orders", roles=SYSTEM))):
        yield


def browser(host: Host) -> httpx2.AsyncClient:
    """Return a client of the gateway before a host."""
    status = Status(True, (ModuleStatus("webhooks", "ready"),))
    gateway = Gateway(GatewaySettings(), host.slots.values, lambda: status)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(gateway), base_url="https://shop.example")


def signed(body: bytes, name: str = "msg_1") -> dict[str, str]:
    """Return a call-back's headers."""
    now = str(int(time.time()))
    digest = hmac.digest(b64decode(SECRET.removeprefix("whsec_")), f"{name}.{now}.".encode() + body, "sha256")
    return {"webhook-id": name, "webhook-timestamp": now, "webhook-signature": f"v1,{b64encode(digest).decode()}"}


async def lost(host: Host) -> Payment:
    """Return a payment whose authorisation was made and whose answer was lost."""
    payments = host.proxy(Payments)
    with system():
        with pytest.raises(Unavailable):
            await payments.authorise(ONE, PRICE, "tok_lost")
        return await payments.get_payment(ONE)


async def test_a_call_back_has_a_lost_answer_found(host: Host) -> None:
    payment = await lost(host)
    assert payment.state is PaymentState.PENDING
    body = json.dumps({"type": "payment.changed", "payment": payment.id}).encode()
    async with browser(host) as provider:
        for _ in range(2):
            answer = await provider.post("/webhooks/payments", content=body, headers=signed(body))
            assert (answer.status_code, answer.content) == (204, b"")
    with system():
        async with asyncio.timeout(10):
            while (await host.proxy(Payments).get_payment(ONE)).state is not PaymentState.AUTHORISED:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("headers", [{}, {"webhook-signature": "v1,AAAA"}, {"webhook-timestamp": "1"}])
async def test_who_did_not_sign_learns_nothing(host: Host, headers: dict[str, str]) -> None:
    body = json.dumps({"type": "payment.changed", "payment": (await lost(host)).id}).encode()
    async with browser(host) as stranger:
        sent = {} if not headers else signed(body) | headers
        answer = await stranger.post("/webhooks/payments", content=body, headers=sent)
    assert (answer.status_code, answer.content) == (401, b"")


async def test_what_is_not_understood_and_what_is_too_long_is_refused(host: Host) -> None:
    async with browser(host) as provider:
        answer = await provider.post("/webhooks/payments", content=b"[]", headers=signed(b"[]"))
        assert (answer.status_code, answer.content) == (400, b"")
        long = {**signed(b"[]"), "webhook-id": "m" * 1001}
        assert (await provider.post("/webhooks/payments", content=b"[]", headers=long)).status_code == 400
        large = await provider.post("/webhooks/payments", content=b" " * (2**20 + 1), headers=signed(b""))
        assert large.status_code == 413
        assert (await provider.get("/webhooks/payments")).status_code == 405
        assert (await provider.post("/webhooks/others")).status_code == 404


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"cookie": "a=b"}]
)
async def test_a_browser_is_turned_away_whatever_it_brings(host: Host, headers: dict[str, str]) -> None:
    body = b'{"type": "payment.changed", "payment": "pay_x"}'
    async with browser(host) as stranger:
        answer = await stranger.post("/webhooks/payments", content=body, headers=signed(body) | headers)
        assert answer.status_code == 403
        assert (await stranger.post("/webhooks/payments", content=body, headers=signed(body))).status_code == 204


async def test_without_payments_the_provider_is_told_to_call_again(tmp_path: Path) -> None:
    async with running(*shop_parts("webhooks"), data=tmp_path / "data") as host, browser(host) as provider:
        answer = await provider.post("/webhooks/payments", content=b"{}", headers=signed(b"{}"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
