"""Errors that may cross a boundary, and those the call pipeline itself may raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform, get_origin, get_type_hints

import msgspec

if TYPE_CHECKING:
    from contracts.kit.bounds import Check


class ContractError(TypeError):
    """A contract, message or module that breaks a rule; the text names the place and the mend."""


@dataclass_transform(kw_only_default=True)
class Error(Exception):
    """The root of all errors that cross a boundary.

    A leaf is a docstring, a stable ``code`` (``contract.what_went_wrong``) and its fields, given by
    keyword. A caller receives a fresh instance of the same class with the same fields, without cause.
    A field out of its bounds (``Annotated[…, Meta(…)]``) raises ``InvalidArgument``, as in a message.
    """

    code: ClassVar[str]
    form: ClassVar[type[msgspec.Struct]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        where, code = cls.__name__, cls.__dict__.get("code")
        if not (isinstance(code, str) and code):
            raise ContractError(f"{where} has no code of its own; add e.g. code = 'catalog.not_found'.")
        if code.startswith("call.") and cls.__module__ != __name__:
            raise ContractError(f"{where} has the code {code!r}, but call.… are the pipeline's own; name its contract.")
        fields: list[Any] = []
        for name, annotation in _fields(cls).items():
            if name == "form" or hasattr(Error, name):
                raise ContractError(f"{where}.{name} has a name that every error uses already; choose another.")
            fields.append((name, annotation, getattr(cls, name, msgspec.NODEFAULT)))
        cls.form = msgspec.defstruct(cls.__name__, fields, kw_only=True, frozen=True, module=cls.__module__)

    def __init__(self, **fields: Any) -> None:
        if type(self) is Error:
            raise TypeError("Error is the root of errors; raise one of its leaves.")
        values = self.form(**fields)
        cls = type(self)
        try:
            check = _checks[cls]
        except KeyError:
            check = _checks[cls] = _checker(cls)
        if check is not None:
            check([getattr(values, name) for name in check.names])
        for name in self.form.__struct_fields__:
            object.__setattr__(self, name, getattr(values, name))
        super().__init__()

    @property
    def fields(self) -> dict[str, Any]:
        """The error's fields by name."""
        return {name: getattr(self, name) for name in self.form.__struct_fields__}

    def fresh(self) -> Self:
        """Return a new instance with the same fields, and no traceback, cause or context."""
        return type(self)(**self.fields)

    def __str__(self) -> str:
        summary = (type(self).__doc__ or self.code).strip().splitlines()[0].rstrip(".")
        details = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{summary} ({details})" if details else summary

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.fields.items())})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.fields == self.fields

    def __hash__(self) -> int:
        return hash(type(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.fields)


def _rebuild(cls: type[Error], fields: dict[str, Any]) -> Error:
    return cls(**fields)


def _fields(cls: type[Error]) -> dict[str, Any]:
    try:
        hints = get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise ContractError(
            f"{cls.__name__}: a field's type cannot be resolved ({error}); import it, not under TYPE_CHECKING."
        ) from None
    return {name: hint for name, hint in hints.items() if name != "code" and get_origin(hint) is not ClassVar}


_checks: dict[type[Error], Check | None] = {}


def _checker(cls: type[Error]) -> Check | None:
    from contracts.kit.bounds import checker  # here, since it raises one of these errors

    return checker(cls.__name__, _fields(cls))


class CallError(Error):
    """What the call pipeline itself may raise, whatever the operation declares."""

    code = "call.error"


class InvalidArgument(CallError):
    """A value is outside the bounds that its contract gives."""

    code = "call.invalid_argument"
    where: str
    problem: str


class PermissionDenied(CallError):
    """The actor, or the calling module, may not call this operation."""

    code = "call.permission_denied"
    operation: str


class TimedOut(CallError):
    """The deadline passed before an answer came; the operation may have taken effect."""

    code = "call.timed_out"
    operation: str


class Unavailable(CallError):
    """Nothing answers behind this contract now.

    ``may_have_executed`` is False only where it is certain that the operation did not begin.
    """

    code = "call.unavailable"
    operation: str
    reason: str
    may_have_executed: bool = False


class Overloaded(CallError):
    """The contract's module has as many of its calls under way as the limit admits; nothing was executed."""

    code = "call.overloaded"
    operation: str


class Conflict(CallError):
    """This idempotency key was used before, by the same actor, with other arguments."""

    code = "call.conflict"
    operation: str


class Internal(CallError):
    """The module failed in a way its contract does not declare; ``incident`` finds it in the log."""

    code = "call.internal"
    operation: str
    incident: str
