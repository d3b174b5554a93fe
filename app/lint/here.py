"""The project that a command works on: the folder in which it was started."""

from __future__ import annotations

import sys
from pathlib import Path


def project_folder() -> Path:
    """Return this folder; what is imported from now on is looked for in it first, as `lint-imports` does."""
    folder = Path.cwd()
    if not {"", str(folder)} & {*sys.path}:
        sys.path.insert(0, str(folder))
    return folder
