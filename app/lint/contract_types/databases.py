"""Who opens databases: one package for all, so that nobody gets at another's tables behind its back."""

from __future__ import annotations

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import fields

from app.lint.contract_types.said import Found, SaidContract, lines_of, packages

DRIVERS = frozenset(
    {
        "_sqlite3", "aiomysql", "aiopg", "aiosqlite", "apsw", "asyncmy", "asyncpg", "cx_Oracle", "dbm", "duckdb",
        "mariadb", "MySQLdb", "mysql", "oracledb", "peewee", "pg8000", "psycopg", "psycopg2", "pymongo", "pymssql",
        "pymysql", "pyodbc", "redis", "shelve", "sqlite3",
    }
)  # fmt: skip
"""What opens a database by its own, of the standard library and of what is usual; installed here or not."""


class DatabasesContract(SaidContract):
    """Nobody in `judged` imports a driver, except for those in `allowed_importers`."""

    type_name = "databases"

    judged = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed_importers = fields.SetField(subfield=fields.ModuleExpressionField())

    def find(self, graph: ImportGraph) -> Iterator[Found]:
        judged = packages(graph, self.judged) - packages(graph, self.allowed_importers)
        for driver in sorted(DRIVERS & graph.modules):
            for importer in sorted(graph.find_modules_that_directly_import(driver) & judged):
                for line in lines_of(graph, importer, driver):
                    yield Found(importer, line, f"{importer} imports {driver}; {_mend(importer)}")


def _mend(importer: str) -> str:
    if importer.startswith("modules."):
        return "a module's database is opened for it: declare a Dependency on Database in the container."
    return "only the package that opens all databases does: let it hand in what is needed."
