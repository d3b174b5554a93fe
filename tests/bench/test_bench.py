"""Each of ours that `make bench` measures can be measured, for a moment; what comes out is not judged."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from bench import checkouts, events, hosts, wire
from bench.goods import goods_of
from bench.journey import ours, settings
from bench.shopper import Shopper


@pytest.fixture
def data(seeded: Path, tmp_path: Path) -> Path:
    """A store's data, for its owner to change."""
    return Path(shutil.copytree(seeded, tmp_path / "data"))


def test_all_our_carriers_answer_and_are_measured() -> None:
    names = ("wire_unix", "wire_tcp", "wire_mtls", "door")
    figures = wire.compare(names, rounds=1, seconds=0.05)
    measures = ("p50_1", "p50_1_apart", "throughput_64", "client_cpu_64", "server_cpu_64")
    expected = {f"{name}_{work}_{each}" for name in names for work in wire.WORK for each in measures}
    assert {each.name for each in figures} == expected
    assert all(value > 0 for each in figures for value in each.values)


def test_who_cannot_take_part_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # there is no broker; nor need there be its client
    assert wire.compare(["nats"], rounds=1, seconds=0.05) == []
    said = capfd.readouterr().out
    assert said.startswith("Left out is NATS request-reply: ")
    assert "nats" in said.partition(": ")[2]


def test_a_host_is_started_until_it_answers(data: Path) -> None:
    figures = hosts.starts(data, 1)
    assert [each.name for each in figures] == ["serve_first_answer_ms", "host_rss_mb"]
    assert all(value > 0 for each in figures for value in each.values)


def test_orders_are_placed_and_paid() -> None:
    assert all(each > 0 for each in checkouts.rate("S", {}, rounds=1, seconds=0.2))


def test_events_are_published_and_have_their_effects() -> None:
    figures = events.figures(rounds=1, history=60, single=5)
    assert len({each.name for each in figures}) == len(figures) == 10
    assert all(value > 0 for each in figures for value in each.values)


def test_a_purchase_of_what_there_is_enough_of_goes_through(data: Path) -> None:
    async def buy(url: str, category: str, product: str) -> None:
        async with Shopper(url) as shopper:
            await shopper.buy(category, product)

    data.with_name("freestone.toml").touch()
    with ours(data) as shop:
        goods = asyncio.run(goods_of(settings(data)))
        asyncio.run(buy(shop.url, *goods.choices()[0]))
        assert shop.cpu() > 0
        assert shop.memory() > 0


def test_a_ratio_is_that_of_one_round() -> None:
    ours_ = [wire.Round(1.0, 2.0, 100.0, 1.0, 1.0), wire.Round(3.0, 2.0, 300.0, 1.0, 1.0)]
    theirs = [wire.Round(10.0, 10.0, 10.0, 1.0, 1.0)] * 2
    figures = wire.ratios({("wire_unix", "product"): ours_, ("grpc", "product"): theirs})
    assert [(each.name, each.values) for each in figures] == [
        ("wire_vs_grpc_p50_1", (0.1, 0.3)),
        ("wire_vs_grpc_p50_1_apart", (0.2, 0.2)),
        ("wire_vs_grpc_throughput_64", (10.0, 30.0)),
    ]
