"""Points at which a test can end a process: armed by the environment alone, each order carried out once."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import app
from app.errors import LaunchRefused
from app.failpoints import COMMITS, POINTS, VARIABLE, Failpoints, Order, points

PROGRAM = """
import sys
from app.failpoints import failpoints
failpoints.arm({"FREESTONE_TEST_FAILPOINTS": sys.argv[1]}, production=False)
for place in sys.argv[2:]:
    failpoints.hit("events.taken", place)
    print(place, flush=True)
"""


def lay(folder: Path, order: Order) -> None:
    (folder / "armed").mkdir(parents=True, exist_ok=True)
    (folder / "armed" / "first").write_bytes(msgspec.json.encode(order))


def come_past(folder: Path, *places: str) -> subprocess.CompletedProcess[str]:
    """Have a process come past a point at these places; it prints those that it survives."""
    command = (sys.executable, "-c", PROGRAM, str(folder), *places)
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_unarmed_points_do_nothing_and_leave_nothing(tmp_path: Path) -> None:
    own = Failpoints()
    own.arm({}, production=True)
    assert not own.armed
    own.arm({VARIABLE: " "}, production=True)
    assert not own.armed
    assert not any(tmp_path.iterdir())


def test_production_refuses_to_be_armed(tmp_path: Path) -> None:
    with pytest.raises(LaunchRefused, match=VARIABLE):
        Failpoints().arm({VARIABLE: str(tmp_path)}, production=True)


def test_the_process_dies_at_the_hit_and_the_place_of_its_order_and_proves_it(tmp_path: Path) -> None:
    lay(tmp_path, Order("events.taken", "cart", hit=2))
    done = come_past(tmp_path, "cart 1", "stock", "cart 2", "cart 3")
    assert (done.returncode, done.stdout.split("\n")[:-1]) == (-signal.SIGKILL, ["cart 1", "stock"])
    (fired,) = (tmp_path / "fired").iterdir()
    assert fired.stem == "first"
    (passed,) = (tmp_path / "passed").iterdir()
    assert passed.name == fired.suffix[1:]
    assert passed.read_text().splitlines() == [f"events.taken {each}" for each in ("cart 1", "stock", "cart 2")]


def test_an_order_is_carried_out_once_and_another_points_never(tmp_path: Path) -> None:
    lay(tmp_path, Order("events.taken"))
    assert come_past(tmp_path, "cart").returncode == -signal.SIGKILL
    assert come_past(tmp_path, "cart").returncode == 0
    lay(tmp_path, Order("events.done"))
    assert come_past(tmp_path, "cart").returncode == 0


def test_an_order_counts_from_when_it_was_laid_down(tmp_path: Path) -> None:
    own = Failpoints()
    own.arm({VARIABLE: str(tmp_path)}, production=False)
    own.hit("events.taken", "before")
    lay(tmp_path, Order("events.taken", hit=2))
    own.hit("events.taken", "after")
    assert not any((tmp_path / "fired").iterdir())
    own.arm({}, production=False)


def test_every_point_of_the_code_is_listed_and_every_listed_one_is_in_the_code() -> None:
    folder = Path(app.__file__).parent
    said = {name for file in folder.rglob("*.py") for name in re.findall(r'\.hit\(f?"([^"]+)"', file.read_text())}
    assert said == {*POINTS, *(each.replace("{module}", "{self._module}") for each in COMMITS)}
    assert points(["orders"]) == (*POINTS, "commit.orders.before", "commit.orders.after")
