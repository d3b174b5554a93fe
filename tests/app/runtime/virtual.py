"""A loop whose time passes only while nobody has anything to do, and then at once."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

RESOLUTION = 1e-6
"""What differs by less, in seconds, happens in the same round of the loop, the earlier first."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Ends every wait for a time at once, as if it had passed."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_Leaping(self))
        self._clock_resolution = RESOLUTION

    def time(self) -> float:
        return self.now

    def time_ns(self) -> int:
        """The same, to put in the place of `time.monotonic_ns`."""
        return round(self.now * 1e9)


class _Leaping(selectors.BaseSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        self._selector = selectors.DefaultSelector()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Everybody waits for ever.")
        self._loop.now += max(timeout, 0)
        return self._selector.select(0)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._selector.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._selector.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._selector.get_map()

    def close(self) -> None:
        self._selector.close()
