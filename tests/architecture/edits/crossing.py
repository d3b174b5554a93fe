"""What really happens when one version writes and the other reads: through the codec, as MessagePack and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from app.data.keys import Answers, Entry
from app.wire.codec import ContractCodec, OperationCodec
from contracts.kit import Contract, Error, InvalidArgument
from contracts.kit.message import Decoder
from tests.architecture.edits.samples import samples

Way = tuple[str, ...]
"""What travels: ("request", operation), ("response", operation), ("error", operation, code), ("event", code)."""

Codec = tuple[Callable[[Any], bytes], Callable[[Any], Any]]
_FORMATS = (msgspec.msgpack, msgspec.json)


class Crossing(NamedTuple):
    """A value that was not understood, and what came of it."""

    sent: object
    came: object


def crossings(writer: Contract, reader: Contract) -> dict[Way, Crossing | None]:
    """Send the edges of everything that both versions know; say of each way what was not understood first."""
    there = ContractCodec(reader, "shop.v1", "shop").operations
    found: dict[Way, Crossing | None] = {}
    for name, here in ContractCodec(writer, "shop.v1", "shop").operations.items():
        if name in there:
            found |= _operation(name, here, there[name])
    events = {event.code: event for event in reader.events}
    for event in writer.events:
        if event.code in events:
            found["event", event.code] = _first(samples(event), list(_ways(events[event.code])))
    return found


def _operation(name: str, here: OperationCodec, there: OperationCodec) -> dict[Way, Crossing | None]:
    encoders = [each.encode for each in _FORMATS]
    requests = zip(encoders, (there.arguments.decode, there.arguments_json.decode), strict=True)
    results = zip(encoders, (there.result.decode, there.result_json.decode), strict=True)
    found: dict[Way, Crossing | None] = {
        ("request", name): _first(samples(here.form), requests),
        ("response", name): _first(samples(here.operation.returns), results),
    }
    answers = Answers(there.operation.returns, there.operation.semantics.raises)
    stored = here.operation.semantics.repeat == there.operation.semantics.repeat == "atomic"
    if stored:
        kept = [(msgspec.msgpack.encode, lambda text: answers.give(Entry(b"", answer=text)))]
        found["stored", name] = _first(samples(here.operation.returns), kept)
    for error in here.operation.semantics.raises:
        found["error", name, error.code] = _first(samples(error.form), list(_error_ways(there, error.code)))
        if stored:
            given = [(msgspec.msgpack.encode, lambda text, code=error.code: _raised(answers, code, text))]
            found["stored", name, error.code] = _first(samples(error.form), given)
    return found


def _ways(kind: type) -> Iterator[Codec]:
    for each in _FORMATS:
        yield each.encode, Decoder(each.Decoder(kind)).decode


def _error_ways(there: OperationCodec, code: str) -> Iterator[Codec]:
    yield msgspec.msgpack.encode, lambda text: _known(there.error(code, msgspec.Raw(text)), code)
    yield msgspec.json.encode, lambda text: _known(there.error_json(code, msgspec.Raw(text)), code)


def _known(error: Error, code: str) -> Error:
    if error.code != code:
        raise ValueError(f"arrived as {error!r}")
    return error


def _raised(answers: Answers, code: str, text: bytes) -> Error:
    try:
        answers.give(Entry(b"", code=code, answer=text))
    except Error as error:
        return error
    raise AssertionError("no error was given")


def _first(values: Iterable[Any], ways: Iterable[Codec]) -> Crossing | None:
    ways = list(ways)
    for sent in values:
        for encode, decode in ways:
            try:
                came = decode(encode(sent))
            except (msgspec.ValidationError, InvalidArgument, ValueError, KeyError) as error:
                return Crossing(sent, error)
            if not _means(sent, came):
                return Crossing(sent, came)
    return None


def _means(sent: Any, came: Any) -> bool:
    """Say whether what came is what was sent, as far as the reader looks at it."""
    if isinstance(sent, dict):
        return all(_means(sent[name], getattr(came, name)) for name in _names(came) if name in sent)
    if isinstance(came, frozenset):
        return all(any(_means(each, other) for other in came) for each in sent)
    if isinstance(sent, list):
        return len(sent) == len(came) and all(map(_means, sent, came))
    if isinstance(came, Enum):
        return True  # it knew the value, or is open to what it does not know
    if isinstance(sent, Enum):
        return bool(sent.value == came)
    if isinstance(sent, float) and isinstance(came, Decimal):
        return float(came) == sent
    return sent == came or (isinstance(came, str) and bool(msgspec.to_builtins(sent) == came))


def _names(came: Any) -> Iterable[str]:
    return came.fields if isinstance(came, Error) else came.__struct_fields__
