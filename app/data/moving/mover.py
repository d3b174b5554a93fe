"""Moving a module's data to another place while it serves.

Every change at the source is noted from the beginning. The rows of one snapshot are copied, then those that were
changed meanwhile, then all are compared. Behind a fence, which lets nobody write for a moment, come the last changes;
then one transaction at the source says that the data has moved. Whatever happens before that, the source serves;
whatever happens after it, the target does: hosts that follow say so there, should the mover not come to it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import final

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.data import copies, migrations
from app.data.copies import SERVING, Copy
from app.data.moving.copier import Copier, learn, snapshot
from app.data.moving.ends import check_target
from app.data.moving.failures import MoveFailed, MoveLost
from app.data.moving.fence import PATIENCE, Fence
from app.data.moving.native import native_of
from app.data.moving.rows import said
from app.data.place import Place
from app.data.site import Site, opened
from app.data.tables import COPY, meta
from contracts.kit import Derived, Unavailable

SHORT = 1.0
"""Seconds that a fence may stand; then it is taken down, and put up again later."""
TRIES = 5
FEW = 200
"""Changes that may be left for the fence, where there is no end of them."""
ROUNDS = 20
"""Times that changes are caught up with before it is tried anyhow."""

_BROKEN_OFF = "The move was broken off"
_UNKNOWN = "The source gave no answer to the switch, so that nobody knows yet whether the data has moved; move it again"
_MOVED = "The data has moved, but its new place was not told so; move it again, which does that"

Step = Callable[[str], Awaitable[None]]


class Report(msgspec.Struct):
    """What was done, and the seconds it took."""

    rows: int = 0
    derived: int = 0
    changes: int = 0
    last_changes: int = 0
    fences: int = 0
    fenced: float = 0.0
    copying: float = 0.0
    deriving: float = 0.0
    comparing: float = 0.0
    whole: float = 0.0
    tables: Mapping[str, int] = {}


@final
class Mover:
    """One move. ``step`` is awaited after each step, with its name.

    ``outcome`` is what there is to say where it ends before its end: whether the data has moved.
    """

    def __init__(
        self,
        source: Place,
        target: Place,
        past: Path | None,
        derived: Derived | None,
        *,
        step: Step | None = None,
        short: float = SHORT,
    ) -> None:
        self.report = Report()
        self._places = source, target
        self._migrations = past
        self._derived = derived
        self._step = step or _go_on
        self._short = short
        self._move = secrets.token_hex(8)
        self.outcome = _BROKEN_OFF

    async def move(self, *, rehearse: bool = False) -> Report:
        """Move the data; with ``rehearse`` do all but say so.

        `MoveFailed` where it stays where it was, or says otherwise; `LaunchRefused` where it may not go there.
        """
        began = time.monotonic()
        try:
            await self._run(rehearse=rehearse)
        except DBAPIError as error:
            raise MoveFailed(f"{self.outcome}: {said(error)}.") from error
        except Unavailable as error:
            raise MoveFailed(f"{self.outcome}: {error}.") from error
        self.report.whole = time.monotonic() - began
        return self.report

    async def _run(self, *, rehearse: bool) -> None:
        source, target = self._places
        arriving = Copy("arriving", self._move, to=source.address)
        # First the look at the target, then the claim, then the target is made anew if it still is as it was. So
        # whoever may make it anew after this move has done so has claimed the source after it, too, and before the
        # switch; and then there is no switch.
        old = await asyncio.to_thread(check_target, source, target)
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(opened(source))
            await stack.enter_async_context(self._claimed(here))
            await self._step("claimed")
            revision = await _revision(here)
            begin = partial(migrations.begin, over=old, source=source.address)
            await asyncio.to_thread(begin, target, self._migrations, arriving)
            await self._step("prepared")
            there = await stack.enter_async_context(opened(target, filling=True))
            if (await _revision(there)).get("revision") != revision.get("revision"):
                raise MoveFailed(f"{source} is not of this release; do this with the freestone of its release.")
            copier = await self._copy(here, there, arriving)
            fence = await self._fenced(here, copier, revision)
            if rehearse:
                await self._lift(fence)
                return
            self.outcome = _UNKNOWN
            if not await fence.switch(target.address):
                raise MoveLost("The fence was taken down before the switch: the move took too long, or was stopped.")
            self.outcome = _MOVED
            self.report.fenced = fence.lasted
            await self._step("switched")
            await self._arrive(there, arriving)
            await self._step("arrived")

    @asynccontextmanager
    async def _claimed(self, here: Site) -> AsyncIterator[None]:
        """To the end of the block, be the one move that is prepared at the source, and have changes noted there."""
        async with here.shared.turn, here.writing() as session:
            copy = (await here.look_closely(session, lock=True)).copy
            if copy.state not in ("serving", "fenced"):
                raise MoveFailed(f"{here.place} does not take writes: it is {copy.state}.")
            shapes = await learn(session, self._derived)
            await native_of(session).release(session)
            await native_of(session).capture(session, shapes.values())
            await copies.write(session, Copy(move=self._move))
        try:
            yield
        finally:
            await self._let_go(here)

    async def _let_go(self, here: Site) -> None:
        """Remove the notes, unless another move needs its own by now."""
        for again in range(TRIES):
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._release(here)
                return
            except (DBAPIError, Unavailable, TimeoutError):  # its readers have to go first, or the next move does it
                await asyncio.sleep(0.2 * (again + 1))

    async def _release(self, here: Site) -> None:
        async with here.shared.turn, here.writing() as session:
            copy = (await here.look_closely(session, lock=True)).copy
            if copy.move == self._move:
                await native_of(session).release(session)
                if copy.state in ("serving", "fenced"):
                    await copies.write(session, SERVING)

    async def _copy(self, here: Site, there: Site, arriving: Copy) -> Copier:
        report = self.report
        async with snapshot(here) as source:
            copier = await Copier.begin(source, there, arriving, self._derived)
            await copier.mark(source)
            began = time.monotonic()
            report.rows = await copier.fill(source)
            report.copying = time.monotonic() - began
        await self._step("copied")
        began = time.monotonic()
        report.derived = await copier.derive()
        report.deriving = time.monotonic() - began
        await self._step("derived")
        await self._catch_up(here, copier)
        async with snapshot(here) as source:
            report.changes += await copier.catch_up(source)
            began = time.monotonic()
            await copier.compare(source)
            report.comparing = time.monotonic() - began
        await self._step("compared")
        return copier

    async def _catch_up(self, here: Site, copier: Copier) -> None:
        """Catch up until little is left, or as little as can be."""
        for _ in range(ROUNDS):
            async with snapshot(here) as source:
                changes = await copier.catch_up(source)
            self.report.changes += changes
            if changes <= FEW:
                break

    async def _fenced(self, here: Site, copier: Copier, revision: object) -> Fence:
        """Return the fence behind which the target has everything; the switch is all that is left."""
        fence = Fence(here, self._move)
        for _ in range(TRIES):
            await copier.reopen()
            await self._catch_up(here, copier)
            await self._step("caught up")
            self.report.fences += 1
            await fence.up()
            try:
                await self._step("fenced")
                async with snapshot(here) as source:
                    self.report.last_changes = await copier.catch_up(source)
                    self.report.tables = await copier.count(source)
                    await copier.finish(source)
                if await _revision(here) != revision:
                    raise MoveFailed(f"{here.place} was brought up to date meanwhile; move it again.")
                await fence.known()
                await self._step("matched")
            except BaseException:
                await fence.down()
                raise
            if fence.lasted <= self._short:
                return fence
            await self._lift(fence)
        raise MoveFailed(
            f"What was changed last could not be caught up with in {self._short:g} s, in {TRIES} tries; "
            "move it when less is changed."
        )

    async def _lift(self, fence: Fence) -> None:
        self.report.fenced = fence.lasted
        await fence.down()

    async def _arrive(self, there: Site, arriving: Copy) -> None:
        """Say of the target that it serves; a host may have done so already."""
        async with there.writing() as session:
            await there.look_closely(session, lock=True)
            await copies.change(session, arriving, SERVING)
        async with there.writing() as session:
            await native_of(session).prove(session)


async def _revision(site: Site) -> Mapping[str, str]:
    """Return what a copy says of its tables."""
    async with AsyncSession(site.engines.reading) as session:
        await site.look_closely(session)
        found = await session.execute(select(meta.c.name, meta.c.value).where(meta.c.name != COPY))
        return {row.name: row.value for row in found}


async def _go_on(_: str) -> None:
    """Nothing."""
