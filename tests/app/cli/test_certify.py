"""`freestone certify`: an authority once, and a certificate with which a host is let in."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.cli.certify import certify
from app.errors import LaunchRefused
from app.wire.tls import load

app = typer.Typer()
app.command()(certify)


def call(folder: Path, *arguments: str) -> list[str]:
    """Call the command in a folder of its own, and return the lines it printed."""
    shown = CliRunner().invoke(app, [*arguments, "--out", str(folder)], catch_exceptions=False)
    assert shown.exit_code == 0
    return shown.stdout.splitlines()


def use(folder: Path, host: str, *modules: str) -> None:
    load(folder / f"{host}.crt", folder / f"{host}.key", folder / "authority.crt", host, modules)


def test_the_first_makes_the_authority_and_all_can_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    first, second = call(folder, "shelf", "--modules", "catalog, inventory"), call(folder, "main", "--modules", "host")
    assert [line.split()[0] for line in first] == ["Made", "Made", "Copy"]
    assert first[0].startswith("Made a new authority:")
    assert [line.split()[0] for line in second] == ["Made", "Copy"]
    use(folder, "shelf", "catalog", "inventory")
    use(folder, "main", "host")


def test_hosts_on_one_machine_share_the_certificate_of_the_first(tmp_path: Path) -> None:
    call(tmp_path, "main", "shelf", "--modules", "catalog,host")
    certificate, key, authority = (tmp_path / name for name in ("main.crt", "main.key", "authority.crt"))
    assert load(certificate, key, authority, "main", ["host"])
    assert load(certificate, key, authority, "shelf", ["catalog"])


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    call(folder, "shelf", "--modules", "catalog")
    modes = {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}
    assert set(modes) == {"authority.crt", "authority.key", "shelf.crt", "shelf.key"}
    assert modes["authority.key"] == modes["shelf.key"] == 0o600


def test_what_it_says_for_the_settings_names_the_files(tmp_path: Path) -> None:
    said = call(tmp_path, "shelf", "--modules", "catalog")[-1]
    for setting in ('certificate = "tls/shelf.crt"', 'key = "tls/shelf.key"', 'authority = "tls/authority.crt"'):
        assert setting in said


def test_a_host_can_be_certified_anew(tmp_path: Path) -> None:
    call(tmp_path, "shelf", "--modules", "catalog")
    before = (tmp_path / "shelf.key").read_bytes(), (tmp_path / "authority.key").read_bytes()
    call(tmp_path, "shelf", "--modules", "catalog,cart")
    assert (tmp_path / "shelf.key").read_bytes() != before[0]
    assert (tmp_path / "authority.key").read_bytes() == before[1]
    use(tmp_path, "shelf", "catalog", "cart")


@pytest.mark.parametrize(
    ("host", "modules", "sentence"),
    [
        ("authority", "catalog", "No host can be called authority"),
        ("shelf", " ,", "No module is named"),
        ("../shelf", "catalog", "no name of a host or module"),
        ("shelf", "cata/log", "no name of a host or module"),
        ("", "catalog", "no name of a host or module"),
    ],
)
def test_names_that_cannot_be_are_refused_before_anything_is_written(
    tmp_path: Path, host: str, modules: str, sentence: str
) -> None:
    with pytest.raises(LaunchRefused, match=sentence):
        call(tmp_path, host, "--modules", modules)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["crt", "key"])
def test_half_an_authority_is_not_replaced(tmp_path: Path, missing: str) -> None:
    call(tmp_path, "shelf", "--modules", "catalog")
    (tmp_path / f"authority.{missing}").unlink()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises(LaunchRefused, match=rf"is there and authority\.{missing} is not; work where both are"):
        call(tmp_path, "shelf", "--modules", "catalog")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_damaged_authority_is_refused(tmp_path: Path) -> None:
    call(tmp_path, "shelf", "--modules", "catalog")
    (tmp_path / "authority.key").write_bytes(b"?")
    with pytest.raises(LaunchRefused, match=r"authority\.crt and authority\.key .* are damaged"):
        call(tmp_path, "shelf", "--modules", "catalog")


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("")
    with pytest.raises(LaunchRefused, match=r"^The folder .*/tls cannot be used: File exists\.$"):
        call(tmp_path / "tls", "shelf", "--modules", "catalog")
