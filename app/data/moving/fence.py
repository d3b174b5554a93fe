"""A fence: for a moment a copy takes no writes, and everybody who reads there knows that it may move."""

from __future__ import annotations

import asyncio
import time
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from app.data import copies
from app.data.copies import LASTS, Copy
from app.data.moving.failures import MoveFailed, MoveLost
from app.data.site import Site
from contracts.kit import Unavailable

PATIENCE = 10.0
"""Seconds to wait until a write transaction has ended, or somebody else's fence is gone."""
LOOK = 0.05
KNOWN = 0.02
"""Seconds beyond `Engines.look_every` until a reader has seen a fence."""


@final
class Fence:
    """One copy's fence. With a ``move``, only as long as it is that one which is being prepared there."""

    def __init__(self, site: Site, move: str | None = None) -> None:
        self._site = site
        self._move = move
        self._said: Copy | None = None
        self._begun = self._stands = 0.0

    @property
    def lasted(self) -> float:
        """Seconds for which the first of those who wait has waited, at most."""
        return time.monotonic() - self._begun

    async def up(self) -> None:
        """Put it up; returns when every write transaction before it has ended. `MoveLost` where it may not be."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._try():  # noqa: ASYNC110 - others, elsewhere, tell nobody
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise MoveFailed(f"{self._site.place} was written to for {PATIENCE:g} s without a pause.") from None

    async def known(self) -> None:
        """Wait until everybody who reads there looks each time whether the data is still there."""
        await asyncio.sleep(self._stands + self._site.engines.look_every + KNOWN - time.monotonic())

    async def down(self) -> bool:
        """Take it down; return False where somebody has done that before, so that there may be writes behind it."""
        said, self._said = self._said, None
        return said is not None and await self._change(said, Copy(move=said.move))

    async def switch(self, to: str) -> bool:
        """Say that the data is elsewhere from now on; return False, and nothing is said, where it was taken down.

        `Unavailable` where nobody can tell.
        """
        said = self._said
        assert said is not None
        moved = Copy("moved", said.move, to=to)
        try:
            switched = await self._change(said, moved)
        except Unavailable:  # it may have been said, and nobody has heard the answer
            async with self._site.shared.turn, AsyncSession(self._site.engines.writing) as session:
                # Locked, since that commit may be under way still.
                switched = (await self._site.look_closely(session, lock=True)).copy == moved
        if switched:
            self._said = None
        return switched

    async def _try(self) -> bool:
        site = self._site
        async with site.shared.turn, site.writing() as session:
            copy = (await site.look_closely(session, lock=True)).copy
            self._begun = time.monotonic()
            now = time.time_ns() // 1000 + site.ahead
            if copy.stands(now):
                return False
            if copy.state not in ("serving", "fenced") or self._move not in (None, copy.move):
                raise MoveLost(f"{site.place} was taken over by another move, or moved.")
            said = Copy("fenced", copy.move, until=now + round(LASTS * 1e6))
            await copies.write(session, said)
        self._said, self._stands = said, time.monotonic()
        return True

    async def _change(self, said: Copy, copy: Copy) -> bool:
        site = self._site
        async with site.shared.turn, site.writing() as session:
            await site.look_closely(session, lock=True)
            return await copies.change(session, said, copy)
