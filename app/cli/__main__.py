"""`python -m app.cli`: the same as the installed `freestone`, for hosts that a supervisor starts."""

from __future__ import annotations

from app.cli import main

main()
