"""Contracts whose books nobody looks at: for doubles that stand in where no auditor comes."""

from __future__ import annotations

from typing import Never

from contracts.inventory import Inventory, ReservationBook, ReservationBookPage, StockBookPage
from contracts.orders import OrderBook, OrderBookPage, Orders
from contracts.payments import LedgerBook, PaymentBook, PaymentBookPage, Payments
from contracts.values import OrderId


class UnauditedOrders(Orders):
    async def list_books(self, cursor: str | None, limit: int = 100) -> OrderBookPage:
        _refuse()

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[OrderBook, ...]:
        _refuse()


class UnauditedPayments(Payments):
    async def list_books(self, cursor: str | None, limit: int = 100) -> PaymentBookPage:
        _refuse()

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[PaymentBook, ...]:
        _refuse()

    async def get_ledger(self) -> tuple[LedgerBook, ...]:
        _refuse()


class UnauditedInventory(Inventory):
    async def list_stock(self, cursor: str | None, limit: int = 100) -> StockBookPage:
        _refuse()

    async def list_reservations(self, cursor: str | None, limit: int = 100) -> ReservationBookPage:
        _refuse()

    async def get_reservations(self, order_ids: tuple[OrderId, ...]) -> tuple[ReservationBook, ...]:
        _refuse()


def _refuse() -> Never:
    raise AssertionError("nobody audits a double")
