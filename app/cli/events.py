"""`freestone events`: the events that modules could not handle, and what an operator may do about them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.table import Table

from app.cli.desks import Desks, open_desks
from app.cli.modules import console
from app.cli.ps import span
from app.errors import LaunchRefused
from app.events.desk import Behind, Desk, SetAside
from app.setting_source import rather

T = TypeVar("T")

app = typer.Typer(help="The events that modules could not handle.", no_args_is_help=True)

PATIENCE = 10.0
"""Seconds to wait for the outcome of a retry, where the module runs."""

Module = Annotated[str, typer.Argument(help="The module that could not handle them.")]
Publisher = Annotated[str, typer.Argument(help="The module that published them.")]
Sequence = Annotated[int | None, typer.Argument(metavar="event", help="The number of one; all, where none is named.")]
Key = Annotated[str | None, typer.Option(help="Those of this key only.")]


@app.command("list")
def list_(
    module: Annotated[str | None, typer.Argument(help="The one that could not handle them; any, without.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many of each module, at most.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, a list of events, for programs.")] = False,
) -> None:
    """List the events that wait for another try, are parked for good, or stand behind one of their key."""

    async def look(desks: Desks) -> tuple[list[SetAside], int, list[str]]:
        chosen = list(desks.by_module.values()) if module is None else [desks.of(module)]
        shown = [event for desk in chosen for event in await desk.events(limit)]
        return shown, sum([await desk.count() for desk in chosen]), desks.elsewhere if module is None else []

    shown, count, elsewhere = _with_desks(look)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(shown)).decode())
    elif shown:
        console().print(_table(shown))
    else:
        print("No event is set aside.")
    if count > len(shown):
        print(f"… and {count - len(shown)} more: see them with --limit.", file=sys.stderr)
    if elsewhere:
        print(f"Not seen, since their data is elsewhere: {', '.join(elsewhere)}.", file=sys.stderr)


@app.command("show")
def show(
    module: Module, publisher: Publisher, sequence: Annotated[int, typer.Argument(metavar="event", help="Its number.")]
) -> None:
    """Show one event as JSON: all that it says, and its last error with the traceback."""

    async def look(desks: Desks) -> SetAside:
        return await _event(await desks.check_publisher(module, publisher), publisher, sequence)

    found = _with_desks(look)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(found, error=""))).decode() + "\n")
    if found.error:
        sys.stdout.write(f"\n{found.error.rstrip()}\n")


@app.command("retry")
def retry(module: Module, publisher: Publisher, sequence: Sequence = None, *, key: Key = None) -> None:
    """Try events again now: one, the first of a key, or the first of every key; those behind follow.

    Where the module runs, waits for what comes of it: ends with 1 where an event failed again.
    """

    async def again(desks: Desks) -> bool:
        desk = await desks.check_publisher(module, publisher)
        await _check(desk, publisher, sequence, key)
        try:
            due = await desk.retry(publisher, sequence, key)
        except Behind as behind:
            raise LaunchRefused(
                f"Event {sequence} waits behind event {behind.first} of the same key; retry or discard that."
            ) from None
        if not due:
            print("There is nothing to retry.")
            return True
        if not await desk.held(publisher):
            print(f"{_events(len(due))} will be tried when module {module} runs.")
            return True
        return await _outcome(desk, publisher, due)

    if not _with_desks(again):
        raise typer.Exit(1)


@app.command("discard")
def discard(
    module: Module,
    publisher: Publisher,
    sequence: Sequence = None,
    *,
    key: Key = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give events up for good: one, those of a key, or all; they will never have their effect.

    What stands behind one of them goes on.
    """

    async def check(desks: Desks) -> None:
        await _check(await desks.check_publisher(module, publisher), publisher, sequence, key)

    async def give_up(desks: Desks) -> int:
        return await desks.of(module).discard(publisher, sequence, key)

    _with_desks(check)
    what = f"Event {sequence}" if sequence is not None else "All events" if key is None else f"All events of {key}"
    if not yes:
        typer.confirm(f"{what} of {publisher} will never have its effect in {module}. Discard?", abort=True)
    print(f"{_events(_with_desks(give_up))} discarded.")


async def _outcome(desk: Desk, publisher: str, due: dict[int, int]) -> bool:
    """Wait until each was tried, for a while, and say what came of it; return whether none failed."""
    handled, failed = 0, dict[int, str]()
    until = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < until:
        handled, failed = await desk.tried(publisher, due)
        if handled + len(failed) == len(due):
            break
        await asyncio.sleep(0.05)
    print(f"{_events(handled)} handled.")
    for sequence, error in failed.items():
        print(f"Event {sequence} failed again: {error}", file=sys.stderr)
    if left := len(due) - handled - len(failed):
        print(f"{_events(left)} not tried yet: see freestone events list.", file=sys.stderr)
    return not failed


def _with_desks(work: Callable[[Desks], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with open_desks() as desks:
            return await work(desks)

    return asyncio.run(opened())


async def _check(desk: Desk, publisher: str, sequence: int | None, key: str | None) -> None:
    if sequence is not None and key is not None:
        raise LaunchRefused("Name one event, or a key, but not both.")
    if sequence is not None:
        await _event(desk, publisher, sequence)
    elif key is not None and key not in (keys := await desk.keys(publisher)):
        raise LaunchRefused(f"No event of {publisher} with the key {key} is set aside{rather(key, keys)}")


async def _event(desk: Desk, publisher: str, sequence: int) -> SetAside:
    found = await desk.find(publisher, sequence)
    if found is None:
        module = desk.database.module
        raise LaunchRefused(f"Event {sequence} of {publisher} is not set aside: see freestone events list {module}.")
    return found


def _events(count: int) -> str:
    return f"{count} event{'' if count == 1 else 's'}"


def _table(events: list[SetAside]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("module", "event", "code", "key", "tries", "state", "since", "error"):
        table.add_column(column, overflow="fold")
    now = datetime.now(UTC)
    for each in events:
        table.add_row(
            f"{each.module} ← {each.publisher}",
            str(each.sequence),
            each.code,
            each.key,
            str(each.tries),
            each.state if each.due is None else f"next try in {span(max((each.due - now).total_seconds(), 0))}",
            f"{span((now - each.since).total_seconds())} ago",
            each.error.partition("\n")[0],
        )
    return table
