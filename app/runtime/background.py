"""Work that no request began: run as the system, and started again when it fails."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from contracts.kit import SYSTEM, Actor, Context
from contracts.kit.context import NEVER, Frame, current_holder

log = logging.getLogger("freestone.background")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 3.0
"""Seconds before a failed task runs again: doubled with each failure, and jittered by half. The longest is what all
wait for when a disk has room again, or a database is back."""

CLEAN_UP = 5.0
"""Seconds that a task may take to clean up when it is ended."""


class Background:
    """One module's endless tasks, from `start` to `stop`."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` as the system, on behalf of the module itself, and again whenever it fails or ends."""
        task = asyncio.get_running_loop().create_task(self._run(name, work), name=f"{self._module}: {name}")
        self._tasks.append(task)

    async def stop(self) -> None:
        """End all tasks and wait until they have cleaned up; one that does not is left behind, and named."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=CLEAN_UP)
            for task in stuck:
                log.error("%s does not end when it is cancelled; it is left behind", task.get_name())

    async def _run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        system = Context(actor=Actor(id=self._module, roles=SYSTEM))
        current_holder().frame = Frame(NEVER, None, 0, None, system)  # whoever started it, it is on its own
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            began = loop.time()
            try:
                await _uncancelled(work())
            except Exception:
                log.exception("%s: %s failed; it starts again", self._module, name)
            if loop.time() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, LONGEST_PAUSE)


async def _uncancelled(work: Awaitable[None]) -> None:
    """Do work; where it ends as cancelled and nobody cancelled this task, that is a failure like any other."""
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    try:
        await work
    except asyncio.CancelledError as error:
        if task.cancelling() > before:
            raise
        raise RuntimeError("it waited for something that was cancelled") from error
