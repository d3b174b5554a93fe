"""Which module provides what to whom, checked as a whole before anything is opened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import msgspec

from app.errors import LaunchRefused
from app.runtime.part import Part
from app.wire.hello import DOOR, HOST
from contracts.kit import Contract, Event


class Plan(msgspec.Struct, eq=False):
    """``order``: providers before those who need them. ``providers``: the part for each contract."""

    order: tuple[Part, ...]
    providers: Mapping[str, Part]


def make_plan(parts: Sequence[Part]) -> Plan:
    """Check what all parts say of themselves, taken together.

    Raises `LaunchRefused` with one sentence that names the modules: for a contract provided twice, a
    required need that no module provides, a cycle of needs, and a module whose name means another caller.
    """
    for part in parts:
        if part.name in (HOST, DOOR):
            raise LaunchRefused(
                f"A module cannot have the name {part.name}, which has a meaning of its own; rename it."
            )
    found: dict[str, Part] = {}
    for part in parts:
        for contract in part.provides:
            if found.setdefault(str(contract), part) is not part:
                other = found[str(contract)]
                raise LaunchRefused(f"Modules {other.name} and {part.name} both provide {contract}; keep one of them.")
    for part in parts:
        for contract in part.needs:
            if str(contract) not in found:
                _attribute(part, contract, parts, found)
    return Plan(_order(parts, found), found)


def _attribute(part: Part, contract: Contract, parts: Iterable[Part], found: dict[str, Part]) -> None:
    """Find the broken module to which an unprovided contract belongs: its file has the module's name.

    An older version's file (``catalog_v1.py``) belongs to the same module.
    """
    home = re.sub(r"_v\d+$", "", contract.protocol.__module__.rpartition(".")[2])
    for other in parts:
        if other.failure is not None and other.module is None and other.name == home:
            found[str(contract)] = other
            return
    assert part.module is not None
    if contract.protocol not in part.module.optional:
        raise LaunchRefused(
            f"Module {part.name} needs {contract}, which no module provides; "
            f"add one that does, or list it under optional= in {part.name}'s manifest."
        )


def _order(parts: Sequence[Part], found: Mapping[str, Part]) -> tuple[Part, ...]:
    by_name = {part.name: part for part in parts}
    graph = {part.name: sorted({found[str(each)].name for each in part.needs if str(each) in found}) for part in parts}
    try:
        return tuple(by_name[name] for name in TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        raise LaunchRefused(f"Modules need each other in a circle: {cycle}; break it with an event.") from None


def publisher_of(event: type[Event], parts: Iterable[Part]) -> Part | None:
    """Return the part whose contract declares an event, None where there is none here."""
    for part in parts:
        if any(event in contract.events for contract in part.provides):
            return part
    return None
