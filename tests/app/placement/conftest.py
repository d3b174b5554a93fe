from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from app.placement.runfolder import RunFolder
from tests.app.runtime.virtual import VirtualLoop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
AT_ONCE = ("test_attendance", "test_replica", "test_supervisor")
"""Files whose tests wait for seconds that pass at once."""


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    return {"virtual": VirtualLoop} if item.path.stem in AT_ONCE else {"asyncio": asyncio.SelectorEventLoop}


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    """End the hosts that a test which failed has left behind, and remove what killed ones left in the run folder."""
    yield
    for data in (tmp_path, tmp_path / "data"):
        run = RunFolder(data)
        if run.path.is_dir() and not run.path.is_symlink():
            for host, replica in run.all():
                pid = run.holder(host, replica)
                if pid is not None and pid != os.getpid():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            shutil.rmtree(run.path)
