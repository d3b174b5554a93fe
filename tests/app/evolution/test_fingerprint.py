"""A fingerprint tells what crosses from what does not, and is the same everywhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Literal, Protocol, TypeVar

from msgspec import Meta

from app.evolution.shape import fingerprint, shape_of
from contracts.kit import STAFF, Error, Message, atomic, command, contract, contract_of, process, query, stream

C = TypeVar("C", bound=type)


class Colour(StrEnum):
    """As it is declared, not as it is sorted."""

    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    """Whole numbers."""

    BIG = 2
    SMALL = 1


class Branch(Message, tag="branch"):
    """Contains itself, and says no order of its default."""

    twigs: tuple[Branch | Leaf, ...] = ()
    colours: frozenset[str] = frozenset({"red", "green", "blue", "black"})


class Leaf(Message, tag="leaf"):
    """A field is called like a word of the schema's own."""

    title: Annotated[str, Meta(max_length=9)]
    default: Literal["b", "a"] = "b"
    weight: Decimal | None = None


class Withered(Error):
    """It is no more."""

    code = "tree.withered"
    since: Annotated[datetime, Meta(tz=True)]


@contract(version=1)
class Tree(Protocol):
    """Everything at once."""

    @query(raises=(Withered,))
    async def look(self, colour: Colour, size: Size = Size.BIG, *, wait: timedelta) -> Branch | Leaf: ...

    @command(atomic)
    async def cut(self, pieces: tuple[int, str]) -> None: ...

    @stream()
    def leaves(self) -> AsyncIterator[Leaf]: ...


def of(protocol: type) -> str:
    """The fingerprint of a contract, under a name that is always the same."""
    return fingerprint(shape_of(contract_of(protocol), "tree.v1"))


def test_it_is_the_same_in_every_process_and_python() -> None:
    """A pinned one: where it changes, hosts of two releases no longer work together."""
    assert of(Tree) == "70e403f41c8d8e4d"
    here = f"from {__name__} import Tree, of; print(of(Tree))"
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", here], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        assert told.stdout.strip() == of(Tree)


@contract(version=1)
class Plain(Protocol):
    """The one that others are compared with."""

    @query(raises=(Withered,))
    async def look(self, name: str, size: int = 1) -> Leaf: ...


class OldLeaf(Message, tag="leaf"):
    """Another name, other words, another default, and fields in another order."""

    weight: Annotated[Decimal | None, Meta(title="Weight", description="In grams.")] = Decimal(1)
    default: Literal["a", "b"] = "a"
    title: Annotated[str, Meta(max_length=9, examples=["oak"])]


class OldWithered(Error):
    """Another name."""

    code = "tree.withered"
    since: Annotated[datetime, Meta(tz=True)]


@contract(version=1)
class Reworded(Protocol):
    """What does not cross is all different."""

    @query(deadline=9.0, allow=STAFF, raises=(OldWithered,))
    async def look(self, *, size: int = 2, name: str) -> OldLeaf:
        """Look."""
        ...


def test_it_knows_no_words_defaults_deadlines_and_permissions() -> None:
    assert of(Reworded) == of(Plain)


class WiderLeaf(Message, tag="leaf"):
    title: Annotated[str, Meta(max_length=10)]
    default: Literal["b", "a"] = "b"
    weight: Decimal | None = None


class LongerLeaf(Message, tag="leaf"):
    title: Annotated[str, Meta(max_length=9)]
    default: Literal["b", "a"] = "b"
    weight: Decimal | None = None
    height: int = 0


class ShorterLeaf(Message, tag="leaf"):
    title: Annotated[str, Meta(max_length=9)]
    default: Literal["b", "a"] = "b"


class DemandingLeaf(Message, tag="leaf"):
    title: Annotated[str, Meta(max_length=9)]
    default: Literal["b", "a"]
    weight: Decimal | None = None


class OtherTag(Message, tag="foliage"):
    title: Annotated[str, Meta(max_length=9)]
    default: Literal["b", "a"] = "b"
    weight: Decimal | None = None


class Gone(Error):
    code = "tree.gone"
    since: Annotated[datetime, Meta(tz=True)]


class WitheredBy(Error):
    code = "tree.withered"
    since: Annotated[datetime, Meta(tz=True)]
    by: str


class Changed:
    """Each differs from `Plain` in one thing."""

    class Parameter(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: str = "1") -> Leaf: ...

    class ParameterName(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, length: int = 1) -> Leaf: ...

    class Obligation(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int) -> Leaf: ...

    class Bounds(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> WiderLeaf: ...

    class MoreFields(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> LongerLeaf: ...

    class FewerFields(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> ShorterLeaf: ...

    class FieldObligation(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> DemandingLeaf: ...

    class Tag(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> OtherTag: ...

    class Result(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> Leaf | None: ...

    class Errors(Protocol):
        @query(raises=(Withered, Gone))
        async def look(self, name: str, size: int = 1) -> Leaf: ...

    class ErrorCode(Protocol):
        @query(raises=(Gone,))
        async def look(self, name: str, size: int = 1) -> Leaf: ...

    class ErrorFields(Protocol):
        @query(raises=(WitheredBy,))
        async def look(self, name: str, size: int = 1) -> Leaf: ...

    class Kind(Protocol):
        @command(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> Leaf: ...

    class Atomic(Protocol):
        @command(atomic, raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> Leaf: ...

    class Process(Protocol):
        @command(process, raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> Leaf: ...

    class Items(Protocol):
        @stream(raises=(Withered,))
        def look(self, name: str, size: int = 1) -> AsyncIterator[Leaf]: ...

    class Name(Protocol):
        @query(raises=(Withered,))
        async def view(self, name: str, size: int = 1) -> Leaf: ...

    class More(Protocol):
        @query(raises=(Withered,))
        async def look(self, name: str, size: int = 1) -> Leaf: ...

        @query()
        async def listen(self) -> None: ...


VARIANTS = [each for each in vars(Changed).values() if isinstance(each, type)]


def test_it_knows_everything_that_crosses() -> None:
    found = {of(contract(version=1)(each)): each.__name__ for each in VARIANTS}
    assert len(found) == len(VARIANTS) == 18
    assert of(Plain) not in found


def test_it_knows_the_contracts_own_name() -> None:
    shapes = [shape_of(contract_of(Plain), key) for key in ("tree.v1", "tree.v2", "bush.v1")]
    assert len({fingerprint(each) for each in shapes}) == 3
