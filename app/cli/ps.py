"""`freestone ps`: the hosts of a running store, their modules and bindings, and the calls under way."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from app.cli.modules import console
from app.cli.reach import Seen, connect_cli
from app.config import environment, load
from app.placement.runfolder import RunFolder
from contracts.kit.hosting import CallState, HostState

NONE = "No store runs on this data folder."


def ps(
    *, as_json: Annotated[bool, typer.Option("--json", help="As JSON, a list of hosts, for programs.")] = False
) -> None:
    """Show the running store: its hosts, modules and bindings, and the calls under way."""
    seen = _look()
    if not any(each.state for each in seen):
        for each in seen:
            print(f"{each.host}.{each.replica} at {each.address}: {each.trouble}", file=sys.stderr)
        print(NONE, file=sys.stderr)
        raise typer.Exit(1)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode([_json(each) for each in seen])).decode())
        return
    shown = console()
    states = [each.state for each in seen if each.state is not None]
    for title, table in (("", _hosts(seen)), ("bindings", _bindings(states)), ("calls under way", _calls(states))):
        if table.row_count:
            if title:
                shown.print(f"\n{title}", style="bold")
            shown.print(table)


def _look() -> list[Seen]:
    settings = load(None, environment())
    elsewhere = any(table.addresses for table in settings.hosts.values())
    if not elsewhere and not RunFolder(settings.data).all():
        return []
    return asyncio.run(_ask())


async def _ask() -> list[Seen]:
    async with connect_cli(environment()) as reach:
        return await reach.hosts()


def _json(seen: Seen) -> dict[str, object]:
    where = {"host": seen.host, "replica": seen.replica, "address": str(seen.address)}
    return {**where, "trouble": seen.trouble or None, "state": seen.state}


def _hosts(seen: Sequence[Seen]) -> Table:
    table = _table("host", "replica", "pid", "up", "memory", "modules", "calls", "state")
    for each in seen:
        state = each.state
        if state is None:
            table.add_row(each.host, str(each.replica), *"----", "-", f"{each.address}: {each.trouble}")
            continue
        failures = [module.failure for module in state.modules if module.failure]
        table.add_row(
            state.name,
            str(each.replica),
            str(state.pid),
            span(state.started),
            f"{state.resident / (1 << 20):.0f} MiB",
            ", ".join(module.name for module in state.modules) or "-",
            str(len(_of_the_store(state))),
            "; ".join(failures) or "ready",
        )
    return table


def _bindings(states: Sequence[HostState]) -> Table:
    table = _table("host", "contract", "is", "where, or why not", "calls", "failed", "under way")
    for state in states:
        for each in state.bindings:
            counts = (str(number) for number in (each.calls, each.failures, each.under_way))
            where = "; ".join((each.target or "-", *(f"not {refused}" for refused in each.refused)))
            table.add_row(_name(state), each.contract, each.kind, where, *counts)
    return table


def _calls(states: Sequence[HostState]) -> Table:
    table = _table("host", "operation", "called by", "request", "for", "still")
    for state in states:
        for each in _of_the_store(state):
            left = "-" if each.remaining is None else f"{each.remaining:.1f} s"
            table.add_row(_name(state), each.operation, each.caller, each.request_id, f"{each.elapsed:.1f} s", left)
    return table


def _of_the_store(state: HostState) -> list[CallState]:
    """Return the calls under way but for those that ask the host itself, such as this command's own."""
    return [each for each in state.calls if not each.operation.startswith("hosting.")]


def _name(state: HostState) -> str:
    return f"{state.name}.{state.replica}"


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def span(seconds: float) -> str:
    """Return a time in its two largest units: 3 d 4 h, 5 min 6 s, 7 s."""
    left, parts = round(seconds), list[str]()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts or unit == "s":
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
