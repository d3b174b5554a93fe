"""A store that serves for all journeys of a session, and people who shop there."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from app.placement.runfolder import RunFolder
from tests.journeys.shopper import Shopper
from tests.serving import UVICORN, environment, serving

ALONE = ("accounts", "auditor", "cart", "catalog", "inventory", "orders", "payments", "storefront", "webhooks")
TOPOLOGIES = {
    "one process": "",
    "every module alone": "".join(f'[hosts.{name}_host]\nmodules = ["{name}"]\n' for name in ALONE),
    "mixed": """
        [hosts.shelves]
        modules = ["catalog"]
        replicas = 2
        [hosts.till]
        modules = ["orders", "payments"]
        [hosts.window]
        modules = ["storefront"]
        """,
}
"""What stands in `freestone.toml`, by what it means."""


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a store of size S, in one process or another of the topologies, which ends well after all."""
    data = tmp_path_factory.mktemp("store") / "data"
    shutil.copytree(seeded, data)
    topology = TOPOLOGIES[getattr(request, "param", "one process")]
    data.with_name("freestone.toml").write_text(dedent(topology))
    environ = environment(
        data,
        ACCOUNTS_REGISTRATIONS_PER_SOURCE="3600",
        ACCOUNTS_FAILURES_PER_SOURCE="3600",
        PAYMENTS_SANDBOX_SLOW_SECONDS="4",
    )
    with serving(*UVICORN, "--port", "0", "--no-access-log", data=data, environ=environ) as served:
        yield served.url
        assert served.stop(signal.SIGINT) == 0, served.log
        assert "Traceback" not in served.log, served.log
    assert not RunFolder(data).all(), "a host was left behind"


@pytest.fixture
def arrive(store: str) -> Iterator[Callable[[], Shopper]]:
    """Have somebody with a new browser come."""
    with ExitStack() as browsers:
        yield lambda: browsers.enter_context(Shopper(store))


@pytest.fixture
def shopper(arrive: Callable[[], Shopper]) -> Shopper:
    """Somebody with a new browser."""
    return arrive()
