"""`make bench`: measure everything, or only the parts that are named."""

from __future__ import annotations

import compileall
import os
import sys
from pathlib import Path

from bench import checkouts, events, hosts, journey, lint, local_call, serving, wire
from bench.figures import show, write

PARTS = {
    "call": local_call.measure,
    "serving": serving.measure,
    "wire": wire.measure,
    "hosts": hosts.measure,
    "events": events.measure,
    "checkouts": checkouts.measure,
    "journey": journey.measure,
    "lint": lint.measure,
}


def main(names: list[str]) -> int:
    """Measure and report; `bench/results.json` is written by a whole run only."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"There is no part {unknown[0]}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    _compile()
    figures = [figure for name in names or PARTS for figure in PARTS[name]()]
    show(figures)
    if not names:
        write(figures, Path(__file__).parent / "results.json")
    return 0


def _compile() -> None:
    """Let processes start from compiled modules, as those of an installed store do."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_path(quiet=2)
    for folder in ("app", "contracts", "modules", "bench"):
        compileall.compile_dir(Path(__file__).parents[1] / folder, quiet=2)


sys.exit(main(sys.argv[1:]))
