"""Commands of `freestone` run within the test's own process."""

from __future__ import annotations

from typing import NamedTuple

from typer.testing import CliRunner

from app.cli.commands import app
from app.errors import LaunchRefused


class Done(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def freestone(*arguments: str, given: str = "") -> Done:
    """Run a command as the installed one does, which says why it refuses in one sentence.

    ``given`` is what it reads from its standard input.
    """
    result = CliRunner().invoke(app, arguments, input=given)
    if isinstance(result.exception, LaunchRefused):
        return Done(2, result.stdout, f"{result.exception}\n")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)
