"""Rules that would judge nothing, exceptions that hold no longer, and files that nobody can read."""

from __future__ import annotations

from tests.architecture.violations import Violation

_FORBIDDEN = """
[importlinter:contract:planted_{name}]
name = A planted rule
type = forbidden
source_modules =
    {source}
forbidden_modules =
    {forbidden}
"""

_EXCEPTION = """
[[exception]]
rule = "{rule}"
file = "modules/orders/{file}.py"
says = "reads table products"
owner = "Ann"
reason = "It moves in the spring."
until = {until}
"""


def _rule(name: str, text: str, says: str) -> Violation:
    return Violation("configuration", {".importlinter": text}, ".importlinter", f"contract planted_{name}, {says}")


def _unreadable(name: str, source: str, says: str, line: int = 1) -> Violation:
    file = f"contracts/planted_{name}.py"
    return Violation("unreadable", {file: source}, f"{file}:{line}", says, alone=True)


VIOLATIONS = (
    _rule(
        "misspelt",
        _FORBIDDEN.format(name="misspelt", source="modules.*.stroe", forbidden="socket"),
        "source_modules: modules.*.stroe matches nothing, so this part of the rule judges nothing;",
    ),
    _rule(
        "unknown",
        _FORBIDDEN.format(name="unknown", source="contracts", forbidden="sockets"),
        "forbidden_modules: sockets matches nothing",
    ),
    _rule(
        "empty",
        _FORBIDDEN.format(name="empty", source="contracts", forbidden=""),
        "forbidden_modules: it is empty, so the rule judges nothing;",
    ),
    _rule(
        "ignoring",
        _FORBIDDEN.format(name="ignoring", source="contracts", forbidden="socket\nignore_imports =\n    app -> socket"),
        "ignore_imports: no import is let through here; write an exception into architecture.toml.",
    ),
    Violation(
        "configuration",
        {".importlinter": "\n[import-linter:contract:planted]\nname = A planted rule\n"},
        ".importlinter",
        "section [import-linter:contract:planted] is none of this file's; write [importlinter:contract:name]",
    ),
    Violation(
        "exception",
        {"architecture.toml": _EXCEPTION.format(rule="own-data", file="gone", until="9999-12-31")},
        "architecture.toml",
        "no own-data in modules/orders/gone.py says “reads table products” any more; delete it.",
    ),
    Violation(
        "exception",
        {"architecture.toml": _EXCEPTION.format(rule="own-data", file="late", until="2020-01-31")},
        "architecture.toml",
        "it expired on 2020-01-31; mend what it covered. Ann has it for this reason: It moves in the spring.",
    ),
    Violation(
        "exception",
        {"architecture.toml": _EXCEPTION.format(rule="unreadable", file="never", until="9999-12-31")},
        "architecture.toml",
        "nothing can be excepted from unreadable; mend what it says and delete this.",
    ),
    Violation(
        "exception",
        {"architecture.toml": "\n# Two that count, and more than are accepted.\n"},
        "architecture.toml",
        "accepted: 0; do without, or raise the number by `freestone check --accept` and have it reviewed.",
    ),
    _unreadable(
        "syntax", "def planted(:\n", "contracts.planted_syntax cannot be judged: invalid syntax; mend the syntax."
    ),
    Violation(
        "configuration",
        {".importlinter": "\n[importlinter:contract:layers]\nname = Once more\n"},
        ".importlinter",
        "section 'importlinter:contract:layers' already exists; mend it.",
        alone=True,
    ),
)
