"""Keeps the hosts running that this launch owns, as long as it is the one who supervises."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from app.placement.election import SupervisorLock
from app.placement.oversight import Reach
from app.placement.replica import Means, Operating, Replica, ReplicaState
from app.placement.topology import HostEntry, Topology

log = logging.getLogger("freestone.placement")

GRACE = 22.0
"""Seconds that hosts may take to stop: two more than they give to their pages' requests, and then to calls."""


class Supervisor:
    """Starts, attends, restarts and stops the hosts of a topology that are owned, from `start` to `stop`.

    While another process supervises, it stands by. ``plan`` gives the digest of what a host's process shall run.
    """

    def __init__(
        self,
        topology: Topology,
        lock: SupervisorLock,
        processes: Operating,
        reach: Reach,
        plan: Callable[[HostEntry], str],
    ) -> None:
        self._topology = topology
        self._lock = lock
        self._processes = processes
        self._reach = reach
        self._plans = {entry.name: plan(entry) for entry in topology.owned}  # now: code may be replaced while it runs
        self._replicas: list[Replica] = []
        self._standing_by: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def state(self) -> tuple[ReplicaState, ...]:
        """Every replica that is supervised here; none while another process supervises."""
        return tuple(replica.state for replica in self._replicas)

    async def start(self) -> None:
        """Begin to supervise, or to stand by; returns at once."""
        self._lock.stand()
        if self._lock.try_take():
            self._supervise()
        else:
            self._standing_by = asyncio.get_running_loop().create_task(self._stand_by(), name="supervisor")

    async def up(self, patience: float) -> None:
        """Wait until each replica serves or has failed to, or for so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                for replica in self._replicas:
                    await replica.tried.wait()

    async def stop(self, grace: float = GRACE) -> None:
        """Stop every host, all together, and give the right to supervise back.

        Where others stand by, the hosts are left running for them.
        """
        others = self._lock.leave()
        if self._standing_by is not None:
            self._standing_by.cancel()
            await asyncio.wait([self._standing_by])
        if not self._lock.held and not others and await self._lock.take_over():
            self._replicas = self._make()
        try:
            if others:
                await asyncio.gather(*(replica.let_go() for replica in self._replicas))
            else:
                await asyncio.gather(*(replica.end(grace) for replica in self._replicas))
        finally:
            self._replicas = []
            self._lock.release()

    async def _stand_by(self) -> None:
        await self._lock.take()
        log.info("this process supervises from now on: the one that did is gone")
        self._supervise()

    def _supervise(self) -> None:
        self._replicas = self._make()
        for replica in self._replicas:
            replica.begin()

    def _make(self) -> list[Replica]:
        made = []
        for entry in self._topology.owned:
            means = Means(entry, self._plans[entry.name], self._processes, self._reach)
            made += [Replica(means, number) for number in range(1, entry.replicas + 1)]
        return made
