"""`freestone modules`: what there is, and who needs whom."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table

from app.runtime.part import Part
from app.runtime.plan import make_plan
from app.wiring import find_modules

WIDE = 200
"""Columns where there is no terminal to fit into: nobody should find a name broken in two."""


def modules() -> None:
    """List the modules: what each provides, needs and listens to, and whether it can be built."""
    plan = make_plan(find_modules())
    newest: dict[str, int] = {}
    for contract in (each for part in plan.order for each in (*part.provides, *part.needs)):
        newest[contract.name] = max(contract.version, newest.get(contract.name, 0))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("module", "provides", "needs", "listens to", "pages", "state"):
        table.add_column(column, overflow="fold")
    for part in plan.order:
        table.add_row(*_cells(part, newest))
    console().print(table)


def console() -> Console:
    """Return where tables are printed: what stands in them is nobody's markup."""
    return Console(width=None if sys.stdout.isatty() else WIDE, markup=False, emoji=False)


def _cells(part: Part, newest: Mapping[str, int]) -> tuple[str, ...]:
    """Return a module's row; as in `freestone call`, a name without a version means the newest."""
    module = part.module
    optional = () if module is None else module.optional
    needs = (
        (each.name if each.version == newest[each.name] else str(each)) + "?" * (each.protocol in optional)
        for each in part.needs
    )
    listens = () if module is None else (event.code for event in module.listens)
    path = module.path if module is not None and module.web is not None else None
    return (
        part.name,
        _list(str(each) for each in part.provides),
        _list(needs),
        _list(listens),
        path or "-",
        part.failure or "ready",
    )


def _list(items: Iterable[str]) -> str:
    return ", ".join(items) or "-"
