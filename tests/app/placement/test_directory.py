"""The directory finds other hosts for as long as it runs, whatever goes wrong meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.placement.directory import Directory
from app.placement.runfolder import RunFolder
from app.placement.topology import HostEntry, Topology
from app.wire.handshake import Passport
from tests.app.runtime.builders import until

SHELVES = Topology({"shelves": HostEntry(name="shelves", modules=("catalog",))})


async def test_a_look_that_fails_is_not_the_last_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = RunFolder(tmp_path)
    really, looks, is_broken = run.all, 0, False

    def look() -> list[tuple[str, int]]:
        nonlocal looks
        looks += 1
        if is_broken:
            raise OSError(24, "Too many open files")
        return really()

    monkeypatch.setattr(run, "all", look)
    passport = Passport("main", ("cart",), {}, None)
    async with Directory("main", ("cart", "catalog"), SHELVES, run, passport) as directory:
        assert directory.trouble("catalog") == "host shelves cannot be reached: it is not running"
        is_broken, looks = True, 0
        await until(lambda: looks == 3)
        is_broken = False
        with run.claim("shelves") as claim:
            claim.wire.touch()
            await until(lambda: "does not answer" in str(directory.trouble("catalog")))
    told = [each.getMessage() for each in caplog.records if "looked for" in each.getMessage()]
    assert told == ["other hosts cannot be looked for: OSError(24, 'Too many open files')"]
