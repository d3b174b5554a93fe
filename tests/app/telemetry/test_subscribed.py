"""How subscriptions get on is told in Prometheus' text format, by the host that does the work."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from app.runtime.host import Host
from app.telemetry.metrics import Metrics
from contracts.kit import Module, Work
from tests.app.runtime.test_host import COUNTER, GREETER, CounterContainer, Greeted, Greeter
from tests.builders import running

UNREAD, SET_ASIDE = "freestone_events_unread_seconds", "freestone_events_set_aside"
PAIR = ("counter", "greeter")


async def fail(event: Greeted, work: Work[Any]) -> None:
    raise ValueError(event.name)


def told(host: Host) -> dict[tuple[str, str, str], float]:
    """Return every sample about events, by name, subscriber and publisher."""
    text = Metrics(tuple, lambda: 0, None, host.subscriptions)().decode()
    return {
        (each.name, each.labels["subscriber"], each.labels["publisher"]): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
        if each.name.startswith("freestone_events")
    }


async def test_unread_and_set_aside_events_are_told_by_subscriber_and_publisher(tmp_path: Path) -> None:
    deaf = Module(name="counter", container=CounterContainer, provides=COUNTER.provides, listens={Greeted: fail})
    async with running(deaf, GREETER, data=tmp_path) as host:
        assert told(host)[SET_ASIDE, *PAIR] == 0
        for _ in range(2):
            await host.proxy(Greeter).greet("Ada")
        async with asyncio.timeout(20):
            while (found := told(host))[SET_ASIDE, *PAIR] != 2:  # noqa: ASYNC110 - as Prometheus sees it
                await asyncio.sleep(0.01)
    assert found.keys() == {(UNREAD, *PAIR), (SET_ASIDE, *PAIR)}
    assert found[UNREAD, *PAIR] >= 0


async def test_who_stands_by_has_no_samples(tmp_path: Path) -> None:
    async with running(COUNTER, GREETER, data=tmp_path) as first:
        await first.proxy(Greeter).greet("Ada")
        await first.settled()
        async with running(COUNTER, GREETER, data=tmp_path) as second, asyncio.timeout(20):
            while told(second):  # noqa: ASYNC110 - as Prometheus sees it
                await asyncio.sleep(0.01)
            assert told(first).keys() == {(UNREAD, *PAIR), (SET_ASIDE, *PAIR)}


async def test_who_listens_to_nobody_has_none(tmp_path: Path) -> None:
    async with running(GREETER, data=tmp_path) as host:
        assert told(host) == {}
