"""What a module declares, read from the text of its container and its manifest: it need not be importable."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from app.lint.names import Names

_DEPENDENCY = "dependency_injector.providers.Dependency"
_MANIFEST = frozenset({"contracts.kit.Module", "contracts.kit.module.Module"})
_CONTRACT = frozenset({"contracts.kit.contract", "contracts.kit.contract.contract"})
_HOPS = 5


class Dependency(msgspec.Struct, frozen=True):
    """One attribute of a container; ``wants`` is the qualified name of the type, ``used`` whether its class uses it."""

    attribute: str
    wants: str
    line: int
    used: bool


class Container(msgspec.Struct, frozen=True):
    """A class with dependencies, by its qualified name."""

    name: str
    dependencies: tuple[Dependency, ...]


class Named(msgspec.Struct, frozen=True):
    """A qualified name that a manifest lists, and where."""

    name: str
    line: int


class Manifest(msgspec.Struct, frozen=True):
    """The contracts and events that `Module(…)` names."""

    provides: tuple[Named, ...]
    optional: tuple[Named, ...]
    listens: tuple[Named, ...]


def containers_in(tree: ast.Module, names: Names, file: str) -> Iterator[Container]:
    """Yield the classes of a file that declare dependencies."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found = tuple(_dependencies(node, names))
            if found:
                yield Container(f"{file}.{node.name}", found)


def manifest_in(tree: ast.Module, names: Names) -> Manifest | None:
    """Return what `module = Module(…)` at the top of the file says, None where there is none."""
    node = _assigned("module", tree)
    if not (isinstance(node, ast.Call) and names.qualified(node.func) in _MANIFEST):
        return None
    given = {each.arg: each.value for each in node.keywords if each.arg}
    return Manifest(*(tuple(_named(given.get(each), tree, names)) for each in ("provides", "optional", "listens")))


def is_contract(node: ast.ClassDef, names: Names) -> bool:
    """Say whether a class is decorated with `@contract`."""
    return any(
        names.qualified(each.func if isinstance(each, ast.Call) else each) in _CONTRACT for each in node.decorator_list
    )


def origin(name: str, imported: Callable[[str], Mapping[str, str]]) -> str:
    """Return where a qualified name was defined; ``imported`` tells what a file imports, by the file's name."""
    for _ in range(_HOPS):
        file, _, rest = name.rpartition(".")
        further = imported(file).get(rest) if file else None
        if further is None:
            break
        name = further
    return name


def imports_in(names: Names) -> dict[str, str]:
    """Return the names that a file takes over from contracts and modules, and may hand on."""
    return {
        name: bound
        for name, bound in names.top.items()
        if isinstance(bound, str) and bound.startswith(("contracts.", "modules."))
    }


def _dependencies(node: ast.ClassDef, names: Names) -> Iterator[Dependency]:
    used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=attribute)], value=ast.Call() as made)
                | ast.AnnAssign(target=ast.Name(id=attribute), value=ast.Call() as made)
            ) if names.qualified(made.func, (node,)) == _DEPENDENCY:
                yield Dependency(attribute, _wanted(made, node, names), statement.lineno, attribute in used)
            case _:
                pass


def _wanted(made: ast.Call, node: ast.ClassDef, names: Names) -> str:
    given = [*made.args[:1], *(each.value for each in made.keywords if each.arg == "instance_of")]
    kinds = [each.value if isinstance(each, ast.Subscript) else each for each in given]
    return next((found for each in kinds if (found := names.qualified(each, (node,)))), "")


def _named(given: ast.expr | None, tree: ast.Module, names: Names) -> Iterator[Named]:
    for each in _listed(_assigned(given.id, tree) if isinstance(given, ast.Name) else given):
        found = names.qualified(each)
        if found is not None:
            yield Named(found, each.lineno)


def _assigned(name: str, tree: ast.Module) -> ast.expr | None:
    """Return what a constant of the file holds."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=target), value=value) if target == name:
                return value
            case _:
                pass
    return None


def _listed(given: ast.expr | None) -> Iterable[ast.expr]:
    match given:
        case ast.Tuple(elts=listed) | ast.List(elts=listed) | ast.Set(elts=listed):
            return listed
        case ast.Dict(keys=keys):
            return [each for each in keys if each is not None]
        case _:
            return []
