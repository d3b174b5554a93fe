"""How a caller and a callee come to know each other, on the caller's side."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from app.wire.connection import DAMAGED, Violation
from app.wire.frames import Greeting, Welcome, printable, read_hello
from app.wire.handshake import Passport, Refused
from app.wire.hello import Hello


class Unreachable(OSError):
    """Nobody answers there; the text says how that showed."""


class Admission:
    """What there is to know before the first call.

    ``done`` is completed by the callee's welcome, or fails with `Refused` or `Unreachable`; ``is_given`` from the
    welcome on. ``greeting`` is what the callee said of itself, None before that; ``differing`` says, from the welcome
    on, which operations do not fit there, and why.
    """

    def __init__(self, passport: Passport, expected: frozenset[str], host: str | None = None) -> None:
        self.greeting: Hello | None = None
        self.is_given = False
        self.differing: Mapping[str, str] = {}
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._passport = passport
        self._expected = expected
        self._host = host

    def answer(self, frame: Greeting, certificate: Mapping[str, Any] | None) -> Hello:
        """Take the callee's greeting and return the answer; `Refused` where it is not spoken to."""
        if self.greeting is not None:
            raise Violation("it greets a second time")
        try:
            self.greeting = read_hello(frame)
        except DAMAGED as error:
            raise Violation(f"its greeting is damaged: {error}") from None
        try:
            return self._passport.answer(self.greeting, certificate, self._expected, self._host)
        except Refused as refused:
            self.fail(refused)
            raise

    def welcome(self, frame: Welcome) -> None:
        """The callee lets the caller in, and says what it means by what the two may not mean alike."""
        if self.greeting is None or self.is_given:
            raise Violation("it welcomes nobody")
        self.differing = self._passport.agreement.refusals(self.greeting.contracts, frame.shapes)
        self.is_given = True
        if not self.done.done():
            self.done.set_result(None)

    def refused(self, reason: str) -> None:
        """The callee says why it does not."""
        self.fail(Refused(printable(reason)))

    def fail(self, error: Exception) -> None:
        """There will be no welcome, if there was none."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # so that nobody says that it was never retrieved
