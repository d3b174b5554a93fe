"""Hosts as a supervisor sees them, without any process: they live, answer, fall silent and die as the test says."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

from app.placement.topology import HostEntry
from contracts.kit.hosting import Attention, Hosting, HostState, ModuleAudit

SHELF = HostEntry(name="shelf", modules=("catalog",))
PLAN = "the plan"


@final
class FakeHost(Hosting):
    """One process and the host in it.

    A ``stubborn`` one does not stop when it is asked to; a silent one answers nothing, a quiet one gives no signs.
    """

    def __init__(self, pid: int, plan: str = PLAN, *, stubborn: bool = False) -> None:
        self.pid = pid
        self.plan = plan
        self.stubborn = stubborn
        self.is_reachable = True
        self.is_silent = False
        self.is_quiet = False
        self.attending = 0
        self.received: list[str] = []
        self._end = asyncio.Event()
        self._leaving = False
        self._how = ""

    # As a process:

    @property
    def is_there(self) -> bool:
        return not self._end.is_set()

    async def ended(self) -> str:
        await self._end.wait()
        return self._how

    def send(self, what: signal.Signals) -> bool:
        self.received.append(what.name)
        if not (what is signal.SIGTERM and self.stubborn):
            self.die(f"it was ended by {what.name}")
        return True

    def die(self, how: str = "it ended with exit code 1") -> None:
        self._how = how
        self._end.set()

    # As a host:

    async def describe(self) -> HostState:
        await self._answer()
        return HostState(
            name="shelf",
            replica=1,
            pid=self.pid,
            started=1.0,
            plan=self.plan,
            resident=0,
            modules=(),
            bindings=(),
            calls=(),
        )

    async def attend(self) -> AsyncIterator[Attention]:
        self.attending += 1
        try:
            while True:
                await self._answer()
                yield Attention(ready=True)
                await asyncio.sleep(1.0 if not self.is_quiet else 3600.0)
                if self._leaving:
                    return
                if not (self.is_there and self.is_reachable):
                    raise ConnectionResetError("the connection is lost")
        finally:
            self.attending -= 1

    def leave(self) -> None:
        """End the signs, as a host does that is stopping."""
        self._leaving = True

    async def audit(self) -> tuple[ModuleAudit, ...]:
        await self._answer()
        return ()

    async def stop(self) -> None:
        await self._answer()
        self.received.append("stop")
        if not self.stubborn:
            asyncio.get_running_loop().call_later(0.5, self.die, "it ended with exit code 0")

    async def _answer(self) -> None:
        if self.is_silent:
            await asyncio.Event().wait()


class FakeMachine:
    """Where processes run: starts them, finds those that run, and connects to them."""

    def __init__(self) -> None:
        self.started: list[FakeHost] = []
        self.hosts: dict[tuple[str, int], FakeHost] = {}
        self.dies_at_once = False
        self.never_listens = False

    def running(self, entry: HostEntry, replica: int) -> FakeHost | None:
        found = self.hosts.get((entry.name, replica))
        return found if found is not None and found.is_there else None

    def start(self, entry: HostEntry, replica: int) -> FakeHost:
        host = self.hosts[entry.name, replica] = FakeHost(100 + len(self.started))
        self.started.append(host)
        host.is_reachable = not self.never_listens
        if self.dies_at_once:
            host.die()
        return host

    @asynccontextmanager
    async def reach(self, host: str, replica: int) -> AsyncIterator[Hosting]:
        found = self.hosts.get((host, replica))
        if found is None or not found.is_there or not found.is_reachable:
            raise ConnectionRefusedError("nobody listens there")
        yield found
