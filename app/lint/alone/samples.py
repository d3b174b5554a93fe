"""What the probe shall call a module with: made by who starts it, since the probe's own process has no means to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec


class Samples(msgspec.Struct, frozen=True):
    """Values, encoded as they cross: ``calls`` has maps of arguments as MessagePack, by contract (``catalog.v1``) and
    operation; ``events`` payloads as JSON, by code."""

    calls: Mapping[str, Mapping[str, tuple[bytes, ...]]] = {}
    events: Mapping[str, tuple[bytes, ...]] = {}

    @classmethod
    def read(cls, file: Path) -> Samples:
        """Read them from a file; `msgspec.MsgspecError` for anything else."""
        return msgspec.msgpack.decode(file.read_bytes(), type=cls)

    def write(self, file: Path) -> None:
        """Write them to a file."""
        file.write_bytes(msgspec.msgpack.encode(self))
