"""`freestone contracts`: what changed in them since they were accepted, and accepting it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from app.cli.modules import console
from app.errors import LaunchRefused
from app.lint.here import project_folder

if TYPE_CHECKING:
    from app.evolution.declared import Declared
    from app.evolution.report import Evolution
    from app.evolution.shape import ContractShape

app = typer.Typer(help="What changed in the contracts, and in which order to upgrade.", no_args_is_help=True)


@app.command("diff")
def diff(
    against: Annotated[
        str | None, typer.Option(help="A git revision, or a lock file, to compare with instead of the lock.")
    ] = None,
) -> None:
    """Show every change of the contracts since the lock: the order of upgrades that it asks for, and why.

    Ends with 1 where no order serves, with 2 where nothing can be compared.
    """
    from app.evolution.report import evolutions  # brings the contracts along, for which no other command should wait

    root = _root()
    declared = _declared(root)
    found = evolutions(_old(root, against), declared.shapes)
    if not found:
        print(f"The contracts are as {against or 'the lock'} has them.")
    if _show(found, declared):
        raise SystemExit(1)


@app.command("accept")
def accept(
    breaking: Annotated[
        list[str] | None,
        typer.Option(help="Accept what breaks this contract (catalog.v1) too: only where nobody uses it yet."),
    ] = None,
) -> None:
    """Write the contracts as they are into contracts/contracts.lock.json, which is to be committed.

    Refuses, with 1, what would break those who call: make a new version of the contract then.
    """
    from app.evolution import lock
    from app.evolution.report import evolutions

    root = _root()
    declared = _declared(root)
    try:
        old = _old(root, None)
    except lock.MissingLock as missing:
        old = _committed(root)
        if old:
            raise LaunchRefused(f"{lock.PATH} was committed and is gone; {lock.RESTORE}") from missing
    found = evolutions(old, declared.shapes)
    named, broken = set(breaking or ()), {each.contract for each in found if each.is_breaking}
    if surplus := sorted(named - broken):
        raise LaunchRefused(f"Nothing breaks {' and '.join(surplus)}; leave --breaking out.")
    if refused := sorted(broken - named):
        _show([each for each in found if each.is_breaking and each.contract in refused], declared)
        print(f"Not accepted. Only where nobody uses it yet: {' '.join(f'--breaking {name}' for name in refused)}")
        raise SystemExit(1)
    try:
        lock.write(root / lock.PATH, declared.shapes)
    except OSError as error:
        raise LaunchRefused(f"{lock.PATH} cannot be written: {error.strerror}.") from None
    if old:
        _show(found, declared, mends=False)
    print(f"{lock.PATH} holds the contracts as they are; commit it.")


def _root() -> Path:
    root = project_folder()
    if not (root / "contracts").is_dir():
        raise LaunchRefused(f"There is no folder contracts in {root}; run this in the project's folder.")
    return root


def _declared(root: Path) -> Declared:
    from app.evolution.declared import PACKAGE, declared
    from app.lint.source import find_sources

    found = declared({source.name: source.file for source in find_sources([PACKAGE], root)})
    if found.failures:
        raise LaunchRefused("\n".join(f"{file}: {failure}" for file, failure in found.failures.items()))
    return found


def _old(root: Path, against: str | None) -> dict[str, ContractShape]:
    from app.evolution import lock
    from app.evolution.revision import lock_at

    if against is None:
        return lock.read(root / lock.PATH)
    if (root / against).is_file():
        return lock.read(root / against, against)
    return lock.parse(lock_at(against, root), f"{lock.PATH} at {against}")


def _committed(root: Path) -> dict[str, ContractShape]:
    """Return the contracts of the lock of the last commit, none where there is no such lock."""
    from app.evolution import lock
    from app.evolution.revision import lock_at

    try:
        return lock.parse(lock_at("HEAD", root))
    except lock.LockProblem:
        return {}


def _show(found: Iterable[Evolution], declared: Declared, *, mends: bool = True) -> bool:
    """Print the changes, each contract's apart, with the ``mends`` of breaking ones; say whether there is one."""
    from app.evolution.report import place_of

    broken = False
    for evolution in found:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for _ in range(4):
            table.add_column(overflow="fold")
        for each in evolution.changes:
            why = "" if each.verdict == "safe" else f"\n{each.why}"
            table.add_row(f"  {each.verdict}", each.part, place_of(each), each.what + why)
        print(f"{evolution.contract}: {evolution.verdict}")
        console().print(table)
        file = declared.files.get(evolution.contract, "")
        for _, sentence in evolution.breaks(file):
            broken = True
            if mends:
                print(f"  {sentence}")
        print()
    return broken
