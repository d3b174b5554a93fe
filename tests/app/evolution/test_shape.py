"""A contract's shape: what it holds, and that JSON gives it back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, NewType, Protocol

import msgspec
from msgspec import Meta

from app.evolution.annotations import Types
from app.evolution.shape import ContractShape, FieldShape, MessageShape, TypeShape, shape_of
from contracts.kit import STAFF, Error, Event, Message, atomic, command, contract, contract_of
from tests.contracts.every import CONTRACTS

Sku = NewType("Sku", str)


class Unit(StrEnum):
    PIECE = "piece"
    GRAM = "gram"


class Box(Message):
    sku: Annotated[Sku, Meta(max_length=9)]
    unit: Unit = Unit.PIECE
    inside: tuple[Box, ...] = ()
    marks: frozenset[str] = frozenset({"b", "a"})


class Full(Error):
    code = "boxes.full"
    box: Box | None


class Packed(Event):
    code: ClassVar[str] = "boxes.packed"
    key: ClassVar[str] = "sku"
    sku: Sku


class Other(Event):
    code: ClassVar[str] = "boxes.other"
    key: ClassVar[str] = "sku"
    sku: Sku


@contract(version=2, events=(Packed,))
class Boxes(Protocol):
    @command(atomic, deadline=2, allow=STAFF, raises=(Full,))
    async def pack(self, box: Box, *, times: Annotated[int, Meta(gt=0)] = 1) -> Box: ...


SHAPE = shape_of(contract_of(Boxes), "boxes.v2")
TEXT = TypeShape("text")
BOX = TypeShape("message", name="Box")


def test_it_says_all_that_can_be_relied_on() -> None:
    pack = SHAPE.operations["pack"]
    assert (pack.kind, pack.repeat, pack.deadline) == ("command", "atomic", 2.0)
    assert pack.allow == ("operator", "staff", "system")
    assert pack.parameters == {"box": FieldShape(BOX), "times": FieldShape(TypeShape("int", ge=1), 1)}
    assert pack.returns == BOX
    assert pack.raises["boxes.full"].fields["box"].type == TypeShape("union", items=(BOX, TypeShape("none")))
    assert SHAPE.events["boxes.packed"].key == "sku"
    assert SHAPE.types == {
        "Box": MessageShape(
            {
                "inside": FieldShape(TypeShape("list", items=(BOX,)), []),
                "marks": FieldShape(TypeShape("set", items=(TEXT,)), ["a", "b"]),
                "sku": FieldShape(TypeShape("text", max_length=9)),
                "unit": FieldShape(TypeShape("values", values=("gram", "piece")), "piece"),
            }
        )
    }


def test_an_outbox_is_given_the_events_that_count() -> None:
    assert list(shape_of(contract_of(Boxes), "boxes.outbox.v1", (Other,)).events) == ["boxes.other"]
    assert shape_of(contract_of(Boxes), "boxes.v2", ()).events == {}


def test_json_gives_back_every_contracts_shape() -> None:
    for each in (contract_of(Boxes), *CONTRACTS):
        shape = shape_of(each, str(each))
        assert msgspec.json.decode(msgspec.json.encode(shape), type=ContractShape) == shape


def test_two_messages_of_one_name_are_told_apart() -> None:
    types = Types()
    foreign = msgspec.defstruct("Box", [("weight", int)])
    assert [types.of(each).name for each in (Box, foreign, Box)] == ["Box", "Box_2", "Box"]
    assert set(types.table) == {"Box", "Box_2"}
