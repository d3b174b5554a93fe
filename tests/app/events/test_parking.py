"""A poison event is parked, its key waits behind it, and the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile
from app.events.parking import LONGEST, LONGEST_PAUSE, TRIES, Parking, backoff, told
from contracts.kit import Work
from tests.app.events.conftest import (
    SENT,
    Picky,
    Sold,
    parked,
    publish,
    running,
    send,
    sent,
    subscribe,
    until,
    write_raw,
)
from tests.databases import both_engines

pytestmark = both_engines

EVENTS = [
    Sold(sku="a", number=1),
    Sold(sku="b", number=2),
    Sold(sku="a", number=3),
    Sold(sku="b", number=4),
    Sold(sku="a", number=5),
]


def for_good(sequence: int) -> Callable[[list[tuple[Any, ...]]], bool]:
    """Say whether an event is parked for good."""
    return lambda rows: any(row[0] == sequence and not row[3] for row in rows)


async def again(mail: ModuleDatabase, key: str) -> None:
    async with mail.write() as work:
        await Parking("shop").again(work.session, key, mail.clock())


async def test_its_key_waits_and_the_others_go_on(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await publish(shop, *EVENTS)
    handler = Picky(3)
    subscription = subscribe(shop, mail, handler)
    async with running(subscription):
        await subscription.reached(5)
        await publish(shop, Sold(sku="a", number=6), Sold(sku="c", number=7))
        await subscription.reached(7)
        await until(mail, for_good(3))
    assert await sent(mail) == [("a", 1), ("b", 2), ("b", 4), ("c", 7)]
    assert await parked(mail) == [
        (3, "a", TRIES, False, "ValueError('cannot stand 3')"),
        (5, "a", 0, False, ""),
        (6, "a", 0, False, ""),
    ]
    assert (await subscription.parked(), subscription.failures) == (3, TRIES)


async def test_others_do_not_wait_for_its_next_try(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await publish(shop, *EVENTS)
    subscription = subscribe(shop, mail, Picky(3), pause=3600.0)
    async with running(subscription):
        await subscription.reached(5)
        await publish(shop, Sold(sku="b", number=6))
        await subscription.reached(6)
    assert await sent(mail) == [("a", 1), ("b", 2), ("b", 4), ("b", 6)]
    assert [row[:4] for row in await parked(mail)] == [(3, "a", 1, True), (5, "a", 0, False)]


async def test_an_event_that_fails_for_a_while_is_tried_again(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    tries = 0

    async def at_last(event: Sold, work: Work[Any]) -> None:
        nonlocal tries
        await send(event, work)
        tries += event.number == 3
        if event.number == 3 and tries <= TRIES:  # the first of them together with the others
            raise ZeroDivisionError

    await publish(shop, *EVENTS)
    subscription = subscribe(shop, mail, at_last)
    async with running(subscription):
        await subscription.reached(5)
        await until(mail, lambda rows: rows == [])
    done = await sent(mail)
    assert [each for each in done if each[0] == "a"] == [("a", 1), ("a", 3), ("a", 5)]
    assert [each for each in done if each[0] == "b"] == [("b", 2), ("b", 4)]


async def test_a_parked_event_is_tried_once_more_whenever_it_is_asked_for(
    shop: ModuleDatabase, mail: ModuleDatabase
) -> None:
    await publish(shop, *EVENTS)
    handler = Picky(3, 5)
    subscription = subscribe(shop, mail, handler)
    async with running(subscription):
        await until(mail, for_good(3))
        await again(mail, "a")
        await until(mail, lambda rows: rows[0][2:4] == (TRIES + 1, False))
        handler.poison = {5}
        await again(mail, "a")
        await until(mail, for_good(5))
        handler.poison = set()
        await publish(shop, Sold(sku="a", number=6))
        await subscription.reached(6)
        await again(mail, "a")
        await until(mail, lambda rows: rows == [])
        await publish(shop, Sold(sku="a", number=7))
        await subscription.reached(7)
    assert await sent(mail) == [("a", 1), ("b", 2), ("b", 4), ("a", 3), ("a", 5), ("a", 6), ("a", 7)]


async def test_waiting_events_survive_a_restart(
    shop: ModuleDatabase, mail: ModuleDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    await publish(shop, *EVENTS)
    async with running(subscribe(shop, mail, Picky(3), pause=3600.0)) as _:
        await until(mail, lambda rows: len(rows) == 2)
    await publish(shop, Sold(sku="a", number=6), Sold(sku="b", number=7))

    def much_later() -> int:
        return mail.clock() + 86_400_000_000

    after = subscribe(shop, mail, clock=much_later)
    async with running(after):
        await until(mail, lambda rows: rows == [])
        await after.reached(7)
    done = await sent(mail)
    assert [number for sku, number in done if sku == "a"] == [1, 3, 5, 6]
    assert [number for sku, number in done if sku == "b"] == [2, 4, 7]
    assert "mail: 2 events of shop are set aside; see them with freestone events list mail" in caplog.text


async def test_a_clock_that_was_set_back_holds_no_event_up(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    def tomorrow() -> int:
        return mail.clock() + 86_400_000_000

    await publish(shop, *EVENTS)
    async with running(subscribe(shop, mail, Picky(3), pause=3600.0, clock=tomorrow)):
        await until(mail, lambda rows: len(rows) == 2)
    async with running(subscribe(shop, mail)):
        await until(mail, lambda rows: rows == [])


async def test_a_discarded_event_lets_the_next_of_its_key_go_on(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await publish(shop, *EVENTS)
    subscription = subscribe(shop, mail, Picky(3))
    async with running(subscription):
        await until(mail, for_good(3))
        async with mail.write() as work:
            await Parking("shop").remove(work.session, 3, "a", mail.clock())
        await until(mail, lambda rows: rows == [])
    assert await sent(mail) == [("a", 1), ("b", 2), ("b", 4), ("a", 5)]


@given(
    skus=st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
    poison=st.dictionaries(st.integers(0, 11), st.integers(1, TRIES - 1), max_size=6),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_holds_per_key_and_every_effect_is_one(tmp_path: Path, skus: list[str], poison: dict[int, int]) -> None:
    """Whatever fails and how often, as long as no event fails for good."""

    async def main(folder: Path) -> list[tuple[str, int]]:
        left = dict(poison)

        async def moody(event: Sold, work: Work[Any]) -> None:
            await send(event, work)
            if left.get(event.number, 0) > 0:
                left[event.number] -= 1
                raise ValueError(event.number)

        shop = await ModuleDatabase.open(SqliteFile("shop", folder), migrations=None, events=(Sold,))
        mail = await ModuleDatabase.open(SqliteFile("mail", folder), migrations=None)
        async with mail.write() as work:
            await work.session.run_sync(lambda session: SENT.create(session.connection()))
        subscription = subscribe(shop, mail, moody)
        async with running(subscription):
            for start in range(0, len(skus), 5):
                some = enumerate(skus[start : start + 5], start)
                await publish(shop, *(Sold(sku=sku, number=number) for number, sku in some))
            await subscription.reached(len(skus))
            await until(mail, lambda rows: rows == [])
        done = await sent(mail)
        await shop.close()
        await mail.close()
        return done

    with TemporaryDirectory(dir=tmp_path) as folder:
        done = asyncio.run(main(Path(folder)))
    for sku in "abc":
        wanted = [number for number, each in enumerate(skus) if each == sku]
        assert [number for each, number in done if each == sku] == wanted


@pytest.mark.parametrize("payload", ["", "{}", '{"sku":"a"}', '{"sku":"a","number":"x"}', "\xff"])
async def test_what_cannot_be_decoded_is_parked_at_once(
    shop: ModuleDatabase, mail: ModuleDatabase, payload: str
) -> None:
    await write_raw(shop, payload.encode("latin-1"))
    handler = Picky()
    subscription = subscribe(shop, mail, handler)
    async with running(subscription):
        await subscription.reached(1)
    ((_, _, tries, waits, error),) = await parked(mail)
    assert (tries, waits, error.startswith("Undecodable"), handler.tried) == (1, False, True, [])


async def test_a_handler_that_awaited_something_cancelled_is_parked_like_any(
    shop: ModuleDatabase, mail: ModuleDatabase
) -> None:
    async def unlucky(event: Sold, work: Work[Any]) -> None:
        await send(event, work)
        if event.sku == "a":
            cancelled = asyncio.get_running_loop().create_future()
            cancelled.cancel()
            await cancelled

    await publish(shop, *EVENTS[:2])
    subscription = subscribe(shop, mail, unlucky)
    async with running(subscription):
        async with asyncio.timeout(10):
            await subscription.reached(2)
        await until(mail, for_good(1))
    assert await sent(mail) == [("b", 2)]
    assert await parked(mail) == [
        (1, "a", TRIES, False, "RuntimeError('The handler of shop.sold awaited something that was cancelled.')")
    ]


async def test_unknown_fields_are_ignored(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await write_raw(shop, b'{"sku":"a","number":1,"colour":"red"}')
    subscription = subscribe(shop, mail)
    async with running(subscription):
        await subscription.reached(1)
    assert await sent(mail) == [("a", 1)]


def test_pauses_grow_with_jitter_to_a_limit() -> None:
    for tries in range(1, 40):
        full = min(0.1 * 2 ** (tries - 1), LONGEST_PAUSE)
        assert full / 2 <= backoff(0.1, tries) <= full
    assert len({backoff(1.0, 1) for _ in range(10)}) > 1


def test_an_error_is_kept_with_its_first_line_and_the_end_of_its_traceback() -> None:
    try:
        raise ValueError("two\nlines" + "x" * 2 * LONGEST)
    except ValueError as error:
        kept = told(error)
    head, _, below = kept.partition("\n")
    assert (head.startswith("ValueError('two"), "\n" in head, len(kept) <= LONGEST) == (True, False, True)
    assert below.endswith("x\n")
