"""What .importlinter must say at least: the rules of the house, and how far each may be let out.

Import-linter judges by what is written there and misses nothing that is not. A rule that this list lacks may be added
freely; one that is on it can be made stricter there, and weaker only here, where a review looks for it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that must be there.

    The lists of ``least`` may be longer there, those of ``most`` only shorter; those of ``order`` keep their order,
    whatever stands between. ``plain`` are options as they must be. Others are none of the rule's.
    """

    type: str
    least: Mapping[str, tuple[str, ...]] = {}
    most: Mapping[str, tuple[str, ...]] = {}
    order: Mapping[str, tuple[str, ...]] = {}
    plain: Mapping[str, str] = {}
    free: tuple[str, ...] = ()
    """Options that may say whatever they say."""


_EVERY_MODULE = {"modules": ("modules.*",)}
_TYPES = "app.lint.contract_types"

CONTRACT_TYPES = (
    f"databases: {_TYPES}.databases.DatabasesContract",
    f"declared_needs: {_TYPES}.needs.DeclaredNeedsContract",
    f"face: {_TYPES}.face.FaceContract",
    f"facade: {_TYPES}.facade.FacadeContract",
    f"module_packages: {_TYPES}.module_packages.ModulePackagesContract",
    f"protected_except_lines: {_TYPES}.tables.ProtectedExceptLinesContract",
    f"pure: {_TYPES}.pure.PureContract",
)

RULES: Mapping[str, Rule] = {
    "layers": Rule(type="layers", order={"layers": ("tests", "app", "modules", "contracts")}),
    "app-layers": Rule(type="layers", least={"containers": ("app",)}, plain={"exhaustive": "True"}, free=("layers",)),
    "independence": Rule(type="independence", least=_EVERY_MODULE),
    "facade": Rule(
        type="facade",
        plain={"modules": "modules", "own_tests": "tests.modules"},
        most={"callers": ("app.wiring", "bench", "tests")},
    ),
    "inside": Rule(
        type="layers",
        least={"containers": ("modules.*",)},
        order={"layers": ("(module)", "(container)", "(service)", "(store)", "(fake)", "(domain)")},
    ),
    "declared-needs": Rule(
        type="declared_needs", plain={"modules": "modules", "contracts": "contracts", "kit": "contracts.kit"}
    ),
    "module-packages": Rule(type="module_packages", plain={"modules": "modules"}),
    "pure-contracts": Rule(
        type="pure",
        least={"importers": ("contracts",)},
        most={"judged_elsewhere": ("contracts.kit",), "allowed_packages": ("msgspec",)},
    ),
    "pure-kit": Rule(
        type="pure",
        least={"importers": ("contracts.kit",)},
        most={"allowed_packages": ("asyncio", "contextlib", "contextvars", "inspect", "msgspec", "time", "weakref")},
    ),
    "pure-domain": Rule(
        type="pure",
        least={"importers": ("modules.*.domain",)},
        most={"judged_elsewhere": ("contracts",), "allowed_packages": ("msgspec", "secrets")},
    ),
    "kit": Rule(
        type="face",
        plain={"package": "contracts.kit"},
        most={"allowed_importers": ("app", "bench", "contracts.kit", "tests")},
    ),
    "databases": Rule(
        type="databases",
        least={"judged": ("app", "contracts", "modules")},
        most={"allowed_importers": ("app.data",)},
    ),
    "tables": Rule(
        type="protected_except_lines",
        least={"protected_modules": ("alembic", "sqlalchemy")},
        most={
            "allowed_importers": ("app", "bench", "modules.*.store", "modules.*.migrations", "tests"),
            "harmless_lines": ("from sqlalchemy.ext.asyncio import AsyncSession",),
        },
    ),
    "injection": Rule(
        type="protected",
        least={"protected_modules": ("dependency_injector",)},
        most={"allowed_importers": ("app", "bench", "modules.*.container", "tests")},
    ),
    "no-web": Rule(
        type="forbidden",
        least={
            "source_modules": ("modules.*.domain", "modules.*.fake", "modules.*.service", "modules.*.store"),
            "forbidden_modules": ("jinja2", "python_multipart", "starlette", "uvicorn"),
        },
    ),
}
