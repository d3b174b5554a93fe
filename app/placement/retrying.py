"""Sending a call again, where that is safe and its caller still waits."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from app.wire.codec import OperationCodec
from app.wire.remote import Sender, envelope
from contracts.kit import Error, Overloaded, Unavailable

TRIES = 6
"""How often one call is sent, at most."""
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.25
"""Seconds before a call is sent again: doubled each time, and jittered by half."""


class Budget:
    """Retries are paid for by calls: at most one for ten, and some in advance.

    So a host that is down or overloaded is not given several times the calls ("Handling Overload", Site
    Reliability Engineering, chapter 21).
    """

    SHARE, MOST = 0.1, 100.0

    def __init__(self) -> None:
        self._saved = self.MOST

    def earn(self) -> None:
        """Count a call."""
        if self._saved < self.MOST:
            self._saved += self.SHARE

    def spend(self) -> bool:
        """Take a retry from what was saved; say whether there was one."""
        if self._saved < 1.0:
            return False
        self._saved -= 1.0
        return True


class Final(Exception):
    """No other try would do better; ``error`` is what the caller is told."""

    def __init__(self, error: Unavailable) -> None:
        self.error = error


class Retrying(Sender):
    """Sends calls by another sender.

    A call that certainly did not begin is sent again, whatever it is; one that may have begun only where that
    changes nothing: a query, or a repeatable command, which is given a key for this. ``nudge`` is called before.
    """

    def __init__(self, sender: Sender, nudge: Callable[[], None]) -> None:
        self._sender = sender
        self._nudge = nudge
        self._budget = Budget()

    async def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Any:
        semantics = operation.operation.semantics
        if key is None and semantics.repeat is not None:
            key = secrets.token_hex(16)
        tries, perhaps = 0, False
        while True:
            try:
                answer = await self._sender.call(operation, arguments, key)
            except Unavailable as error:
                tries += 1
                perhaps = perhaps or error.may_have_executed
                safe = not error.may_have_executed or key is not None or semantics.kind == "query"
                is_last = error.operation != operation.name or not safe or tries == TRIES or not self._budget.spend()
                if is_last or is_late(pause := pause_after(tries)):
                    raise _told(error, perhaps) from None
                self._nudge()
                await asyncio.sleep(pause)
            except Overloaded as error:
                raise _told(error, perhaps) from None
            except Final as final:
                raise _told(final.error, perhaps) from None
            else:
                self._budget.earn()
                return answer

    def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        return self._sender.stream(operation, arguments)


def pause_after(tries: int) -> float:
    """Return the seconds before the next try."""
    return min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.5)


def is_late(pause: float) -> bool:
    """Say whether too little time is left to the running call for another try after a pause."""
    due = envelope().due
    return due is not None and time.monotonic_ns() + pause * 1e9 >= due


def _told(error: Unavailable | Overloaded, perhaps: bool) -> Error:
    """Return what the caller is told in the end: an earlier try may have been executed although the last was not."""
    if not perhaps:
        return error
    reason = error.reason if isinstance(error, Unavailable) else "it is overloaded"
    return Unavailable(operation=error.operation, reason=reason, may_have_executed=True)
