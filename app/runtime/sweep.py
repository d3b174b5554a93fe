"""The sweep: every 10 ms it ends what is overdue, so that no call needs a timer of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from app.runtime.target import Target
from contracts.kit.context import Frame

PERIOD = 0.010
"""Seconds between two sweeps: by so much a deadline may be late."""


class Sweep:
    """Watches the calls of some ``targets`` on the running event loop, from `start` to `stop`.

    With ``patience`` an operation has so many times its contract's deadline.
    """

    def __init__(self, patience: float = 1.0) -> None:
        self.patience = patience
        self.targets: set[Target] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, target: Target) -> None:
        """Watch a target's calls until it is retired and idle."""
        self.targets.add(target)

    def start(self) -> None:
        """Begin to sweep on the running loop."""
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(PERIOD, self._tick)

    def stop(self) -> None:
        """Stop sweeping: calls under way lose their deadlines."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def under_way(self) -> Iterable[Frame]:
        """All calls under way."""
        return [frame for target in self.targets for frame in target.calls]

    def _tick(self) -> None:
        """End what is overdue: each call once, and those around a call before it.

        It runs between the steps of tasks, so whatever is under way now is suspended. Of calls within
        each other in one task the outermost turns its cancellation into `TimedOut`; those inside let it pass.
        """
        self.start()
        now = time.monotonic_ns()
        overdue = [frame for target in self.targets for frame in target.calls if frame.due <= now and not frame.fired]
        for frame in sorted(overdue, key=_depth):
            assert frame.task is not None
            frame.fired = True
            frame.task.cancel()
        self.targets -= {target for target in self.targets if target.retired and target.settle()}


def _depth(frame: Frame) -> int:
    depth, outer = 0, frame.outer
    while outer is not None:
        depth, outer = depth + 1, outer.outer
    return depth
