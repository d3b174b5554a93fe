"""A call between two processes: our wire and its rivals, on the same work, in one interleaved run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import msgspec

from bench.contestants import CONTESTANTS
from bench.contestants.messages import Load, Ready, Refused, Taken
from bench.figures import Figure
from bench.processes import Gone, Spoken, confine, processors, spoken

ROUNDS = 5
SECONDS = 0.25
MANY = 64
WORK = {"product": "a product of 400 bytes", "page": "a page of 20 products"}


class Round(NamedTuple):
    """What one round gave: the middle call's microseconds, calls a second, and CPU seconds a call.

    A single caller's p50 is taken twice: with both processes on one processor, and with each on its own.
    """

    together: float
    apart: float
    throughput: float
    client: float
    server: float


MEASURES: tuple[tuple[str, str, str, Callable[[Round], float]], ...] = (
    ("p50_1", "1 caller, one processor", "µs", lambda taken: taken.together),
    ("p50_1_apart", "1 caller, two processors", "µs", lambda taken: taken.apart),
    (f"throughput_{MANY}", f"{MANY} callers", "calls/s", lambda taken: taken.throughput),
    (f"client_cpu_{MANY}", f"client's CPU, {MANY} callers", "s/10,000", lambda taken: taken.client * 1e4),
    (f"server_cpu_{MANY}", f"server's CPU, {MANY} callers", "s/10,000", lambda taken: taken.server * 1e4),
)
AIMS = {f"wire_vs_grpc_throughput_{MANY}": "≥ 25", "wire_vs_grpc_p50_1": "≤ 0.125"}

Rounds = Mapping[tuple[str, str], Sequence[Round]]
"""What was measured, by contestant and work."""


class Contestant(NamedTuple):
    """One that takes part: its two processes."""

    name: str
    server: Spoken
    client: Spoken

    def round(self, work: str, seconds: float) -> Round:
        """Measure it at one kind of work."""
        half, other = processors()
        self._confine(half, half)
        together, _ = self._take(work, 1, seconds)
        self._confine(half, other)
        apart, _ = self._take(work, 1, seconds)
        self._confine(half | other, half | other)
        many, server = self._take(work, MANY, seconds)
        return Round(together.p50, apart.p50, many.count / many.seconds, many.cpu / many.count, server / many.count)

    def _take(self, work: str, callers: int, seconds: float) -> tuple[Taken, float]:
        """Let its client ask for a while; return what came of it, and the server's CPU seconds."""
        before = self._cpu()
        order = msgspec.json.encode(Load(operation=work, callers=callers, seconds=seconds))
        taken = msgspec.json.decode(self.client.ask(order), type=Taken)
        return taken, self._cpu() - before

    def _confine(self, server: set[int], client: set[int]) -> None:
        confine(self.server.process, server)
        confine(self.client.process, client)

    def _cpu(self) -> float:
        return msgspec.json.decode(self.server.ask(), type=float)


def measure() -> list[Figure]:
    """Return latency alone, throughput with many callers, and what that costs either side."""
    return compare(CONTESTANTS, ROUNDS, SECONDS)


def compare(names: Iterable[str], rounds: int, seconds: float) -> list[Figure]:
    """Measure these contestants, one after the other in every round; who cannot take part is named with the reason."""
    with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder, ExitStack() as stack:
        found = (_enter(stack, name, folder) for name in names)
        contestants = {each.name: each for each in found if each is not None}
        values: dict[tuple[str, str], list[Round]] = {(name, work): [] for work in WORK for name in contestants}
        for round_ in range(rounds + 1):
            for work in WORK:
                for name, each in tuple(contestants.items()):
                    try:
                        taken = each.round(work, seconds)
                    except Gone as gone:
                        _leave_out(name, gone)
                        del contestants[name]
                        continue
                    if round_:  # the first warms up
                        values[name, work].append(taken)
        kept = {key: each for key, each in values.items() if key[0] in contestants}
        return [*ratios(kept), *_figures(kept)]


def _enter(stack: ExitStack, name: str, folder: str) -> Contestant | None:
    # A stack of its own, so that half a contestant does not stay.
    with ExitStack() as own:
        try:
            server = own.enter_context(spoken("bench.contestants", "serve", name, folder))
            ready = _ready(server)
            client = own.enter_context(spoken("bench.contestants", "call", name, folder, ready.address))
            _ready(client)
        except Gone as gone:
            _leave_out(name, gone)
            return None
        stack.push(own.pop_all())
        return Contestant(name, server, client)


def _leave_out(name: str, gone: Gone) -> None:
    print(f"Left out is {CONTESTANTS[name][1]}: {gone}.", flush=True)


def _ready(process: Spoken) -> Ready:
    said = msgspec.json.decode(process.hear(), type=Ready | Refused)
    if isinstance(said, Refused):
        raise Gone(said.reason)
    return said


def ratios(rounds: Rounds) -> Iterator[Figure]:
    """Compare our wire on a Unix socket with gRPC, in each round."""
    for work, infix in (("product", ""), ("page", "page_")):
        ours, theirs = rounds.get(("wire_unix", work)), rounds.get(("grpc", work))
        if ours and theirs:
            for suffix, what, _, of in MEASURES[:3]:
                name = f"wire_vs_grpc_{infix}{suffix}"
                divided = tuple(of(a) / of(b) for a, b in zip(ours, theirs, strict=True))
                yield Figure(name, f"our Unix socket / gRPC, {WORK[work]}: {what}", "x", divided, AIMS.get(name, ""))


def _figures(rounds: Rounds) -> Iterator[Figure]:
    for work, meaning in WORK.items():
        for suffix, what, unit, of in MEASURES:
            for (name, done), taken in rounds.items():
                if done == work:
                    yield Figure(f"{name}_{work}_{suffix}", f"{meaning}: {what}", unit, tuple(map(of, taken)))
