"""The store under a bench: its environment, its demonstration data, and how long it takes to answer."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bench.http import get
from bench.processes import ROOT

FREESTONE = (sys.executable, "-c", "from app.cli import main; main()")
UVICORN = (sys.executable, "-m", "uvicorn", "app.main:app", "--no-access-log", "--log-level", "warning")


def environment(data: Path, **settings: str) -> dict[str, str]:
    """Return an environment: production, this data folder, and FREESTONE_<name> for each setting; no other of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FREESTONE_")}
    given = {f"FREESTONE_{name}": value for name, value in ({"PRODUCTION": "true"} | settings).items()}
    # The store runs beside its data, where no settings file is unless a bench wrote one.
    path = os.pathsep.join((str(ROOT / "bench" / "without"), str(ROOT)))
    return kept | {"FREESTONE_DATA": str(data), "PYTHONPATH": path} | given


def seed(data: Path, size: str, settings: Mapping[str, str] = MappingProxyType({})) -> float:
    """Fill a data folder, and return how many seconds that took."""
    began = time.perf_counter()
    subprocess.run(
        [*FREESTONE, "seed", "--size", size],
        cwd=data.parent,
        env=environment(data, **settings),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def await_page(process: subprocess.Popen[bytes], port: int, path: str = "/") -> None:
    """Return once a page, the home page unless another is named, is answered; `RuntimeError` where it is not."""
    status = asyncio.run(_first_page(process, port, path))
    if status != 200:
        raise RuntimeError(f"the first page answered {status}")


async def _first_page(process: subprocess.Popen[bytes], port: int, path: str) -> int:
    for _ in range(3000):
        try:
            status, _ = await get(port, path)
        except ConnectionError:
            if process.poll() is not None:
                raise RuntimeError(f"it ended with {process.returncode}") from None
            await asyncio.sleep(0.01)
        else:
            return status
    raise RuntimeError("it did not answer within 30 s")
