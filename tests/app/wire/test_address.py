"""An address is written one way, and everything else is refused with the forms there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import LaunchRefused
from app.wire.address import Address, parse, unix

GOOD = {
    "unix:/run/freestone/catalog.1.sock": Address("unix", "/run/freestone/catalog.1.sock"),
    "unix:with spaces/ž.sock": Address("unix", "with spaces/ž.sock"),
    "tcp://127.0.0.1:0": Address("tcp", "127.0.0.1", 0),
    "tcp://catalog.internal:65535": Address("tcp", "catalog.internal", 65535),
    "tcp://[::1]:7001": Address("tcp", "::1", 7001),
    "http://127.0.0.1:8001": Address("http", "http://127.0.0.1:8001"),
    "https://store.example/below/here": Address("http", "https://store.example/below/here"),
}


@pytest.mark.parametrize(("text", "address"), GOOD.items())
def test_an_address_is_read_and_written_the_same_way(text: str, address: Address) -> None:
    assert parse(text) == address
    assert str(address) == text


def test_a_base_url_has_no_slash_at_its_end() -> None:
    assert str(parse("http://127.0.0.1:8001/")) == "http://127.0.0.1:8001"
    assert str(parse("https://store.example/below//")) == "https://store.example/below"


def test_a_sockets_path_is_an_address() -> None:
    assert unix(Path("/run/a.sock")) == parse("unix:/run/a.sock")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "catalog",
        "unix:",
        "unix",
        "tcp:127.0.0.1:7001",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://:7001",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:-1",
        "tcp://127.0.0.1:70010000",
        "tcp://::1:7001",
        "tcp://[::1]",
        "tcp://[127.0.0.1:7001",
        "tcp://user@host:7001",
        "tcp://host:7001/",
        "tcp://host?a:7001",
        "http://user:password@host",
        "tcp://a host:7001",
        "tcp://host:7001\n",
        "http://",
        "http:///path",
        "http://host:65536",
        "http://host:port",
        "http://a..host",
        "http://[::1",
        "tcp://a..host:7000",
        f"tcp://{'a' * 64}.example:7000",
        "http://host?query",
        "http://host/path#fragment",
        "http://a host/",
        "http://host/a path",
        "http://host\n",
        "ftp://host:21",
        " tcp://host:7001",
    ],
)
def test_what_is_none_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(LaunchRefused, match=r"is no address; say unix:/path/to/socket, tcp://host:port, http://"):
        parse(text)
