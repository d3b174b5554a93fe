"""Points that a test can have a process die at: before and after every commit, every sending and every answer.

FREESTONE_TEST_FAILPOINTS, and nothing else, arms them; it names a folder, and production refuses it. Unarmed, a point
costs the look at one attribute. Who runs the test puts an `Order` into ``armed`` in that folder, also while the store
runs. The process that carries it out moves it to ``fired`` and puts its own number behind the name first: so one
process alone does, and it can be proved that one did. What each process came past it writes to ``passed``.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, final

import msgspec

from app.errors import LaunchRefused
from app.line import calling_line

VARIABLE = "FREESTONE_TEST_FAILPOINTS"

POINTS = (
    "gateway.request",
    "gateway.answer.before",
    "gateway.answer.after",
    "wire.request.before",
    "wire.request.after",
    "wire.request.taken",
    "wire.answer.before",
    "wire.answer.after",
    "wire.answer.taken",
    "events.given",
    "events.taken",
    "events.done",
)
"""Those that every store has. Of the gateway a place is a path, of the wire an operation, of events a subscription."""

COMMITS = "commit.{module}.before", "commit.{module}.after"
"""Those that each module with a database has. A place is the line that opened the transaction."""


_BETWEEN = ("app.data.", "app.failpoints", "contextlib")
"""What lies between a commit and the line that asked for it."""


def points(modules: Iterable[str]) -> tuple[str, ...]:
    """Return every point of a store in which these modules keep data."""
    return (*POINTS, *(each.format(module=module) for module in modules for each in COMMITS))


class Order(msgspec.Struct, frozen=True):
    """What is to happen: at a point, at places that begin so, at which hit of one process from its start or from the
    time when the order was laid down."""

    point: str
    place: str = ""
    hit: int = 1
    signal: Literal["SIGKILL", "SIGSTOP"] = "SIGKILL"


@final
class Failpoints:
    """This process's points. Whether they are ``armed`` is asked before `hit` is called."""

    def __init__(self) -> None:
        self.armed = False
        self._folder = Path()
        self._passed = -1
        self._hits: dict[str, tuple[Order, int]] = {}

    def arm(self, environ: Mapping[str, str], *, production: bool) -> None:
        """Do as the environment says."""
        folder = environ.get(VARIABLE, "").strip()
        if folder and production:
            raise LaunchRefused(f"{VARIABLE} is for tests; take it away, or [freestone] production.")
        if self.armed:
            os.close(self._passed)
        self.armed = bool(folder)
        self._hits.clear()
        if folder:
            self._folder = Path(folder)
            for each in ("armed", "fired", "passed"):
                (self._folder / each).mkdir(parents=True, exist_ok=True)
            file = self._folder / "passed" / str(os.getpid())
            self._passed = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hit(self, point: str, place: object) -> None:
        """Come past a point; where it has no place of its own, that is the line outside of `app.data`."""
        where = str(place or calling_line(_BETWEEN))
        os.write(self._passed, f"{point} {where}\n".encode())
        for name in [each.name for each in (self._folder / "armed").iterdir()]:
            order, hits = self._hits.get(name) or (self._read(name), 0)
            if order is None or order.point != point or not where.startswith(order.place):
                continue
            self._hits[name] = order, hits + 1
            if hits + 1 >= order.hit:
                self._carry_out(name, order)

    def _read(self, name: str) -> Order | None:
        try:
            return msgspec.json.decode((self._folder / "armed" / name).read_bytes(), type=Order)
        except FileNotFoundError:  # another process was first
            return None

    def _carry_out(self, name: str, order: Order) -> None:
        try:
            (self._folder / "armed" / name).rename(self._folder / "fired" / f"{name}.{os.getpid()}")
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.Signals[order.signal])


failpoints = Failpoints()
"""The process's own."""
