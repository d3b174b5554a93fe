"""All commands of `freestone`."""

from __future__ import annotations

import typer

from app.cli import (
    architecture,
    audit,
    call,
    certify,
    check,
    contracts,
    data,
    database,
    events,
    modules,
    ps,
    run,
    seed,
    serve,
)

app = typer.Typer(help="An online store built as a modular monolith.", no_args_is_help=True, add_completion=True)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.command("ps")(ps.ps)
app.command("call", add_help_option=False)(call.call)
app.command("seed")(seed.seed)
app.command("audit")(audit.audit)
app.command("modules")(modules.modules)
app.command("certify")(certify.certify)
app.command("check")(check.check)
app.command("architecture")(architecture.architecture)
app.add_typer(contracts.app, name="contracts")
app.add_typer(data.app, name="data")
app.add_typer(database.app, name="database")
app.add_typer(events.app, name="events")
