"""What can be wrong with a launch: how each is brought about, and the sentence that refuses it."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from app.data.migrations import prepare
from app.data.sqlite_place import SqliteFile
from app.launch import DataFolder
from app.placement.runfolder import RunFolder
from tests.serving import call, contents, environment

Settings = dict[str, str]


class BadLaunch(NamedTuple):
    """``spoil`` gets the path of the data folder, which is not there yet, and returns settings."""

    spoil: Callable[[Path], Settings | None]
    sentence: str


def refuses(bad: BadLaunch, *command: str, data: Path) -> None:
    """Check that the command ends with one sentence and exit code 2, and leaves everything as it was.

    A folder that was not locked before may hold an empty lock file afterwards.
    """
    environ = environment(data, **(bad.spoil(data) or {}))
    before = contents(data.parent)
    refused = call(*command, data=data, environ=environ)
    assert refused.stderr == bad.sentence.format(data=environ["FREESTONE_DATA"]) + "\n"
    assert refused.stdout == ""
    assert refused.returncode == 2
    assert contents(data.parent) in (before, before | {"data/.lock": hashlib.sha256().hexdigest()})


def refuses_beside_a_running_store(*command: str, data: Path) -> None:
    """Check that the command is refused while this process runs a store on the data folder."""
    with DataFolder.prepare(data), RunFolder(data).claim("main") as claim:
        claim.wire.touch()
        by = f"The data folder {{data}} is in use by process {os.getpid()}; stop it, or name another folder with "
        refuses(BadLaunch(lambda _: None, f"{by}FREESTONE_DATA."), *command, data=data)


def _toml(text: str) -> Callable[[Path], None]:
    def spoil(data: Path) -> None:
        data.with_name("freestone.toml").write_text(text)

    return spoil


def _file_as_folder(data: Path) -> None:
    data.write_text("not a folder")


def _proc(_: Path) -> Settings:
    if not Path("/proc/self").is_dir():
        pytest.skip("there is no /proc, a file system that even root cannot write to")
    return {"DATA": "/proc/freestone"}


def _newer_database(data: Path) -> None:
    data.mkdir()
    file = data / "catalog.sqlite"
    prepare(SqliteFile("catalog", data), Path(import_module("modules.catalog").__path__[0], "migrations"))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE freestone_meta SET value = '9002' WHERE name = 'revision'")
        connection.execute("UPDATE freestone_meta SET value = '9001' WHERE name = 'oldest'")


def _foreign_file(data: Path) -> None:
    data.mkdir()
    (data / "payments.sqlite").write_text("This is no database." * 100)


def _damaged_key(data: Path) -> None:
    data.mkdir()
    (data / "actor.key").write_bytes(b"short")


SETTINGS = {
    "syntax": BadLaunch(
        _toml("[gateway\n"),
        "The settings file freestone.toml is not TOML: Expected ']' at the end of a table declaration "
        "(at line 1, column 9).",
    ),
    "unknown key": BadLaunch(
        _toml("[gateway]\nprot = 80\n"), "freestone.toml, [gateway]: prot is not a setting; did you mean port?"
    ),
    "wrong type": BadLaunch(
        _toml("[gateway]\nport = 'http'\n"),
        "freestone.toml, [gateway] port takes a whole number from 0 to 65535, not 'http'.",
    ),
    "unknown module": BadLaunch(
        _toml("[modules.catalogue]\n"), "freestone.toml: [modules.catalogue] is for no module; did you mean catalog?"
    ),
    "module's wrong type": BadLaunch(
        lambda _: {"ORDERS_CONCURRENCY": "many"},
        "FREESTONE_ORDERS_CONCURRENCY takes a whole number from 1 to 1000, not 'many'.",
    ),
}
FOLDERS = {
    "a file as the folder": BadLaunch(
        _file_as_folder, "The data folder {data} is a file; name a folder with FREESTONE_DATA."
    ),
    "unwritable folder": BadLaunch(_proc, "The data folder {data} cannot be created: No such file or directory."),
    "damaged key": BadLaunch(
        _damaged_key,
        "The key {data}/actor.key is damaged (5 bytes, not 32); restore it, or remove it to end all sessions.",
    ),
    "foreign file": BadLaunch(
        _foreign_file,
        "The database of module payments, {data}/payments.sqlite, cannot be used: file is not a database.",
    ),
    "newer database": BadLaunch(
        _newer_database,
        "The database of module catalog, {data}/catalog.sqlite, is at revision 9002, which this code is too old for: "
        "it ends at 0001, and the oldest that will do is 9001.",
    ),
}
