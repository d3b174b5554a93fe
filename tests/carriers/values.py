"""Messages and errors with a field of every kind that may cross a boundary, at its limits by default."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Literal, NewType
from uuid import UUID

from msgspec import Meta

from contracts.kit import Error, Message

LOWEST, HIGHEST = -(2**63), 2**64 - 1
"""The whole numbers that MessagePack can say."""

TINY, HUGE = 5e-324, 1.7976931348623157e308
TEXT = "žluťoučký kůň\0\t🐎 e\N{COMBINING ACUTE ACCENT} \N{RIGHT-TO-LEFT OVERRIDE}\N{LINE SEPARATOR}\U0010ffff"

RecipeId = NewType("RecipeId", str)
Portion = Annotated[int, Meta(ge=1, le=9)]
Label = Annotated[str, Meta(min_length=1, max_length=8, pattern=r"^[a-z]+$(?!\n)")]
Share = Annotated[float, Meta(ge=0, le=1)]
Instant = Annotated[datetime, Meta(tz=True)]
DayTime = Annotated[time, Meta(tz=True)]


class Level(enum.Enum):
    """A plain enumeration, of texts with an empty one."""

    LOW = ""
    HIGH = "Hoch & höher"


class Rank(enum.IntEnum):
    """An enumeration of numbers, far apart."""

    LAST = -(2**63)
    FIRST = 2**63 - 1


class Colour(enum.StrEnum):
    """An enumeration of texts that are its members."""

    RED = "red"
    GREEN = "green"


class Scalars(Message):
    """What `Kitchen.scalars` was given, and its defaults once more."""

    flag: bool = True
    least: int = LOWEST
    most: int = HIGHEST
    tiny: float = TINY
    huge: float = -HUGE
    zero: float = -0.0
    text: str = TEXT
    raw: bytes = bytes(range(256))
    price: Decimal = Decimal("-1.10E+1000")
    ticket: UUID = UUID(int=2**128 - 1)
    day: date = date.min
    hour: time = time.max
    moment: DayTime = time(23, 59, 59, 1, tzinfo=UTC)
    when: Instant = datetime.max.replace(tzinfo=UTC)
    span: timedelta = timedelta(microseconds=-1)
    level: Level = Level.LOW
    rank: Rank = Rank.LAST
    colour: Colour = Colour.GREEN
    mode: Literal["a", -1, None] = -1
    nothing: None = None
    note: str | None = None
    either: int | float | bool | str | None = 1.0
    recipe: RecipeId = RecipeId("")


class Ingredient(Message):
    """Can be an element of a frozenset."""

    name: str
    grams: Annotated[float, Meta(ge=0)] = 1.0


class Pot(Message, tag=True):
    """A vessel, told apart by the name of its class."""

    litres: int


class Pan(Message, tag="flat"):
    """A vessel, told apart by a name of its own."""

    size: int
    lid: Pot | None = None


class Boil(Message, tag_field="how", tag=1):
    """A method, told apart by a number in a field of its own name."""

    minutes: int


class Fry(Message, tag_field="how", tag=-2):
    """Another."""

    fat: Ingredient


class Step(Message):
    """Contains others of its kind."""

    name: str
    next: Step | None = None
    meanwhile: tuple[Step, ...] = ()


class Shapes(Message):
    """What `Kitchen.shapes` was given, and its defaults once more."""

    line: tuple[int, ...] = ()
    pair: tuple[int, str, Ingredient | None] = (0, "", None)
    nested: tuple[tuple[tuple[int, ...], ...], ...] = ((), ((),))
    empty: tuple[()] = ()
    levels: frozenset[Level] = frozenset()
    larder: frozenset[Ingredient] = frozenset()
    groups: frozenset[frozenset[str]] = frozenset({frozenset()})
    vessel: Pot | Pan | None = None
    method: Boil | Fry = Boil(minutes=0)
    step: Step = Step(name="")
    instants: tuple[Instant | None, ...] = (None,)
    recipes: tuple[RecipeId, ...] = ()


class Order(Message):
    """Has bounds."""

    portion: Portion
    label: Label = "plain"
    shares: Annotated[tuple[Share, ...], Meta(max_length=2)] = ()


class Seen(Message):
    """What an operation knows of who calls it."""

    actor: str
    roles: frozenset[str]
    request_id: str
    assertion: str | None


class Stored(Message):
    """What was stored under a run: how many, and a number drawn for this answer."""

    total: int
    ticket: UUID


class Dish(Message):
    """A saga's row."""

    id: str
    name: str


class Burnt(Error):
    """It is burnt."""

    code = "kitchen_sink.burnt"
    where: Step
    what: tuple[Ingredient, ...] = ()
    method: Boil | Fry | None = None
    when: Instant = datetime.min.replace(tzinfo=UTC)
    loss: Decimal = Decimal("0.00")
    level: Level = Level.HIGH


class Charred(Burnt):
    """It is burnt so much that no contract declares it."""

    code = "kitchen_sink.charred"


class Spilt(Error):
    """It is spilt; there is nothing to say of it."""

    code = "kitchen_sink.spilt"
