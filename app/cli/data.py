"""`freestone data`: moving modules' data to other places, keeping copies of it, and bringing those back."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.assembly import Assembly, assemble
from app.cli.desks import elsewhere
from app.config import environment
from app.data.addresses import own_address, place_of
from app.data.backup import Keeping, back_up, read_manifest
from app.data.moving.ends import check_source, check_target, complete, drop_sources, old_copies
from app.data.moving.failures import MoveFailed
from app.data.moving.mover import Mover, Report
from app.data.place import Place
from app.data.places import follow, place_at
from app.data.restore import restore
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from app.launch import DataFolder
from app.runtime.part import Part
from app.setting_source import rather
from app.setting_types import DatabaseUrl, DataPlace, parse

SERVER = "FREESTONE_TO_URL"

app = typer.Typer(help="Moving, keeping and restoring the modules' data.", no_args_is_help=True)


@app.command("move")
def move(
    module: Annotated[str, typer.Argument(help="Whose data.")],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            help="postgresql for the server whose address, postgresql://user:password@host/database, is in "
            "FREESTONE_TO_URL, or else in \\[database] url: the module's own role and schema there are made of it; "
            "sqlite for the data folder; sqlite:/folder for another one. The address itself can stand here too, but "
            "whoever lists processes then sees its password."
        ),
    ] = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Do all but the switch, and print the times.")] = False,
    drop_source: Annotated[
        bool, typer.Option("--drop-source", help="Remove the old copies, which are kept read-only until then.")
    ] = False,
) -> None:
    """Move a module's data to another place while the store serves; nothing is restarted.

    Writes of that module wait for a moment, which is printed. The old copy is kept, and leads on who looks there.
    """
    if rehearse and (to is None or drop_source):
        raise LaunchRefused("What is rehearsed is a move: name its target with --to, and leave out --drop-source.")
    if to is None and not drop_source:
        raise LaunchRefused("Say where the data is to be with --to, or have old copies removed with --drop-source.")
    assembly = assemble(environment())
    part = part_of(assembly, module)
    place = follow(place_of(module, assembly.settings))
    check_source(place, part.migrations)
    if to is not None:
        target = target_of(module, to, assembly)
        asyncio.run(_move(part, place, target, rehearse=rehearse))
        place = follow(place)
    if drop_source:
        dropped = drop_sources(place)
        print("\n".join(f"Removed {each.name}." for each in dropped) or "There is no old copy.")
    elif not rehearse and (kept := old_copies(place)):
        print(f"Kept, read-only: {', '.join(each.name for each in kept)}; remove it with --drop-source.")
    if not rehearse and place.key != place_of(module, assembly.settings).key:
        print(f"Hosts find it by themselves. Let [database] modules name it too: {module} = {_shown(place)}")


Modules = Annotated[list[str] | None, typer.Argument(help="Whose data; that of all, where none is named.")]


@app.command("backup")
def backup(
    modules: Modules = None,
    *,
    to: Annotated[Path, typer.Option(help="An empty folder; it is made where it is missing.")],
) -> None:
    """Write a backup of modules' data while the store serves, all as of one moment.

    Writes wait for that moment, which is printed.
    """
    assembly = assemble(environment())
    kept = _kept(assembly, modules)
    for each in kept:
        check_source(each.place, each.migrations)
    try:
        manifest, waited = asyncio.run(back_up(kept, to, lambda module: print(f"  {module}")))
    except MoveFailed as failure:
        raise LaunchRefused(str(failure)) from failure
    rows = sum(table.rows for tables in manifest.modules.values() for table in tables.values())
    print(f"Backed up {_counted(len(kept))}, {rows:,} rows, as of {manifest.at:%Y-%m-%d %H:%M:%S} UTC, in {to}.")
    print(f"Writes waited {waited:.2f} s.")


@app.command("restore")
def restore_(
    modules: Modules = None,
    *,
    from_: Annotated[Path, typer.Option("--from", help="A backup's folder.")],
    replace: Annotated[bool, typer.Option("--replace", help="Write over the data that is there now.")] = False,
    forget_moves: Annotated[
        bool,
        typer.Option(
            "--forget-moves",
            help="Bring it to where the settings say, even where the data has moved on from there; "
            "what is at the place that it moved to is left there, and used no more.",
        ),
    ] = False,
) -> None:
    """Bring modules' data back from a backup, to where it is now; the store has to be stopped.

    Every row is compared with the backup. Modules that were backed up together belong together.
    """
    assembly = assemble(environment())
    manifest = read_manifest(from_)
    for module in modules or ():
        if module not in manifest.modules:
            raise LaunchRefused(f"The backup in {from_} has no module {module}{rather(module, manifest.modules)}")
    parts = [part_of(assembly, module) for module in dict.fromkeys(modules or manifest.modules)]
    kept = [_keeping(part, _to_restore(part, assembly, forget_moves=forget_moves)) for part in parts]

    def tell(module: str) -> None:
        print(f"  {module}: {sum(table.rows for table in manifest.modules[module].values()):,} rows")

    with DataFolder.prepare(assembly.settings.data, alone=True):
        asyncio.run(restore(kept, from_, manifest, tell, replace=replace, forget_moves=forget_moves))
    print(f"Restored {_counted(len(kept))}, as of {manifest.at:%Y-%m-%d %H:%M:%S} UTC.")


def _kept(assembly: Assembly, modules: list[str] | None) -> list[Keeping]:
    """Return the named modules, or all whose data can be reached from here, each with where its data is now."""
    if not modules:
        keeping = [part.name for part in assembly.plan.order if part.keeps_data]
        far = [each for each in elsewhere(assembly) if isinstance(place_of(each, assembly.settings), SqliteFile)]
        modules = [each for each in keeping if each not in far]
        if left_out := sorted({*keeping} & {*far}):
            print(f"Left out, since their data is on other machines: {', '.join(left_out)}.", file=sys.stderr)
    parts = [part_of(assembly, module) for module in dict.fromkeys(modules)]
    return [_keeping(part, follow(place_of(part.name, assembly.settings))) for part in parts]


def _to_restore(part: Part, assembly: Assembly, *, forget_moves: bool) -> Place:
    """Return where a module's data is to come to."""
    named = place_of(part.name, assembly.settings)
    try:
        return named if forget_moves else follow(named, restoring=True)
    except LaunchRefused as refusal:
        raise LaunchRefused(
            f"{refusal} Where it moved to a place that is lost, --forget-moves brings the backup to {named.name}."
        ) from None


def _keeping(part: Part, place: Place) -> Keeping:
    return Keeping(place, part.migrations, None if part.module is None else part.module.derived)


def _counted(modules: int) -> str:
    return f"{modules} module{'' if modules == 1 else 's'}"


async def _move(part: Part, source: Place, target: Place, *, rehearse: bool) -> None:
    if source.key == target.key:
        await complete(source)
        print(f"The data of module {part.name} is in {source.name}.")
        return
    if check_target(source, target) is not None:
        print(f"{target.name} holds an old copy, which is made anew.")
    derived = None if part.module is None else part.module.derived
    mover = Mover(source, target, part.migrations, derived, step=_tell)
    print(f"{part.name}: {source.name} → {target.name}")
    try:
        report = await mover.move(rehearse=rehearse)
    except MoveFailed as failure:
        raise LaunchRefused(str(failure)) from failure
    except asyncio.CancelledError:
        print(f"{mover.outcome}.", file=sys.stderr)
        raise
    _print(report)
    print("Rehearsed: the data stays where it is." if rehearse else f"The data of module {part.name} has moved.")


async def _tell(step: str) -> None:
    """Say how far it is, for who waits."""
    if step == "fenced":
        print("  writes wait …")


def _print(report: Report) -> None:
    lines = [("copied", f"{report.rows:,} rows of {len(report.tables)} tables", report.copying)]
    if report.derived:
        lines.append(("derived", f"for {report.derived:,} subjects", report.deriving))
    lines.append(("compared", f"{report.rows:,} rows, one by one, and {report.changes:,} changes", report.comparing))
    tries = "" if report.fences == 1 else f", at the {report.fences}th try"
    lines.append(("fenced", f"for the last {report.last_changes:,} changes{tries}: writes waited", report.fenced))
    lines.append(("whole", f"{sum(report.tables.values()):,} rows in the end", report.whole))
    for what, how_much, seconds in lines:
        print(f"  {what:<9} {how_much:<58} {seconds:6.2f} s")


def part_of(assembly: Assembly, module: str) -> Part:
    """Return a module's part; `LaunchRefused` where it keeps no data that can be reached from here."""
    parts = {part.name: part for part in assembly.plan.order}
    if module not in parts:
        raise LaunchRefused(f"There is no module {module}{rather(module, parts)}")
    part = parts[module]
    if part.failure is not None:
        raise LaunchRefused(f"Module {module} cannot be built: {part.failure}.")
    if not part.keeps_data:
        raise LaunchRefused(f"Module {module} keeps no data.")
    if module in elsewhere(assembly) and isinstance(place_of(module, assembly.settings), SqliteFile):
        raise LaunchRefused(f"The data of module {module} is on another machine; run this there.")
    return part


def target_of(module: str, to: str, assembly: Assembly) -> Place:
    """Return the place that ``--to`` names."""
    if to == "postgresql":
        return place_at(module, own_address(module, _server(assembly)))
    try:
        named = str(parse(DataPlace, to))
    except ValueError:
        raise LaunchRefused(
            "--to is sqlite, sqlite:/folder, postgresql, or text such as postgresql://user:password@host:5432/database."
        ) from None
    if named == "sqlite":
        return SqliteFile(module, assembly.settings.data)
    if named.startswith("sqlite:"):
        folder = Path(named.removeprefix("sqlite:"))
        if not folder.is_dir():
            raise LaunchRefused(f"There is no folder {folder}; make it first, for the store's user alone.")
        return place_at(module, named)
    return place_at(module, own_address(module, named))


def _server(assembly: Assembly) -> str:
    """Return the address that ``--to postgresql`` means: arguments are there for everybody to see, these are not."""
    named = environment().get(SERVER, "").strip() or assembly.settings.database.url
    if named is None:
        raise LaunchRefused(f"Put the server's address, postgresql://user:password@host:5432/database, into {SERVER}.")
    try:
        return str(parse(DatabaseUrl, named))
    except ValueError:
        raise LaunchRefused(f"{SERVER} is no address such as postgresql://user:password@host:5432/database.") from None


def _shown(place: Place) -> str:
    if place.address.startswith("sqlite:"):
        return f'"{place.address}"'
    return f"what freestone database url {place.module} prints"
