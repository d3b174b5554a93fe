"""One package opens the databases."""

from __future__ import annotations

from app.lint.contract_types.databases import DatabasesContract
from tests.app.lint.contract_types.small import found

OPTIONS = {"judged": ["app", "modules"], "allowed_importers": ["app.data"]}


def test_a_driver_is_for_that_package_alone() -> None:
    files = {
        "app.data.sqlite": "import sqlite3",
        "app.cli": "import aiosqlite",
        "modules.one.store": "import psycopg.rows",
        "modules.two.store": "import sqlalchemy",
        "tests.test_one": "import sqlite3",
    }
    assert found(DatabasesContract, files, **OPTIONS) == [
        (
            "app.cli",
            1,
            "app.cli imports aiosqlite; only the package that opens all databases does: let it hand in what is needed.",
        ),
        (
            "modules.one.store",
            1,
            (
                "modules.one.store imports psycopg; a module's database is opened for it: declare a Dependency on "
                "Database in the container."
            ),
        ),
    ]
