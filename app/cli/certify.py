"""`freestone certify`: make a host's certificate for calls between machines."""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.errors import LaunchRefused
from app.wire.certificates import Pair, make_authority, make_certificate, valid_until

AUTHORITY = "authority"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def certify(
    hosts: Annotated[
        list[str], typer.Argument(help="The host's name; several for hosts that share a machine and its settings.")
    ],
    *,
    modules: Annotated[
        str, typer.Option(help="The modules that run there, with commas; host among them lets it supervise others.")
    ],
    out: Annotated[Path, typer.Option(help="Where the files lie; the authority is made there once.")] = Path("tls"),
) -> None:
    """Make, or make anew, the certificate with which a host proves over TCP which modules it runs."""
    names = [each.strip() for each in modules.split(",") if each.strip()]
    _check(hosts, names)
    host, *beside = hosts
    now = datetime.now(UTC)
    authority = _authority(out, now)
    try:
        pair = make_certificate(authority, host, names, now, beside=beside)
    except ValueError:
        raise LaunchRefused(
            f"{AUTHORITY}.crt and {AUTHORITY}.key in {out} are damaged; restore them, or name another folder "
            "with --out, in which a new authority is made."
        ) from None
    _write(out, host, pair)
    print(
        f"Made {out / host}.crt and its key {out / host}.key for {', '.join(hosts)} with {', '.join(names)}, "
        f"until {valid_until(pair):%Y-%m-%d}."
    )
    print(
        f"Copy both and {AUTHORITY}.crt into a folder tls on that machine, and say in its freestone.toml: "
        f'[tls], and below it, each on a line, certificate = "tls/{host}.crt", key = "tls/{host}.key" and '
        f'authority = "tls/{AUTHORITY}.crt".'
    )


def _check(hosts: list[str], modules: list[str]) -> None:
    if AUTHORITY in hosts:
        raise LaunchRefused(f"No host can be called {AUTHORITY}: the authority's own files are; choose another name.")
    if not modules:
        raise LaunchRefused("No module is named; say which run there, as in --modules catalog,inventory.")
    for name in (*hosts, *modules):
        if not _NAME.fullmatch(name):
            raise LaunchRefused(f"{name!r} is no name of a host or module; use letters, digits, _ and -.")


def _authority(out: Path, now: datetime) -> Pair:
    certificate, key = out / f"{AUTHORITY}.crt", out / f"{AUTHORITY}.key"
    try:
        out.mkdir(0o700, parents=True, exist_ok=True)
        if certificate.exists() and key.exists():
            return Pair(certificate.read_bytes(), key.read_bytes())
    except OSError as error:
        raise LaunchRefused(f"The folder {out} cannot be used: {error.strerror}.") from None
    for there, missing in ((certificate, key), (key, certificate)):
        if there.exists():
            raise LaunchRefused(
                f"{there} is there and {missing.name} is not; work where both are, "
                "or name another folder with --out, in which a new authority is made."
            )
    authority = make_authority(now)
    _write(out, AUTHORITY, authority)
    print(
        f"Made a new authority: {certificate}, which every host needs, and {key}, "
        "which stays here: whoever has it can pose as any module."
    )
    return authority


def _write(out: Path, name: str, pair: Pair) -> None:
    for suffix, content in (("key", pair.key), ("crt", pair.certificate)):
        path = out / f"{name}.{suffix}"
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if suffix == "key" else 0o644)
            with os.fdopen(file, "wb") as stream:
                stream.write(content)
            draft.replace(path)
        except OSError as error:
            raise LaunchRefused(f"{path} cannot be written: {error.strerror}.") from None
