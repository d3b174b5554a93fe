"""What became of contracts: the verdict on all changes together, and the sentences on those that break."""

from __future__ import annotations

import msgspec

from app.evolution.changes import changes
from app.evolution.report import evolutions, said
from app.evolution.shape import ContractShape
from app.evolution.verdict import Verdict, overall, verdict
from tests.app.evolution.versions import NEW, OLD

FILE = "contracts/shop.py"


def only(shape: ContractShape, *names: str) -> ContractShape:
    operations = {name: each for name, each in shape.operations.items() if name in names}
    return msgspec.structs.replace(shape, operations=operations, events={})


def breaks(old: ContractShape, new: ContractShape) -> list[str]:
    (evolution,) = evolutions({"shop.v1": old}, {"shop.v1": new})
    return [sentence for _, sentence in evolution.breaks(FILE)]


def test_a_field_is_named_once_however_often_its_message_is_used() -> None:
    found = [each for each in changes(OLD, NEW) if each.owner == "OtherPrice.amount" and each.part == "response"]
    assert [(said(each), each.more) for each in found] == [
        ("shop.v1 all: item price.amount (OtherPrice.amount) and 2 more places: a whole number → text", 2)
    ]


def test_what_breaks_is_said_with_its_mend() -> None:
    (sentence,) = breaks(only(OLD, "get"), msgspec.structs.replace(only(NEW, "get"), operations=_retyped()))
    assert sentence == (
        "shop.v1 get: result price.amount (OtherPrice.amount): a whole number → text: its result's field price.amount "
        "is a whole number with old providers and text with new callers; keep what was: freeze contracts/shop.py of "
        "the last release as contracts/shop_v1.py, make the change in version 2 and let the module provide both, as "
        "long as somebody calls shop.v1."
    )


def _retyped() -> dict[str, object]:
    return {"get": msgspec.structs.replace(NEW.operations["get"], parameters=OLD.operations["get"].parameters)}


def test_opposite_orders_break_together() -> None:
    (sentence,) = breaks(only(OLD, "find", "buy"), only(OLD, "find", "same"))
    assert sentence.startswith(
        "shop.v1 same: added needs the provider upgraded first, and shop.v1 buy: removed the callers, so no order "
        "serves both; bring out one of them before you make the other, or keep what was: freeze "
    )


def test_nothing_to_say_where_an_order_serves() -> None:
    assert breaks(only(OLD, "find"), only(OLD, "find", "buy")) == []
    assert evolutions({"shop.v1": OLD}, {"shop.v1": OLD}) == []


def test_contracts_come_and_go() -> None:
    came, gone = evolutions({"shop.v2": OLD}, {"shop.v1": OLD})
    assert (came.contract, came.verdict, came.changes[0].what) == ("shop.v1", Verdict.PROVIDER_FIRST, "added")
    assert (gone.contract, gone.verdict, gone.changes[0].what) == ("shop.v2", Verdict.CALLERS_FIRST, "removed")


def test_orders_that_several_changes_leave() -> None:
    safe, provider, callers, breaking = Verdict
    assert overall([]) is overall([safe]) is safe
    assert overall([safe, provider]) is provider
    assert overall([callers, callers]) is callers
    assert overall([provider, callers]) is overall([safe, breaking]) is breaking
    assert verdict(provider_first=False, callers_first=False) is breaking
