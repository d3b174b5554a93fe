"""What the two sides of a connection mean by the contracts that both know, and which operations do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from app.evolution.compare import EVENT, mismatches
from app.evolution.shape import ContractShape, fingerprint, shape_of
from app.wire.codec import ContractCodec
from app.wire.frames import printable
from contracts.kit import Contract, Event
from contracts.kit.outbox import Outbox

LARGEST = 1 << 18
"""Bytes that the shape of one contract may take."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ContractShape).decode


class Shapes(Mapping[str, ContractShape]):
    """The shapes of contracts by their keys, made when they are first asked for.

    A host to which nobody connects needs none, and it starts the sooner.
    """

    def __init__(self, make: Callable[[], Mapping[str, ContractShape]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, ContractShape]:
        return self._make()

    def __getitem__(self, key: str) -> ContractShape:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class Agreement:
    """One side's contracts, to be compared with those of whoever is at the other end.

    A key is a contract's (``catalog.v1``), or an outbox's with the code of one event in it: who reads other events
    there is not concerned.
    """

    def __init__(self, shapes: Mapping[str, ContractShape]) -> None:
        self._shapes = shapes
        self._encoded: dict[str, bytes] = {}

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """What is told to everybody."""
        return {key: fingerprint(each) for key, each in self._shapes.items()}

    def differing(self, theirs: Mapping[str, str]) -> list[str]:
        """Return the keys that both sides know with different fingerprints."""
        return [key for key, own in self.fingerprints.items() if theirs.get(key, own) != own]

    def told(self, theirs: Mapping[str, str], room: int) -> dict[str, msgspec.Raw]:
        """Return what a caller with other fingerprints is told of the same contracts, in at most so many bytes.

        What finds no room is left out; the caller then takes nothing of it to fit.
        """
        told = {}
        for key in self.differing(theirs):
            if key not in self._encoded:
                self._encoded[key] = _encode(self._shapes[key])
            size = len(self._encoded[key]) + len(key.encode()) + 5  # five: the longest header of a text
            if len(self._encoded[key]) <= LARGEST and size <= room:
                told[key] = msgspec.Raw(self._encoded[key])
                room -= size
        return told

    def refusals(self, theirs: Mapping[str, str], told: Mapping[str, msgspec.Raw]) -> dict[str, str]:
        """Return the operations (``catalog.v1/get_product``), and the events, that do not fit, each with the reason."""
        return {path: why for key in self.differing(theirs) for path, why in self._compare(key, told.get(key)).items()}

    def _compare(self, key: str, told: msgspec.Raw | None) -> dict[str, str]:
        mine = self._shapes[key]
        if told is None:
            why = "the other side does not tell what it means by it"
        elif memoryview(told).nbytes > LARGEST:
            why = f"what the other side tells of it is too long; {LARGEST} bytes are accepted"
        else:
            try:
                found = mismatches(mine, _decode(told))
            except Exception as error:  # noqa: BLE001 - whatever it is, it lies in what arrived
                why = f"what the other side tells of it is damaged: {printable(str(error))}"
            else:
                return {_path(key, name): _reason(name, text) for name, text in found.items()}
        return {_path(key, name): why for name in (*mine.operations, *(f"{EVENT}{code}" for code in mine.events))}


def shapes(
    codecs: Mapping[str, ContractCodec], keys: Iterable[str], events: Mapping[str, type[Event]] | None = None
) -> Shapes:
    """Return the shapes of the contracts with these keys, and of events by theirs."""
    known, told = sorted(keys), dict(events or {})
    return Shapes(
        lambda: (
            {key: shape_of(codecs[key].contract, key, ()) for key in known}
            | {key: shape_of(Contract(key, 1, Outbox, {}, (event,)), key) for key, event in told.items()}
        )
    )


def _path(key: str, name: str) -> str:
    """Return the path of an operation; an event's key says all."""
    return key if name.startswith(EVENT) else f"{key}/{name}"


def _reason(name: str, sentence: str) -> str:
    """Return what stands behind a path, which names the operation or the event already."""
    return printable(sentence.removeprefix(f"{name.removeprefix(EVENT)}: "))
