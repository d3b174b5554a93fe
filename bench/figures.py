"""Figures: medians with their range, printed as a table and kept as JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table


class Figure(msgspec.Struct, frozen=True):
    """One measured quantity over several rounds; ``bound`` is the most (or least) that was aimed at."""

    name: str
    what: str
    unit: str
    values: tuple[float, ...]
    bound: str = ""

    @property
    def summary(self) -> dict[str, Any]:
        """Median, minimum and maximum."""
        return {
            "median": _short(statistics.median(self.values)),
            "min": _short(min(self.values)),
            "max": _short(max(self.values)),
            "unit": self.unit,
        }


def machine() -> str:
    """Name the machine: its processor, how many of it, and the Python that ran."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{os.cpu_count()} x {model}, {platform.system()}, Python {platform.python_version()}"


def show(figures: Sequence[Figure]) -> None:
    """Print the figures."""
    table = Table(title=machine(), title_justify="left", box=None, header_style="bold")
    for column in ("figure", "what", "median", "min", "max", "unit", "aim"):
        table.add_column(column, justify="right" if column in ("median", "min", "max") else "left")
    for each in figures:
        shown = each.summary
        table.add_row(
            each.name, each.what, *(f"{shown[key]:,}" for key in ("median", "min", "max")), each.unit, each.bound
        )
    Console(width=150).print(table)


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures, and the machine they hold for."""
    known = {"machine": machine(), "figures": {each.name: each.summary for each in figures}}
    path.write_text(json.dumps(known, indent=2) + "\n")


def _short(value: float) -> float | int:
    return round(value) if abs(value) >= 100 else round(value, 2)
