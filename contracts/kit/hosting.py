"""The contract that every host provides without writing it: to be looked at, attended and stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from contracts.kit.actors import SYSTEM
from contracts.kit.auditing import AuditReport
from contracts.kit.contract import contract
from contracts.kit.message import Message
from contracts.kit.operation import command, query, stream


class ModuleState(Message):
    """A module that the host runs; ``failure`` says why it does not serve, None where it does."""

    name: str
    failure: str | None = None


class BindingState(Message):
    """What stands behind a contract there now.

    ``kind`` is local, remote or absent; ``target`` names the host of a remote one, or why it is absent.
    ``calls`` have ended since the start, ``failures`` of them with an error, ``under_way`` are being executed.
    ``refused`` are the operations and events of a remote one that do not fit there, each with the reason.
    """

    contract: str
    kind: str
    target: str = ""
    calls: int
    failures: int
    under_way: int
    refused: tuple[str, ...] = ()


class CallState(Message):
    """A call under way: how long it has taken, and how long it may still take (None: without a deadline)."""

    operation: str
    caller: str
    request_id: str
    elapsed: float
    remaining: float | None


class HostState(Message):
    """A host as it is now. ``pid`` is its process, ``started`` for how many seconds it has run, ``plan`` a digest
    of what it was launched to run: two hosts with the same may stand for each other."""

    name: str
    replica: int
    pid: int
    started: float
    plan: str
    resident: int
    modules: tuple[ModuleState, ...]
    bindings: tuple[BindingState, ...]
    calls: tuple[CallState, ...]


class Attention(Message):
    """A sign that the host is there, and whether all its modules serve."""

    ready: bool


class ModuleAudit(Message):
    """What a module's audit found; ``report`` is None where it could not be done, and ``problem`` says why."""

    module: str
    report: AuditReport | None = None
    problem: str = ""


@contract(version=1)
class Hosting(Protocol):
    """One host, as its supervisor and its operators see it."""

    @query(allow=SYSTEM)
    async def describe(self) -> HostState:
        """Return what the host runs, what stands behind each contract, and the calls under way."""
        ...

    @stream(allow=SYSTEM)
    def attend(self) -> AsyncIterator[Attention]:
        """Attend the host: a sign at once, one whenever its readiness changes, and one every second.

        A host that was launched to be attended stops a few seconds after the last who did has gone.
        """
        ...

    @query(deadline=3600.0, allow=SYSTEM)
    async def audit(self) -> tuple[ModuleAudit, ...]:
        """Have every module that runs there and can audit do so now, without rests."""
        ...

    @command(allow=SYSTEM)
    async def stop(self) -> None:
        """Let the calls under way end, then stop the process; answers before it does."""
        ...
