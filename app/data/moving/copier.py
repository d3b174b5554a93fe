"""Making the rows of one copy those of another, as one snapshot shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.data.copies import Copy
from app.data.moving import rows
from app.data.moving.failures import MoveFailed, MoveLost
from app.data.moving.native import native_of, run
from app.data.moving.rows import Tables
from app.data.moving.shapes import CHANGES, Key, Shape, Values, check_alike, digest, shapes_of
from app.data.site import Site
from app.data.tables import meta, outbox
from contracts.kit import Derived

TOGETHER = 200
"""Subjects whose derived rows are made in one transaction."""


async def learn(session: AsyncSession, derived: Derived | None) -> dict[str, Shape]:
    """Return the shapes of the tables whose rows are to be copied; `MoveFailed` where there are others.

    The framework's are among them, but for what a copy says of itself.
    """
    native = native_of(session)
    made_anew = () if derived is None else derived.tables
    for name in await native.odd(session):
        if name not in made_anew:
            raise MoveFailed(
                f"Table {name} cannot be copied; name it in derived= of the module's manifest, with what makes it anew."
            )
    tables = await native.tables(session)
    return await shapes_of(
        session, [name for name in tables if not name.startswith(CHANGES) and name not in (meta.name, *made_anew)]
    )


@asynccontextmanager
async def snapshot(site: Site) -> AsyncIterator[AsyncSession]:
    """A session that sees all as it is when it begins, however long it takes."""
    async with AsyncSession(site.engines.reading) as session:
        await site.look_closely(session)
        await native_of(session).hold(session)
        yield session


@final
class Copier:
    """Fills the copy at ``target``, as long as that says ``said`` of itself; else it raises `MoveLost`."""

    def __init__(self, target: Site, said: Copy, derived: Derived | None, shapes: Mapping[str, Shape]) -> None:
        self._target = target
        self._said = said
        self._derived = derived
        self._shapes = shapes
        self._tables = Tables(shapes.values())
        self._positions: Mapping[str, int] = {}
        self._undo: Sequence[str] = ()

    @classmethod
    async def begin(cls, source: AsyncSession, target: Site, said: Copy, derived: Derived | None) -> Self:
        """Compare the tables, and let rows come to the target in any order."""
        copier = cls(target, said, derived, await learn(source, derived))
        async with copier.work() as session:
            check_alike(copier._shapes, await learn(session, derived))
        await copier.reopen()
        return copier

    @asynccontextmanager
    async def work(self) -> AsyncIterator[AsyncSession]:
        """One transaction of the target."""
        site = self._target
        async with site.writing() as session:
            if (await site.look_closely(session, lock=True)).copy != self._said:
                raise MoveLost(f"{site.place} was taken over by another move.")
            yield session

    async def fill(self, source: AsyncSession) -> int:
        """Copy all rows; return how many. Changes after this snapshot are for `catch_up`."""
        copied = 0
        for shape in self._shapes.values():
            async for page in rows.pages(source, shape):
                async with self.work() as session:
                    await rows.add(session, shape, page)
                copied += len(page)
        return copied

    async def mark(self, source: AsyncSession) -> None:
        """Take every change that a snapshot shows for one that was copied."""
        self._positions = await self._tables.last_changes(source)

    async def derive(self) -> int:
        """Make anew all that is derived; return for how many subjects."""
        if self._derived is None:
            return 0
        async with self.work() as session:
            subjects = await rows.subjects_of(session, self._shapes, self._derived.follows)
        for some in rows.chunks(sorted(subjects), TOGETHER):
            async with self.work() as session:
                await self._derived.derive(session, some)
        return len(subjects)

    async def catch_up(self, source: AsyncSession) -> int:
        """Bring the target to a later snapshot, and look whether it is; return how many rows were changed."""
        positions = await self._tables.last_changes(source)
        changed = {
            name: await rows.changed_since(source, shape, self._positions[name])
            for name, shape in self._shapes.items()
            if positions[name] > self._positions[name]
        }
        if changed:
            async with self.work() as session:
                await self._apply(source, session, changed)
            await self._compare_changed(source, changed)
        self._positions = positions
        return sum(map(len, changed.values()))

    async def compare(self, source: AsyncSession) -> int:
        """Hold every row against the target's; return how many. `MoveFailed` where one is not the same."""
        compared = 0
        async with AsyncSession(self._target.engines.reading) as target:
            for shape in self._shapes.values():
                async for page in rows.pages(source, shape):
                    keys = [shape.key_of(row) for row in page]
                    _check(shape, page, await rows.rows_of(target, shape, keys))
                    compared += len(page)
        await self.count(source)
        return compared

    async def count(self, source: AsyncSession) -> Mapping[str, int]:
        """Return how many rows each table has; `MoveFailed` where the target has more or fewer."""
        counts = await self._tables.counts(source)
        async with AsyncSession(self._target.engines.reading) as target:
            there = await self._tables.counts(target)
        for name, count in counts.items():
            if there[name] != count:
                raise MoveFailed(f"Table {name} has {count} rows in the source and {there[name]} in the target.")
        return counts

    async def finish(self, source: AsyncSession, published: int = 0) -> None:
        """Let the target be as its migrations made it, and count on from where the source is.

        Events get numbers beyond ``published`` in any case.
        """
        counters = dict(await native_of(source).counters(source))
        counters[outbox.name] = max(published, counters.get(outbox.name, 0))
        async with self.work() as session:
            await native_of(session).count_on(session, counters)
            await run(session, self._undo)
            self._undo = ()

    async def reopen(self) -> None:
        """Let rows come in any order, again."""
        if not self._undo:
            async with self.work() as session:
                self._undo = await native_of(session).loosen(session)

    async def _apply(self, source: AsyncSession, session: AsyncSession, changed: Mapping[str, list[Key]]) -> None:
        follows = {} if self._derived is None else {k: v for k, v in self._derived.follows.items() if k in changed}
        subjects: set[Any] = set()
        for name, keys in changed.items():
            shape = self._shapes[name]
            if name in follows:
                subjects.update(_column(shape, await rows.rows_of(session, shape, keys), follows[name]))
            await rows.remove(session, shape, keys)
        for name, keys in changed.items():
            shape = self._shapes[name]
            found = await rows.rows_of(source, shape, keys)
            await rows.add(session, shape, found)
            if name in follows:
                subjects.update(_column(shape, found, follows[name]))
        if self._derived is not None:
            for some in rows.chunks(sorted(subjects), TOGETHER):
                await self._derived.derive(session, some)

    async def _compare_changed(self, source: AsyncSession, changed: Mapping[str, list[Key]]) -> None:
        async with AsyncSession(self._target.engines.reading) as target:
            for name, keys in changed.items():
                shape = self._shapes[name]
                _check(shape, await rows.rows_of(source, shape, keys), await rows.rows_of(target, shape, keys))


def _check(shape: Shape, source: Collection[Values], target: Collection[Values]) -> None:
    """Raise `MoveFailed` where rows are not the same."""
    here = {shape.key_of(row): digest(row) for row in source}
    there = {shape.key_of(row): digest(row) for row in target}
    for key in {*here, *there}:
        if here.get(key) != there.get(key):
            raise MoveFailed(f"The row {key} of table {shape.name} is not the same in the source and in the target.")


def _column(shape: Shape, found: Collection[Values], column: str) -> list[Any]:
    place = shape.place_of(column)
    return [row[place] for row in found]
