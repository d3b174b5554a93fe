"""What a lone process is started with: values for everything that a module's contracts and events take."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings

from app.lint.alone.samples import Samples
from app.runtime.needs import codecs_of
from app.runtime.part import Part
from app.runtime.plan import Plan
from contracts.kit import Event
from tests.contracts.values_of import values_of
from tests.serving import environment

EXAMPLES = 2
"""How many of each kind: the simplest, and one that is not."""


def samples_for(part: Part) -> Samples:
    """Return samples for all that a module provides and listens to."""
    codecs = codecs_of(Plan((part,), {}))
    calls = {
        str(contract): {
            name: tuple(map(msgspec.msgpack.encode, _values(operation.form)))
            for name, operation in codecs[str(contract)].operations.items()
        }
        for contract in part.provides
    }
    listens: Iterable[type[Event]] = () if part.module is None else part.module.listens
    return Samples(calls, {event.code: tuple(map(msgspec.json.encode, _values(event))) for event in listens})


def _values(annotation: Any) -> list[Any]:
    found: list[Any] = []

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(values_of(annotation))
    def take(value: Any) -> None:
        found.append(value)

    with warnings.catch_warnings(), contextlib.suppress(AttributeError):
        take()
    return found


def probe(module: str, samples: Samples, folder: Path, *paths: Path) -> tuple[int, str]:
    """Run the probe in a process of its own; return its exit code and what it printed."""
    file = folder / f"{module}.samples"
    samples.write(file)
    done = subprocess.run(
        (sys.executable, "-m", "app.lint.probe", module, "--arguments", file),
        cwd=folder,
        env=environment(folder / "data") | {"PYTHONPATH": ":".join(map(str, paths))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
