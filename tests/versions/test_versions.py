"""Two versions of a contract are served side by side: each caller gets its own, however its calls travel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.cli.operations import find_operation, known_operations
from app.config import Settings
from app.placement.topology import MAIN
from app.runtime.host import Host
from app.runtime.identity import both_keys
from app.runtime.part import make_part
from app.runtime.plan import make_plan
from app.telemetry.metrics import Metrics
from app.wire.door.openapi import document
from app.wire.hello import DOOR
from contracts.kit import Conflict, PermissionDenied
from contracts.kit.context import idempotency_key
from tests.app.placement.hosts import ANNEX, furnish, heard, opened
from tests.app.runtime.builders import until
from tests.builders import KEY
from tests.versions import parcels, parcels_v1
from tests.versions.depot import MODULES, Hours, HoursV1
from tests.versions.parcels import Parcels
from tests.versions.parcels_v1 import ParcelsV1

KEYS = {"parcels.v1", "parcels.v2", "hours.v1", "hours.v2"}


@asynccontextmanager
async def direct(data: Path, *, strict: bool = False) -> AsyncIterator[Host]:
    """All in one process."""
    plan = make_plan([make_part(each) for each in MODULES])
    async with Host(plan, Settings(data=data, strict=strict), both_keys(KEY)) as host:
        yield host


def strict(data: Path) -> AbstractAsyncContextManager[Host]:
    """The same, but through the codec, and twice."""
    return direct(data, strict=True)


@asynccontextmanager
async def unix(data: Path) -> AsyncIterator[Host]:
    """The callers in one host, the depot in another."""
    async with opened(data, ANNEX, MODULES), opened(data, MAIN, MODULES) as main:
        yield main.host


Way = Callable[[Path], AbstractAsyncContextManager[Host]]
ways = pytest.mark.parametrize("way", [direct, strict, unix])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return furnish(tmp_path / "data")


@ways
async def test_each_caller_gets_its_own_version(way: Way, data: Path) -> None:
    async with way(data) as host:
        old, new = host.proxy(ParcelsV1, "old"), host.proxy(Parcels, "new")
        assert await old.price(7) == 7
        assert await new.price(7, "express") == parcels.Price(cents=7, service="express")
        assert await old.send("a", 5) == parcels_v1.Parcel(name="a", grams=5)
        assert await new.send("b", 1500) == parcels.Parcel(name="b", grams=1500, service="night")
        with pytest.raises(parcels_v1.TooHeavy) as caught:
            await old.send("c", 1500)
        assert caught.value == parcels_v1.TooHeavy(grams=1500)
        with pytest.raises(parcels.TooHeavy):
            await new.send("c", 2500)
        assert [each async for each in old.all()] == [
            parcels_v1.Parcel(name="a", grams=5),
            parcels_v1.Parcel(name="b", grams=1500),
        ]
        assert [each.service async for each in new.all()] == ["night", "night"]
        await until(lambda: len(heard(data, "old")) == len(heard(data, "new")) == 2)
    assert heard(data, "old") == ["Sent(name='a')", "Sent(name='b')"]
    assert heard(data, "new") == ["Sent(name='a', grams=5)", "Sent(name='b', grams=1500)"]


@ways
async def test_one_class_may_provide_both(way: Way, data: Path) -> None:
    async with way(data) as host:
        assert await host.proxy(HoursV1, "old").opens("monday") == 9
        new = host.proxy(Hours, "new")
        assert (await new.opens("monday"), await new.closes("monday")) == (9, 17)


@ways
async def test_under_one_key_a_command_has_one_effect_whichever_version_is_called(way: Way, data: Path) -> None:
    """Who was changed to the new version between two tries does not do it twice."""
    async with way(data) as host:
        old, new = host.proxy(ParcelsV1, "old"), host.proxy(Parcels, "new")
        with idempotency_key("k"):
            assert await new.send("a", 5) == parcels.Parcel(name="a", grams=5, service="night")
        with idempotency_key("k"):
            assert await old.send("a", 5) == parcels_v1.Parcel(name="a", grams=5)
        with idempotency_key("l"):
            assert await old.send("b", 6) == parcels_v1.Parcel(name="b", grams=6)
        with idempotency_key("l"):
            assert await new.send("b", 6) == parcels.Parcel(name="b", grams=6, service="any")
        assert [each.name async for each in new.all()] == ["a", "b"]


@ways
async def test_a_first_answer_that_means_nothing_in_the_other_version_is_a_conflict(way: Way, data: Path) -> None:
    async with way(data) as host:
        with idempotency_key("k"):
            assert await host.proxy(ParcelsV1, "old").drop("a") == "a"
        with pytest.raises(Conflict), idempotency_key("k"):
            await host.proxy(Parcels, "new").drop("a")


@ways
async def test_both_are_bound_measured_and_described(way: Way, data: Path) -> None:
    async with way(data) as host:
        await host.proxy(ParcelsV1, "old").price(1)
        await host.proxy(Parcels, "new").price(1)
        here = "remote" if way is unix else "local"
        assert {key: host.behind(key)[0] for key in KEYS} == dict.fromkeys(KEYS, here)
        told = Metrics(host.bindings.values, lambda: 0)().decode()
        for key in KEYS:
            assert f'freestone_calls_under_way{{contract="{key}"}} 0.0' in told
        for caller in ("old", "new"):
            assert f'freestone_calls_seconds_count{{caller="{caller}",operation="parcels.price"}} 1.0' in told
        check_document(document({key: host.codecs[key] for key in sorted(KEYS)}))


def check_document(said: dict[str, Any]) -> None:
    """Make sure that each version has its own paths, schemas and errors."""
    assert set(said["x-freestone-contracts"]) == KEYS
    assert len(set(said["x-freestone-contracts"].values())) == len(KEYS)
    paths = said["paths"]
    assert {f"/rpc/parcels.v{number}/send" for number in (1, 2)} < set(paths)
    ids = [each["post"]["operationId"] for each in paths.values()]
    assert len(ids) == len(set(ids))
    schemas = said["components"]["schemas"]
    results = [
        paths[f"/rpc/parcels.v{number}/send"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        for number in (1, 2)
    ]
    fields = [set(schemas[each["$ref"].rpartition("/")[2]]["properties"]) for each in results]
    assert fields == [{"name", "grams"}, {"name", "grams", "service"}]
    references = {
        each.partition('"')[0] for each in msgspec.json.encode(said).decode().split('"$ref":"#/components/schemas/')[1:]
    }
    assert references <= set(schemas)


def test_a_bare_name_means_the_newest() -> None:
    known = known_operations([make_part(each) for each in MODULES])
    assert find_operation("parcels.price", known).codec.path == "parcels.v2/price"
    assert find_operation("parcels.v1.price", known).codec.path == "parcels.v1/price"
    assert find_operation("parcels.v2/price", known).codec.path == "parcels.v2/price"


async def test_a_caller_finds_the_version_that_it_declares_and_no_other(data: Path) -> None:
    async with direct(data) as host:
        assert host.exports.find("old", "parcels.v1/price").codec.path == "parcels.v1/price"
        with pytest.raises(PermissionDenied):
            host.exports.find("old", "parcels.v2/price")
        for key in KEYS:
            assert host.exports.find(DOOR, f"{key}/{'price' if 'parcels' in key else 'opens'}").codec.key == key


async def test_a_fake_stands_in_for_both(data: Path) -> None:
    plan = make_plan([make_part(each) for each in MODULES])
    async with Host(plan, Settings(data=data), both_keys(KEY), fakes=("depot",)) as host:
        assert await host.proxy(ParcelsV1, "old").price(7) == 0
        assert await host.proxy(Parcels, "new").price(7) == parcels.Price(cents=0, service="any")
        assert await host.proxy(HoursV1, "old").opens("monday") == 9
        assert await host.proxy(Hours, "new").closes("monday") == 17
        assert {host.behind(key)[0] for key in KEYS} == {"fake"}
