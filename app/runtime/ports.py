"""The host's own side of the kit's plain ports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import ParamSpec, TypeVar, final

from contracts.kit import Blocking, Clock

P = ParamSpec("P")
T = TypeVar("T")


@final
class SystemClock(Clock):
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@final
class Threads(Blocking):
    """One module's own threads, made when first used: no module waits for another's blocking work."""

    def __init__(self, module: str, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=f"freestone-{module}")

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._free:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *args, **kwargs))

    def close(self) -> None:
        """Let no more work in; what runs now ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
