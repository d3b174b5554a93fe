"""At most one process supervises; when it goes, however it goes, another that stands by takes over."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from app.placement.election import SupervisorLock

HOLD = """
import sys
from pathlib import Path
from app.placement.election import SupervisorLock
lock = SupervisorLock(Path(sys.argv[1]))
lock.stand()
print(lock.try_take(), flush=True)
sys.stdin.read()
"""


async def test_the_first_supervises_and_the_next_when_it_gives_back(tmp_path: Path) -> None:
    first, second = SupervisorLock(tmp_path), SupervisorLock(tmp_path)
    assert first.holder is None
    assert (first.try_take(), first.try_take(), second.try_take()) == (True, True, False)
    assert (first.held, second.held, second.holder) == (True, False, os.getpid())
    waiting = asyncio.create_task(second.take(0.01))
    await asyncio.sleep(0.03)
    assert not waiting.done()
    first.release()
    await waiting
    assert (first.held, second.held) == (False, True)
    second.release()
    second.release()
    assert first.holder is None


def test_a_killed_process_supervises_no_more(tmp_path: Path) -> None:
    lock = SupervisorLock(tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert (lock.try_take(), lock.holder) == (False, process.pid)
        process.kill()
    assert lock.try_take()
    assert lock.holder == os.getpid()
    lock.stand()
    assert lock.leave() is False
    lock.release()


async def test_who_leaves_knows_whether_others_stand_by(tmp_path: Path) -> None:
    first, second = SupervisorLock(tmp_path), SupervisorLock(tmp_path)
    first.stand()
    second.stand()
    assert first.leave() is True
    assert second.leave() is False


async def test_the_last_to_leave_takes_over_from_one_who_just_hands_over(tmp_path: Path) -> None:
    first, second = SupervisorLock(tmp_path), SupervisorLock(tmp_path)
    first.try_take()
    asyncio.get_running_loop().call_later(0.05, first.release)
    assert await second.take_over()
    second.release()
