"""One launch, one data folder, one port; every refusal is a sentence and leaves nothing behind."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import launch
from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from app.launch import DataFolder, bind
from app.placement.runfolder import RunFolder

HOLD = """
import sys
from pathlib import Path
from app.launch import DataFolder
with DataFolder.prepare(Path(sys.argv[1]), alone=sys.argv[2] == "alone"):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(folder: Path, how: str) -> subprocess.Popen[bytes]:
    """Start a process that uses the folder, ``shared`` or ``alone``, until its standard input is closed."""
    command = [sys.executable, "-c", HOLD, str(folder), how]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_missing_data_folder_is_created_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "srv" / "data"
    with DataFolder.prepare(folder) as data:
        assert data.path == folder
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / ".lock").read_text() == ""


def test_in_a_folder_open_to_everyone_what_is_created_is_for_its_owner_alone(tmp_path: Path) -> None:
    async def open_and_look() -> dict[str, int]:
        database = await ModuleDatabase.open(SqliteFile("shop", tmp_path), migrations=None)
        modes = modes_in(tmp_path)
        await database.close()
        return modes

    tmp_path.chmod(0o755)
    usual = os.umask(0o022)
    try:
        with DataFolder.prepare(tmp_path):
            modes = asyncio.run(open_and_look())
        (tmp_path / "later").touch()
    finally:
        os.umask(usual)
    assert "shop.sqlite" in modes
    assert set(modes.values()) == {0o600}
    assert modes_in(tmp_path)["later"] == 0o644


def modes_in(folder: Path) -> dict[str, int]:
    """Return who may do what with each file: its permission bits."""
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def test_what_an_existing_data_folder_holds_is_kept(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("rows")
    with DataFolder.prepare(tmp_path):
        assert (tmp_path / "catalog.db").read_text() == "rows"


def test_a_file_in_the_place_of_the_data_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("mine")
    with pytest.raises(
        LaunchRefused, match=r"^The data folder .*/data is a file; name a folder with FREESTONE_DATA\.$"
    ):
        DataFolder.prepare(file)
    with pytest.raises(LaunchRefused, match=r"^The data folder .*/data/below cannot be created: Not a directory\.$"):
        DataFolder.prepare(file / "below")
    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system that even root cannot write to")
def test_a_folder_that_cannot_be_written_to_is_refused() -> None:
    with pytest.raises(LaunchRefused, match=r"^The data folder /proc/freestone cannot be created: .*\.$"):
        DataFolder.prepare(Path("/proc/freestone"))
    with pytest.raises(LaunchRefused, match=r"^The data folder /proc/self cannot be written to[:;] .*\.$"):
        DataFolder.prepare(Path("/proc/self"))


def test_without_permission_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(LaunchRefused, match=r"cannot be written to; change its permissions"):
        DataFolder.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_several_hosts_share_a_folder(tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path, "shared") as process:
        with DataFolder.prepare(tmp_path), DataFolder.prepare(tmp_path):
            assert (tmp_path / ".lock").read_text() == ""
        process.communicate(b"")


@pytest.mark.parametrize(("theirs", "ours"), [("alone", "shared"), ("alone", "alone"), ("shared", "alone")])
def test_who_wants_a_folder_alone_has_it_alone(theirs: str, ours: str, tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path, theirs) as process:
        with pytest.raises(LaunchRefused) as refused:
            DataFolder.prepare(tmp_path, alone=ours == "alone")
        by = f"process {process.pid}" if theirs == "alone" else "another process"
        assert str(refused.value) == (
            f"The data folder {tmp_path} is in use by {by}; stop it, or name another folder with FREESTONE_DATA."
        )
        process.communicate(b"")
    DataFolder.prepare(tmp_path, alone=ours == "alone").close()


def test_of_those_who_share_a_folder_the_main_host_is_named(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    with DataFolder.prepare(tmp_path), run.claim("cart") as cart, run.claim("main") as main:
        cart.wire.touch()
        main.wire.touch()
        with pytest.raises(LaunchRefused, match=rf" is in use by process {os.getpid()}; stop it, "):
            DataFolder.prepare(tmp_path, alone=True)


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path, "alone") as process:
        process.kill()
        process.wait()
    assert (tmp_path / ".lock").read_text() == f"{process.pid}\n"
    with DataFolder.prepare(tmp_path):
        assert (tmp_path / ".lock").read_text() == ""


def test_a_closed_folder_names_no_holder(tmp_path: Path) -> None:
    folder = DataFolder.prepare(tmp_path, alone=True)
    assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"
    folder.close()
    folder.close()
    assert (tmp_path / ".lock").read_text() == ""


def test_a_socket_listens_at_once() -> None:
    with bind("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        assert listener.getsockname()[1] > 0


def test_a_port_in_use_is_refused() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LaunchRefused) as refused:
            bind("127.0.0.1", port)
    assert str(refused.value) == (
        f"Port {port} on 127.0.0.1 is in use by another program; stop it, or name another with FREESTONE_PORT."
    )


@pytest.mark.parametrize("host", ["no such host", "x" * 70, "256.1.1.1"])
def test_an_unknown_host_is_refused(host: str) -> None:
    with pytest.raises(LaunchRefused, match=rf"^The host {host} is unknown; name one of this machine's"):
        bind(host, 0)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(LaunchRefused, match=r"^The host 192\.0\.2\.1 is not this machine's"):
        bind("192.0.2.1", 0)


def test_a_forbidden_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(launch, "_listen", forbidden)
    with pytest.raises(LaunchRefused, match=r"^Port 80 on 127\.0\.0\.1 is not permitted to this user; .* above 1023"):
        bind("127.0.0.1", 80)


def test_a_name_whose_first_address_this_machine_lacks_is_served_on_its_next(monkeypatch: pytest.MonkeyPatch) -> None:
    here = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 0))
    elsewhere = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [elsewhere, here])
    with bind("localhost", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
