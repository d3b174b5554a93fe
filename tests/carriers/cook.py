"""What provides the kitchen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, final
from uuid import UUID, uuid4

from msgspec import Meta
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Database, remaining
from tests.carriers.journal import WHISPER, Journal, look
from tests.carriers.kitchen import HURRY, Kitchen, Mishap, Pantry, S, T
from tests.carriers.mishaps import happen
from tests.carriers.values import (
    Boil,
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

_STORE = text("INSERT INTO stored (run, amount) VALUES (:run, :amount)")
_TOTAL = text("SELECT coalesce(sum(amount), 0) FROM stored WHERE run = :run")
_COOK = text("INSERT INTO dishes (id, run, name) VALUES (:id, :run, :name)")
_DISH = text("SELECT id, name FROM dishes WHERE id = :id")
_COOKED = text("SELECT count(*) FROM dishes WHERE run = :run")


@final
class Larder(Pantry):
    """Provides the pantry."""

    def __init__(self) -> None:
        self._journal = Journal()
        self._counts: Counter[str] = Counter()

    async def fetch(self, run: str) -> str:
        return await self._journal.forever(run)

    async def who(self) -> Seen:
        return look()

    async def count(self, run: str) -> int:
        self._counts[run] += 1
        return self._counts[run]


@final
class Cook(Kitchen):
    """Provides the kitchen."""

    def __init__(self, database: Database[AsyncSession], pantry: Pantry) -> None:
        self._database = database
        self._pantry = pantry
        self._journal = Journal()
        self._rung: Counter[str] = Counter()

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
    ) -> Scalars:
        return Scalars(**_given(locals()))

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
    ) -> Shapes:
        return Shapes(**_given(locals()))

    async def measure(
        self,
        portion: Portion,
        label: Label,
        parts: Annotated[tuple[Portion, ...], Meta(max_length=3)] = (),
        *,
        share: Share = 0.5,
        order: Order | None = None,
    ) -> int:
        return portion + sum(parts)

    async def reserved(
        self, key: int, path: int, caller: int, code: int = 4, *, operation: int, form: int = 6, method: int = 7
    ) -> tuple[int, ...]:
        return key, path, caller, code, operation, form, method

    async def nothing(self) -> None:
        return None

    async def weigh(self, load: bytes) -> int:
        return len(load)

    async def serve(self, size: int) -> bytes:
        return bytes(size)

    async def fail(self, how: Mishap) -> str:
        happen(how, "fail")
        return "nothing happened"

    async def spoil(self, how: Mishap) -> str:
        happen(how, "spoil")
        return "nothing happened"

    async def hurry(self, run: str) -> str:
        return await self._journal.forever(run)

    async def wait(self, run: str) -> str:
        return await self._journal.forever(run)

    async def stew(self, run: str) -> str:
        return await self._journal.forever(run)

    async def insist(self, run: str, fail: bool) -> str:
        with suppress(asyncio.CancelledError):
            await self._journal.forever(run)
        await asyncio.sleep(HURRY)
        if fail:
            raise KeyError(run)
        return "late"

    async def whisper(self) -> str:
        heard = WHISPER.get()
        WHISPER.set("heard")
        return heard

    async def time_left(self) -> float | None:
        return remaining()

    async def fetch(self, run: str) -> str:
        return await self._pantry.fetch(run)

    async def fetch_in_a_hurry(self, run: str) -> str:
        return await self._pantry.fetch(run)

    async def who(self) -> Seen:
        return look()

    async def who_beyond(self) -> Seen:
        return await self._pantry.who()

    async def order(self) -> Seen:
        return look()

    async def manage(self) -> Seen:
        return look()

    async def maintain(self) -> Seen:
        return look()

    async def ring(self, run: str) -> int:
        self._rung[run] += 1
        return self._rung[run]

    async def store(self, run: str, amount: int = 1, *, spill: bool = False) -> Stored:
        async with self._database.write() as work:
            await work.session.execute(_STORE, {"run": run, "amount": amount})
            if spill:
                raise Spilt
            return Stored(total=await work.session.scalar(_TOTAL, {"run": run}), ticket=uuid4())

    async def cook(self, run: str, name: str) -> Dish:
        mine = uuid4().hex
        async with self._database.write() as work:
            dish = await work.begin(mine)
            if dish == mine:
                await work.session.execute(_COOK, {"id": mine, "run": run, "name": name})
        async with self._database.read() as session:
            row = (await session.execute(_DISH, {"id": dish})).one()
        return Dish(id=row.id, name=row.name)

    async def stored(self, run: str) -> int:
        async with self._database.read() as session:
            total = await session.scalar(_TOTAL, {"run": run})
            return int(total) + int(await session.scalar(_COOKED, {"run": run}))

    async def journal(self, run: str) -> tuple[str, ...]:
        return self._journal.read(run)

    async def break_rules(self, run: str) -> int:
        async with self._database.write():
            return await self._pantry.count(run)

    async def steps(self, run: str, count: int, size: int = 0) -> AsyncIterator[Step]:
        async for step in self._made(run, count, size):
            yield step

    async def flood(self, run: str, size: int = 0) -> AsyncIterator[Step]:
        async for step in self._made(run, None, size):
            yield step

    async def drip(self, run: str, after: int) -> AsyncIterator[int]:
        for item in range(after):
            yield item
        await self._journal.forever(run)

    async def break_off(self, after: int, how: Mishap) -> AsyncIterator[int]:
        for item in range(after):
            yield item
        happen(how, "break_off")

    async def nothings(self, count: int) -> AsyncIterator[None]:
        for _ in range(count):
            yield None

    async def seen(self, count: int) -> AsyncIterator[Seen]:
        for _ in range(count):
            yield look()

    async def secrets(self) -> AsyncIterator[int]:
        yield 42

    async def portions(self, portion: Portion, *, order: Order | None = None) -> AsyncIterator[int]:
        for item in range(portion):
            yield item

    async def _made(self, run: str, count: int | None, size: int) -> AsyncIterator[Step]:
        """Yield steps with a name of some size, to a count or for ever, and note how that ends."""
        try:
            while self._journal.made[run] != count:
                self._journal.made[run] += 1
                yield Step(name=f"{self._journal.made[run]} {'x' * size}")
            self._journal.note(run, "finished")
        except BaseException as error:
            self._journal.note(run, type(error).__name__)
            raise


def _given(names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if name != "self"}
