"""The query guard fails a run in which a module touched what is not its own, wherever the test ran."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.query_guard import ROOT, foreign, own_tables

TEST = """
from pathlib import Path
from contextlib import closing
from app.data.sqlite import connect

def test_touch(tmp_path: Path) -> None:
    for module, table in (("orders", "timeline"), ("orders", "{table}"), ("unknown", "products")):
        (tmp_path / f"{{module}}.sqlite").touch()
        with closing(connect(tmp_path / f"{{module}}.sqlite")) as connection:
            connection.execute(f"CREATE TABLE {{table}} (x)")
"""
CONFTEST = """
from tests.query_guard import QueryGuard

def pytest_configure(config):
    config.pluginmanager.register(QueryGuard())
"""


@pytest.mark.parametrize(("table", "code"), [("products", 1), ("orders", 0)])
def test_a_foreign_table_fails_the_run_in_workers_too(tmp_path: Path, table: str, code: int) -> None:
    (tmp_path / "test_planted.py").write_text(TEST.format(table=table))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    command = (sys.executable, "-m", "pytest", "-c", "/dev/null", "-n", "1", "-p", "no:cacheprovider", str(tmp_path))
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == code, ran.stdout
    assert "\norders: orders, timeline\n" in ran.stdout if code == 0 else "\norders: timeline\n" in ran.stdout
    complaint = "query guard: orders touched table products, which is not its own."
    assert (complaint in ran.stdout) is bool(code)
    assert "1 passed" in ran.stdout


def test_what_belongs_to_nobody_else_is_not_foreign() -> None:
    tables = (
        *("products", "product_search", "product_search_data"),  # its own, and what FTS5 keeps for it
        *("freestone_outbox", "sqlite_schema", "_alembic_tmp_products", "json_each", "pragma_table_info"),
    )
    assert foreign({("catalog", table) for table in tables}, own_tables()) == {}
    assert foreign({("made_up", "orders")}, own_tables()) == {}


@pytest.mark.parametrize("module", ["orders", "storefront"])
def test_what_another_module_has_is_foreign(module: str) -> None:
    touched = {(module, "products"), (module, "product_search_data"), (module, "nobodys")}
    assert foreign(touched, own_tables()) == {module: {"products", "product_search_data", "nobodys"}}
