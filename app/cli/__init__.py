"""The `freestone` command: one file a command group."""

from __future__ import annotations

import sys

import typer

from app.cli import modules, run, seed
from app.errors import LaunchRefused

app = typer.Typer(help="An online store built as a modular monolith.", no_args_is_help=True, add_completion=True)
app.command("run")(run.run)
app.command("seed")(seed.seed)
app.command("modules")(modules.modules)


def main() -> None:
    """Run the command line; a refused launch ends with one sentence and exit code 2."""
    try:
        app()
    except LaunchRefused as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(2) from None
