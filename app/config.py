"""Settings and topology, read once, at the top.

They come from `freestone.toml` in the working directory, or from the file that FREESTONE_CONFIG names;
the environment overrides them: FREESTONE_<KEY> those of [freestone] and [gateway],
FREESTONE_<MODULE>_<KEY> those of [modules.<module>]. An empty variable counts as absent. A variable
holds a plain value, or, for a list or a table, what would stand behind the equals sign in the file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from app.errors import LaunchRefused
from app.setting_source import PREFIX, owner, rather, read, read_file, subtable, variable_of, variables_of
from app.setting_types import Network, PublicUrl
from contracts.kit import Message

M = TypeVar("M", bound=Message)
Seconds = Annotated[float, Meta(gt=0, le=3600)]

FILE = "freestone.toml"
NOT_SETTINGS = ("FREESTONE_TEST_", "FREESTONE_REQUIRE_")
"""What the tests read from the environment."""


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """The front door. Sizes are in bytes, times in seconds.

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


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for the host as a whole.

    ``limit`` is how many calls each contract of a module may have under way.
    """

    data: Path = Path("data")
    production: bool = False
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1000


class Settings(HostSettings, frozen=True, kw_only=True):
    """Everything that was set; the modules' part as it stands, until each module's type is known."""

    gateway: GatewaySettings = GatewaySettings()
    file: str = FILE
    modules: Mapping[str, Mapping[str, Any]] = {}
    variables: Mapping[str, str] = {}
    known: frozenset[str] = frozenset()

    def check_modules(self, known: Collection[str]) -> Settings:
        """Return the settings of a host that has these modules; `LaunchRefused` where others are named."""
        for name in self.modules:
            if name not in known:
                raise LaunchRefused(f"{self.file}: [modules.{name}] is for no module{rather(name, known)}")
        for variable in self.variables:
            if owner(variable, known) is None:
                accepted = [*variables_of(HostSettings), *variables_of(GatewaySettings)]
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
        for field in msgspec.structs.fields(kind):
            if field.required and field.name not in values:
                raise LaunchRefused(
                    f"{place}: {field.name} is missing; set it there or in {variable_of(field.name, name)}."
                )
        return kind(**values)


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
        if title not in ("freestone", "gateway", "modules"):
            raise LaunchRefused(f"{file}: {title} stands outside of [freestone], [gateway] and [modules.<name>].")
    host = subtable(file, "freestone", tables.get("freestone", {}))
    gateway = subtable(file, "gateway", tables.get("gateway", {}))
    modules = subtable(file, "modules", tables.get("modules", {}))
    settled = {*variables_of(HostSettings), *variables_of(GatewaySettings)}
    return Settings(
        **read(HostSettings, f"{file}, [freestone]", host, given),
        gateway=GatewaySettings(**read(GatewaySettings, f"{file}, [gateway]", gateway, given)),
        file=file,
        modules={name: subtable(file, f"modules.{name}", modules[name]) for name in modules},
        variables={name: text for name, text in given.items() if name not in settled},
    )


def _as_if_for(module: str, variable: str) -> str:
    """The variable with its module's name, right or misspelt, replaced by this one's."""
    words = variable.removeprefix(PREFIX).split("_")
    return variable_of("_".join(words[module.count("_") + 1 :]), module)
