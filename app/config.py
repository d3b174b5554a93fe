"""Settings and topology, read once, at the top.

They come from `freestone.toml` in the working directory, or from the file that FREESTONE_CONFIG names;
the environment overrides them: FREESTONE_<KEY> those of [freestone] and [gateway], FREESTONE_DATABASE_<KEY>,
FREESTONE_DOOR_<KEY> and FREESTONE_TLS_<KEY> those of [database], [door] and [tls], FREESTONE_<MODULE>_<KEY> those of
[modules.<module>]. An empty
variable counts as absent. A variable holds a plain value, or, for a list or a table, what would stand behind
the equals sign in the file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app.errors import LaunchRefused
from app.setting_source import PREFIX, owner, rather, read, read_file, require, subtable, variable_of, variables_of
from app.setting_tables import DatabaseSettings as DatabaseSettings
from app.setting_tables import DoorSettings as DoorSettings
from app.setting_tables import GatewaySettings as GatewaySettings
from app.setting_tables import HostSettings as HostSettings
from app.setting_tables import HostTable as HostTable
from app.setting_tables import TlsSettings as TlsSettings
from contracts.kit import Message

M = TypeVar("M", bound=Message)

FILE = "freestone.toml"
NOT_SETTINGS = ("FREESTONE_TEST_", "FREESTONE_REQUIRE_", "FREESTONE_ADMIN_", "FREESTONE_TO_")
"""What the tests, and single commands, read from the environment."""


class Settings(HostSettings, frozen=True, kw_only=True):
    """Everything that was set; the modules' part as it stands, until each module's type is known."""

    gateway: GatewaySettings = GatewaySettings()
    database: DatabaseSettings = DatabaseSettings()
    door: DoorSettings = DoorSettings()
    tls: TlsSettings | None = None
    hosts: Mapping[str, HostTable] = {}
    file: str = FILE
    modules: Mapping[str, Mapping[str, Any]] = {}
    variables: Mapping[str, str] = {}
    known: frozenset[str] = frozenset()

    def check_modules(self, known: Collection[str]) -> Settings:
        """Return the settings of a host that has these modules; `LaunchRefused` where others are named."""
        for name in self.modules:
            if name not in known:
                raise LaunchRefused(f"{self.file}: [modules.{name}] is for no module{rather(name, known)}")
        for name in self.database.modules:
            if name not in known:
                raise LaunchRefused(f"{self.file}, [database] modules: there is no module {name}{rather(name, known)}")
        for variable in self.variables:
            if owner(variable, known) is None:
                accepted = [variable for kind, group in _TABLES for variable in variables_of(kind, group)]
                accepted += [_as_if_for(name, variable) for name in known]
                raise LaunchRefused(f"{variable} is not a setting{rather(variable, accepted)}")
        return msgspec.structs.replace(self, known=frozenset(known))

    def module_settings(self, name: str, kind: type[M]) -> M:
        """Return a module's settings; `LaunchRefused` naming the key that is unknown, missing or wrong.

        A module without settings has `Message` for its ``kind``.
        """
        place = f"{self.file}, [modules.{name}]"
        known = self.known | {name}
        own = {variable: text for variable, text in self.variables.items() if owner(variable, known) == name}
        accepted = variables_of(kind, name)
        for variable in own:
            if variable not in accepted:
                raise LaunchRefused(f"{variable} is not a setting{rather(variable, accepted)}")
        values = read(kind, place, self.modules.get(name, {}), own, name)
        require(kind, place, values, name)
        return kind(**values)


def environment() -> Mapping[str, str]:
    """Return the environment of this process; nothing else reads it, but is handed it."""
    return os.environ


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings; `LaunchRefused` names the file and the key, or the variable, that is wrong.

    ``path`` names a file that must exist; without it, FREESTONE_CONFIG does; without both,
    `freestone.toml` is read where it exists. What names a module is checked by `check_modules`.
    """
    given = {
        name: text.strip()
        for name, text in sorted(environ.items())
        if name.startswith(PREFIX) and not name.startswith(NOT_SETTINGS) and text.strip()
    }
    named = given.pop("FREESTONE_CONFIG", None)
    file = str(path or named or FILE)
    tables = read_file(Path(file), optional=not (path or named))
    for title in tables:
        if title not in ("freestone", "gateway", "database", "door", "tls", "hosts", "modules"):
            raise LaunchRefused(
                f"{file}: {title} stands outside of [freestone], [gateway], [database], [door], [tls], "
                "[hosts.<name>] and [modules.<name>]."
            )
    found = {title: subtable(file, title, tables.get(title, {})) for title in ("hosts", "modules")}
    settled = {variable for kind, group in _TABLES for variable in variables_of(kind, group)}
    general = _read(file, tables, given, HostSettings, "freestone")
    if general.get("production") and general.get("patience", 1) != 1:
        raise LaunchRefused(f"{file}, [freestone]: patience is for development; in production leave it out.")
    return Settings(
        **general,
        gateway=GatewaySettings(**_read(file, tables, given, GatewaySettings, "gateway")),
        database=DatabaseSettings(**_read(file, tables, given, DatabaseSettings, "database")),
        door=_door(file, _read(file, tables, given, DoorSettings, "door")),
        tls=_tls(file, _read(file, tables, given, TlsSettings, "tls")),
        hosts={name: _host(file, name, table) for name, table in found["hosts"].items()},
        file=file,
        modules={name: subtable(file, f"modules.{name}", table) for name, table in found["modules"].items()},
        variables={name: text for name, text in given.items() if name not in settled},
    )


_TABLES: tuple[tuple[type[msgspec.Struct], str | None], ...] = (
    (HostSettings, None),
    (GatewaySettings, None),
    (DatabaseSettings, "database"),
    (DoorSettings, "door"),
    (TlsSettings, "tls"),
)
"""The tables that variables override, each with what stands in their names before the key."""


def _read(
    file: str, tables: Mapping[str, Any], given: Mapping[str, str], kind: type[msgspec.Struct], title: str
) -> dict[str, Any]:
    return read(kind, f"{file}, [{title}]", subtable(file, title, tables.get(title, {})), given, dict(_TABLES)[kind])


def _door(file: str, values: Mapping[str, Any]) -> DoorSettings:
    door, names = DoorSettings(**values), dict[str, str]()
    for name, token in door.tokens.items():
        if (other := names.setdefault(token, name)) != name:
            raise LaunchRefused(f"{file}, [door] tokens: {other} and {name} have the same token; give each its own.")
    return door


def _tls(file: str, values: Mapping[str, Any]) -> TlsSettings | None:
    if not values:
        return None
    require(TlsSettings, f"{file}, [tls]", values, "tls")
    return TlsSettings(**values)


def _host(file: str, name: str, found: object) -> HostTable:
    place = f"{file}, [hosts.{name}]"
    values = read(HostTable, place, subtable(file, f"hosts.{name}", found), {})
    require(HostTable, place, values, None)
    return HostTable(**values)


def _as_if_for(module: str, variable: str) -> str:
    """The variable with its module's name, right or misspelt, replaced by this one's."""
    words = variable.removeprefix(PREFIX).split("_")
    return variable_of("_".join(words[module.count("_") + 1 :]), module)
