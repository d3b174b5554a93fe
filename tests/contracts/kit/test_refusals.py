"""Whatever breaks a rule of contracts is refused at its definition, with a sentence that names place and mend."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from textwrap import indent
from typing import ClassVar

import pytest

from contracts.kit import ContractError, Error, Event
from contracts.kit.contract import contract_of, is_contract
from tests.contracts.kit.define import define


class Missing(Error):
    """It is not there."""

    code = "shop.missing"


class AlsoMissing(Error):
    """Neither is this."""

    code = "shop.missing"


class Heavy(Error):
    """It carries too much."""

    code = "shop.heavy"
    weights: list[int]


class Wobbly(Error):
    """Its default is of another type."""

    code = "shop.wobbly"
    weights: tuple[int, ...] = []  # type: ignore[assignment]


class Changed(Event):
    """Something changed."""

    code: ClassVar[str] = "shop.changed"
    key: ClassVar[str] = "id"
    id: str


class ChangedToo(Event):
    """Something else changed."""

    code: ClassVar[str] = "shop.changed"
    key: ClassVar[str] = "id"
    id: str


class Nameless(Event):
    """An event without a code."""

    key: ClassVar[str] = "id"
    id: str


class Silent(Event):
    """An event with an empty code."""

    code: ClassVar[str] = ""
    key: ClassVar[str] = "id"
    id: str


class Unclassed(Event):
    """An event whose code became a field."""

    code: str = "shop.unclassed"  # type: ignore[misc]
    key: ClassVar[str] = "id"
    id: str


class Keyless(Event):
    """An event without a key."""

    code: ClassVar[str] = "shop.keyless"
    id: str


class Misplaced(Event):
    """An event whose key is no field of it."""

    code: ClassVar[str] = "shop.misplaced"
    key: ClassVar[str] = "name"
    id: str


class Loaded(Event):
    """An event that cannot cross."""

    code: ClassVar[str] = "shop.loaded"
    key: ClassVar[str] = "id"
    id: str
    items: list[int]


class Level(IntEnum):
    LOW = 1


SHOP = "@contract(version=1)\nclass Shop(Protocol):"
GET = """
    @query()
    async def get(self) -> int: ...
"""


def refuses(sentence: str, source: str) -> None:
    """Assert that a contract is refused with a sentence."""
    with pytest.raises(ContractError) as caught:
        define(source, globals())
    assert str(caught.value) == sentence


def cases(section: str) -> pytest.MarkDecorator:
    """Parametrize a test with the pieces in a section of refusals.txt, each with its sentence."""
    text = Path(__file__).with_name("refusals.txt").read_text("utf-8")
    (pieces,) = (each for each in text.split("\n== ") if each.startswith(f"{section}\n"))
    pairs = [piece.strip().split("\n# ") for piece in pieces.split("\n\n")[1:]]
    return pytest.mark.parametrize(("piece", "sentence"), pairs, ids=[piece.replace("\n", " ") for piece, _ in pairs])


@cases("class")
def test_class(piece: str, sentence: str) -> None:
    base = f"@contract(version=1)\nclass Base(Protocol):{GET}\n"
    refuses(sentence, base + (piece if "no operation" in sentence else piece.replace(" ...", GET)))


@cases("member")
def test_member(piece: str, sentence: str) -> None:
    refuses(sentence, f"{SHOP}{GET}\n{indent(piece, '    ')}")


@cases("semantics")
def test_semantics(piece: str, sentence: str) -> None:
    refuses(sentence, f"{SHOP}\n    @command({piece})\n    async def find(self) -> int: ...")


@cases("parameter")
def test_parameter(piece: str, sentence: str) -> None:
    refuses(sentence, f"{SHOP}\n    @query()\n    {piece}")


@cases("event")
def test_event(piece: str, sentence: str) -> None:
    refuses(sentence, SHOP.replace("version=1", f"version=1, events={piece}") + GET)


@pytest.mark.parametrize("mark", ["query", "stream"])
def test_every_mark_checks_what_it_says(mark: str) -> None:
    refuses(
        "Shop.find: deadline=0; give seconds, more than 0 and at most 3600.",
        f"{SHOP}\n    @{mark}(deadline=0)\n    async def find(self) -> int: ...",
    )


def test_annotations_that_are_no_text_are_refused_alike() -> None:
    with pytest.raises(ContractError, match=r"^Shop.get: its result: list\[int\] could change .* say tuple"):
        define(SHOP + GET.replace("int", "list[int]"), future=False)


def test_what_was_refused_is_no_contract() -> None:
    assert not is_contract(Missing)
    assert not is_contract([])
    with pytest.raises(ContractError, match="Missing is not a contract; decorate it with @contract"):
        contract_of(Missing)
