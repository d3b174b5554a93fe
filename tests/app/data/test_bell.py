"""A ring in one process is heard in all others that listen, and none of them can hold up who rings."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.data.bell import PipeBell

LISTENER = """
import asyncio, sys
from pathlib import Path
from app.data.bell import PipeBell

async def main():
    with PipeBell(Path(sys.argv[1]), lambda: print("heard", flush=True)).listening():
        print("listening", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


class Ear:
    """One process's end of a file's bell, and how often it heard it."""

    def __init__(self, folder: Path) -> None:
        self.heard = 0
        self._event = asyncio.Event()
        self.bell = PipeBell(folder / "shop.sqlite", self._hear)

    def _hear(self) -> None:
        self.heard += 1
        self._event.set()

    async def hears(self) -> None:
        async with asyncio.timeout(10.0):
            await self._event.wait()
        self._event.clear()


def pipes(folder: Path) -> list[Path]:
    return list((folder / "bells" / "shop").iterdir())


def fill(pipe: Path) -> None:
    """Write into a pipe until there is no room."""
    opened = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(opened, b"!" * 4096)
    finally:
        os.close(opened)


async def test_all_others_hear_a_ring_and_who_rings_does_not(tmp_path: Path) -> None:
    ringing, first, second = Ear(tmp_path), Ear(tmp_path), Ear(tmp_path)
    with ringing.bell.listening(), first.bell.listening(), second.bell.listening():
        for _ in range(3):
            ringing.bell.ring()
            await first.hears()
            await second.hears()
    assert (ringing.heard, first.heard, second.heard) == (0, 3, 3)


async def test_rings_before_the_ear_is_there_may_be_heard_as_one(tmp_path: Path) -> None:
    ringing, other = Ear(tmp_path), Ear(tmp_path)
    with other.bell.listening():
        for _ in range(100):
            ringing.bell.ring()
        await other.hears()
        await asyncio.sleep(0.01)
        assert other.heard == 1


def test_where_nobody_listens_nothing_is_made(tmp_path: Path) -> None:
    PipeBell(tmp_path / "shop.sqlite", lambda: None).ring()
    assert list(tmp_path.iterdir()) == []


async def test_it_is_heard_until_the_last_listener_of_a_process_leaves(tmp_path: Path) -> None:
    ringing, other = Ear(tmp_path), Ear(tmp_path)
    with other.bell.listening():
        with other.bell.listening():
            assert len(pipes(tmp_path)) == 1
        ringing.bell.ring()
        await other.hears()
    assert pipes(tmp_path) == []
    ringing.bell.ring()
    with other.bell.listening():
        ringing.bell.ring()
        await other.hears()


async def test_others_of_this_machine_are_kept_out(tmp_path: Path) -> None:
    with Ear(tmp_path).bell.listening():
        (pipe,) = pipes(tmp_path)
        assert pipe.stat().st_mode & 0o777 == 0o600
        assert [each.stat().st_mode & 0o777 for each in (pipe.parent, pipe.parent.parent)] == [0o700] * 2


async def test_one_that_was_stopped_holds_up_nobody(tmp_path: Path) -> None:
    ringing, other = Ear(tmp_path), Ear(tmp_path)
    with other.bell.listening():
        with pytest.raises(BlockingIOError):
            fill(pipes(tmp_path)[0])
        ringing.bell.ring()
        await other.hears()
        ringing.bell.ring()
        await other.hears()


def test_what_a_killed_process_left_is_taken_away_by_the_next_ring(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    with subprocess.Popen([sys.executable, "-c", LISTENER, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        ringing = PipeBell(file, lambda: None)
        ringing.ring()
        assert process.stdout.readline() == "heard\n"
        process.kill()
    assert len(pipes(tmp_path)) == 1
    ringing.ring()
    assert pipes(tmp_path) == []


async def test_who_comes_takes_away_what_was_never_opened_but_not_what_is_just_being_made(tmp_path: Path) -> None:
    folder = tmp_path / "bells" / "shop"
    folder.mkdir(parents=True)
    for name, age in ((".old", 3600.0), (".new", 0.0), ("dead", 0.0)):
        os.mkfifo(folder / name)
        os.utime(folder / name, (time.time() - age,) * 2)
    with Ear(tmp_path).bell.listening():
        left = {each.name for each in pipes(tmp_path)}
        assert ".new" in left
        assert not left & {".old", "dead"}
        assert len(left) == 2


async def test_nothing_but_a_pipe_is_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "bells" / "shop"
    folder.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_text("as it was")
    (folder / "link").symlink_to(precious)
    (folder / "file").write_text("as it was")
    Ear(tmp_path).bell.ring()
    assert precious.read_text() == (folder / "file").read_text() == "as it was"
    assert len(pipes(tmp_path)) == 2


async def test_without_a_folder_it_is_said_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bells").write_text("in the way")
    ear = Ear(tmp_path)
    with ear.bell.listening():
        ear.bell.ring()
    assert "seen later than they could be" in caplog.text


async def test_a_pipe_that_cannot_be_opened_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", refuse)
    with Ear(tmp_path).bell.listening():
        assert pipes(tmp_path) == []
