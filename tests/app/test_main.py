"""`uvicorn app.main:app`: the single launch, by itself."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import httpx2
import pytest

from app.main import Application
from tests.app.bad_launches import FOLDERS, SETTINGS, BadLaunch, refuses
from tests.app.planted import plant_broken_module
from tests.serving import UVICORN, environment, serving

QUIET = (*UVICORN, "--port", "0", "--log-level", "warning")
BAD = {name: (SETTINGS | FOLDERS)[name] for name in ("syntax", "unwritable folder", "damaged key", "foreign file")}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_launch_is_refused_in_one_sentence_with_nothing_written(bad: BadLaunch, tmp_path: Path) -> None:
    refuses(bad, *QUIET, data=tmp_path / "data")


def test_a_module_that_cannot_be_imported_is_quarantined_and_the_rest_serve(seeded: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(seeded, data)
    shutil.copy(data / "catalog.sqlite", data / "broken.sqlite")
    environ = environment(data) | {"PYTHONPATH": plant_broken_module(tmp_path / "extra")}
    with serving(*UVICORN, "--port", "0", data=data, environ=environ) as store:
        assert httpx2.get(f"{store.url}/").status_code == 200
        assert httpx2.get(f"{store.url}/healthz").status_code == 200
        ready = httpx2.get(f"{store.url}/readyz")
        assert ready.status_code == 503
        assert [each for each in ready.json()["modules"] if each["state"] != "serving"] == [
            {
                "name": "broken",
                "state": "quarantined",
                "reason": "module broken could not be imported: RuntimeError: planted",
            }
        ]
        assert store.stop(signal.SIGINT) == 0
        assert "module broken could not be imported" in store.log


async def test_without_the_lifespan_protocol_a_request_says_how_to_launch() -> None:
    async def receive() -> dict[str, object]:
        return {}

    async def send(message: object) -> None:
        pass

    with pytest.raises(RuntimeError, match=r"launch with uvicorn app\.main:app"):
        await Application()({"type": "http"}, receive, send)
