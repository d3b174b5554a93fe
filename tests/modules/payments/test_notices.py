"""A call-back is taken if it is signed, once, early or late; it is a reason to ask, and only the answer is booked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from contracts.kit import Unavailable
from contracts.payments import Notice, NoticeRefused, NoticeUnreadable, PaymentState, RefundState
from modules.payments.domain import Answer, Standing
from modules.payments.signatures import TOLERANCE, sign
from tests.modules.payments.stand import PRICE, SECRET, Stand, order

ONE = order(1)
HELD = {"provider:held": 4990, "customers:holds": -4990}


def notice(stand: Stand, body: bytes, name: str = "msg_1", secret: str = SECRET, **ago: float) -> Notice:
    """Return a call-back signed as the provider signs it, perhaps some time ago."""
    timestamp = str(int((stand.manual.now() - timedelta(**ago)).timestamp()))
    return Notice(id=name, timestamp=timestamp, signature=sign(secret, name, timestamp, body), body=body)


async def about(stand: Stand, name: str = "msg_1") -> Notice:
    """Return a call-back about the order's payment."""
    payment = await stand.service.get_payment(ONE)
    return notice(stand, msgspec.json.encode({"type": "payment.changed", "payment": payment.id}), name)


async def open_notices(stand: Stand) -> int:
    """Return how many call-backs are still to be followed."""
    async with stand.database.read() as session:
        count = await session.scalar(text("SELECT count(*) FROM notices WHERE next_look IS NOT NULL"))
    assert isinstance(count, int)
    return count


async def test_the_signature_is_that_of_the_standard() -> None:
    # The example of the specification's reference library.
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == expected


async def test_an_authorisation_that_timed_out_is_found_by_a_call_back_before_its_time(stand: Stand) -> None:
    stand.line.cut = "after"
    with pytest.raises(Unavailable):
        await stand.service.authorise(ONE, PRICE, "tok_success")
    stand.line.cut = None
    await stand.service.take_notice(await about(stand))
    assert (await stand.service.get_payment(ONE)).state is PaymentState.PENDING
    assert await stand.settlement.once() == 1
    assert (await stand.service.get_payment(ONE)).state is PaymentState.AUTHORISED
    assert await stand.balances() == HELD
    assert await open_notices(stand) == 0


async def test_a_call_back_that_comes_twice_is_followed_once(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    stand.line.calls.clear()
    for _ in range(3):
        await stand.service.take_notice(await about(stand))
        await stand.settlement.once()
    await asyncio.gather(*[stand.service.take_notice(await about(stand, "msg_2")) for _ in range(5)])
    await stand.settlement.once()
    assert stand.line.calls == ["ask", "ask"]
    assert (await stand.balances(), len(await stand.events())) == (HELD, 1)


async def test_a_call_back_before_our_own_answer_and_the_answer_are_booked_once(stand: Stand) -> None:
    async def call_back() -> None:
        await stand.service.take_notice(await about(stand))
        assert await stand.settlement.once() == 1
        assert (await stand.service.get_payment(ONE)).state is PaymentState.AUTHORISED

    stand.line.meanwhile = call_back
    assert (await stand.service.authorise(ONE, PRICE, "tok_success")).state is PaymentState.AUTHORISED
    assert (await stand.balances(), len(await stand.events())) == (HELD, 1)


async def test_late_ones_and_those_out_of_order_tell_nothing_old(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    early = await about(stand)
    await stand.service.capture(ONE)
    await stand.service.take_notice(await about(stand, "msg_2"))
    await stand.service.take_notice(early)
    assert await stand.settlement.once() == 2
    assert (await stand.service.get_payment(ONE)).state is PaymentState.CAPTURED
    assert len(await stand.events()) == 2


async def test_what_the_provider_did_of_its_own_accord_is_learnt(stand: Stand) -> None:
    payment = await stand.service.authorise(ONE, PRICE, "tok_success")
    assert await stand.container.provider().void(payment.id) == Answer(Standing.VOIDED)
    assert await stand.settle_later(minutes=60) == 0
    await stand.service.take_notice(await about(stand))
    await stand.settlement.once()
    assert (await stand.service.get_payment(ONE)).state is PaymentState.VOIDED
    assert await stand.balances() == {}


async def test_a_provider_that_is_silent_after_its_call_back_is_asked_again(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    await stand.service.take_notice(await about(stand))
    stand.line.cut = "after"
    assert await stand.settlement.once() == 1
    assert await open_notices(stand) == 1
    stand.line.cut = None
    assert await stand.settle_later(seconds=4) == 0
    assert await stand.settle_later(seconds=1) == 1
    assert await open_notices(stand) == 0


async def test_one_about_an_unknown_payment_is_remembered_and_does_nothing(stand: Stand) -> None:
    body = b'{"type": "payment.changed", "payment": "pay_of_somebody"}'
    for _ in range(2):
        await stand.service.take_notice(notice(stand, body))
    assert await stand.settlement.once() == 0
    async with stand.database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM notices")) == 1
    stand.manual.advance(days=31)
    await stand.service.take_notice(notice(stand, body, "msg_2"))
    async with stand.database.read() as session:
        assert list(await session.scalars(text("SELECT id FROM notices"))) == ["msg_2"]


async def test_only_what_the_provider_signed_not_long_ago_is_taken(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    good = await about(stand)
    limit = TOLERANCE.total_seconds()
    other = "whsec_" + "A" * 32
    bad = [
        msgspec.structs.replace(good, body=good.body + b" "),
        msgspec.structs.replace(good, id="msg_2"),
        msgspec.structs.replace(good, timestamp=str(int(good.timestamp) + 1)),
        msgspec.structs.replace(good, timestamp="now"),
        msgspec.structs.replace(good, timestamp="9" * 400),
        msgspec.structs.replace(good, timestamp="-1"),
        msgspec.structs.replace(good, signature=""),
        msgspec.structs.replace(good, signature="v1,é"),
        msgspec.structs.replace(good, signature=good.signature.removeprefix("v1,")),
        notice(stand, good.body, secret=other),
        notice(stand, good.body, seconds=limit + 1),
        notice(stand, good.body, seconds=-limit - 2),
    ]
    for each in bad:
        with pytest.raises(NoticeRefused):
            await stand.service.take_notice(each)
    assert await open_notices(stand) == 0
    several = msgspec.structs.replace(good, signature=f"v1,wrong v2,other {good.signature}")
    await stand.service.take_notice(several)
    await stand.service.take_notice(notice(stand, good.body, "msg_3", seconds=limit - 1))
    assert await open_notices(stand) == 2


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff", b'{"type": "other", "payment": "p"}'])
async def test_what_is_signed_but_not_understood_is_said_to_be(stand: Stand, body: bytes) -> None:
    with pytest.raises(NoticeUnreadable):
        await stand.service.take_notice(notice(stand, body))


async def test_without_secrets_nothing_from_outside_is_taken(stand: Stand) -> None:
    closed = Stand(stand.database, secrets=())
    await closed.service.authorise(ONE, PRICE, "tok_success")
    with pytest.raises(NoticeRefused):
        await closed.service.take_notice(await about(closed))


@pytest.mark.parametrize("secrets", [(SECRET,), ()])
async def test_the_sandbox_calls_back_late_and_signed(stand: Stand, secrets: tuple[str, ...]) -> None:
    stand = Stand(stand.database, secrets=secrets)
    with pytest.raises(Unavailable):
        await stand.service.authorise(ONE, PRICE, "tok_late")
    calls = stand.container.sandbox_calls()
    assert await calls.once() == 0
    stand.manual.advance(seconds=1)
    assert await calls.once() == 1
    assert await calls.once() == 0
    assert await stand.settlement.once() == 1
    assert (await stand.service.get_payment(ONE)).state is PaymentState.AUTHORISED


async def test_the_sandbox_calls_back_twice_and_for_refunds_too(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_twice")
    await stand.service.capture(ONE)
    refund = await stand.service.refund(ONE, PRICE, "a")
    assert refund.state is RefundState.DONE
    assert await stand.container.sandbox_calls().once() == 3
    assert await stand.settlement.once() == 3
    assert (await stand.balances(), len(await stand.events())) == ({}, 3)


async def test_a_refund_is_found_to_be_done_by_its_call_back(stand: Stand) -> None:
    with pytest.raises(Unavailable):
        await stand.service.authorise(ONE, PRICE, "tok_late")
    stand.manual.advance(seconds=1)
    await stand.service.authorise(ONE, PRICE, "tok_late")
    await stand.service.capture(ONE)
    assert (await stand.service.refund(ONE, PRICE, "a")).state is RefundState.PENDING
    stand.manual.advance(seconds=1)
    assert await stand.container.sandbox_calls().once() == 3
    await stand.settlement.once()
    assert await stand.balances() == {}


async def test_a_call_back_that_is_not_taken_is_made_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Notice) -> None:
        raise OSError("the disk is full")

    await stand.service.authorise(ONE, PRICE, "tok_early")
    calls = stand.container.sandbox_calls()
    with monkeypatch.context() as patch:
        patch.setattr(stand.container.notices(), "take", fail)
        assert await calls.once() == 1
    assert "is tried again" in caplog.text
    assert await calls.once() == 0
    stand.manual.advance(seconds=5)
    assert await calls.once() == 1
    assert await open_notices(stand) == 1


async def test_an_answer_later_than_our_deadline_is_found(stand: Stand) -> None:
    stand = Stand(stand.database, slow_seconds=60)
    asking = asyncio.create_task(stand.service.authorise(ONE, PRICE, "tok_early"))  # done at once, answered later
    while await stand.container.sandbox_calls().once() == 0:  # noqa: ASYNC110  # a row says it
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await stand.service.get_payment(ONE)).state is PaymentState.PENDING
    await stand.settlement.once()
    assert (await stand.service.get_payment(ONE)).state is PaymentState.AUTHORISED
    assert await stand.balances() == HELD


async def test_a_card_whose_every_first_answer_is_lost_pays_and_is_refunded_all_the_same(stand: Stand) -> None:
    for step in (
        lambda: stand.service.authorise(ONE, PRICE, "tok_lost"),
        lambda: stand.service.capture(ONE),
        lambda: stand.service.refund(ONE, PRICE, "a"),
    ):
        with pytest.raises(Unavailable):
            await step()
        assert await stand.settle_later(seconds=5) == 1
    assert (await stand.balances(), len(await stand.events())) == ({}, 3)
