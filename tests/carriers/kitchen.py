"""One contract made to be difficult, and a second one that stands behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Protocol
from uuid import UUID

from msgspec import Meta

from contracts.kit import CUSTOMER, STAFF, SYSTEM, atomic, command, contract, process, query, stream
from tests.carriers.values import (
    Boil,
    Burnt,
    Colour,
    DayTime,
    Dish,
    Fry,
    Ingredient,
    Instant,
    Label,
    Level,
    Order,
    Pan,
    Portion,
    Pot,
    Rank,
    RecipeId,
    Scalars,
    Seen,
    Shapes,
    Share,
    Spilt,
    Step,
    Stored,
)

HURRY = 0.25
"""A deadline that passes in a test, in seconds."""

AGES = 600.0
"""One that does not: what takes so long must be ended."""

S, T = Scalars(), Shapes()


class Mishap(StrEnum):
    """How an operation shall fail, if at all; CALL_… with an error of the pipeline's own."""

    NOTHING = "nothing"
    BURNT = "burnt"
    SPILT = "spilt"
    CHARRED = "charred"
    KEY_ERROR = "key error"
    GROUP = "group"
    CANCELLED = "cancelled"
    OUT_OF_BOUNDS = "out of bounds"
    CALL_INTERNAL = "call.internal"
    CALL_TIMED_OUT = "call.timed_out"
    CALL_UNAVAILABLE = "call.unavailable"
    CALL_UNAVAILABLE_PERHAPS = "call.unavailable, perhaps executed"
    CALL_OVERLOADED = "call.overloaded"
    CALL_DENIED = "call.permission_denied"
    CALL_CONFLICT = "call.conflict"
    CALL_CONFLICT_BELOW = "call.conflict, of a call made"
    CALL_INVALID = "call.invalid_argument"
    CALL_INVALID_BELOW = "call.invalid_argument, of a call made"


@contract(version=1)
class Pantry(Protocol):
    """What the kitchen needs."""

    @query(deadline=HURRY)
    async def fetch(self, run: str) -> str:
        """Wait for ever."""
        ...

    @query()
    async def who(self) -> Seen: ...

    @command(deadline=AGES)
    async def count(self, run: str) -> int: ...


@contract(version=3, name="kitchen_sink")
class Kitchen(Protocol):
    """Does what is difficult to do from afar.

    ``run`` names what belongs to one test: `journal` tells what happened under it.
    """

    # Types

    @query()
    async def scalars(
        self,
        flag: bool = S.flag,
        least: int = S.least,
        most: int = S.most,
        tiny: float = S.tiny,
        huge: float = S.huge,
        zero: float = S.zero,
        text: str = S.text,
        raw: bytes = S.raw,
        price: Decimal = S.price,
        ticket: UUID = S.ticket,
        day: date = S.day,
        hour: time = S.hour,
        *,
        moment: DayTime = S.moment,
        when: Instant = S.when,
        span: timedelta = S.span,
        level: Level = S.level,
        rank: Rank = S.rank,
        colour: Colour = S.colour,
        mode: Literal["a", -1, None] = S.mode,
        nothing: None = S.nothing,
        note: str | None = S.note,
        either: int | float | bool | str | None = S.either,
        recipe: RecipeId = S.recipe,
    ) -> Scalars: ...

    @query()
    async def shapes(
        self,
        line: tuple[int, ...] = T.line,
        pair: tuple[int, str, Ingredient | None] = T.pair,
        nested: tuple[tuple[tuple[int, ...], ...], ...] = T.nested,
        empty: tuple[()] = T.empty,
        levels: frozenset[Level] = T.levels,
        larder: frozenset[Ingredient] = T.larder,
        groups: frozenset[frozenset[str]] = T.groups,
        *,
        vessel: Pot | Pan | None = T.vessel,
        method: Boil | Fry = T.method,
        step: Step = T.step,
        instants: tuple[Instant | None, ...] = T.instants,
        recipes: tuple[RecipeId, ...] = T.recipes,
    ) -> Shapes: ...

    @query()
    async def measure(
        self,
        portion: Portion,
        label: Label,
        parts: Annotated[tuple[Portion, ...], Meta(max_length=3)] = (),
        *,
        share: Share = 0.5,
        order: Order | None = None,
    ) -> int: ...

    @query()
    async def reserved(
        self, key: int, path: int, caller: int, code: int = 4, *, operation: int, form: int = 6, method: int = 7
    ) -> tuple[int, ...]:
        """Take parameters that are called like what carries them."""
        ...

    @query()
    async def nothing(self) -> None: ...

    @query(deadline=AGES)
    async def weigh(self, load: bytes) -> int: ...

    @query(deadline=AGES)
    async def serve(self, size: int) -> bytes: ...

    # Failures

    @query(raises=(Burnt, Spilt))
    async def fail(self, how: Mishap) -> str: ...

    @command(raises=(Burnt, Spilt))
    async def spoil(self, how: Mishap) -> str: ...

    # Time

    @query(deadline=HURRY)
    async def hurry(self, run: str) -> str:
        """Wait for ever."""
        ...

    @query(deadline=AGES)
    async def wait(self, run: str) -> str:
        """Wait for ever, with all the time there is."""
        ...

    @command(deadline=AGES)
    async def stew(self, run: str) -> str:
        """Wait for ever, and be no query."""
        ...

    @query(deadline=HURRY)
    async def insist(self, run: str, fail: bool) -> str:
        """Take no notice of being cancelled, and end much later."""
        ...

    @query()
    async def whisper(self) -> str:
        """Return what a context variable says, and say something else."""
        ...

    @query(deadline=AGES)
    async def time_left(self) -> float | None: ...

    @query(deadline=AGES)
    async def fetch(self, run: str) -> str:
        """Have the pantry wait for ever."""
        ...

    @query(deadline=HURRY)
    async def fetch_in_a_hurry(self, run: str) -> str: ...

    # Who asks

    @query()
    async def who(self) -> Seen: ...

    @query()
    async def who_beyond(self) -> Seen:
        """Have the pantry look."""
        ...

    @query(allow=CUSTOMER)
    async def order(self) -> Seen: ...

    @command(allow=STAFF)
    async def manage(self) -> Seen: ...

    @query(allow=SYSTEM)
    async def maintain(self) -> Seen: ...

    # Again

    @command()
    async def ring(self, run: str) -> int:
        """Count how often it was called."""
        ...

    @command(atomic, raises=(Spilt,))
    async def store(self, run: str, amount: int = 1, *, spill: bool = False) -> Stored: ...

    @command(process)
    async def cook(self, run: str, name: str) -> Dish: ...

    @query()
    async def stored(self, run: str) -> int:
        """Return how much was stored, and how many dishes were cooked."""
        ...

    @query()
    async def journal(self, run: str) -> tuple[str, ...]: ...

    @command(deadline=AGES)
    async def break_rules(self, run: str) -> int:
        """Call the pantry in a write transaction."""
        ...

    # Streams

    @stream()
    def steps(self, run: str, count: int, size: int = 0) -> AsyncIterator[Step]: ...

    @stream(deadline=AGES)
    def flood(self, run: str, size: int = 0) -> AsyncIterator[Step]: ...

    @stream(deadline=HURRY)
    def drip(self, run: str, after: int) -> AsyncIterator[int]:
        """Wait for ever after some items."""
        ...

    @stream(raises=(Burnt, Spilt))
    def break_off(self, after: int, how: Mishap) -> AsyncIterator[int]: ...

    @stream()
    def nothings(self, count: int) -> AsyncIterator[None]: ...

    @stream()
    def seen(self, count: int) -> AsyncIterator[Seen]: ...

    @stream(allow=STAFF)
    def secrets(self) -> AsyncIterator[int]: ...

    @stream()
    def portions(self, portion: Portion, *, order: Order | None = None) -> AsyncIterator[int]: ...
