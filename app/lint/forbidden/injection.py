"""Parts of dependency-injector that supply what no container declares."""

from __future__ import annotations

from app.lint.forbidden.forbidden import BUSINESS, EVERYWHERE, Forbidden

RULE = "string-provider"

FORBIDDEN = (
    Forbidden(
        rule=RULE,
        names=frozenset({
            "dependency_injector.wiring", "dependency_injector.containers.WiringConfiguration",
            "dependency_injector.schema", "dependency_injector.ext",
        }),
        packages=EVERYWHERE,
        text="{who} uses {name}: wiring hands a function what its signature does not ask its caller for; "
        "take it as a parameter, and let the container give it.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "dependency_injector.containers.copy", "dependency_injector.containers.override",
            "dependency_injector.containers.DynamicContainer", "dependency_injector.providers.Container",
            "dependency_injector.providers.DependenciesContainer", "dependency_injector.providers.Self",
        }),
        packages=BUSINESS,
        text="{who} uses {name}: a module has one container, in which each need is a Dependency of its own.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"dependency_injector.providers.Resource", "dependency_injector.resources"}),
        packages=BUSINESS,
        text="{who} uses {name}: a container opens nothing; let the host open it and declare a Dependency.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"dependency_injector.providers.Configuration"}),
        packages=BUSINESS,
        text="{who} uses {name}, which finds settings by strings; declare a Dependency on the settings class.",
    ),
)  # fmt: skip
