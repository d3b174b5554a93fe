"""`freestone audit`: have the store's books proven, and show what they do not bear out."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from app.assembly import assemble
from app.cli.desks import require_data
from app.cli.modules import console
from app.cli.reach import CliReach, Seen, connect_cli
from app.config import environment, load
from app.errors import LaunchRefused
from app.placement.runfolder import RunFolder
from app.store import open_alone
from app.wire.handshake import Refused
from app.wiring import find_modules
from contracts.kit import CallError
from contracts.kit.hosting import ModuleAudit

CLEAN, FINDINGS, NOT_DONE = 0, 1, 2
"""Exit codes."""


class Result(msgspec.Struct, frozen=True):
    """What came of it; ``store`` says whether one that runs was asked, or it was opened for this."""

    store: str
    audits: tuple[ModuleAudit, ...]

    @property
    def exit_code(self) -> int:
        """As programs are told."""
        if not self.audits or any(each.report is None for each in self.audits):
            return NOT_DONE
        found = (tally.found for each in self.audits if each.report is not None for tally in each.report.rules)
        return FINDINGS if any(found) else CLEAN


def audit(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:
    """Prove the books: of the running store, or, where none runs, of the data, opened alone.

    Ends with 0 where they are in order, with 1 where something is found, with 2 where they could not be proven.
    """
    result = asyncio.run(_audit())
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(result)).decode())
    else:
        _show(result)
    for each in result.audits:
        if each.report is None:
            print(f"{each.module} could not audit: {each.problem}", file=sys.stderr)
    raise typer.Exit(result.exit_code)


async def _audit() -> Result:
    modules = [part.name for part in find_modules() if part.module is not None and part.module.audit is not None]
    if not modules:
        raise LaunchRefused("No module here can audit.")
    run = RunFolder(load(None, environment()).data)
    if any(
        run.holder(host, replica) for host, replica in run.all()
    ):  # those of a store that was killed are left behind
        async with connect_cli(environment()) as reach:
            hosts = await reach.hosts()
            return Result("running", tuple([each for name in modules for each in await _ask(reach, name, hosts)]))
    require_data(assemble(environment()))
    async with open_alone(environment()) as host:
        return Result("opened alone", await host.audits.run())


async def _ask(reach: CliReach, module: str, hosts: list[Seen]) -> list[ModuleAudit]:
    """Have a module audit in the first of its host's replicas that answers."""
    name = reach.assembly.topology.host_of(module)
    trouble = f"host {name} does not run"
    for seen in (each for each in hosts if each.host == name):
        if seen.state is None:
            trouble = f"{seen.address}: {seen.trouble}"
            continue
        try:
            async with reach.hosting(seen.host, seen.address) as hosting:
                return [each for each in await hosting.audit() if each.module == module]
        except (OSError, Refused, CallError) as error:
            trouble = f"{seen.address}: {error}"
    return [ModuleAudit(module=module, problem=trouble)]


def _show(result: Result) -> None:
    shown = console()
    print("The running store:" if result.store == "running" else "The store, which does not run, opened alone:")
    rules = _table("module", "rule", "checked", "found")
    findings = _table("rule", "subject", "problem")
    reports = [(each.module, each.report) for each in result.audits if each.report is not None]
    for module, report in reports:
        for tally in report.rules:
            rules.add_row(module, tally.rule, f"{tally.checked:,}", f"{tally.found:,}")
        for finding in report.findings:
            findings.add_row(finding.rule, finding.subject, finding.problem)
    if rules.row_count:
        shown.print(rules)
    if findings.row_count:
        shown.print()
        shown.print(findings)
    more = sum(tally.found for _, report in reports for tally in report.rules) - findings.row_count
    if more:
        print(f"… and {more:,} more.")
    if result.exit_code == CLEAN:
        print("The books are in order.")


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
