"""Finding a module's data: where its settings say, or where it has moved to from there."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from app.data.copies import Copy, decode
from app.data.place import Place
from app.data.sqlite_place import SqliteFile
from app.data.tables import COPY
from app.errors import LaunchRefused

FURTHEST = 20
"""Moves that are followed; more must be a circle."""


def place_at(module: str, address: str) -> Place:
    """Return the place that an address means: ``sqlite:<folder>`` or ``postgresql://…``, as `Place.address` has it.

    `LaunchRefused` where it means none; the message does not hold it.
    """
    if address.startswith("sqlite:"):
        return SqliteFile(module, Path(address.removeprefix("sqlite:")))
    from app.data.postgresql import Schema  # the driver takes 60 ms to import, and few need it

    return Schema(module, address)


def copy_at(place: Place) -> Copy | None:
    """Return what the copy in a place says of itself, None where there is nothing yet, or nothing that says it."""
    value = (place.stored() or {}).get(COPY)
    return None if value is None else decode(value)


class Found(NamedTuple):
    """A place, and what the copy there said of itself when it was found; None where there is nothing yet."""

    place: Place
    said: Copy | None


def follow(place: Place, *, restoring: bool = False) -> Place:
    """Return where the data is that was at ``place`` once, as `find` finds it."""
    return find(place, restoring=restoring).place


def find(place: Place, *, restoring: bool = False) -> Found:
    """Find where the data is that was at ``place`` once; nothing is written.

    Where it is arriving, it still is where it comes from, unless the move was decided and only has to be said so.
    `LaunchRefused` where nobody knows of a complete one, and where a copy leads to a place with nothing there, which
    may be a disk that is missing here; except where that is about to be restored.
    """
    move, before = "", place
    for _ in range(FURTHEST):
        copy = copy_at(place)
        if copy is None and place is not before and not restoring:
            raise LaunchRefused(
                f"{place} holds nothing, though {before.name} says that the data is there: it may be on another "
                "machine, or its disk is missing. If it is lost, freestone data restore brings a backup there."
            )
        if copy is None or copy.state in ("serving", "fenced"):
            return Found(place, copy)
        if copy.state == "arriving" and place is not before and copy.move == move:
            return Found(place, copy)
        if not copy.to and restoring:
            return Found(place, copy)
        if not copy.to:
            raise LaunchRefused(f"{place} is not complete; go on with freestone data restore.")
        move, before, place = copy.move, place, place_at(place.module, copy.to)
    raise LaunchRefused(f"The data of module {place.module} was moved in a circle; name its place in the settings.")
