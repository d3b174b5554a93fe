"""What all who have one place open in one event loop share: the turn to write, the news of commits, and the bell.

Two instances of a module have the same file open for a while when one replaces the other. In their
queue they wait in order; in SQLite's, whoever asks at the right moment is next, or nobody for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from weakref import WeakValueDictionary

from app.data.place import Place
from contracts.kit.context import Holder


class News:
    """Wakes all who wait.

    Take a `ticket` before you look at something and wait with it afterwards: what happened in between
    is then not missed, since `wait` returns at once.
    """

    def __init__(self) -> None:
        self._count = 0
        self._next = asyncio.Event()

    def ticket(self) -> int:
        """Return how often there was news so far."""
        return self._count

    def tell(self) -> None:
        """Wake all who wait."""
        self._count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, ticket: int) -> None:
        """Return as soon as there is news that the ticket did not know of."""
        if self._count == ticket:
            await self._next.wait()


class Shared:
    """One place's ``turn`` to write, ``writer``, the task that has it, and the news of ``published`` events.

    ``bell`` carries those between the processes that have it open. ``away`` is why the last who tried could not
    reach the server, None where they could.
    """

    def __init__(self, place: Place) -> None:
        self.turn = asyncio.Lock()
        self.writer: Holder | None = None
        self.away: str | None = None
        self.published = News()
        self.bell = place.bell(self.published.tell)

    def announce(self) -> None:
        """Tell of a commit that published events, here and in the other processes."""
        self.published.tell()
        self.bell.ring()


_by_place: WeakValueDictionary[tuple[asyncio.AbstractEventLoop, Hashable], Shared] = WeakValueDictionary()


def shared(place: Place) -> Shared:
    """Return what is shared by those who have this place open in the running event loop.

    Another loop, in another thread, is to them what another process is.
    """
    key = (asyncio.get_running_loop(), place.key)
    found = _by_place.get(key)
    if found is None:
        found = _by_place[key] = Shared(place)
    return found
