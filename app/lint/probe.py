"""The lone-process probe: `python -m app.lint.probe catalog [--arguments FILE]`.

Imports a module where no other can be imported, starts it with everything away that it needs, uses what it offers
with the arguments in FILE (`app.lint.alone.samples`; without it only what takes none), and stops it. Prints each
problem in a sentence. Its exit code is 0 for none, 1 for some, 2 where it could not look.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import pkgutil
import secrets
import sys
import tempfile
import threading
from importlib import import_module
from pathlib import Path

import msgspec

from app.config import environment, load
from app.errors import LaunchRefused
from app.keys import SIZE
from app.lint.alone.exercise import exercise
from app.lint.alone.hearing import Hearing
from app.lint.alone.refusing import RULE, Refusals
from app.lint.alone.samples import Samples
from app.lint.problem import Problem
from app.runtime.host import Host
from app.runtime.identity import both_keys
from app.runtime.part import Part
from app.runtime.plan import Plan
from app.wiring import find_module
from contracts.kit import contract_of


def main() -> int:
    """Probe one module."""
    parser = argparse.ArgumentParser(prog="python -m app.lint.probe", description="Run one module alone.")
    parser.add_argument("module", help="which of modules/ to import, start, use and stop without the others")
    parser.add_argument("--arguments", type=Path, help="a file of samples to call it with, as app.lint.alone has them")
    asked = parser.parse_args()
    try:
        samples = Samples.read(asked.arguments) if asked.arguments else Samples()
        problems, calls = probe(asked.module, samples)
    except (OSError, msgspec.MsgspecError, LaunchRefused) as error:
        print(f"The probe cannot look at {asked.module}: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    if not problems:
        print(f"Module {asked.module} stands alone: {calls} calls.")
    return 1 if problems else 0


def probe(name: str, samples: Samples) -> tuple[list[Problem], int]:
    """Return what is wrong with a module, and how often it was called; this process is not good for much afterwards."""
    known = [each.name for each in pkgutil.iter_modules(import_module("modules").__path__)]
    if name not in known:
        raise LaunchRefused(f"there is no such module; there are {', '.join(known)}.")
    logging.getLogger().addHandler(logging.NullHandler())  # what is logged is said below, in a sentence
    refusals = Refusals(name)
    refusals.install()
    part = find_module(name)
    if part.module is None or part.failure is not None:
        return [*refusals.problems, Problem(f"modules/{name}", 0, RULE, f"{part.failure}.")], 0
    optional = {contract_of(each).name for each in part.module.optional}
    hearing = Hearing(name, refusals.is_own_code, lambda operation: operation.partition(".")[0] not in optional)
    hearing.install()
    calls = asyncio.run(_run(part, samples, hearing))
    gc.collect()
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            hearing.find(None, f"{name} leaves the thread {thread.name} behind when the host stops; end it")
    return sorted({*refusals.problems, *hearing.problems}), calls


async def _run(part: Part, samples: Samples, hearing: Hearing) -> int:
    plan = Plan((part,), {str(contract): part for contract in part.provides})
    settings = msgspec.structs.replace(load(None, environment()), production=False, strict=False)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        host = Host(plan, msgspec.structs.replace(settings, data=data), both_keys(secrets.token_bytes(SIZE)))
        before = asyncio.all_tasks()
        async with host:
            calls = await exercise(host, part, samples) if part.failure is None else 0
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - before:
            said = f"{part.name} leaves the task {task.get_name()} behind when the host stops"
            hearing.find(None, f"{said}; await it, or cancel it")
        gc.collect()
        for file in _open_in(data):
            hearing.find(None, f"{part.name} leaves {file} open when the host stops; close it")
    return calls


def _open_in(folder: Path) -> set[str]:
    """Return the files below a folder that this process has open, where the system says so."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        return set()
    targets = (Path(os.path.realpath(each)) for each in list(descriptors.iterdir()))
    return {each.name for each in targets if each.is_relative_to(folder)}


if __name__ == "__main__":
    sys.exit(main())
