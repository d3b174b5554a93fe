"""Hosts of two releases talk to each other as far as they mean the same, and say which field stands in the way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from pathlib import Path

import pytest

from app.events import subscription
from app.opening import Opened
from app.placement.topology import MAIN
from app.placement.view import View
from contracts.kit import Unavailable
from tests.app.placement.hosts import ANNEX, furnish, heard, opened
from tests.app.placement.releases import NEW, OLD, NewBook, NewCover, NewLibrary, OldBook, OldCover, OldLibrary
from tests.app.runtime.builders import until

NEW_TO_OLD = {
    "library.v1/cover": "its result may be 'leather' there and only one of 'cloth', 'paper' here",
    "library.v1/covers": "its item may be 'leather' there and only one of 'cloth', 'paper' here",
    "library.v1/lend": "its parameter days is not sent here and is required there",
    "library.outbox.v1/library.lent": "its field reader is a whole number there and text here",
}
"""What an old caller cannot ask of a new callee, and why."""
OLD_TO_NEW = {
    "library.v1/bind": "its parameter cover may be 'leather' here and only one of 'cloth', 'paper' there",
    "library.v1/count": "there is no such operation there",
    "library.outbox.v1/library.lent": "its field reader is text there and a whole number here",
}
"""What a new caller cannot ask of an old callee, and why."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return furnish(tmp_path / "data")


async def refused(call: Awaitable[object], path: str, why: str) -> None:
    """Make sure that a call fails at once, for this reason."""
    with pytest.raises(Unavailable) as caught:
        await call
    assert caught.value == Unavailable(
        operation=path.replace(".v1/", "."), reason=f"host annex does not fit: {path}: {why}"
    )
    assert not caught.value.may_have_executed


def told(main: Opened) -> dict[str, tuple[str, ...]]:
    """What `freestone ps` shows of what is not asked for, by contract."""
    bindings = View(main.host, MAIN, 1, "", main.directory.misfits).state().bindings
    return {each.contract: each.refused for each in bindings if each.refused}


def misfits_told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What the log says of hosts that do not fit; that one cannot be reached yet may be said beside it."""
    return [each for each in caplog.records if "is not asked for what does not fit" in each.getMessage()]


def check_what_is_said(main: Opened, misfits: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    """Make sure that the log, the readiness and the operators' view all say what does not fit, and nothing else."""
    lines = [f"{path}: {why}" for path, why in sorted(misfits.items())]
    warnings = misfits_told(caplog)
    assert [each.levelno for each in warnings] == [logging.WARNING]
    assert warnings[0].getMessage().endswith("annex.1.sock is not asked for what does not fit: " + "; ".join(lines))
    assert main.host.status() == {
        "library": "on host annex, not all operations fit: " + "; ".join(lines),
        "ledger": None,
        "porter": None,
    }
    assert main.host.lacking() == [main.host.status()["library"]]
    assert told(main) == {
        "library.v1": tuple(line for line in lines if line.startswith("library.v1/")),
        "library.outbox.v1": tuple(line for line in lines if line.startswith("library.outbox.v1/")),
    }


async def test_an_old_host_asks_a_new_one_for_what_fits(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(data, ANNEX, NEW), opened(data, MAIN, OLD) as main:
        library = main.host.proxy(OldLibrary, "ledger")
        assert await library.find("Emma") == OldBook(title="Emma")
        await library.bind("Emma", OldCover.PAPER)
        await refused(library.cover("Emma"), "library.v1/cover", NEW_TO_OLD["library.v1/cover"])
        await refused(library.lend("Emma"), "library.v1/lend", NEW_TO_OLD["library.v1/lend"])
        await refused(anext(library.covers()), "library.v1/covers", NEW_TO_OLD["library.v1/covers"])
        await until(lambda: heard(data, "porter") == ["Emma"])
        check_what_is_said(main, NEW_TO_OLD, caplog)
    assert heard(data, "ledger") == []


async def test_a_new_host_asks_an_old_one_for_what_fits(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(data, ANNEX, OLD), opened(data, MAIN, NEW) as main:
        library = main.host.proxy(NewLibrary, "ledger")
        assert await library.find("Emma") == NewBook(title="Emma", pages=100)
        assert await library.cover("Emma") is NewCover.CLOTH
        assert [each async for each in library.covers()] == [NewCover.PAPER]
        await library.lend("Emma", 3)
        await refused(library.bind("Emma", NewCover.PAPER), "library.v1/bind", OLD_TO_NEW["library.v1/bind"])
        await refused(library.count(), "library.v1/count", OLD_TO_NEW["library.v1/count"])
        await until(lambda: heard(data, "porter") == ["Emma"])
        check_what_is_said(main, OLD_TO_NEW, caplog)
    assert heard(data, "ledger") == []


async def test_a_subscription_that_was_refused_says_so_once_and_parks_nothing(
    data: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "STARTING", 0.2)
    path = "library.outbox.v1/library.lent"

    def said() -> int:
        return caplog.text.count(f"host annex does not fit: {path}: {OLD_TO_NEW[path]}")

    async with opened(data, ANNEX, OLD), opened(data, MAIN, NEW) as main:
        await main.host.proxy(NewLibrary, "ledger").lend("Emma", 3)
        await until(lambda: heard(data, "porter") == ["Emma"] and said())
        await asyncio.sleep(0.5)
    assert said() == 1
    async with opened(data, ANNEX, OLD), opened(data, MAIN, OLD):
        await until(lambda: heard(data, "ledger") == ["Emma"])


async def test_while_old_and_new_replicas_serve_each_call_goes_where_it_fits(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(data, ANNEX, OLD), opened(data, MAIN, NEW) as main:
        library = main.host.proxy(NewLibrary, "ledger")
        await refused(library.count(), "library.v1/count", OLD_TO_NEW["library.v1/count"])
        async with opened(data, ANNEX, NEW):
            await until(lambda: not told(main))
            assert {await library.count() for _ in range(20)} == {1}
            for _ in range(10):
                await library.bind("Emma", NewCover.LEATHER)
            await until(lambda: heard(data, "ledger") == ["Emma"] * 10)
            assert main.host.lacking() == []
            assert (await library.find("Emma")).pages in (100, 7)
        await until(lambda: told(main))
        await refused(library.count(), "library.v1/count", OLD_TO_NEW["library.v1/count"])
    assert len(misfits_told(caplog)) == 1


async def test_hosts_of_one_release_have_nothing_to_say(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(data, ANNEX, NEW), opened(data, MAIN, NEW) as main:
        assert await main.host.proxy(NewLibrary, "ledger").count() == 1
        assert set(main.host.status().values()) == {None}
        assert told(main) == {}
    assert misfits_told(caplog) == []
