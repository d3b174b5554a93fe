"""A store whose books are looked at, and tampered with behind its back."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar, cast

from contracts.inventory import Inventory
from contracts.kit import AuditReport, Role
from contracts.orders import Order, Orders
from contracts.payments import Payments
from modules.auditor.auditor import Auditor
from modules.auditor.settings import AuditorSettings
from tests.conformance.goods import shelve
from tests.conformance.shoppers import GOOD, Shopper
from tests.conformance.stage import MovableClock, Stage

T = TypeVar("T")

MODULES = ("catalog", "inventory", "payments", "orders")


class Stand:
    """The stage that the store plays on, and the auditor, who knows nothing but contracts."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self._folder = folder

    async def audit(self, *, late: float = 0, grace: float = 0.02) -> AuditReport:
        """Audit, with up to so many seconds before each answer, and look at suspects again after a grace."""
        orders, payments = self._late(Orders, late), self._late(Payments, late)
        inventory = self._late(Inventory, late)
        settings = AuditorSettings(grace_seconds=grace)
        with self.stage.acting(Role.SYSTEM):
            return await Auditor(orders, payments, inventory, MovableClock(), settings).run(_go_on)

    def _late(self, protocol: type[T], seconds: float) -> T:
        return cast("T", Late(self.stage.contract(protocol), seconds))

    async def findings(self) -> set[tuple[str, str]]:
        """Audit, and return the rules that were broken, each with the subject."""
        return {(each.rule, each.subject) for each in (await self.audit()).findings}

    async def bought(self, token: str = GOOD) -> Order:
        """Have somebody buy two of something that there are five of."""
        (sku,) = await shelve(self.stage, 5)
        return await Shopper(self.stage).buy(sku, 2, token)

    async def revoked(self, order: Order) -> Order:
        """Have staff revoke an order."""
        with self.stage.acting(Role.STAFF):
            return await self.stage.contract(Orders).revoke_order(order.id)

    async def tamper(self, module: str, *statements: str, **values: object) -> None:
        """Change a module's tables behind its back, past what they refuse; its own writers go on meanwhile."""
        await asyncio.to_thread(self._tamper, module, statements, values)

    def _tamper(self, module: str, statements: Sequence[str], values: Mapping[str, object]) -> None:
        with closing(sqlite3.connect(self._folder / f"{module}.sqlite", timeout=20)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                connection.execute(statement, values)

    def look_up(self, module: str, statement: str, **values: object) -> str:
        """Return the first value that a statement finds."""
        with closing(sqlite3.connect(self._folder / f"{module}.sqlite", timeout=20)) as connection:
            return str(connection.execute(statement, values).fetchone()[0])


class Late:
    """Stands before a contract, and makes everything that is asked of it take a while longer."""

    def __init__(self, contract: object, seconds: float) -> None:
        self._contract = contract
        self._seconds = seconds

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: object) -> Any:
            await asyncio.sleep(random.uniform(0, self._seconds))
            return await getattr(self._contract, name)(*arguments)

        return call


async def _go_on() -> None:
    return None
