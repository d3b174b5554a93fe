"""While many shop, are refused, cancel, bring back, and are revoked, the books are in order at every look."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from contracts.inventory import Inventory
from contracts.kit import Role
from contracts.orders import NotAvailable, Orders, OrderState, PaymentRefused, TooLate
from contracts.values import Sku
from modules.auditor import auditor
from modules.auditor.rules import Rule
from tests.conformance.goods import shelve
from tests.conformance.shoppers import Shopper
from tests.modules.auditor.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")

CARDS = ("tok_success", "tok_success", "tok_lost", "tok_late", "tok_early", "tok_slow", "tok_decline")


async def shop(stand: Stand, skus: tuple[Sku, ...], luck: random.Random, times: int) -> Counter[str]:
    """Buy, cancel, bring something back, and have the store revoke what was bought; return what came of it."""
    shopper, seen = Shopper(stand.stage), Counter[str]()
    for _ in range(times):
        card = luck.choice(CARDS)
        try:
            if card == "tok_slow":
                slow = await shopper.buy_slowly(luck.choice(skus))
                with shopper.acting() as orders:
                    seen[(await orders.cancel_order(slow.order_id)).state] += 1
                await slow.buying
                continue
            order = await shopper.buy(luck.choice(skus), luck.randint(1, 3), card)
            if luck.random() < 0.4 and order.state is OrderState.PAID:
                with stand.stage.acting(Role.STAFF):
                    await stand.stage.contract(Inventory).restock(order.lines[0].sku, 1, order.id)
                seen["returned"] += 1
            if luck.random() < 0.4:
                with stand.stage.acting(Role.STAFF):
                    order = await stand.stage.contract(Orders).revoke_order(order.id)
            seen[order.state] += 1
        except (PaymentRefused, NotAvailable, TooLate) as refusal:
            seen[refusal.code] += 1
    return seen


async def test_the_books_are_in_order_while_many_shop_and_afterwards(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditor, "PAGE", 15)
    skus = await shelve(stand.stage, 20, 40, 60)
    luck = random.Random(7)
    crowd = asyncio.gather(*(shop(stand, skus, random.Random(luck.random()), 3) for _ in range(8)))
    audits = 0
    while not crowd.done():
        assert (await stand.audit(late=0.1)).findings == ()
        audits += 1
    seen = sum(await crowd, Counter[str]())
    assert audits > 1
    assert min(seen["paid"], seen["cancelled"], seen["returned"], seen["orders.payment_refused"]) > 0, seen
    report = await stand.audit()
    assert report.findings == ()
    checked = {tally.rule: tally.checked for tally in report.rules}
    assert set(checked) == {str(rule) for rule in Rule}
    assert checked["payment-of-order"] >= sum(seen.values()) - seen["orders.not_available"] - seen["returned"]
    assert all(checked.values())
