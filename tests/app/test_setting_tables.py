"""The tables for hosts, TLS and the door: what they take, and that no secret is ever shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app.config import DoorSettings, HostTable, TlsSettings, load
from app.errors import LaunchRefused

SECRET = "k9Zq-3vTfX0wBn_8"
Write = Callable[[str], Path]
TOKENS = "text of 16 to 512 letters, digits and -._~+/, such as a random one"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "freestone.toml"
        file.write_text(text, "utf-8")
        return file

    return write


def refusal(file: Path, environ: Mapping[str, str] | None = None) -> str:
    """The sentence with which settings are refused, without the folder of their file."""
    with pytest.raises(LaunchRefused) as caught:
        load(file, environ or {})
    return str(caught.value).replace(f"{file.parent}/", "")


def test_hosts_are_read_with_what_was_left_out_left_open(write: Write) -> None:
    settings = load(write('[hosts.shelf]\nmodules = ["catalog"]\nreplicas = 2\n[hosts.x]\nmodules = ["cart"]'), {})
    assert settings.hosts == {"shelf": HostTable(modules=("catalog",), replicas=2), "x": HostTable(modules=("cart",))}


def test_door_and_tls_are_overridden_under_their_own_names(write: Write) -> None:
    environ = {
        "FREESTONE_DOOR_TOKENS": f'{{partner = "{SECRET}"}}',
        "FREESTONE_TLS_KEY": "/srv/host.key",
        "FREESTONE_STRICT": "true",
    }
    file = write(f'[door]\ntokens = {{old = "old-{SECRET}"}}\n[tls]\ncertificate = "a"\nkey = "b"\nauthority = "c"')
    settings = load(file, environ)
    assert settings.door == DoorSettings(tokens={"partner": SECRET})
    assert settings.tls == TlsSettings(certificate=Path("a"), key=Path("/srv/host.key"), authority=Path("c"))
    assert settings.strict
    assert settings.check_modules(()).variables == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[hosts.x]", "freestone.toml, [hosts.x]: modules is missing; set it there."),
        (
            "[hosts.x]\nmodules = 'cart'",
            "freestone.toml, [hosts.x] modules takes a list, each item text, not 'cart'.",
        ),
        (
            "[hosts.x]\nmodules = ['cart']\nreplicas = 65",
            "freestone.toml, [hosts.x] replicas takes a whole number from 1 to 64, not 65.",
        ),
        (
            "[hosts.x]\nmodules = ['cart']\nreplica = 2",
            "freestone.toml, [hosts.x]: replica is not a setting; did you mean replicas?",
        ),
        ("[hosts]\nx = 1", "freestone.toml: hosts.x must be a table; write [hosts.x] above its keys."),
        (
            "[tls]\nkey = 'a'",
            "freestone.toml, [tls]: certificate is missing; set it there or in FREESTONE_TLS_CERTIFICATE.",
        ),
        (
            f"[door]\ntokens = {{ann = '{SECRET}', bob = '{SECRET}'}}",
            "freestone.toml, [door] tokens: ann and bob have the same token; give each its own.",
        ),
        (
            f"[door]\ntokens = {{'Ann B' = '{SECRET}'}}",
            (
                "freestone.toml, [door] tokens: the name Ann B takes up to 40 small letters, digits, - and _, "
                "with a letter first, not 'Ann B'."
            ),
        ),
    ],
)
def test_a_wrong_table_is_refused(write: Write, text: str, sentence: str) -> None:
    assert refusal(write(text)) == sentence


@pytest.mark.parametrize(
    ("text", "environ", "sentence"),
    [
        ("tokens = {ann = 'hunter2'}", {}, f"freestone.toml, [door] tokens.ann takes {TOKENS}."),
        ("tokens = {ann = 1234567890123456}", {}, f"freestone.toml, [door] tokens.ann takes {TOKENS}."),
        (f"tokens = '{SECRET}'", {}, f"freestone.toml, [door] tokens takes a table, each value {TOKENS}."),
        ("", {"FREESTONE_DOOR_TOKENS": SECRET}, f"FREESTONE_DOOR_TOKENS takes a table, each value {TOKENS}."),
        ("", {"FREESTONE_DOOR_TOKENS": '{ann = "hunter2"}'}, f"FREESTONE_DOOR_TOKENS.ann takes {TOKENS}."),
    ],
)
def test_a_wrong_token_is_refused_without_showing_it(
    write: Write, text: str, environ: Mapping[str, str], sentence: str
) -> None:
    assert refusal(write(f"[door]\n{text}"), environ) == sentence
