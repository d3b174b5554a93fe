"""An endpoint connects again for as long as it is wanted, whatever the last try ended with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NoReturn

import pytest

from app.placement.endpoint import Endpoint
from app.wire.address import Address
from app.wire.handshake import Passport
from app.wire.link import Link
from tests.app.runtime.builders import until


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        pytest.param(OSError("nobody is there"), "nobody is there", id="foreseen"),
        pytest.param(RuntimeError("who would have thought"), "who would have thought", id="unforeseen"),
        pytest.param(KeyError(), "KeyError()", id="without a word"),
    ],
)
async def test_a_try_that_fails_is_not_the_last(
    error: Exception, trouble: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = 0

    async def fail(*_: Any, **__: Any) -> NoReturn:
        nonlocal tries
        tries += 1
        raise error

    monkeypatch.setattr(Link, "open", fail)
    endpoint = Endpoint(Address("unix", "/nowhere"), Passport("main", (), {}, None), frozenset())
    endpoint.start()
    await until(lambda: tries == 3)
    await endpoint.stop()
    assert endpoint.trouble == trouble
    assert [each.getMessage() for each in caplog.records] == [f"unix:/nowhere: {trouble}"]


async def test_that_nobody_answers_yet_is_a_warning_when_it_lasts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    endpoint = Endpoint(Address("unix", str(tmp_path / "shut")), Passport("main", (), {}, None), frozenset())
    endpoint.start()
    await until(lambda: "does not answer" in str(endpoint.trouble))
    assert caplog.records == []
    monkeypatch.setattr("app.placement.endpoint.STARTING", 0.0)
    await until(lambda: caplog.records)
    endpoint.nudge()
    await asyncio.sleep(0.2)
    await endpoint.stop()
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [("WARNING", endpoint.trouble)]
