"""A host as its supervisor and its operators see it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from app.runtime.binding import Binding
from app.runtime.host import NOT_YET, Host
from app.runtime.part import Part
from contracts.kit.context import NEVER, Frame
from contracts.kit.hosting import BindingState, CallState, HostState, ModuleAudit, ModuleState

MOST_CALLS = 200
"""Calls under way that are shown, at most: the oldest."""


class View:
    """What a running host says of itself; ``plan`` is a digest of what it was launched to run.

    ``misfits`` tells of a contract by its key which operations do not fit where they would be executed, and why.
    """

    def __init__(
        self,
        host: Host,
        name: str,
        replica: int,
        plan: str,
        misfits: Callable[[str], Mapping[str, str]] = lambda _key: {},
    ) -> None:
        self._misfits = misfits
        self._host = host
        self._name = name
        self._replica = replica
        self._plan = plan
        self._began = time.monotonic()

    @property
    def ready(self) -> bool:
        """Whether all modules that run here serve, and can reach those they need."""
        return not any(map(self._host.failure, self._here())) and not self._host.lacking()

    def state(self) -> HostState:
        """Return the host as it is now."""
        return HostState(
            name=self._name,
            replica=self._replica,
            pid=os.getpid(),
            started=time.monotonic() - self._began,
            plan=self._plan,
            resident=resident(),
            modules=tuple(ModuleState(name=part.name, failure=self._host.failure(part)) for part in self._here()),
            bindings=tuple(
                self._binding(key, each) for key, each in sorted(self._host.bindings.items()) if _is_of_use(each)
            ),
            calls=tuple(self._calls()),
        )

    async def audit(self) -> tuple[ModuleAudit, ...]:
        """Have every module that runs here and can audit do so."""
        return await self._host.audits.run()

    def _here(self) -> list[Part]:
        return [part for part in self._host.parts if part.name in self._host.runs]

    def _binding(self, key: str, binding: Binding) -> BindingState:
        kind, target = self._host.behind(key)
        routes = binding.routes
        return BindingState(
            contract=key,
            kind=kind,
            target=target,
            calls=sum(each.calls for each in routes),
            failures=sum(sum(each.errors.values()) for each in routes),
            under_way=len(binding.target.calls),
            refused=tuple(f"{path}: {why}" for path, why in sorted(self._misfits(key).items())),
        )

    def _calls(self) -> Iterator[CallState]:
        now = time.monotonic_ns()
        frames = sorted(self._host.sweep.under_way(), key=lambda frame: frame.began)
        for frame in frames[:MOST_CALLS]:
            yield CallState(
                operation=frame.route.name,
                caller=frame.route.caller,
                request_id=frame.context.request_id,
                elapsed=(now - frame.began) / 1e9,
                remaining=_remaining(frame, now),
            )


def _is_of_use(binding: Binding) -> bool:
    """Say whether there is something to tell: a module that keeps no data has no outbox, and nobody asks for it."""
    return not binding.is_absent or binding.reason != NOT_YET or bool(binding.routes)


def _remaining(frame: Frame, now: int) -> float | None:
    return None if frame.due >= NEVER else max(0, frame.due - now) / 1e9


def resident() -> int:
    """Return the bytes of memory that this process holds (`/proc/self/statm`, proc(5)); 0 where that is not told."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
