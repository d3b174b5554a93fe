"""Contracts that are not as the lock has them."""

from __future__ import annotations

from tests.architecture.violations import Violation

_NEW = '''"""What nobody has accepted yet."""

from typing import Protocol

from contracts.kit import contract, query


@contract(version=1)
class PlantedNew(Protocol):
    """A contract that is new."""

    @query()
    async def get_name(self) -> str:
        """Return a name."""
        ...
'''

_UNREADY = '''"""A contract whose file cannot be imported."""

raise RuntimeError("not yet")
'''

VIOLATIONS = (
    Violation(
        "contract-lock",
        {"contracts/planted_new.py": _NEW},
        "contracts/planted_new.py",
        "planted_new.v1 is not in the lock",
    ),
    Violation(
        "contract-lock",
        {"contracts/planted_unready.py": _UNREADY},
        "contracts/planted_unready.py",
        "RuntimeError: not yet",
    ),
    Violation(
        "contract-lock",
        {"contracts/contracts.lock.json": "by hand"},
        "contracts/contracts.lock.json",
        "contracts.lock.json",
        alone=True,
    ),
)
