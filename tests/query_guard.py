"""The query guard: which tables each module touched during the whole run, in this process and those of pytest-xdist.

It fails the run where one is not the module's own. Databases of modules that are not in `modules/` are left out, and
so are processes that tests start: what runs there runs here as well, in the suites over a local call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cache
from pathlib import Path

import pytest

from app.data import query_guard
from app.lint.source import find_sources
from app.lint.tables.history import Table, follow, is_within
from app.lint.tables.owners import histories_of

ROOT = Path(__file__).parents[1]
_KEY = "touched_tables"
_EVERYBODYS = ("_alembic_tmp_", "freestone_", "json_", "pragma_")
"""How the names begin of the host's tables, of Alembic's for a rebuild, and of SQLite's table-valued functions."""

Touched = set[tuple[str, str]]


class QueryGuard:
    """A pytest plugin; ``touched`` holds pairs of a module and a table."""

    def __init__(self) -> None:
        self.touched: Touched = set()
        self._before: query_guard.Listener | None = None

    def pytest_configure(self) -> None:
        self._before = query_guard.listen(lambda module, table: self.touched.add((module, table.casefold())))

    def pytest_unconfigure(self) -> None:
        query_guard.listen(self._before)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take over what a worker has seen; one that broke down tells nothing, and fails the run anyhow."""
        told = getattr(node, "workeroutput", {}).get(_KEY, ())
        self.touched.update((module, table) for module, table in told)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = sorted(self.touched)
        elif session.exitstatus == pytest.ExitCode.OK and any(self._foreign().values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        own, foreign = own_tables(), self._foreign()
        lines = [
            f"{module}: {', '.join(sorted(tables & set(own[module])))}"
            for module, tables in sorted(_by_module(self.touched).items())
            if module in own and tables & set(own[module])
        ]
        if lines:
            terminalreporter.section("tables that each module touched")
            terminalreporter.write("\n".join([*lines, ""]))
        for module, tables in sorted(foreign.items()):
            for table in sorted(tables):
                terminalreporter.write_line(
                    f"query guard: {module} touched table {table}, which is not its own.", red=True
                )

    def _foreign(self) -> dict[str, set[str]]:
        return foreign(self.touched, own_tables())


def foreign(touched: Iterable[tuple[str, str]], own: Mapping[str, Mapping[str, Table]]) -> dict[str, set[str]]:
    """Return what each module touched that is not its own; modules that are not known are left out."""
    return {
        module: strange
        for module, tables in _by_module(touched).items()
        if module in own
        and (
            strange := {
                table for table in tables if not table.startswith(_EVERYBODYS) and not is_within(table, own[module])
            }
        )
    }


@cache
def own_tables() -> dict[str, dict[str, Table]]:
    """Return the tables that each module's migrations make, those included that a later one drops."""
    sources = find_sources(("modules",), ROOT)
    own: dict[str, dict[str, Table]] = {source.module: {} for source in sources if source.module is not None}
    for module, history in histories_of(sources).items():
        for end in range(1, len(history) + 1):
            own[module] |= follow(history[:end])
    return own


def _by_module(touched: Iterable[tuple[str, str]]) -> Mapping[str, Set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for module, table in touched:
        found[module].add(table)
    return found
