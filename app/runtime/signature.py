"""How an operation's signature is written down in generated code."""

from __future__ import annotations

from contracts.kit import Operation


def signature(operation: Operation) -> str:
    """Return an operation's parameters as they stand in a ``def``, each default named ``_default_<parameter>``."""
    parts, keyword_only = ["self"], False
    for each in operation.parameters:
        if each.keyword_only and not keyword_only:
            parts.append("*")
            keyword_only = True
        parts.append(f"{each.name}=_default_{each.name}" if each.has_default else each.name)
    return ", ".join(parts)
