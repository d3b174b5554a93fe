"""`freestone serve`: what it takes a host to be, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from app.cli import serve
from app.placement.child import Handover
from app.serve import ServeSpec
from app.wire.address import Address
from app.wire.credentials import issue
from tests.app.cli.commands import freestone


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ServeSpec]:
    """What would have been served."""
    specs: list[ServeSpec] = []

    async def note(spec: ServeSpec, environ: Mapping[str, str]) -> int:
        specs.append(spec)
        return 7

    monkeypatch.setattr(serve, "serve_host", note)
    monkeypatch.setattr("logging.basicConfig", lambda **options: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "freestone.toml").write_text('[hosts.till]\nmodules = ["cart", "orders"]\n')
    return specs


def test_a_host_has_the_name_that_the_topology_gives_to_its_modules(served: list[ServeSpec]) -> None:
    assert freestone("serve", "orders", "cart").code == 7
    assert freestone("serve", "catalog", "inventory").code == 7
    assert freestone("serve", "catalog", "--name", "shelf").code == 7
    assert [(spec.modules, spec.name) for spec in served] == [
        (("orders", "cart"), "till"),
        (("catalog", "inventory"), "catalog_inventory"),
        (("catalog",), "shelf"),
    ]
    assert served[0] == ServeSpec(modules=("orders", "cart"), name="till")


def test_it_listens_where_it_is_told(served: list[ServeSpec]) -> None:
    freestone("serve", "catalog", "--replica", "3", "--listen", "tcp://0.0.0.0:7000", "--listen", "http://[::1]:80")
    assert served[0].replica == 3
    assert served[0].listen == (Address("tcp", "0.0.0.0", 7000), Address("http", "http://[::1]:80"))


def test_an_attended_host_is_handed_its_identity(served: list[ServeSpec]) -> None:
    identity = issue(bytes(32), "shelf", ("catalog",))
    line = msgspec.json.encode(Handover(identity.text())).decode() + "\n"
    done = freestone("serve", "catalog", "--name", "shelf", "--replica", "1", "--attended", given=line)
    assert done.code == 7
    assert served[0].attended
    assert served[0].identity == identity


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("cart", "--name", "main"),
            "--name: main is the process that serves the gateway; give this host another name.",
        ),
        (
            ("cart", "--name", "A b"),
            "--name: a host's name is in snake case, such as main, with at most 32 characters.",
        ),
        (
            ("cart", "--name", "till"),
            "Host till has cart, orders in freestone.toml; name those, or another host with --name.",
        ),
        (("cart", "cart"), "Module cart is named twice; once is enough."),
        (
            ("accounts", "cart", "catalog", "inventory", "payments"),
            "Together these modules have too long a name for a host; give it one with --name.",
        ),
        (
            ("cart", "--listen", "0.0.0.0:7000"),
            (
                "'0.0.0.0:7000' is no address; say unix:/path/to/socket, tcp://host:port, http://host:port or "
                "https://host:port."
            ),
        ),
        (
            ("cart", "--attended"),
            "--attended is for hosts that a supervisor starts, which hands them their identity; leave it out.",
        ),
    ],
)
def test_what_cannot_be_served_is_refused(arguments: tuple[str, ...], sentence: str, served: list[ServeSpec]) -> None:
    assert freestone("serve", *arguments) == (2, "", sentence + "\n")
    assert served == []
