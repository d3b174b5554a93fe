"""Errors are values as well: fields by name, a stable code, and a fresh instance for whoever is told."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Annotated, Any, ClassVar

import msgspec
import pytest

from contracts.kit import CallError, ContractError, Error, InvalidArgument, Message, TimedOut, Unavailable


class Part(Message):
    name: str


class Broken(Error):
    """Something broke.

    And this is the small print.
    """

    code = "shop.broken"
    part: Part
    times: int = 1


class BrokenAgain(Broken):
    """It broke once more."""

    code = "shop.broken_again"
    since: str


class Closed(Error):
    code = "shop.closed"
    limit: ClassVar[int] = 3


class Sealed(Error):
    code: str = "shop.sealed"  # type: ignore[misc]  # without ClassVar it is one all the same


BROKEN = Broken(part=Part(name="lid"))


def test_fields_and_defaults() -> None:
    assert (BROKEN.part, BROKEN.times, BROKEN.code) == (Part(name="lid"), 1, "shop.broken")
    assert BROKEN.fields == {"part": Part(name="lid"), "times": 1}
    assert Closed().fields == Sealed().fields == {}


@pytest.mark.parametrize("fields", [{}, {"times": 2}, {"part": Part(name="lid"), "other": 1}])
def test_missing_and_unknown_fields(fields: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Broken(**fields)


def test_fields_are_named() -> None:
    with pytest.raises(TypeError, match="positional"):
        Broken(Part(name="lid"))  # type: ignore[call-arg]


def test_an_heir_has_the_fields_of_both() -> None:
    error = BrokenAgain(part=Part(name="lid"), since="May")
    assert error.fields == {"part": Part(name="lid"), "times": 1, "since": "May"}
    assert isinstance(error, Broken)
    assert error.code == "shop.broken_again"
    with pytest.raises(TypeError, match="since"):
        BrokenAgain(part=Part(name="lid"))  # type: ignore[call-arg]


def test_text() -> None:
    assert str(BROKEN) == "Something broke (part=Part(name='lid'), times=1)"
    assert repr(BROKEN) == "Broken(part=Part(name='lid'), times=1)"
    assert str(Closed()) == "shop.closed"
    assert repr(Closed()) == "Closed()"


def test_equal_when_the_fields_are() -> None:
    same = Broken(part=Part(name="lid"), times=1)
    assert same == BROKEN
    assert hash(BROKEN) == hash(same)
    assert Broken(part=Part(name="lid"), times=2) != BROKEN
    assert Closed() != Sealed()
    assert BrokenAgain(part=Part(name="lid"), since="") != BROKEN


def test_fresh_has_the_fields_and_nothing_of_the_past() -> None:
    try:
        try:
            raise KeyError("secret")
        except KeyError as cause:
            raise BROKEN from cause
    except Broken as error:
        error.add_note("secret")
        fresh = error.fresh()
    assert fresh == BROKEN
    assert fresh is not BROKEN
    assert (fresh.__traceback__, fresh.__cause__, fresh.__context__) == (None, None, None)
    assert "secret" not in "".join(traceback.format_exception(fresh))


@pytest.mark.parametrize("error", [BROKEN, BrokenAgain(part=Part(name="lid"), since="May"), Closed()], ids=repr)
def test_copies_and_pickles_are_equal(error: Error) -> None:
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error)), error.fresh()):
        assert twin == error
        assert type(twin) is type(error)


@pytest.mark.parametrize("codec", [msgspec.json, msgspec.msgpack])
def test_the_form_carries_the_fields(codec: Any) -> None:
    carried = codec.decode(codec.encode(Broken.form(**BROKEN.fields)), type=Broken.form)
    assert Broken(**msgspec.structs.asdict(carried)) == BROKEN
    with pytest.raises(msgspec.ValidationError):
        codec.decode(codec.encode({"part": 1}), type=Broken.form)


def test_the_root_is_not_raised() -> None:
    with pytest.raises(TypeError, match="raise one of its leaves"):
        Error()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "Bad has no code of its own; add e.g. code = 'catalog.not_found'."),
        ("code = ''", "Bad has no code of its own; add e.g. code = 'catalog.not_found'."),
        ("code = 4", "Bad has no code of its own; add e.g. code = 'catalog.not_found'."),
        ("code: str", "Bad has no code of its own; add e.g. code = 'catalog.not_found'."),
        (
            "code = 'call.timed_out'",
            "Bad has the code 'call.timed_out', but call.… are the pipeline's own; name its contract.",
        ),
        ("code = 'a.b'; args: int", "Bad.args has a name that every error uses already; choose another."),
        ("code = 'a.b'; fields: int", "Bad.fields has a name that every error uses already; choose another."),
        ("code = 'a.b'; form: int", "Bad.form has a name that every error uses already; choose another."),
        (
            "code = 'a.b'; x: 'Gone'",
            "Bad: a field's type cannot be resolved (name 'Gone' is not defined); import it, not under TYPE_CHECKING.",
        ),
    ],
)
@pytest.mark.parametrize("root", [Error, Broken], ids=["leaf", "heir"])
def test_refused_at_its_definition(root: type[Error], body: str, sentence: str) -> None:
    with pytest.raises(ContractError) as caught:
        exec(f"class Bad(Root): {body or '...'}", {"Root": root, "__name__": __name__})
    assert str(caught.value) == sentence


def test_those_of_the_pipeline() -> None:
    kinds = CallError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds) > 0
    assert all(kind.code.startswith("call.") and kind.__doc__ for kind in kinds)
    assert TimedOut(operation="shop.get").fields == {"operation": "shop.get"}
    assert Unavailable(operation="shop.get", reason="moving").may_have_executed is False
    assert str(InvalidArgument(where="Line.quantity", problem="too few")) == (
        "A value is outside the bounds that its contract gives (where='Line.quantity', problem='too few')"
    )


class Refused(Error):
    """Too many at once."""

    code = "shop.refused"
    at_most: Annotated[int, msgspec.Meta(ge=1)]
    names: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()


@pytest.mark.parametrize(("fields", "name"), [({"at_most": 0}, "at_most"), ({"at_most": 1, "names": ("",)}, "names")])
def test_a_field_out_of_bounds_is_refused_where_it_is_made(fields: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Refused(**fields)
    assert caught.value.where == f"Refused.{name}"
    assert Refused(at_most=1, names=("a",)).fields == {"at_most": 1, "names": ("a",)}
