"""A module's container says what it provides and needs by names that can be followed, and stays as it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from app.lint.forbidden.forbidden import EVERYWHERE
from app.lint.forbidden.injection import RULE
from app.lint.literals import Literals
from app.lint.names import Names, names_of
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.world import World

_PROVIDERS = "dependency_injector.providers."
_OF_TEXT = frozenset({"Object", "Configuration"})  # their first argument is a value, or a name for people
_WHAT = frozenset({"provides", "instance_of"})
_REMAKING = frozenset({
    "apply_container_providers_overridings", "from_json_schema", "from_schema", "from_yaml_schema", "init_resources",
    "override", "override_providers", "reset_last_overriding", "reset_override", "set_provider", "set_provides",
    "unwire", "wire",
})  # fmt: skip


class InjectionReader(Reader):
    """Reports providers named by text, needs with a stand-in of their own, and containers that are changed."""

    nodes = (ast.Module, ast.Call)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._literals: Literals
        self._injects = False
        self._who = source.module or source.name

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in EVERYWHERE

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Module:
            self._names, self._literals = names_of(node, self.source), Literals(node)
            self._injects = any("dependency_injector" in str(bound) for bound in self._names.top.values())
            return
        called = node.func.value if isinstance(node.func, ast.Subscript) else node.func
        if self.source.module and isinstance(called, ast.Attribute) and called.attr in _REMAKING:
            self._change(node, called, scopes)
        if self._injects:
            name = self._names.qualified(called, scopes) or ""
            if name.startswith(_PROVIDERS):
                self._provider(node, name.removeprefix(_PROVIDERS))

    def _change(self, node: ast.Call, called: ast.Attribute, scopes: Scopes) -> None:
        if self._injects or _is_container(called, scopes):
            self.report(
                node,
                RULE,
                f"{self._who} calls .{called.attr}(…): a container is not changed once it is made; "
                "declare what is needed as a Dependency in it.",
            )

    def _provider(self, node: ast.Call, kind: str) -> None:
        given = [*node.args[:1], *(each.value for each in node.keywords if each.arg in _WHAT)]
        texts = [each for each in given if self._literals.is_text(each)]
        if kind not in _OF_TEXT and texts:
            self.report(
                node,
                RULE,
                f"{self._who} gives providers.{kind} the text {ast.unparse(texts[0])}, which is "
                "imported where nobody sees; import the class and give that.",
            )
        if kind == "Dependency" and self.source.module and not given:
            self.report(
                node,
                RULE,
                f"{self._who} declares a need and does not say of what, so that nobody can hand it in; "
                "write instance_of=…, with a contract or a port.",
            )
        if kind.startswith("Dependency") and any(each.arg == "default" for each in node.keywords):
            self.report(
                node,
                RULE,
                f"{self._who} declares a need with a default, which would stand in for it in silence; leave it out, "
                "and name the need in the manifest's optional= if it may be absent.",
            )


def _is_container(node: ast.expr, scopes: Scopes) -> bool:
    """Say whether a chain of attributes begins at a container, by its name or by how a function declares it."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    if not isinstance(node, ast.Name):
        return False
    declared = (
        ast.unparse(each.annotation)
        for scope in scopes
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef)
        for each in scope.args.args
        if each.arg == node.id and each.annotation is not None
    )
    return any("container" in said.lower() for said in (node.id, *declared))


READERS = (InjectionReader,)


def judge(world: World) -> Iterator[Problem]:  # noqa: ARG001 - every file is judged by itself
    """Yield nothing: the reader says it all."""
    yield from ()
