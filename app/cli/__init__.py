"""The `freestone` command: one file a command group."""

from __future__ import annotations

import sys
from collections.abc import Callable

from app.errors import LaunchRefused


def main() -> None:
    """Run the command line; a refused launch ends with one sentence and exit code 2."""
    from app.cli.commands import app

    obey(app)


def obey(app: Callable[[], object]) -> None:
    """Run an application of commands as `main` does."""
    try:
        app()
    except LaunchRefused as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(2) from None
