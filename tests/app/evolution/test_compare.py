"""What hosts of two versions cannot say to each other, in the sentences that they refuse with."""

from __future__ import annotations

import msgspec

from app.evolution.compare import mismatches
from app.evolution.shape import ContractShape
from tests.app.evolution.versions import NEW, OLD


def test_each_sentence_names_the_operation_and_the_field() -> None:
    assert mismatches(OLD, NEW) == {
        "all": "all: its item's field price.amount is text there and a whole number here",
        "buy": "buy: it is atomic here, and so retried, and not repeatable there",
        "count": "count: it is a stream there and a query here",
        "find": "find: its parameter size is a whole number from 1 to 99 here and a whole number from 1 to 50 there",
        "get": "get: its parameter size is not sent here and is required there",
        "look": "look: its error shop.gone's field sku is a whole number there and text here",
        "event:shop.sold": "shop.sold: its field price.amount is text there and a whole number here",
    }


def test_the_other_way_round_it_is_judged_for_the_other_caller() -> None:
    found = mismatches(NEW, OLD)
    assert "buy" not in found  # not retried
    assert found["get"] == "get: its result's field price.amount is a whole number there and text here"
    assert found["find"] == "find: its result[]'s field price.amount is a whole number there and text here"


def test_an_error_that_only_they_know_does_not_fit() -> None:
    operations = {"look": msgspec.structs.replace(NEW.operations["look"], raises={"shop.lost": _EMPTY})}
    theirs = ContractShape("shop.v1", operations)
    mine = msgspec.structs.replace(OLD, operations={"look": OLD.operations["look"]}, events={})
    assert mismatches(mine, theirs) == {"look": "look: it raises shop.lost there, which is unknown here"}


def test_what_is_not_there_at_all() -> None:
    found = mismatches(OLD, ContractShape("shop.v1"))
    assert found["get"] == "get: there is no such operation there"
    assert found["event:shop.sold"] == "shop.sold: there is no such event there"
    assert mismatches(ContractShape("shop.v1"), OLD) == {}


def test_a_kind_that_a_later_version_brings_is_unknown_and_no_crash() -> None:
    later = msgspec.json.decode(
        msgspec.json.encode(OLD).replace(b'{"kind":"int"}', b'{"kind":"ratio","of":3}'), type=ContractShape
    )
    assert mismatches(OLD, later)["get"] == (
        "get: its result's field price.amount is a ratio, which is unknown there and a whole number here"
    )


_EMPTY = NEW.operations["look"].raises["shop.lost"]
