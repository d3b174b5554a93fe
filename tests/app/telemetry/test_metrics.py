"""What was measured is told in Prometheus' text format."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from app.runtime.guard import TransactionGuard
from app.telemetry.metrics import Metrics
from contracts.kit.writing import Writing
from tests.app.runtime.builders import Bound, Errand, House, Missing, failing, forever, until

Key = tuple[tuple[str, str], ...]


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with House() as house:
        yield house


def told(*bounds: Bound[Errand], violations: int = 0) -> dict[tuple[str, Key], float]:
    """Return every sample by name and labels."""
    text = Metrics(lambda: [each.binding for each in bounds], lambda: violations)().decode()
    families = text_string_to_metric_families(text)
    samples = [
        (each.name, tuple(sorted(each.labels.items())), each.value) for family in families for each in family.samples
    ]
    found = {(name, labels): value for name, labels, value in samples}
    assert len(found) == len(samples), "a sample came twice"
    return found


def labels(**given: str) -> Key:
    return tuple(sorted({"caller": "test", **given}.items()))


async def test_calls_are_counted_by_how_long_they_took(house: House) -> None:
    bound = house.errand()
    for nanoseconds in (1, 4096, 5000, 1 << 35, 1 << 40):
        bound.route("run").buckets[nanoseconds.bit_length()] += 1
    found = told(bound)
    run = labels(operation="errand.run")
    buckets = {
        dict(key)["le"]: value for (name, key), value in found.items() if name == "freestone_calls_seconds_bucket"
    }
    assert buckets["4.096e-06"] == 1
    assert buckets["8.192e-06"] == 3
    assert buckets["34.359738368"] == 3
    assert buckets["68.719476736"] == 4
    assert buckets["+Inf"] == found["freestone_calls_seconds_count", run] == 5
    assert list(buckets.values()) == sorted(buckets.values())
    assert all(dict(key)["operation"] == "errand.run" for name, key in found if name.startswith("freestone_calls_sec"))


async def test_a_real_call_is_one_of_them(house: House) -> None:
    bound = house.errand()
    await bound.proxy.run()
    assert told(bound)["freestone_calls_seconds_count", labels(operation="errand.run")] == 1


async def test_failures_are_counted_by_code_and_by_caller(house: House) -> None:
    bound = house.errand(failing(Missing()))
    for proxy in (bound.proxy, bound.proxy, bound.binding.proxy("orders")):
        with pytest.raises(Missing):
            await proxy.run()
    found = told(bound)
    failed = {"operation": "errand.run", "code": "errand.missing"}
    assert found["freestone_call_errors_total", labels(**failed)] == 2
    assert found["freestone_call_errors_total", labels(caller="orders", **failed)] == 1


async def test_calls_under_way_are_told_by_contract(house: House) -> None:
    bound = house.errand(forever)
    key = (("contract", "errand.v1"),)
    assert told(bound)["freestone_calls_under_way", key] == 0
    calling = asyncio.create_task(bound.proxy.run())
    await until(lambda: bound.calls)
    assert told(bound)["freestone_calls_under_way", key] == 1
    calling.cancel()
    await asyncio.wait([calling])


async def test_two_contracts_of_one_name_count_as_one(house: House) -> None:
    old, new = house.errand(), house.errand(name="errand")
    await old.proxy.run()
    await new.proxy.run()
    text = Metrics(lambda: [old.binding, new.binding], lambda: 0)().decode()
    (count,) = re.findall(r'freestone_calls_seconds_count\{.*operation="errand.run"\} (.*)', text)
    assert float(count) == 2


@pytest.mark.usefixtures("expects_violations")
async def test_the_transaction_guard_is_told() -> None:
    guard = TransactionGuard(production=True)
    guard(Writing("orders"), "errand.run")
    assert told(violations=guard.violations)["freestone_transaction_guard_violations_total", ()] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the process's figures are read from /proc")
async def test_the_process_tells_its_memory() -> None:
    assert told()["process_resident_memory_bytes", ()] > 1 << 20


async def test_the_text_is_the_same_as_long_as_nothing_happens(house: House) -> None:
    metrics = Metrics(lambda: [house.errand().binding], lambda: 0)
    own = [[line for line in metrics().splitlines() if b"freestone" in line] for _ in range(2)]
    assert own[0] == own[1]
