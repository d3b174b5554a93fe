"""One replica of a host, kept running: adopted or started, attended, and started again when it ends."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
from typing import NamedTuple, Protocol

import msgspec

from app.placement.oversight import SILENCE, Oversight, Process, Reach
from app.placement.topology import HostEntry
from contracts.kit.hosting import Attention

log = logging.getLogger("freestone.placement")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds before a process is started again: doubled with each end, and jittered."""
HEALTHY = 30.0
"""Seconds of service after which earlier ends are forgotten."""


class Operating(Protocol):
    """What knows of processes."""

    def running(self, entry: HostEntry, replica: int) -> Process | None:
        """Return the process that is this replica now, whoever started it."""

    def start(self, entry: HostEntry, replica: int) -> Process:
        """Start a replica."""


class Means(NamedTuple):
    """What it takes to keep a host's replicas running; ``plan`` is the digest of what they shall run."""

    entry: HostEntry
    plan: str
    processes: Operating
    reach: Reach


class ReplicaState(msgspec.Struct, frozen=True):
    """A replica as its supervisor sees it: ``trouble`` says why it is not ``up``, ``restarts`` how often it ended."""

    host: str
    replica: int
    pid: int | None
    up: bool
    ready: bool
    restarts: int
    trouble: str


class Replica:
    """Keeps one replica running from `begin` to `let_go` or `end`.

    ``tried`` is set when it has served for the first time, or has failed to.
    """

    def __init__(self, means: Means, number: int) -> None:
        self.tried = asyncio.Event()
        self._means = means
        self._number = number
        self._oversight = Oversight(means.reach, means.entry.name, number)
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._sign: Attention | None = None
        self._restarts = 0
        self._trouble = "it is not started yet"
        self._name = f"host {means.entry.name}, replica {number}"

    @property
    def state(self) -> ReplicaState:
        """How it is now."""
        pid = None if self._process is None else self._process.pid
        up, ready = self._sign is not None, self._sign is not None and self._sign.ready
        trouble = "" if up else self._trouble
        return ReplicaState(self._means.entry.name, self._number, pid, up, ready, self._restarts, trouble)

    def begin(self) -> None:
        """Adopt the process that runs already, or start one, and keep it running."""
        self._task = asyncio.get_running_loop().create_task(self._keep(), name=self._name)

    async def let_go(self) -> None:
        """Attend it no more: another supervisor will."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def end(self, grace: float) -> None:
        """Stop it for good: politely, after ``grace`` seconds by force."""
        await self.let_go()
        process = self._process or self._running()
        if process is not None:
            await self._oversight.stop(process, grace)
        self._process, self._sign, self._trouble = None, None, "it was stopped"

    async def _keep(self) -> None:
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            began = loop.time()
            try:
                self._trouble = await self._serve()
            except Exception as error:
                log.exception("%s cannot be kept running", self._name)
                self._trouble = f"{type(error).__name__}: {error}"
            self._process, self._sign = None, None
            self._restarts += 1
            self.tried.set()
            if loop.time() - began > HEALTHY:
                pause = FIRST_PAUSE
            delay = pause * random.uniform(0.5, 1.0)
            log.warning("%s: %s; it is started again in %.1f s", self._name, self._trouble, delay)
            await asyncio.sleep(delay)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _serve(self) -> str:
        """Have a process, attend it until it ends, and say how it did."""
        self._trouble = "it is starting"
        self._process = await self._adopted()
        if self._process is None:
            self._process = self._means.processes.start(self._means.entry, self._number)
        end = await self._attend(self._process)
        if end is not None:
            return end
        if not self._process.send(signal.SIGKILL):
            return "it gives no sign, and cannot be proved to be a host of this store, so it is left alone"
        await self._process.ended()
        return "it gave no sign and was killed"

    async def _adopted(self) -> Process | None:
        """Return the process that runs already if it runs what it should; one that does not is stopped."""
        process = self._running()
        if process is None:
            return None
        state = await self._oversight.describe(process)
        if state is not None and (state.pid, state.plan) == (process.pid, self._means.plan):
            log.info("%s runs already as process %d and is adopted", self._name, process.pid)
            return process
        if process.is_there:
            log.info("%s: process %d runs something else and is stopped", self._name, process.pid)
            await self._oversight.stop(process, SILENCE)
        return None

    async def _attend(self, process: Process) -> str | None:
        """Attend a process until it has ended, and say how; None where it is there and gives no sign."""
        loop = asyncio.get_running_loop()
        ended = loop.create_task(process.ended())
        silent = loop.create_task(self._oversight.silence(process, self._note))
        try:
            await asyncio.wait((ended, silent), return_when=asyncio.FIRST_COMPLETED)
            return ended.result() if ended.done() else None
        finally:
            for task in (ended, silent):
                task.cancel()
            await asyncio.wait((ended, silent))

    def _note(self, sign: Attention | None) -> None:
        self._sign = sign
        if sign is None:
            self._trouble = "the connection to it is lost"
        else:
            self.tried.set()

    def _running(self) -> Process | None:
        return self._means.processes.running(self._means.entry, self._number)
