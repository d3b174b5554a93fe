"""A store whose hosts are killed and stopped while it works: it heals, and in the end it stops well."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections.abc import Iterator

import pytest

from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import TimedOut, Unavailable
from contracts.kit.context import scope
from contracts.orders import Orders, OrderState
from contracts.payments import Payment, Payments
from contracts.values import Address, Line, Money, OrderId
from tests.faults.stores import MUG, PATIENCE, Shop, doing, looking_on, shop, stock_up, until
from tests.serving import FREESTONE, Served, serving

TOPOLOGY = """
    [hosts.stock]
    modules = ["inventory"]
    [hosts.till]
    modules = ["payments"]
    """
HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")
PRICE = Money(amount=1250, currency="EUR")


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A store whose stock and payments have hosts of their own."""
    with shop(tmp_path_factory.mktemp("mall"), TOPOLOGY, PAYMENTS_SANDBOX_SLOW_SECONDS="1") as made:
        yield made


@pytest.fixture(scope="module")
def store(mall: Shop) -> Iterator[Served]:
    """It runs, and sees to its hosts."""
    with serving(*FREESTONE, "run", data=mall.data, environ=mall.environ) as served:
        yield served


async def back(mall: Shop, store: Served, host: str, before: int, said: str) -> None:
    """Wait until a host that ended serves again, as another process."""
    serves = store.log.count(said)
    await until(lambda: mall.pid(host) not in (0, before))
    await until(lambda: store.log.count(said) > serves)


async def test_what_was_under_way_on_a_killed_host_happens_once(mall: Shop, store: Served) -> None:
    async with looking_on(mall) as reach:
        payments, before = await reach.proxy(Payments), mall.pid("till")
        paying = asyncio.ensure_future(payments.authorise(OrderId("o-1"), PRICE, "tok_slow"))
        await doing(reach, "payments.authorise")
        os.kill(before, signal.SIGKILL)
        (outcome,) = await asyncio.gather(paying, return_exceptions=True)  # it is asked again by itself, for a while
        assert not isinstance(outcome, Unavailable) or outcome.may_have_executed
        assert isinstance(outcome, Payment | Unavailable)
        await back(mall, store, "till", before, "Host till serves payments.")
        paid = await payments.authorise(OrderId("o-1"), PRICE, "tok_slow")
        assert await payments.get_payment(OrderId("o-1")) == paid
        held = [each.amount for each in await payments.list_balances() if each.account == "provider:held"]
        assert held == [PRICE.amount]
        assert "host till, replica 1: it was ended by SIGKILL; it is started again in " in store.log


async def test_a_stopped_host_costs_its_callers_no_more_than_their_deadline(
    mall: Shop, store: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    async with looking_on(mall) as reach:
        inventory, payments = await reach.proxy(Inventory), await reach.proxy(Payments)
        assert await inventory.get_availability((MUG,))
        before = mall.pid("stock")
        others = asyncio.Event()

        async def ask_others() -> int:
            answers = 0
            while not others.is_set():
                await payments.list_balances()
                answers += 1
                await asyncio.sleep(0.005)
            return answers

        late = []
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as customers:
            asking = customers.create_task(ask_others())
            os.kill(before, signal.SIGSTOP)
            for _ in range(9):
                due = time.monotonic_ns() + 100_000_000
                with scope(due=due), pytest.raises(TimedOut):
                    await inventory.get_availability((MUG,))
                late.append((time.monotonic_ns() - due) / 1e6)
            os.kill(before, signal.SIGCONT)
            others.set()
        with capsys.disabled():
            print(
                f"\ndeadline of calls to a stopped host: {statistics.median(late):.1f} ms late (median of {len(late)})"
            )
        assert statistics.median(late) < 500
        assert asking.result() > 10
        assert await inventory.get_availability((MUG,))
        assert mall.pid("stock") == before

        os.kill(before, signal.SIGSTOP)
        await back(mall, store, "stock", before, "Host stock serves inventory.")
        assert await inventory.get_availability((MUG,))
        assert "host stock, replica 1: it gave no sign and was killed; it is started again in " in store.log


async def test_a_store_that_is_stopped_ends_what_is_under_way_across_its_hosts(mall: Shop, store: Served) -> None:
    async with looking_on(mall) as reach:
        await stock_up(await reach.proxy(Catalog), await reach.proxy(Inventory))
        orders, wanted = await reach.proxy(Orders), (Line(sku=MUG, quantity=1),)
        quote = await orders.quote(wanted, "DE")
        buying = asyncio.ensure_future(orders.place_order(quote.digest, wanted, HOME, "tok_slow"))
        await doing(reach, "payments.authorise")
        store.process.send_signal(signal.SIGTERM)
        assert (await buying).state is OrderState.PAID
        await until(lambda: store.process.poll() is not None)
    assert store.process.returncode == 0
    assert "Traceback" not in store.log, store.log
    assert mall.processes() == []
    assert not mall.run.path.exists()
