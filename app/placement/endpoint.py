"""One address of a host, and the connection to it, made anew whenever it is lost."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from app.wire.address import Address
from app.wire.handshake import Passport
from app.wire.limits import Limits
from app.wire.link import Link, Unreachable

log = logging.getLogger("freestone.wire")

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 2.0
"""Seconds between two tries to connect: doubled with each failure, and jittered; a call that waits ends the pause."""
SUSPICIOUS = 5
"""After so many time-outs in a row calls go to other replicas, where there are some."""
EJECTED = 1.0
"""Seconds for which they do, at first; doubled each time, up to 30."""
STARTING = 5.0
"""Seconds for which nobody may answer before that is a warning: a host that starts has its lock before its door."""
LISTED = 10
"""How many operations that do not fit are told at once."""


def listed(differing: Mapping[str, str]) -> str:
    """Return in one line which operations do not fit, and why."""
    told = [f"{path}: {differing[path]}" for path in sorted(differing)]
    more = len(told) - LISTED
    return "; ".join(told[:LISTED]) + (f"; and {more} more" if more > 0 else "")


class Endpoint:
    """Keeps a connection to one address from `start` to `stop`.

    ``expected`` are the modules that must run there, on the ``host`` of that name. ``trouble`` says why there is no
    connection, None while there is one. ``differing`` has the operations, by their paths, and the events that do not
    fit there, each with the reason, and that are not asked for; ``failures`` says of modules why they do not serve
    there.
    """

    def __init__(
        self,
        address: Address,
        passport: Passport,
        expected: frozenset[str],
        *,
        host: str | None = None,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.address = address
        self.link: Link | None = None
        self.differing: Mapping[str, str] = {}
        self.failures: Mapping[str, str] = {}
        self.trouble: str | None = "it is not connected yet"
        self._passport = passport
        self._expected = expected
        self._host = host
        self._tls = tls
        self._limits = limits or Limits()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._links: set[Link] = set()
        self._said = ""
        self._silent_since = 0.0
        self._timeouts = self._ejections = 0
        self._ejected_until = 0.0

    def start(self) -> None:
        """Begin to connect."""
        self._silent_since = time.monotonic()
        self._task = asyncio.get_running_loop().create_task(self._keep(), name=f"link to {self.address}")

    async def stop(self) -> None:
        """Close the connection, and make none any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        for link in tuple(self._links):
            await link.close("the caller is stopping")

    def nudge(self) -> None:
        """Try to connect now: a call waits."""
        self._wake.set()

    @property
    def is_live(self) -> bool:
        """Whether a call can be sent there."""
        return self.link is not None and not self.link.draining

    @property
    def is_over(self) -> bool:
        """Whether there is no connection, not even one on which calls end that were under way at its farewell."""
        return all(each.closed.is_set() for each in self._links)

    @property
    def suspicious(self) -> bool:
        """Whether calls should rather go elsewhere: it does not answer in time."""
        return self._timeouts >= SUSPICIOUS and time.monotonic() < self._ejected_until

    def refusal(self, path: str, events: Iterable[str] = ()) -> str | None:
        """Why an operation, or some events that it is to deliver, cannot be asked for there; None where they can."""
        found = (f"{each}: {self.differing[each]}" for each in (path, *events) if each in self.differing)
        return next(found, None)

    def timed_out(self) -> None:
        """Note that a call there ran into its deadline."""
        self._timeouts += 1
        if self._timeouts >= SUSPICIOUS and not self.suspicious:
            span = min(EJECTED * 2.0**self._ejections, 30.0) * random.uniform(0.75, 1.25)
            self._ejections += 1
            self._ejected_until = time.monotonic() + span

    def answered(self) -> None:
        """Note that a call there was answered."""
        if self._timeouts:
            self._timeouts = self._ejections = 0

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self._wake.clear()
            began = time.monotonic()
            try:
                await self._connect()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may do better
                self.trouble = str(error) or repr(error)
                if not isinstance(error, Unreachable) or began >= self._silent_since + STARTING:
                    self._warn()
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            # Never at once, however many calls wait.
            await asyncio.sleep(FIRST_PAUSE * random.uniform(0.5, 1.0))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * random.uniform(0.5, 1.0)):
                    await self._wake.wait()
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _connect(self) -> None:
        """Connect, and return when the connection takes no more calls."""
        ended = asyncio.get_running_loop().create_future()

        def on_end(_: Link, reason: str) -> None:
            if not ended.done():
                ended.set_result(reason)

        link = await Link.open(
            self.address,
            self._passport,
            tls=self._tls,
            expected=self._expected,
            host=self._host,
            limits=self._limits,
            on_end=on_end,
        )
        self._links.add(link)
        if not ended.done():
            self.link, self.trouble, self._said = link, None, ""
            self.differing = link.differing
            self.failures = link.peer_greeting.failures
            if self.differing:
                log.warning("%s is not asked for what does not fit: %s", self.address, listed(self.differing))
            self._timeouts = self._ejections = 0
        try:
            reason = await ended
        finally:
            self.link = None
            self._silent_since = time.monotonic()
            self._links = {each for each in self._links if not each.closed.is_set()}
        self.trouble = reason
        if link.draining:
            log.info("%s: %s", self.address, reason)
        else:
            self._warn()

    def _warn(self) -> None:
        """Say why there is no connection, once for as long as it stays the same."""
        if self.trouble and self.trouble != self._said:
            self._said = self.trouble
            place = "" if self.trouble.startswith(str(self.address)) else f"{self.address}: "
            log.warning("%s%s", place, self.trouble)
