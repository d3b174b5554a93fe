"""The two ends of a move: what may be its source and its target, and what becomes of the old copy."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, insert

from app.data.copies import Copy, encode, stored
from app.data.database import arrive
from app.data.emptying import empty
from app.data.migrations import is_current, is_newer
from app.data.moving.native import native_of
from app.data.place import Place
from app.data.places import copy_at, follow, place_at
from app.data.tables import COPY, SOURCE, meta
from app.errors import LaunchRefused


def check_source(source: Place, migrations: Path | None) -> None:
    """Refuse what is not there, or not of this release."""
    if not source.stored():
        raise LaunchRefused(f"{source} is not there yet: there is no data of it.")
    if not is_current(source, migrations):
        raise LaunchRefused(f"{source} is from before this release; start the store, which brings it up to date.")
    if is_newer(source, migrations):
        raise LaunchRefused(f"{source} is from a release after this one; do this with that one's freestone.")


def check_target(source: Place, target: Place) -> Copy | None:
    """Refuse a target that holds anything of value; return what an old copy there says, or an unfinished one."""
    found = target.stored()
    if found is None:
        raise LaunchRefused(f"{target} was not made by Freestone; name an empty place.")
    copy = copy_at(target)
    if copy is None:
        if found:
            raise LaunchRefused(f"{target} is from before this release, and may be in use; name an empty place.")
        return None
    if copy.state in ("serving", "fenced"):
        raise LaunchRefused(f"{target} holds data that is in use; name an empty place.")
    known = bool(copy.to) and (
        follow(target).key == source.key
        if copy.state == "moved"
        else place_at(target.module, copy.to).key == source.key
    )
    if not known:
        raise LaunchRefused(
            f"{target} holds a copy, {copy.state}, that does not come from {source.name}; name an empty place."
        )
    return copy


async def complete(place: Place) -> None:
    """Bring a move that was decided to its end, at the place it led to."""
    site = await arrive(place)
    try:
        async with site.writing() as session:
            await site.look_closely(session, lock=True)
            await native_of(session).prove(session)
    finally:
        await site.close()


def drop_sources(place: Place) -> list[Place]:
    """Empty the old copies that led to this place, but for the pointers to it; return those that were there."""
    dropped = []
    for old in old_copies(place):
        with old.upgrade() as connection:
            copy = stored(connection)
            if copy is None or copy.state != "moved":
                raise LaunchRefused(f"{old} is in use again.")
            empty(connection)
            meta.create(connection)
            connection.execute(insert(meta).values(name=COPY, value=encode(copy)))
        old.shrink()
        dropped.append(old)
    with place.upgrade() as connection:
        connection.execute(delete(meta).where(meta.c.name == SOURCE))
    return dropped


def old_copies(place: Place) -> list[Place]:
    """Return the old copies, the newest first, that are kept of the data in a place."""
    found: list[Place] = []
    address = (place.stored() or {}).get(SOURCE)
    while address:
        old = place_at(place.module, address)
        copy = copy_at(old)
        if copy is None or copy.state != "moved" or old.key in {place.key, *(each.key for each in found)}:
            break
        if follow(old).key != place.key:
            break
        found.append(old)
        address = (old.stored() or {}).get(SOURCE)
    return found
