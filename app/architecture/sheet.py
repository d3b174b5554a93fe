"""What stands on a module's page, before it is shown on a terminal or written down as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import NamedTuple

import msgspec
from msgspec import NODEFAULT

from app.architecture.house import House, Room
from app.cli.operations import shape, summary
from contracts.kit import ANYONE, CUSTOMER, OPERATOR, STAFF, SYSTEM, Contract, Module, Operation, Role


class Codes(NamedTuple):
    """Words of the code."""

    words: tuple[str, ...]


class Link(NamedTuple):
    """A module, by its name; empty for one that is not here."""

    module: str


Cell = str | Codes | Link
"""A string is prose."""


class Section(NamedTuple):
    """A table, or a list where there is no ``head``; ``note`` says something of all its rows."""

    title: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    note: str = ""


OPERATIONS = ("operation", "kind", "who may call", "deadline", "repeated", "errors", "what it does")


def sheet(room: Room, house: House) -> Iterator[Section]:
    """Yield the sections of a module's page; one that is empty says so, since that too is a fact."""
    part = room.part
    for contract in part.provides:
        yield Section(f"Provides {contract}", OPERATIONS, _operations(contract), _first(contract.protocol.__doc__))
    if not part.provides:
        yield Section("Provides")
    called = {edge.what: edge for edge in house.edges_from(room.name, listens=False)}
    yield _section(
        "Needs",
        ("contract", "of", "without it", "operations that may be called"),
        (
            (
                _code(str(contract)),
                Link(called[str(contract)].target),
                "goes on" if called[str(contract)].optional else "cannot run",
                Codes(tuple(sorted(contract.operations))),
            )
            for _, contract in sorted({str(each): each for each in part.needs}.items())
        ),
    )
    yield _section(
        "Listens to",
        ("event", "of"),
        ((_code(edge.what), Link(edge.target)) for edge in house.edges_from(room.name, listens=True)),
    )
    yield _section(
        "Publishes",
        ("event", "in order for each", "what happened"),
        (
            (_code(event.code), _code(event.key), _first(event.__doc__))
            for event in {event.code: event for contract in part.provides for event in contract.events}.values()
        ),
    )
    yield _list("Tables", room.tables)
    yield _list("Third-party packages", room.packages)
    yield _list("Pages", [room.module.path] if room.is_bff else [])
    table = f"In [modules.{room.name}] of freestone.toml." if room.module.settings is not None else ""
    yield Section("Settings", ("key", "value", "default"), tuple(_settings(room.module)), table)


def _section(title: str, head: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Section:
    return Section(title, head, tuple(rows))


def _list(title: str, words: Iterable[str]) -> Section:
    return Section(title, (), tuple((_code(word),) for word in words))


def _operations(contract: Contract) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_operation(operation) for _, operation in sorted(contract.operations.items()))


def _operation(operation: Operation) -> tuple[Cell, ...]:
    semantics = operation.semantics
    each = " an item" if semantics.kind == "stream" else ""
    return (
        _code(operation.name),
        semantics.kind,
        _who(semantics.allow),
        f"{semantics.deadline:g} s{each}",
        _repeated(operation),
        Codes(tuple(error.__name__ for error in semantics.raises)),
        summary(operation),
    )


def _repeated(operation: Operation) -> str:
    if operation.semantics.kind != "command":
        return "yes" if operation.semantics.kind == "query" else "no"
    return operation.semantics.repeat or "no"


_WHO = {ANYONE: "anyone", CUSTOMER: "customers", STAFF: "staff", OPERATOR: "operators", SYSTEM: "the system"}


def _who(allow: frozenset[Role]) -> str:
    return _WHO.get(allow) or ", ".join(sorted(role.value for role in allow))


def _settings(module: Module) -> Iterator[tuple[Cell, ...]]:
    for field in msgspec.structs.fields(module.settings) if module.settings is not None else ():
        yield _code(field.encode_name), _code(shape(field.type)), _default(field.default)


def _default(value: object) -> Cell:
    """Return a default as JSON; of one that is long, or made anew each time, only that there is one."""
    if value is NODEFAULT:
        return "made by the code"
    said = msgspec.json.encode(value, order="deterministic", enc_hook=str).decode()
    if len(said) <= LONG:
        return _code(said)
    return f"{len(value)} values" if isinstance(value, Sized) and not isinstance(value, str) else "a long text"


LONG = 60
"""Letters of a default that are shown."""


def _code(word: str) -> Codes:
    return Codes((word,))


def _first(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]
