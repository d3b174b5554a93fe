"""Pages that no longer say what the code says, and modules that cannot be asked."""

from __future__ import annotations

from tests.architecture.violations import Violation

VIOLATIONS = (
    Violation(
        rule="architecture-pages",
        files={"docs/architecture/orders.md": "It may also call shipping.\n"},
        at="docs/architecture/orders.md",
        says="the page is no longer what the code says; run `freestone architecture --write`",
        alone=True,
    ),
    Violation(
        rule="unimportable",
        files={
            "modules/planted_ending/__init__.py": "",
            "modules/planted_ending/module.py": "raise KeyboardInterrupt\n",
        },
        at="modules",
        says="importing the contracts and modules raised KeyboardInterrupt()",
        alone=True,
    ),
    Violation(
        rule="unlaunchable",
        files={
            "modules/host/__init__.py": "",
            "modules/host/module.py": (
                "from contracts.kit import Module\n"
                "from modules.host.container import HostContainer\n"
                '\n__all__ = ["module"]\n'
                '\nmodule = Module(name="host", container=HostContainer)\n'
            ),
            "modules/host/container.py": (
                "from dependency_injector.containers import DeclarativeContainer\n"
                "\n\nclass HostContainer(DeclarativeContainer):\n"
                '    """What a module with the name of another caller needs: a new name."""\n'
            ),
        },
        at="modules",
        says="A module cannot have the name host",
        alone=True,
    ),
    Violation(
        rule="unimportable",
        files={
            "modules/planted_unready/__init__.py": "",
            "modules/planted_unready/module.py": 'from contracts.kit import Module\n\nraise RuntimeError("not yet")\n',
        },
        at="modules/planted_unready/module.py:3",
        says="module planted_unready could not be imported: RuntimeError: not yet; mend it",
    ),
    Violation(
        rule="no-manifest",
        files={"modules/planted_bare/__init__.py": ""},
        at="modules",
        says="planted_bare",
    ),
)
