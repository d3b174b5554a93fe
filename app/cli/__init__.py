"""The `freestone` command: one file a command group."""

from __future__ import annotations

import sys

import typer

from app.cli import call, certify, modules, ps, run, seed, serve
from app.errors import LaunchRefused

app = typer.Typer(help="An online store built as a modular monolith.", no_args_is_help=True, add_completion=True)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.command("ps")(ps.ps)
app.command("call", add_help_option=False)(call.call)
app.command("seed")(seed.seed)
app.command("modules")(modules.modules)
app.command("certify")(certify.certify)


def main() -> None:
    """Run the command line; a refused launch ends with one sentence and exit code 2."""
    try:
        app()
    except LaunchRefused as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(2) from None
