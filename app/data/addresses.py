"""Where each module's data is, by the settings: a role, a schema and a password of its own, made of one address.

At ``postgresql://freestone:secret@host/store`` the module catalog logs in as ``freestone_catalog``, to the schema of
that name. Its password is HMAC-SHA256 (RFC 2104) of the role's name under the one that is given, in hexadecimal: who
learns one module's learns no other's. Without a password there, there is none: for sockets, certificates, .pgpass.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import unquote, urlsplit

from app.config import Settings
from app.data.place import Place
from app.data.places import place_at
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused

LONGEST = 63
"""Letters in a role's name: what PostgreSQL keeps of one (NAMEDATALEN)."""


def place_of(module: str, settings: Settings) -> Place:
    """Return where the settings say a module's data is; it may have moved on from there."""
    address: str | None = settings.database.modules.get(module)
    if address is None and settings.database.url is not None:
        address = own_address(module, settings.database.url)
    if address is None or address == "sqlite":
        return SqliteFile(module, settings.data)
    return place_at(module, address)


def own_address(module: str, common: str) -> str:
    """Return a module's own address, made of the common one."""
    parts = urlsplit(common)
    role = f"{parts.username}_{module}"
    if len(role) > LONGEST:
        raise LaunchRefused(f"The role {role} has more than {LONGEST} letters; shorten the user in [database] url.")
    who = role
    if parts.password is not None:
        digest = hmac.new(unquote(parts.password).encode(), role.encode(), hashlib.sha256)
        who = f"{role}:{digest.hexdigest()}"
    return parts._replace(netloc=f"{who}@{parts.netloc.rpartition('@')[2]}").geturl()
