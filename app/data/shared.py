"""What all who have one file open in one event loop share: the turn to write, the news of commits, and the bell.

Two instances of a module have the same file open for a while when one replaces the other. In their
queue they wait in order; in SQLite's, whoever asks at the right moment is next, or nobody for long.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from weakref import WeakValueDictionary

from app.data.bell import Bell
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
    """One file's ``turn`` to write, ``writer``, the task that has it, and the news of ``published`` events.

    ``bell`` carries those between the processes that have the file open.
    """

    def __init__(self, file: Path) -> None:
        self.turn = asyncio.Lock()
        self.writer: Holder | None = None
        self.published = News()
        self.bell = Bell(file, self.published.tell)

    def announce(self) -> None:
        """Tell of a commit that published events, here and in the other processes."""
        self.published.tell()
        self.bell.ring()


_by_file: WeakValueDictionary[tuple[asyncio.AbstractEventLoop, Path], Shared] = WeakValueDictionary()


def shared(file: Path) -> Shared:
    """Return what is shared by those who have this file open in the running event loop.

    Another loop, in another thread, is to them what another process is.
    """
    key = (asyncio.get_running_loop(), file.resolve())
    found = _by_file.get(key)
    if found is None:
        found = _by_file[key] = Shared(file)
    return found
