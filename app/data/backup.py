"""Backups: one SQLite file a module, whatever engine its data is on, and a manifest of them all.

All modules of a backup are caught at one moment: for that moment, a fraction of a second, none of them is written to.
So between them nothing is missing and nothing is there twice, just as if all hosts had been killed then.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.data import migrations
from app.data.copies import Copy
from app.data.moving.copier import Copier, learn, snapshot
from app.data.moving.failures import MoveFailed
from app.data.moving.fence import Fence
from app.data.moving.sums import Sum, sums
from app.data.place import Place
from app.data.site import Site, opened
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from contracts.kit import Derived

FORMAT = 1
MANIFEST = "backup.json"
TRIES = 5

Progress = Callable[[str], None]
"""Is told which module has been done."""


class Keeping(NamedTuple):
    """One module, as far as its data is concerned."""

    place: Place
    migrations: Path | None
    derived: Derived | None

    @property
    def module(self) -> str:
        """Its name."""
        return self.place.module


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds: by module, by table, and as of when."""

    format: int
    at: datetime
    modules: Mapping[str, Mapping[str, Sum]]


async def back_up(kept: Sequence[Keeping], folder: Path, progress: Progress) -> tuple[Manifest, float]:
    """Write a backup into an empty folder; return its manifest, and for how many seconds writes had to wait."""
    _prepare(folder)
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(opened(each.place)) for each in kept]
        snapshots, at, waited = await _at_once(sites, stack)
        modules = {}
        for each, source in zip(kept, snapshots, strict=True):
            modules[each.module] = await _write(each, source, folder)
            progress(each.module)
    manifest = Manifest(FORMAT, at, modules)
    unfinished = folder / f".{MANIFEST}"
    unfinished.touch(0o600)
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    unfinished.rename(folder / MANIFEST)
    return manifest, waited


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says that it holds; `LaunchRefused` where it is none, or was not finished."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise LaunchRefused(f"There is no finished backup in {folder}: it has no {MANIFEST}.") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise LaunchRefused(f"The backup's {folder / MANIFEST} cannot be read: {error}.") from None
    if manifest.format != FORMAT:
        raise LaunchRefused(f"The backup in {folder} has format {manifest.format}; this Freestone reads {FORMAT}.")
    return manifest


async def _write(kept: Keeping, source: AsyncSession, folder: Path) -> Mapping[str, Sum]:
    """Write one module's file, and hold it against the source."""
    target, arriving = SqliteFile(kept.module, folder), Copy("arriving", secrets.token_hex(8))
    await asyncio.to_thread(migrations.begin, target, kept.migrations, arriving, over=None)
    async with opened(target, filling=True) as there:
        copier = await Copier.begin(source, there, arriving, kept.derived)
        await copier.fill(source)
        await copier.compare(source)
        await copier.finish(source)
        async with snapshot(there) as session:
            shapes = await learn(session, kept.derived)
            return await sums(session, shapes.values())


async def _at_once(sites: Sequence[Site], stack: AsyncExitStack) -> tuple[list[AsyncSession], datetime, float]:
    """Return one snapshot of each, all of the same moment, that moment, and how long writers had to wait for it."""
    for _ in range(TRIES):
        async with AsyncExitStack() as tried:
            fences = [Fence(site) for site in sites]
            began = time.monotonic()
            try:
                raised = await asyncio.gather(*(fence.up() for fence in fences), return_exceptions=True)
                for each in raised:
                    if isinstance(each, BaseException):
                        raise each
                at = datetime.now(UTC)
                snapshots = [await tried.enter_async_context(snapshot(site)) for site in sites]
            finally:
                stood = await asyncio.gather(*(fence.down() for fence in fences))
            if all(stood):
                waited = time.monotonic() - began
                stack.push_async_exit(tried.pop_all())
                return snapshots, at, waited
    raise MoveFailed("The modules could not be caught at one moment: their writes take too long. Try it again later.")


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LaunchRefused(f"The folder {folder} is not empty; name another for this backup.")
    except OSError as error:
        raise LaunchRefused(f"The folder {folder} cannot be used: {error.strerror}.") from None
