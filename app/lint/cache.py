"""What was read of the files the last time, kept in `.freestone_cache/`.

A reading holds for one content of one file, under one version of Python and one state of the checks' own sources; a
cache that is damaged, or that cannot be written, is as good as none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from app.lint.reading import Reading, digest_of

FOLDER = ".freestone_cache"


class _Kept(msgspec.Struct):
    made_by: bytes
    readings: dict[str, Reading]


class Cache:
    """The readings of the last check, by the name of the file: one file for all, replaced as a whole."""

    def __init__(self, root: Path) -> None:
        self._path = root / FOLDER / f"readings-{sys.implementation.cache_tag}.msgpack"
        self._made_by = _made_by()

    def load(self) -> dict[str, Reading]:
        """Return what was kept, nothing if it is of no use."""
        try:
            kept = msgspec.msgpack.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}
        return kept.readings if kept.made_by == self._made_by else {}

    def store(self, readings: Mapping[str, Reading]) -> None:
        """Keep these readings and no others."""
        data = msgspec.msgpack.encode(_Kept(self._made_by, dict(readings)))
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            (self._path.parent / ".gitignore").write_text("*\n")
            write_whole(self._path, data)


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file at once, so that nobody reads half of it, nor two writers mix."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        if path.exists():
            shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _made_by() -> bytes:
    """Return what changes whenever a reader may read otherwise: Python's version and the sources of the checks."""
    here = Path(__file__).parent
    files = sorted(here.rglob("*.py"))
    return digest_of(sys.version, b"".join(digest_of(str(file.relative_to(here)), file.read_bytes()) for file in files))
