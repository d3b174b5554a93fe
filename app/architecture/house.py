"""What is drawn and written down: the modules with all that they declare, and every edge between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from app.runtime.part import Part
from app.runtime.plan import publisher_of
from contracts.kit import Contract, Module


class Edge(msgspec.Struct, frozen=True, order=True):
    """One module may reach another.

    ``listens`` is whether by reading its events, or else by calling; ``what`` is the event's code or the contract.
    ``target`` is empty where no module here provides the contract, or publishes the event.
    """

    source: str
    target: str
    listens: bool
    what: str
    optional: bool = False


class Room(NamedTuple):
    """One module: what it says of itself, its tables, and the third-party packages that its files may import."""

    part: Part
    module: Module
    tables: tuple[str, ...]
    packages: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.module.name

    @property
    def is_bff(self) -> bool:
        """Whether it serves pages, or another client's door, to the outside."""
        return self.module.web is not None


class House(NamedTuple):
    """The modules, sorted by name, and the edges between them."""

    rooms: tuple[Room, ...]
    edges: tuple[Edge, ...]

    def edges_from(self, name: str, *, listens: bool) -> list[Edge]:
        """Return one kind of a module's own edges, sorted by what they lead to."""
        return sorted(
            (each for each in self.edges if each.source == name and each.listens is listens),
            key=lambda edge: (edge.what, edge),
        )


def make_house(
    parts: Iterable[Part], tables: Mapping[str, Iterable[str]], packages: Mapping[str, Iterable[str]]
) -> House:
    """Put together what is known; ``tables`` and ``packages`` go by the module's name."""
    rooms = tuple(
        Room(part, part.module, _sorted(tables, part.name), _sorted(packages, part.name))
        for part in sorted(parts, key=lambda part: part.name)
        if part.module is not None
    )
    return House(rooms, _edges([room.part for room in rooms]))


def _sorted(found: Mapping[str, Iterable[str]], name: str) -> tuple[str, ...]:
    return tuple(sorted(set(found.get(name, ()))))


def _edges(parts: list[Part]) -> tuple[Edge, ...]:
    providers = {str(contract): part.name for part in parts for contract in part.provides}
    return tuple(sorted({edge for part in parts for edge in (*_needs(part, providers), *_listens(part, parts))}))


def _needs(part: Part, providers: Mapping[str, str]) -> Iterable[Edge]:
    for contract in part.needs:
        yield Edge(part.name, providers.get(str(contract), ""), False, str(contract), is_optional(part, contract))


def _listens(part: Part, parts: list[Part]) -> Iterable[Edge]:
    for event in part.module.listens if part.module is not None else ():
        publisher = publisher_of(event, parts)
        yield Edge(part.name, "" if publisher is None else publisher.name, True, event.code)


def is_optional(part: Part, contract: Contract) -> bool:
    """Say whether a module goes on without one of its needs."""
    return part.module is not None and contract.protocol in part.module.optional
