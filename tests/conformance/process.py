"""The stage over real processes: the suite's own module alone in one, what it needs in another."""

from __future__ import annotations

import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from app.assembly import assemble
from app.keys import ACTOR, WIRE, private_key
from app.opening import Place, open_host
from app.placement.runfolder import RunFolder
from app.wire.credentials import issue
from app.wire.hello import HOST
from tests.conformance.stage import CHEAP, Stage
from tests.serving import FREESTONE, PATIENCE, environment

HERE = "suites"
"""The host of the tests themselves, which runs no module."""


@asynccontextmanager
async def process_stage(modules: tuple[str, ...], folder: Path) -> AsyncIterator[Stage]:
    """The modules in processes of their own, which `freestone serve` runs; the last named is alone."""
    *needed, alone = modules
    hosts = {"alone": (alone,), "needed": tuple(needed)} if needed else {"alone": (alone,)}
    data = folder / "data"
    data.mkdir(0o700)
    settings = folder / "freestone.toml"
    settings.write_text(_settings(hosts))
    environ = environment(data, CONFIG=str(settings))
    assembly, run = assemble(environ), RunFolder(data)
    key, authority = private_key(data, ACTOR), private_key(data, WIRE)
    with ExitStack() as stack:
        served = [stack.enter_context(_serving(name, theirs, data, environ)) for name, theirs in hosts.items()]
        for each in served:
            stack.callback(each.terminate)  # all before the first is waited for
        identity = issue(authority, HERE, (HOST,))
        claim = stack.enter_context(run.claim(HERE))
        async with open_host(assembly, Place(HERE, (), (HOST,), run, claim, identity)) as opened:
            until = time.monotonic() + PATIENCE
            while not await opened.directory.connected(hosts, 1.0):
                if time.monotonic() > until or any(each.poll() is not None for each in served):
                    raise RuntimeError("\n".join(_log(data, name).read_text() for name in hosts))
            yield Stage("process", opened.host, key, None)


@contextmanager
def _serving(
    name: str, modules: tuple[str, ...], data: Path, environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a host until the block ends."""
    with _log(data, name).open("wb") as log:
        process = subprocess.Popen(
            (*FREESTONE, "serve", *modules, "--name", name), cwd=data.parent, env=environ, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _log(data: Path, name: str) -> Path:
    return data.with_name(f"{name}.log")


def _settings(hosts: Mapping[str, tuple[str, ...]]) -> str:
    tables = {f"hosts.{name}": {"modules": list(modules), "start": False} for name, modules in hosts.items()}
    tables |= {f"modules.{name}": dict(values) for name, values in CHEAP.items()}
    lines = []
    for title, values in tables.items():
        lines += [f"[{title}]", *(f"{key} = {msgspec.json.encode(value).decode()}" for key, value in values.items())]
    return "\n".join(lines)
