"""The tables of the settings file, and what each of their keys means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from app.setting_types import DatabaseUrl, DataPlace, Network, PublicUrl

Seconds = Annotated[float, Meta(gt=0, le=3600)]
Token = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._~+/-]{16,512}=*$(?!\n)",
        extra_json_schema={"description": "text of 16 to 512 letters, digits and -._~+/, such as a random one"},
    ),
]
"""A bearer token as RFC 6750, section 2.1, has it; long enough that nobody guesses it."""
TokenName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_-]{0,39}$(?!\n)",
        extra_json_schema={"description": "up to 40 small letters, digits, - and _, with a letter first"},
    ),
]


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """[freestone]: what holds for every host.

    ``limit`` is how many calls each contract of a module may have under way. ``strict`` sends every call
    through the codec, also those within a process, as if each module ran elsewhere: for development. ``patience`` is
    how many times its deadline an operation has, for a debugger or a slow machine: in production 1, as contracts say.
    At ``address`` hosts on other machines find the main one, which listens there. ``keep_events`` is for how many days
    published events are kept, for those that read them late. Modules that can audit do so every ``audit_seconds``, or
    with 0 when somebody asks: seldom enough to cost next to nothing, often enough that a fault is told in minutes.
    """

    data: Path = Path("data")
    production: bool = False
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    strict: bool = False
    patience: Annotated[float, Meta(ge=1, le=1000)] = 1.0
    address: str | None = None
    keep_events: Annotated[int, Meta(ge=1, le=3650)] = 30
    audit_seconds: Annotated[float, Meta(ge=0, le=7 * 86_400)] = 300.0


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """[gateway]: the front door. Sizes are in bytes, times in seconds.

    ``public_url`` is how people reach the store; https there makes cookies secure. ``request_deadline`` is
    for a page as a whole, ``receive_timeout`` for the arrival of a request's body. What ``trusted_proxies``
    say of the client in X-Forwarded-For, X-Forwarded-Proto and X-Request-ID is believed.
    """

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    public_url: PublicUrl | None = None
    max_body: Annotated[int, Meta(ge=1024, le=1 << 30)] = 1 << 20
    receive_timeout: Seconds = 20.0
    request_deadline: Seconds = 25.0
    trusted_proxies: tuple[Network, ...] = ()


class DoorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """[door]: who may call operations over HTTP. Without ``tokens``, by name, that is this machine alone."""

    tokens: Mapping[TokenName, Token] = {}


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """[database]: where modules keep their data, if not in SQLite files in the data folder.

    At ``url`` each module has a role, a schema and a password of its own, made of the user and the password there
    (`app.data.addresses`). ``modules`` names the place of single ones, exactly as it is.
    """

    url: DatabaseUrl | None = None
    modules: Mapping[str, DataPlace] = {}


class TlsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """[tls]: PEM files with which hosts on several machines prove to each other who they are."""

    certificate: Path
    key: Path
    authority: Path


class HostTable(msgspec.Struct, frozen=True, kw_only=True):
    """[hosts.<name>]: modules that run outside of the main process; None and nothing stand for what was left out.

    ``start`` false says that somebody else starts it on this machine, ``addresses`` that it runs elsewhere. To one
    with an http address ``token`` is shown with every call.
    """

    modules: tuple[str, ...]
    replicas: Annotated[int, Meta(ge=1, le=64)] | None = None
    start: bool | None = None
    addresses: tuple[str, ...] = ()
    token: Token | None = None
