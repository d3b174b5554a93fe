"""`freestone serve`: run some modules in a process of their own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import typer
import uvloop

from app.config import HostTable, environment, load
from app.errors import LaunchRefused
from app.placement.child import Handover
from app.placement.runfolder import MOST_REPLICAS
from app.placement.topology import NAME_SIZE, check_name
from app.serve import ServeSpec, serve_host
from app.wire.address import parse
from app.wire.credentials import HostIdentity


def serve(
    modules: Annotated[list[str], typer.Argument(help="The modules that run here.")],
    *,
    name: Annotated[
        str | None, typer.Option(help="The host's name; where it is left out, that of the host with these modules.")
    ] = None,
    replica: Annotated[
        int | None, typer.Option(min=1, max=MOST_REPLICAS, help="Its number; where it is left out, a free one.")
    ] = None,
    listen: Annotated[
        list[str] | None,
        typer.Option(help="Where to listen beside the run folder: tcp://host:port, http://host:port, unix:/path."),
    ] = None,
    attended: Annotated[
        bool, typer.Option("--attended", hidden=True, help="Stop when no supervisor attends; it hands in who this is.")
    ] = False,
) -> None:
    """Run modules in this process, alone, for a store whose freestone.toml says so."""
    host = _name(modules, name, load(None, environment()).hosts)
    spec = ServeSpec(
        modules=tuple(modules),
        name=host,
        replica=replica,
        listen=tuple(map(parse, listen or ())),
        attended=attended,
        identity=_identity() if attended else None,
    )
    label = host if replica is None else f"{host}.{replica}"
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s %(levelname)-7s {label} %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    raise typer.Exit(uvloop.run(serve_host(spec, environment())))


def _name(modules: Sequence[str], given: str | None, hosts: Mapping[str, HostTable]) -> str:
    """Return the host's name; `LaunchRefused` where the topology has another host of that name."""
    for module in modules:
        if modules.count(module) > 1:
            raise LaunchRefused(f"Module {module} is named twice; once is enough.")
    alike = (name for name, table in hosts.items() if set(table.modules) == set(modules))
    name = given or next(alike, "_".join(modules))
    if len(name) > NAME_SIZE and given is None:
        raise LaunchRefused("Together these modules have too long a name for a host; give it one with --name.")
    check_name("--name", name)
    if name in hosts and set(hosts[name].modules) != set(modules):
        has = ", ".join(hosts[name].modules)
        raise LaunchRefused(f"Host {name} has {has} in freestone.toml; name those, or another host with --name.")
    return name


def _identity() -> HostIdentity:
    try:
        handed = msgspec.json.decode(sys.stdin.readline(), type=Handover)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise LaunchRefused(
            "--attended is for hosts that a supervisor starts, which hands them their identity; leave it out."
        ) from None
    return HostIdentity.parse(handed.identity)
