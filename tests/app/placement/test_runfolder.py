"""The run folder: its owner's alone, short enough for sockets, and one process to a replica."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import LaunchRefused
from app.placement import runfolder
from app.placement.runfolder import RunFolder

HOLD = """
import sys
from pathlib import Path
from app.placement.runfolder import RunFolder
claim = RunFolder(Path(sys.argv[1])).claim("shelf")
claim.wire.touch()
print(claim.replica, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run folder in the test's own, whatever the length of its path."""
    monkeypatch.setattr(runfolder, "SOCKET_PATH", 1000)
    return RunFolder(tmp_path)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[RunFolder]:
    """The run folder of a data folder whose path is too long, removed at the end."""
    data = tmp_path / ("d" * 60)
    data.mkdir()
    run = RunFolder(data)
    yield run
    if run.path.is_symlink() or run.path.is_file():
        run.path.unlink()
    shutil.rmtree(run.path, ignore_errors=True)


def test_sockets_lie_in_the_data_folder(run: RunFolder, tmp_path: Path) -> None:
    assert run.wire("shelf", 2) == tmp_path / "run" / "shelf.2.sock"
    assert run.door("shelf", 2) == tmp_path / "run" / "shelf.2.http.sock"
    assert list(tmp_path.iterdir()) == []
    with run.claim("shelf"):
        assert run.path.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_where_the_path_is_too_long_they_lie_elsewhere_and_a_socket_fits(elsewhere: RunFolder, tmp_path: Path) -> None:
    assert elsewhere.path.parent == Path("/tmp")
    assert elsewhere.path != RunFolder(tmp_path / ("e" * 60)).path
    link = tmp_path / "link"
    link.symlink_to(tmp_path / ("d" * 60))
    assert RunFolder(link).path == elsewhere.path
    claim = elsewhere.claim("n" * 32, 999)
    with socket.socket(socket.AF_UNIX) as wire, socket.socket(socket.AF_UNIX) as door:
        wire.bind(str(claim.wire))
        door.bind(str(claim.door))
        assert len(str(claim.door)) <= runfolder.SOCKET_PATH
        assert elsewhere.find("n" * 32) == [(999, claim.wire)]
        assert elsewhere.path.stat().st_mode & 0o777 == 0o700
    claim.release()


def test_a_socket_fits_into_the_longest_path_that_is_kept(tmp_path: Path) -> None:
    data = Path("/", "d" * (runfolder.SOCKET_PATH - len("/" + "/run/" + "n" * 32 + ".999.http.sock")))
    assert RunFolder(data).path == data / "run"
    assert len(str(RunFolder(data).door("n" * 32, 999))) == runfolder.SOCKET_PATH
    assert RunFolder(data.with_name(data.name + "d")).path.parent == Path("/tmp")


@pytest.mark.parametrize("spoil", ["link", "open", "file"])
def test_a_folder_that_others_could_write_to_is_refused(spoil: str, elsewhere: RunFolder, tmp_path: Path) -> None:
    if spoil == "link":
        (tmp_path / "trap").mkdir(0o700)
        elsewhere.path.symlink_to(tmp_path / "trap")
    elif spoil == "open":
        elsewhere.path.mkdir()
        elsewhere.path.chmod(0o777)
    else:
        elsewhere.path.touch(0o600)
    for use in (
        lambda: elsewhere.find("shelf"),
        lambda: elsewhere.holder("shelf", 1),
        lambda: elsewhere.claim("shelf"),
    ):
        with pytest.raises(LaunchRefused, match=r"^The folder /tmp/freestone-\S+ for sockets .*\.$"):
            use()
    assert not (tmp_path / "trap").exists() or list((tmp_path / "trap").iterdir()) == []


def test_another_users_folder_is_refused(elsewhere: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere.path.mkdir(0o700)
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(LaunchRefused, match=r"is not this user's alone"):
        elsewhere.find("shelf")


def test_each_claim_gets_the_lowest_free_number(run: RunFolder) -> None:
    claims = [run.claim("shelf") for _ in range(3)]
    assert [claim.replica for claim in claims] == [1, 2, 3]
    claims[1].release()
    claims[1].release()
    again, other = run.claim("shelf"), run.claim("till")
    assert (again.replica, other.replica) == (2, 1)
    assert run.holder("shelf", 3) == os.getpid()
    assert run.holder("shelf", 4) is None


def test_only_sockets_are_found_and_only_the_hosts_own(run: RunFolder) -> None:
    claim = run.claim("shelf", 12)
    for path in (claim.wire, claim.door, run.wire("shelf", 2), run.wire("shelf_two", 1)):
        path.touch()
    assert run.find("shelf") == [(2, run.wire("shelf", 2)), (12, claim.wire)]
    assert run.find("shel") == []
    assert run.all() == [("shelf", 2), ("shelf", 12), ("shelf_two", 1)]
    claim.release()
    assert not claim.wire.exists()
    assert not claim.door.exists()


def test_a_process_is_one_replica_until_it_dies_and_what_it_left_is_removed(run: RunFolder, tmp_path: Path) -> None:
    script = f"import app.placement.runfolder as r; r.SOCKET_PATH = 1000\n{HOLD}"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        assert run.holder("shelf", 1) == process.pid
        assert run.claim("shelf").replica == 2
        with pytest.raises(LaunchRefused) as refused:
            run.claim("shelf", 1)
        assert str(refused.value) == (
            f"Replica 1 of host shelf is process {process.pid}; stop it, or name another with --replica."
        )
        process.kill()
    assert run.find("shelf") == [(1, run.wire("shelf", 1))]
    assert run.holder("shelf", 1) is None
    with run.claim("shelf", 1):
        assert run.find("shelf") == []
