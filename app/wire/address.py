"""Where a host listens, as a text in settings and command lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from app.errors import LaunchRefused


class Address(msgspec.Struct, frozen=True):
    """One address: ``unix:<path>``, ``tcp://<host>:<port>`` (mutual TLS), ``http://…`` or ``https://…``.

    ``place`` is a socket's path, an HTTP base URL without a slash at its end, or the host's name or number for
    ``tcp``, which alone has a ``port``. ``str()`` gives the text.
    """

    scheme: Literal["unix", "tcp", "http"]
    place: str
    port: int = 0

    def __str__(self) -> str:
        if self.scheme == "unix":
            return f"unix:{self.place}"
        if self.scheme == "http":
            return self.place
        host = f"[{self.place}]" if ":" in self.place else self.place
        return f"tcp://{host}:{self.port}"


def unix(path: Path) -> Address:
    """Return the address of a Unix socket."""
    return Address("unix", str(path))


def parse(text: str) -> Address:
    """Read an address; `LaunchRefused` with the forms there are for any other text."""
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Address("unix", text.removeprefix("unix:"))
    if re.fullmatch(r"https?://[^/?#@\s]+(/[^?#\s]*)?", text) and _can_be(text):
        return Address("http", text.rstrip("/"))
    found = re.fullmatch(r"tcp://(?:\[([0-9A-Fa-f:.]+)\]|([^/:?#@\s\[\]]+)):(\d{1,5})", text)
    if found is None or not _can_be(text):
        raise LaunchRefused(
            f"{text!r} is no address; say unix:/path/to/socket, tcp://host:port, http://host:port or https://host:port."
        )
    return Address("tcp", found[1] or found[2], int(found[3]))


def _can_be(url: str) -> bool:
    """Say whether a URL's host and port are within what there is: names' parts are short, and ports end at 65535."""
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        return parts.port is None or parts.port <= 65535
    except ValueError:
        return False
