"""Messages are frozen values, named field by field, whose bounds hold wherever they come from."""

from __future__ import annotations

import copy
import pickle
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NewType

import msgspec
import pytest
from msgspec import Meta

from contracts.kit import ContractError, Event, InvalidArgument, Message, message
from contracts.kit.bounds import checker
from contracts.kit.message import Decoder

Few = Annotated[int, Meta(ge=1, le=9)]
Code = NewType("Code", str)


class Base(Message):
    count: Few


class Heir(Base):
    name: Annotated[str, Meta(min_length=1)] = "heir"


class Bounded(Message):
    plain: int = 0
    count: Few = 1
    maybe: Few | None = None
    many: tuple[Few, ...] = ()
    pairs: tuple[tuple[str, Few], ...] = ()
    some: Annotated[tuple[int, ...], Meta(max_length=2)] = ()
    bag: frozenset[Few] = frozenset()
    code: Annotated[Code, Meta(pattern="^[a-z]+$(?!\n)")] = Code("a")
    share: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    when: Annotated[datetime, Meta(tz=True)] = datetime(2026, 1, 1, tzinfo=UTC)
    base: Base | None = None


class Moved(Event):
    """Something moved."""

    code: ClassVar[str] = "kit.moved"
    key: ClassVar[str] = "what"
    what: int
    where: str


def test_fields_are_named() -> None:
    with pytest.raises(TypeError, match="positional"):
        Base(1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="count"):
        Base()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        Base(count=1, other=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("message", [Base(count=1), Heir(count=1), Moved(what=1, where="here")], ids=repr)
def test_frozen(message: Message) -> None:
    field = message.__struct_fields__[0]
    with pytest.raises(AttributeError):
        setattr(message, field, 2)
    with pytest.raises(AttributeError):
        delattr(message, field)
    with pytest.raises(AttributeError):
        setattr(message, "other", 2)  # noqa: B010 - a plain assignment would not type
    assert not hasattr(message, "__dict__")


def test_values_with_equal_fields_are_equal_and_hash_alike() -> None:
    assert Bounded() == Bounded()
    assert hash(Bounded(base=Base(count=1))) == hash(Bounded(base=Base(count=1)))
    assert len({Base(count=1), Base(count=1), Base(count=2)}) == 2
    assert Base(count=1) != Heir(count=1)


@pytest.mark.parametrize("codec", [msgspec.json, msgspec.msgpack])
def test_unknown_fields_are_ignored(codec: Any) -> None:
    assert codec.decode(codec.encode({"count": 3, "new": [1]}), type=Heir) == Heir(count=3)


BREACHES: list[tuple[str, Any, str]] = [
    ("count", 0, "Expected `int` >= 1"),
    ("count", 10, "Expected `int` <= 9"),
    ("count", 2**70, "Expected `int` <= 9"),
    ("count", "1", "Expected `int`, got `str`"),
    ("count", True, "Expected `int`, got `bool`"),
    ("maybe", 0, "Expected `int` >= 1"),
    ("many", (1, 10), "Expected `int` <= 9 - at `$[1]`"),
    ("pairs", (("a", 1), ("b", 0)), "Expected `int` >= 1 - at `$[1][1]`"),
    ("some", (1, 2, 3), "Expected `array` of length <= 2"),
    ("bag", frozenset({0}), "Expected `int` >= 1 - at `$[0]`"),
    ("code", "a\n", "Expected `str` matching regex '^[a-z]+$(?!\\n)'"),
    ("share", 0.0, "Expected `float` > 0.0"),
    ("when", datetime(2026, 1, 1), "Expected `datetime` with a timezone component"),  # noqa: DTZ001
]


@pytest.mark.parametrize(("field", "value", "problem"), BREACHES, ids=[f"{f}={v!r}" for f, v, _ in BREACHES])
def test_bounds_hold_at_construction(field: str, value: Any, problem: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Bounded(**{field: value})
    assert caught.value == InvalidArgument(where=f"Bounded.{field}", problem=problem)


@pytest.mark.parametrize(("field", "value", "problem"), BREACHES, ids=[f"{f}={v!r}" for f, v, _ in BREACHES])
def test_bounds_hold_alike_when_decoded(field: str, value: Any, problem: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode({field: value}), type=Bounded)
    problem, _, place = problem.partition(" - at `$")
    assert str(caught.value) == f"{problem} - at `$.{field}{place or '`'}"


def test_what_is_decoded_has_its_bounds_checked_once_and_what_is_made_is_checked_again() -> None:
    class Fresh(Message):
        count: Few

    decoder = Decoder(msgspec.msgpack.Decoder(Fresh))
    assert decoder.decode(msgspec.msgpack.encode({"count": 3})) == Fresh(count=3)
    for problem in ({"count": 10}, {}):
        with pytest.raises(msgspec.ValidationError):
            decoder.decode(msgspec.msgpack.encode(problem))
        with pytest.raises(InvalidArgument):
            Fresh(count=10)


def test_a_message_that_is_decoded_is_not_checked_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fresh(Message):
        count: Few

    checked: list[type] = []
    monkeypatch.setattr(message, "_checks", Noting(checked))
    Decoder(msgspec.msgpack.Decoder(Fresh)).decode(msgspec.msgpack.encode({"count": 3}))
    assert checked == []
    Fresh(count=3)
    assert checked == [Fresh]


class Noting(dict[type, None]):
    """Notes which checks were asked for."""

    def __init__(self, asked: list[type]) -> None:
        super().__init__()
        self.asked = asked

    def __getitem__(self, key: type) -> None:
        self.asked.append(key)


def test_the_first_field_out_of_bounds_is_named() -> None:
    with pytest.raises(InvalidArgument, match=r"where='Bounded.count'"):
        Bounded(many=(0,), count=0)


def test_bounds_are_inherited_and_named_by_the_heir() -> None:
    for fields, where in (({"count": 0}, "Heir.count"), ({"count": 1, "name": ""}, "Heir.name")):
        with pytest.raises(InvalidArgument) as caught:
            Heir(**fields)
        assert caught.value.where == where


def test_bounds_hold_for_parts_when_the_parts_are_made() -> None:
    with pytest.raises(InvalidArgument, match=r"where='Base.count'"):
        Bounded(base=Base(count=0))
    with pytest.raises(msgspec.ValidationError, match=r"at `\$\.base\.count`"):
        msgspec.json.decode(b'{"base": {"count": 0}}', type=Bounded)


def test_a_changed_copy_is_checked_as_well() -> None:
    assert msgspec.structs.replace(Base(count=1), count=2) == Base(count=2)
    with pytest.raises(InvalidArgument):
        msgspec.structs.replace(Base(count=1), count=0)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace came with Python 3.13")
def test_a_copy_changed_by_the_standard_library_too() -> None:
    with pytest.raises(InvalidArgument):
        copy.replace(Base(count=1), count=0)  # type: ignore[attr-defined]


def test_copies_and_pickles_are_equal() -> None:
    message = Bounded(many=(1,), base=Heir(count=2))
    for twin in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert twin == message
        assert type(twin.base) is Heir


def test_a_message_keeps_what_it_was_given() -> None:
    many = (1, 2)
    assert Bounded(many=many).many is many


@pytest.mark.parametrize(
    "option", ["frozen=False", "kw_only=False", "array_like=True", "dict=True", "eq=False", "rename='camel'"]
)
def test_a_message_cannot_be_declared_to_be_less(option: str) -> None:
    with pytest.raises(ContractError) as caught:
        exec(f"class Lax(Message, {option}): ...", {"Message": Message})
    assert str(caught.value) == f"Lax is declared with {option}; a message takes tag= only: drop it."


def test_a_message_cannot_lift_its_bounds() -> None:
    with pytest.raises(ContractError, match=r"^Lax has a __post_init__ .* say them as Meta\.$"):

        class Lax(Base):
            def __post_init__(self) -> None: ...


def test_messages_may_have_tags_and_methods() -> None:
    class Tagged(Message, frozen=True, tag="t"):
        count: Few

        def doubled(self) -> int:
            return self.count * 2

    assert msgspec.json.encode(Tagged(count=2)) == b'{"type":"t","count":2}'
    assert Tagged(count=2).doubled() == 4
    with pytest.raises(InvalidArgument):
        Tagged(count=0)


def test_an_event_knows_its_code_and_the_key_that_orders_it() -> None:
    event = Moved(what=7, where="there")
    assert (event.code, event.ordering_key()) == ("kit.moved", "7")
    assert msgspec.json.encode(event) == b'{"what":7,"where":"there"}'


def test_only_what_has_bounds_is_checked() -> None:
    assert checker("shop.get", {"id": int, "name": str | None, "base": Base, "bases": tuple[Base, ...]}) is None
    check = checker("shop.get", {"id": int, "count": Few, "code": Code})
    assert check is not None
    assert check.names == ("count",)
    assert checker("shop.get", {"counts": Annotated[tuple[Few, ...], "a note"]}) is not None
    check((9,))
    with pytest.raises(InvalidArgument) as caught:
        check((10,))
    assert caught.value == InvalidArgument(where="shop.get.count", problem="Expected `int` <= 9")
