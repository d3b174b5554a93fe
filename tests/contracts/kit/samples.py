"""Types to try on contracts."""

from __future__ import annotations

import dataclasses
import enum
from datetime import datetime
from typing import Annotated, Any, Generic, NamedTuple, NewType, TypedDict, TypeVar

import msgspec
from msgspec import Meta

from contracts.kit import Message

T = TypeVar("T")
Id = NewType("Id", str)
Ids = NewType("Ids", tuple[Id, ...])
Loose = NewType("Loose", dict)  # type: ignore[type-arg]
Looser = NewType("Looser", Loose)
Instant = Annotated[datetime, Meta(tz=True)]


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Mixed(enum.Enum):
    NUMBER = 1
    TEXT = "one"


class Half(enum.Enum):
    HALF = 0.5


class Lists(enum.Enum):
    EMPTY = ()


class Truth(enum.Enum):
    YES = True


class Huge(enum.IntEnum):
    HUGE = 2**64


class NoMembers(enum.Enum):
    pass


class Point(Message):
    x: int
    y: int = 0


class Circle(Message, tag=True):
    centre: Point
    radius: Annotated[int, Meta(ge=0)]


class Square(Message, tag=True):
    corner: Point


class Tree(Message):
    """Messages may contain themselves."""

    name: str
    parent: Tree | None = None
    children: tuple[Tree, ...] = ()


class Bag(Message):
    items: list[int]


class OpenBag(Message):
    items: list[int] = msgspec.field(default_factory=list)


class Left(Message):
    right: Right | None
    items: list[int]


class Right(Message):
    left: Left | None


class Shelf(Message):
    bags: tuple[Bag | None, ...]


class Room(Message):
    shelf: Shelf


class Untyped(Message):
    anything: Any


class Wrong(Message):
    limit: Annotated[int, Meta(ge=1)] = 0


class Loosened(Message):
    items: tuple[int, ...] = []  # type: ignore[assignment]


class Made(Message):
    items: frozenset[int] = msgspec.field(default_factory=set)  # type: ignore[arg-type]


class Lost(Message):
    where: Nowhere  # type: ignore[name-defined]  # noqa: F821


class Boxed(Message, Generic[T]):
    it: T


class Plain(msgspec.Struct):
    x: int


class Pair(NamedTuple):
    x: int


class Keys(TypedDict):
    x: int


@dataclasses.dataclass(frozen=True)
class Data:
    x: int


class Text(str):
    __slots__ = ()
