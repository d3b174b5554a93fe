"""A copy of the sources, with a small module planted in it, that the linters can judge."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]

# One lawful import for every allowance that .importlinter makes inside a module.
SAMPLE = {
    "__init__.py": "",
    "module.py": "from modules.sample import container",
    "container.py": "import dependency_injector\nfrom modules.sample import service",
    "service.py": "from sqlalchemy.ext.asyncio import AsyncSession\nfrom modules.sample import store",
    "store.py": "import sqlalchemy\nfrom modules.sample import domain",
    "domain.py": "import re\nimport msgspec",
    "migrations/__init__.py": "import alembic",
}


class Tree:
    """The sources below `folder`, with a lawful module `sample` among them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for package in ("app", "contracts", "modules"):
            if (ROOT / package).exists():
                shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / ".importlinter", folder)
        for file, source in SAMPLE.items():
            self.plant(f"modules/sample/{file}", source)

    def plant(self, file: str, source: str) -> None:
        """Add lines at the end of a file, which is made if it is not there."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"\n{source}\n")

    def lint(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run import-linter."""
        return self._python("-c", "from importlinter.cli import lint_imports_command as run; run()", *arguments)

    def lint_the_linter(self) -> subprocess.CompletedProcess[str]:
        """Run `python -m app.lint`."""
        return self._python("-m", "app.lint")

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # -S leaves out the .pth file of the editable installation: through it, the repository's own modules
        # would join the copy's in one namespace.
        paths = [str(self.folder), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        return subprocess.run(
            [sys.executable, "-S", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
