"""Whether a store's books are right: judged from its databases alone, by none of the store's own code.

What is looked for stands in `books.sql`. The files are only read, while the store runs or when it has stopped.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.crash.shoppers import Purchase

MODULES = ("cart", "catalog", "inventory", "orders", "payments")
LIMIT = 10.0
"""Seconds after which the books must be right again."""

_NAMED = re.compile(r"^-- ([a-z]+): (.+)\n((?:(?!-- ).*\n)+)", re.MULTILINE)


class Finding(NamedTuple):
    """Something that is wrong: its kind (lost, stuck, duplicate, ledger, stock, event), what it is, and where."""

    kind: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}: {self.where}"


def named_queries(file: str) -> list[tuple[str, str, str]]:
    """Return the queries of a file here: what stands before each, in two parts, and the query."""
    return _NAMED.findall((Path(__file__).parent / file).read_text("utf-8"))


def examine(data: Path, purchases: Sequence[Purchase], *, filled: int) -> list[Finding]:
    """Return what is wrong in a data folder where these purchases were made, and no others.

    ``filled`` is how many of each thing were put on the shelves at first.
    """
    with closing(sqlite3.connect("file::memory:", uri=True)) as connection:
        for module in MODULES:
            connection.execute(f"ATTACH 'file:{data / module}.sqlite?mode=ro' AS {module}")
        connection.execute("CREATE TABLE told (key, account, order_id, may_be, last)")
        told = [(p.key, p.account, p.order_id, " ".join(p.may_end_as), p.last) for p in purchases]
        connection.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?)", told)
        return [
            Finding(kind, what, str(where))
            for kind, what, query in named_queries("books.sql")
            for (where,) in connection.execute(query, {"filled": filled} if ":filled" in query else {})
        ]


def misled(orders: str, purchases: Sequence[Purchase]) -> list[Finding]:
    """Return what customers were told otherwise than the orders' database on PostgreSQL, at this address, has it."""
    with psycopg.connect(orders) as connection:
        states: dict[str, str] = dict(connection.execute("SELECT id, state FROM orders").fetchall())
    told = {each.order_id: each for each in purchases if each.order_id is not None}
    return [
        *(Finding("lost", "an order that somebody was told of", order_id) for order_id in told.keys() - states.keys()),
        *(
            Finding("duplicate", "an order that nobody was told of", order_id)
            for order_id in states.keys() - told.keys()
        ),
        *(
            Finding("stuck", f"an order is {states.get(order_id)}", order_id)
            for order_id, each in told.items()
            if each.ended is not None and states.get(order_id, "") not in each.may_end_as
        ),
    ]


async def until_right(look: Callable[[], list[Finding]], limit: float = LIMIT) -> None:
    """Wait until nothing is wrong any more; what is still wrong after so many seconds fails the test."""
    began = time.monotonic()
    while found := await asyncio.to_thread(look):
        assert time.monotonic() - began < limit, "\n".join(map(str, found))
        await asyncio.sleep(0.1)
