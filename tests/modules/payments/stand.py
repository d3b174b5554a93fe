"""One instance of the payments, with the clock and the line to the provider in the test's hands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, final

from dependency_injector import providers
from sqlalchemy import text

from app.data.database import ModuleDatabase
from contracts.kit import Clock, Event
from contracts.payments import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentRefunded,
    PaymentRefundRefused,
    Payments,
    PaymentVoided,
)
from contracts.values import Money, OrderId
from modules.payments.container import PaymentsContainer
from modules.payments.domain import Answer, RefundAnswer
from modules.payments.provider import Provider, ProviderUnreachable
from modules.payments.settings import PaymentsSettings
from modules.payments.settle import Settlement
from tests.modules.doubles import ManualClock, published

T = TypeVar("T")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""What the provider of the tests signs with."""
PRICE = Money(amount=4990, currency="EUR")


def order(number: int) -> OrderId:
    """Return an order's id."""
    return OrderId(f"F{number:09}")


@final
class Line(Provider):
    """The line to a provider. ``cut`` names where it breaks from now on: before the provider hears what it
    is asked, or after; ``calls`` notes what arrived; ``meanwhile`` happens once, before the next answer comes."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.cut: str | None = None
        self.calls: list[str] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def authorise(self, key: str, amount: Money, token: str) -> Answer:
        return await self._pass("authorise", lambda: self._provider.authorise(key, amount, token))

    async def capture(self, key: str) -> Answer:
        return await self._pass("capture", lambda: self._provider.capture(key))

    async def void(self, key: str) -> Answer:
        return await self._pass("void", lambda: self._provider.void(key))

    async def refund(self, key: str, payment: str, amount: Money) -> RefundAnswer:
        return await self._pass("refund", lambda: self._provider.refund(key, payment, amount))

    async def ask(self, key: str) -> Answer | None:
        return await self._pass("ask", lambda: self._provider.ask(key))

    async def _pass(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        if self.cut == "before":
            raise ProviderUnreachable
        self.calls.append(name)
        answer = await call()
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        if self.cut == "after":
            raise ProviderUnreachable
        return answer


class Stand:
    """The payments over a database; several may stand over the same one."""

    def __init__(
        self,
        database: ModuleDatabase,
        clock: Clock | None = None,
        *,
        secrets: tuple[str, ...] = (SECRET,),
        slow_seconds: float = 0.05,
    ) -> None:
        self.database = database
        self.manual = ManualClock()
        self.container = PaymentsContainer(
            database=database,
            clock=clock or self.manual,
            settings=PaymentsSettings(
                sandbox_slow_seconds=slow_seconds, settle_after_seconds=5, webhook_secrets=secrets
            ),
        )
        self.line = Line(self.container.provider())
        self.container.provider.override(providers.Object(self.line))
        self.service: Payments = self.container.service()
        self.settlement: Settlement = self.container.settlement()

    async def balances(self) -> dict[str, int]:
        """Return the ledger's balances that are not zero, after checking that each transfer sums to zero."""
        async with self.database.read() as session:
            sums = await session.execute(text("SELECT sum(debit) - sum(credit) FROM entries GROUP BY transfer"))
            assert set(sums.scalars()) <= {0}
        found = await self.service.list_balances()
        assert sum(each.amount for each in found) == 0
        return {each.account: each.amount for each in found if each.amount}

    async def events(self) -> list[Event]:
        """Return what was published, in order."""
        kinds = PaymentAuthorised, PaymentCaptured, PaymentVoided, PaymentRefunded, PaymentRefundRefused
        return await published(self.database, *kinds)

    async def settle_later(self, **span: float) -> int:
        """Let time pass, and look once into what is due then."""
        self.manual.advance(**span)
        return await self.settlement.once()
