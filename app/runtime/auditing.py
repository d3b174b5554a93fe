"""The audits of the modules that run in a host: when somebody asks, and every so often."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from app.runtime.part import Part
from contracts.kit import SYSTEM, Actor, AuditReport, Context, Finding
from contracts.kit.context import scope
from contracts.kit.hosting import ModuleAudit

log = logging.getLogger("freestone.audit")

SHARE = 0.05
"""The part of the time in which a background audit is at work; for the rest of it, it rests after each page."""
LONGEST_REST = 5.0
"""Seconds, however long a page took: a slow store is not audited for ever."""


class Audited(msgspec.Struct, frozen=True):
    """A module's last audit: what it found, when it ended (as `time.time`) and how many seconds it took."""

    report: AuditReport
    at: float
    seconds: float


class Audits:
    """Audits each of these ``parts`` that can be, by its container where it serves (else `LookupError`).

    ``last`` is what came of it, by module; ``failures`` counts the audits that could not be done.
    """

    def __init__(self, parts: Iterable[Part], container: Callable[[str], Any]) -> None:
        self._parts = [part for part in parts if part.module is not None and part.module.audit is not None]
        self._container = container
        self._told: dict[str, Mapping[tuple[str, str], Finding]] = {}
        self._trouble: dict[str, str] = {}
        self.last: dict[str, Audited] = {}
        self.failures = {part.name: 0 for part in self._parts}

    async def run(self) -> tuple[ModuleAudit, ...]:
        """Audit now, and be done soon."""
        return tuple([await self._audit(part, _go_on) for part in self._parts])

    async def every(self, seconds: float) -> None:
        """Audit again and again, gently, with so many seconds in between; of several hosts not all at once."""
        while True:
            await asyncio.sleep(seconds * random.uniform(0.5, 1.5))
            for part in self._parts:
                await self._audit(part, Pace())

    async def _audit(self, part: Part, rest: Callable[[], Awaitable[None]]) -> ModuleAudit:
        assert part.module is not None
        assert part.module.audit is not None
        began = time.monotonic()
        try:
            with scope(context=Context(actor=Actor(id=part.name, roles=SYSTEM))):
                report = await part.module.audit(self._container(part.name), rest)
        except Exception as error:  # noqa: BLE001 - whatever it is, the books are not proven, and that is said
            return self._failed(part, error)
        self.last[part.name] = Audited(report, time.time(), time.monotonic() - began)
        self._tell(part.name, report)
        return ModuleAudit(module=part.name, report=report)

    def _failed(self, part: Part, error: Exception) -> ModuleAudit:
        module, problem = part.name, part.failure or f"{type(error).__name__}: {error}"
        self.failures[module] += 1
        if self._trouble.get(module) != problem:
            log.error("the books of %s could not be audited: %s", module, problem, exc_info=error)
        self._trouble[module] = problem
        return ModuleAudit(module=module, problem=problem)

    def _tell(self, module: str, report: AuditReport) -> None:
        """Log what was not found the last time, and what is not found any more.

        Of a rule with more findings than are listed, what is not listed may still be there.
        """
        self._trouble.pop(module, None)
        before, now = self._told.get(module, {}), {(each.rule, each.subject): each for each in report.findings}
        listed = Counter(each.rule for each in report.findings)
        cut = {tally.rule for tally in report.rules if tally.found > listed[tally.rule]}
        self._told[module] = {key: each for key, each in before.items() if each.rule in cut} | now
        for key, finding in now.items():
            if key not in before:
                log.error("%s, %s, %s: %s", module, finding.rule, finding.subject, finding.problem)
        for key, finding in before.items():
            if key not in now and finding.rule not in cut:
                log.info("%s, %s, %s: found no more", module, finding.rule, finding.subject)


class Pace:
    """Rests so long after each piece of work that work is but a small part of the time."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def __call__(self) -> None:
        took = time.monotonic() - self._since
        await asyncio.sleep(min(took * (1 / SHARE - 1), LONGEST_REST))
        self._since = time.monotonic()


async def _go_on() -> None:
    """Let others have the loop for a moment; no more."""
    await asyncio.sleep(0)
