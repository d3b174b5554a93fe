"""`freestone database`: where the modules' data is, and the roles and schemas for it on a PostgreSQL server."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from app.assembly import assemble
from app.cli.modules import console
from app.config import environment
from app.data.addresses import place_of
from app.data.place import Place
from app.data.places import copy_at, follow
from app.errors import LaunchRefused
from app.setting_source import rather

app = typer.Typer(help="Where the modules' data is.", no_args_is_help=True)

Admin = Annotated[
    str,
    typer.Option(
        envvar="FREESTONE_ADMIN_URL",
        help="Where to log in as somebody who may create roles, such as postgresql://postgres@host/database.",
    ),
]


@app.command("prepare")
def prepare(admin: Admin) -> None:
    """Make each module's role and schema on the PostgreSQL server that the settings name, and set the passwords.

    What is there already stays. Each role can use its own schema and nothing of another's.
    """
    schemas = [place for place in _places() if not place.address.startswith("sqlite:")]
    if not schemas:
        raise LaunchRefused("The settings name no PostgreSQL server; do that with FREESTONE_DATABASE_URL.")
    from app.data import roles
    from app.data.postgresql import Schema

    made = roles.prepare(admin, [each for each in schemas if isinstance(each, Schema)])
    print("\n".join(f"Made {each}." for each in made) or "Everything was there already.")


@app.command("list")
def list_() -> None:
    """List where each module's data is."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("module", "data", "state"):
        table.add_column(column, overflow="fold")
    for place in _places():
        try:
            there = follow(place)
            copy = copy_at(there)
            state: str = "not made yet" if copy is None else copy.state
        except LaunchRefused as refusal:
            there, state = place, str(refusal)
        table.add_row(place.module, there.name, state)
    console().print(table)


@app.command("url")
def url(module: Annotated[str, typer.Argument(help="The module.")]) -> None:
    """Print one module's own address, password included: for a host elsewhere that is to know no other module's.

    Write it there into [database] modules, or into FREESTONE_DATABASE_MODULES.
    """
    places = {place.module: place for place in _places()}
    if module not in places:
        raise LaunchRefused(f"There is no module {module} that keeps data{rather(module, places)}")
    try:
        place = follow(places[module])
    except LaunchRefused:  # it cannot be reached from here, or is not made yet: then it is where the settings say
        place = places[module]
    if place.address.startswith("sqlite:"):
        raise LaunchRefused(f"The data of module {module} is in a file: {place.name}.")
    print(place.address)


def _places() -> list[Place]:
    assembly = assemble(environment())
    return [place_of(part.name, assembly.settings) for part in assembly.plan.order if part.keeps_data]
