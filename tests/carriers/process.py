"""The cookhouse as a process of its own: ``python -m tests.carriers.process <data>``, until its input ends."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import uvloop

from app.opening import open_host
from app.placement.runfolder import RunFolder
from tests.carriers.house import COOKHOUSE, assembly, place


async def main(data: Path) -> None:
    """Serve until the standard input is closed."""
    with RunFolder(data).claim(COOKHOUSE) as claim:
        async with open_host(assembly(data), place(data, claim, COOKHOUSE)):
            await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    uvloop.run(main(Path(sys.argv[1])))
