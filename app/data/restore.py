"""Bringing modules' data back from a backup: all of it is made ready before any of it serves.

First every file is read and held against the manifest. Then, in transactions that are all open before the first one is
committed, every module's tables are made anew, as a copy that no host starts with. These are filled and compared; and
when all are, they say that they serve, one commit right after the other.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.data import copies, migrations
from app.data.backup import Keeping, Manifest, Progress
from app.data.copies import SERVING, Copy
from app.data.moving.copier import Copier, learn, snapshot
from app.data.moving.failures import MoveFailed
from app.data.moving.native import native_of
from app.data.moving.rows import said
from app.data.moving.sums import Sum, sums
from app.data.place import Place
from app.data.site import opened
from app.data.sqlite_place import SqliteFile
from app.data.tables import COPY
from app.errors import LaunchRefused
from contracts.kit import Unavailable

PATIENCE = 1.0
"""Seconds for which connections may still be seen of who has just stopped."""
LOOK = 0.05


async def restore(
    kept: Sequence[Keeping],
    folder: Path,
    manifest: Manifest,
    progress: Progress,
    *,
    replace: bool = False,
    forget_moves: bool = False,
) -> None:
    """Make modules' data anew, in their places, from a backup; `LaunchRefused` where that cannot be.

    Data that is there is written over only to ``replace`` it, and what Freestone did not make never is; an old copy,
    which says where the data has moved to, only to ``forget_moves`` as well. Killed on the way it leaves copies that no
    host starts with, and that can be restored again; only while the last of them are set to serve there may be some of
    each.

    Events that are published from then on have numbers beyond all that were ever given out, in what is replaced as
    well, as long as nobody sets the clock back: so no subscriber takes a new one for one that it knows.
    """
    check = partial(_check, replace=replace, forget_moves=forget_moves)
    for each in kept:
        check(each.place, each.place.stored())
        _check_unused(each.place)
    arriving = Copy("arriving", secrets.token_hex(8))
    with tempfile.TemporaryDirectory(prefix="freestone-") as scratch:
        sources = [await _verified(each, folder, manifest.modules[each.module], Path(scratch)) for each in kept]
        await asyncio.to_thread(_begin, kept, arriving, check)
        for each, source in zip(kept, sources, strict=True):
            try:
                await _fill(each, source, arriving)
            except (MoveFailed, Unavailable, DBAPIError) as failure:
                why = said(failure) if isinstance(failure, DBAPIError) else str(failure).rstrip(".")
                raise LaunchRefused(f"Module {each.module} cannot be restored, and so none is: {why}.") from failure
            progress(each.module)
    await _serve(kept, arriving)


def _check(place: Place, found: Mapping[str, str] | None, *, replace: bool, forget_moves: bool) -> None:
    """Refuse to write over what `Place.stored` has found."""
    if found is None:
        raise LaunchRefused(f"{place} was not made by Freestone, and is left as it is; name an empty place.")
    copy = copies.decode(found[COPY]) if COPY in found else None
    if copy is not None and copy.state == "moved" and not forget_moves:
        raise LaunchRefused(f"{place} is being moved at this moment; start again.")
    # One that arrives with a move, and that its source led to, is all there is.
    unfinished = copy is not None and copy.state == "arriving" and not copy.to
    if found and not unfinished and not replace:
        raise LaunchRefused(f"{place} holds data; have it replaced with --replace.")


def _check_unused(place: Place, mine: int = 0) -> None:
    """Refuse to write below somebody's feet."""
    until = time.monotonic() + PATIENCE
    while others := place.others(mine):
        if time.monotonic() > until:
            raise LaunchRefused(f"{place} is in use by {others} connections; stop the store first.")
        time.sleep(LOOK)


async def _verified(kept: Keeping, folder: Path, expected: Mapping[str, Sum], scratch: Path) -> SqliteFile:
    """Return a copy of a module's file, brought up to date, if the file is what was written."""
    written, source = SqliteFile(kept.module, folder), SqliteFile(kept.module, scratch)
    if not written.file.is_file():
        raise LaunchRefused(f"The backup's {written.file} is missing.")
    shutil.copyfile(written.file, source.file)
    try:
        async with opened(source) as here, snapshot(here) as session:
            shapes = await learn(session, kept.derived)
            found = await sums(session, shapes.values())
    except (SQLAlchemyError, sqlite3.Error, MoveFailed) as error:
        raise LaunchRefused(f"The backup's {written.file} is damaged: it cannot be read.") from error
    if found != dict(expected):
        raise LaunchRefused(f"The backup's {written.file} is damaged: it is not what was written.")
    await asyncio.to_thread(migrations.prepare, source, kept.migrations)
    return source


def _begin(kept: Sequence[Keeping], arriving: Copy, check: Callable[[Place, Mapping[str, str] | None], None]) -> None:
    """Make all tables anew, empty; before the first is dropped, all are looked at again, and nobody writes to any."""
    with ExitStack() as stack:
        connections = []
        for each in kept:
            each.place.settle()
            connections.append(stack.enter_context(each.place.upgrade()))
        for each, connection in zip(kept, connections, strict=True):
            if COPY in (migrations.stored_in(connection) or ()):
                copies.stored(connection)
            _check_unused(each.place, mine=1)
            check(each.place, migrations.stored_in(connection))
        for each, connection in zip(kept, connections, strict=True):
            try:
                migrations.begin_in(connection, each.place, each.migrations, arriving)
            except DBAPIError as error:
                raise LaunchRefused(f"{each.place} cannot be made anew: {said(error)}.") from error


async def _fill(kept: Keeping, source: SqliteFile, arriving: Copy) -> None:
    async with opened(source) as here, opened(kept.place, filling=True) as there, snapshot(here) as session:
        copier = await Copier.begin(session, there, arriving, kept.derived)
        await copier.fill(session)
        await copier.derive()
        await copier.compare(session)
        # Microseconds since 1970: more than any outbox has had commits until now.
        await copier.finish(session, published=time.time_ns() // 1000)
        async with copier.work() as work:
            await native_of(work).prove(work)


async def _serve(kept: Sequence[Keeping], arriving: Copy) -> None:
    """Have all of them take writes; none does where another restore has begun meanwhile."""
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(opened(each.place)) for each in kept]
        for site in sites:
            session = await stack.enter_async_context(site.writing())
            if not await copies.change(session, arriving, SERVING):
                raise LaunchRefused(f"{site.place} was taken over by another restore, which is to be waited for.")
