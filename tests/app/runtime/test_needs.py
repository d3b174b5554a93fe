"""Who may call what follows from what modules declare."""

from __future__ import annotations

import pytest

from app.runtime.needs import codecs_of, modules_above, needs_by_module, outbox_key
from app.runtime.plan import Plan, make_plan
from app.wiring import find_modules


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(find_modules())


def test_a_module_may_call_what_its_container_declares_and_read_what_it_listens_to(plan: Plan) -> None:
    needs = needs_by_module(plan)
    assert {"catalog.v1", "inventory.v1", "payments.v1"} <= needs["orders"]
    assert "accounts.v1" not in needs["orders"]
    assert outbox_key("catalog") in needs["inventory"]
    assert outbox_key("payments") not in needs["inventory"]


def test_every_contract_and_every_outbox_has_an_encoding(plan: Plan) -> None:
    codecs = codecs_of(plan)
    assert {"catalog.v1", "catalog.outbox.v1", "orders.v1", "orders.outbox.v1"} <= codecs.keys()
    assert all(codec.key == key for key, codec in codecs.items())
    assert codecs["catalog.outbox.v1"].operations["pull"].path == "catalog.outbox.v1/pull"


def test_a_call_may_come_on_behalf_of_whoever_needs_the_caller_directly_or_not(plan: Plan) -> None:
    above = modules_above(plan)
    assert {"inventory", "orders", "storefront"} <= above["inventory"]
    assert "catalog" not in above["inventory"]
    assert above["storefront"] == {"storefront"}
