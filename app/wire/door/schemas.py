"""The JSON Schemas of what crosses some contracts, with a name for each message and each problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import cleandoc
from typing import Any

import msgspec

from app.wire.codec import ContractCodec
from app.wire.door.problems import TYPE, Problem, title_of
from contracts.kit import Error, Operation

Schema = dict[str, Any]

WHERE = "#/components/schemas/"


class Schemas:
    """Schemas by type; ``components`` are those that are referred to by name.

    A message that shares its name with another stands under its full one; the names of problems begin with
    ``problem``, as no class's does.
    """

    def __init__(self, codecs: Iterable[ContractCodec]) -> None:
        errors = {kind for codec in codecs for each in codec.operations.values() for kind in each.errors.values()}
        operations = [each.operation for codec in codecs for each in codec.operations.values()]
        kinds = list(dict.fromkeys([*_crossing(operations), *(each.form for each in _ordered(errors))]))
        found, components = msgspec.json.schema_components(kinds, ref_template=WHERE + "{name}")
        self._found = dict(zip(kinds, found, strict=True))
        self.components: dict[str, Schema] = components
        for error in _ordered(errors):
            components[self._name(error.form)]["description"] = error.__doc__ or ""
            components[self._problem_name(error)] = self._problem(error)
        components["problem"] = msgspec.json.schema_components([Problem])[1]["Problem"]
        for each in components.values():
            if "description" in each:
                each["description"] = cleandoc(each["description"])

    def of(self, kind: Any) -> Schema:
        """Return the schema of a parameter's, result's or item's type."""
        schema: Schema = self._found[kind]
        return schema

    def problem(self, error: type[Error]) -> Schema:
        """Return a reference to the schema of an error's problem details."""
        return {"$ref": WHERE + self._problem_name(error)}

    def problems(self, errors: Iterable[type[Error]]) -> Schema:
        """Return the schema of the problem details of one of some errors, told apart by their code."""
        references = {error.code: self.problem(error) for error in errors}
        if len(references) == 1:
            return next(iter(references.values()))
        mapping = {code: each["$ref"] for code, each in references.items()}
        return {"oneOf": list(references.values()), "discriminator": {"propertyName": "code", "mapping": mapping}}

    def _name(self, form: type[msgspec.Struct]) -> str:
        name: str = self._found[form]["$ref"].removeprefix(WHERE)
        return name

    def _problem_name(self, error: type[Error]) -> str:
        return f"problem.{self._name(error.form)}"

    def _problem(self, error: type[Error]) -> Schema:
        own = {
            "type": {"const": TYPE + error.code},
            "code": {"const": error.code},
            "fields": self._found[error.form],
        }
        return {
            "title": title_of(error),
            "allOf": [{"$ref": f"{WHERE}problem"}, {"type": "object", "properties": own}],
            # Said again beside `allOf`, since a discriminator is looked for here.
            "properties": {"code": {"const": error.code}},
            "required": ["code"],
        }


def _crossing(operations: Iterable[Operation]) -> Iterator[Any]:
    for operation in operations:
        yield from (each.type for each in operation.parameters)
        yield operation.returns


def _ordered(errors: Iterable[type[Error]]) -> list[type[Error]]:
    return sorted(errors, key=lambda each: (each.code, each.__module__))
