"""Values of enums and literals, members of unions, bounds."""

from __future__ import annotations

from tests.architecture.edits import TypeEdit as Edit


def _enum(values: str, rest: str = "", kind: str = "StrEnum") -> str:
    members = "".join(f"    M{number} = {value}\n" for number, value in enumerate(values.split()))
    return f"class Colour({kind}):\n{members}{rest}\nclass Thing(Message):\n    b: Colour"


_OPEN = "    @classmethod\n    def _missing_(cls, value): return cls.M0\n"
_RED = "class Colour(StrEnum):\n    RED = 'red'\n"
_CARD = "class Card(Message, tag='card'):\n    number: str\n"
_CASH = "class Cash(Message, tag='cash'):\n    amount: int\n"
_BANK = "class Bank(Message, tag='bank'):\n    iban: str\n"


def _with(field: str, *classes: str) -> str:
    return "".join(classes) + f"class Thing(Message):\n    b: {field}"


def _meta(kind: str, bounds: str) -> str:
    return f"b: Annotated[{kind}, Meta({bounds})]" if bounds else f"b: {kind}"


def _bounds(label: str, kind: str, old: str, new: str, verdicts: str, what: str = "") -> Edit:
    return Edit(label, _meta(kind, old), _meta(kind, new), verdicts, "b", what)


EDITS = (
    Edit("enum value added", _enum("'red' 'blue'"), _enum("'red' 'blue' 'grey'"), "PCCC", "b", "'blue', 'grey', 'red'"),
    Edit("enum value removed", _enum("'red' 'blue' 'grey'"), _enum("'red' 'blue'"), "CPBB", "b"),
    Edit("enum value changed", _enum("'red' 'blue'"), _enum("'red' 'azure'"), "BBBB", "b"),
    Edit("enum member renamed", _enum("'red' 'blue'"), _enum("'blue' 'red'"), "----"),
    Edit("number added to an enum", _enum("1 2", kind="IntEnum"), _enum("1 2 3", kind="IntEnum"), "PCCC", "b"),
    Edit("enum of texts to numbers", _enum("'red' 'blue'"), _enum("1 2", kind="IntEnum"), "BBBB", "b"),
    Edit("value added to an open enum", _enum("'red'", _OPEN), _enum("'red' 'blue'", _OPEN), "SSSS", "b"),
    Edit("enum opened", _enum("'red' 'blue'"), _enum("'red' 'blue'", _OPEN), "SSSS", "b", "or of others"),
    Edit("enum closed, value added", _enum("'red'", _OPEN), _enum("'red' 'blue'"), "SSSS", "b"),
    Edit("flag added", _enum("1 2", kind="Flag"), _enum("1 2 4", kind="Flag"), "PCCC", "b"),
    Edit("enum to text", _enum("'red' 'blue'"), "b: str", "PCCC", "b"),
    Edit("text to enum", "b: str", _enum("'red' 'blue'"), "CPBB", "b"),
    Edit("enum to text that is too short", _enum("'red' 'blue'"), "b: Annotated[str, Meta(max_length=3)]", "BBBB", "b"),
    Edit("enum to literal", _enum("'red' 'blue'"), "b: Literal['blue', 'red']", "----"),
    Edit("literal widened", "b: Literal['a', 1]", "b: Literal['a', 1, 2]", "PCCC", "b"),
    Edit("literal may be nothing", "b: Literal['a']", "b: Literal['a', None]", "PCCC", "b"),
    Edit("literal to a text or a number", "b: Literal['a', 1]", "b: str | int", "PCCC", "b"),
    Edit("member added to a union", _with("Card | Cash", _CARD, _CASH),
         _with("Card | Cash | Bank", _CARD, _CASH, _BANK), "PCCC", "b", "Card or Cash → Bank or Card or Cash"),
    Edit("member removed from a union", _with("Card | Cash | Bank", _CARD, _CASH, _BANK),
         _with("Card | Cash", _CARD, _CASH), "CPBB", "b"),
    Edit("message to a union with it", _with("Card", _CARD), _with("Card | Cash", _CARD, _CASH), "PCCC", "b"),
    Edit("tag changed in a union", _with("Card | Cash", _CARD, _CASH),
         _with("Card | Cash", _CARD.replace("'card'", "'plastic'"), _CASH), "BBBB", "b"),
    Edit("tag given to a message alone", _with("Card", _CARD.replace(", tag='card'", "")), _with("Card", _CARD),
         "SSSS", "b", "tag"),
    Edit("tag of a message alone changed", _with("Card", _CARD), _with("Card", _CARD.replace("'card'", "'c'")),
         "BBBB", "b", "tag"),
    Edit("untagged message to a union", _with("Card", _CARD.replace(", tag='card'", "")),
         _with("Card | Cash", _CARD, _CASH), "BBBB", "b"),
    Edit("field added to a union's member", _with("Card | Cash", _CARD, _CASH),
         _with("Card | Cash", _CARD + "    owner: str\n", _CASH), "CPBB", "b.owner"),
    Edit("number or text", "b: int", "b: int | str", "PCCC", "b"),
    Edit("number before text", "b: str | int", "b: int | str", "----"),
    Edit("enum beside a number: whole numbers are read as the enum", _enum("1 2", kind="IntEnum"),
         _enum("1 2 3", kind="IntEnum").replace("b: Colour", "b: Colour | float"), "PCCC", "b"),
    Edit("one of two enums grows", "class Size(IntEnum):\n    BIG = 1\n" + _with("Size | Colour", _RED),
         "class Size(IntEnum):\n    BIG = 1\n" + _with("Size | Colour", _RED + "    BLUE = 'blue'\n"), "PCCC", "b"),
    Edit("tag beside a field of its name", "class Card(Message):\n    type: int\n" + _with("Card"),
         _with("Card", _CARD), "BBBB", "b", "tag"),
    Edit("UUID to an open enum", "b: UUID", _enum("'red'", _OPEN), "PCCC", "b"),
    _bounds("upper bound tightened", "int", "ge=0, le=100", "ge=0, le=50", "CPBB", "from 0 to 100 → a whole number"),
    _bounds("upper bound loosened", "int", "ge=0, le=100", "ge=0, le=200", "PCCC"),
    _bounds("moved", "int", "ge=0, le=100", "ge=50, le=150", "BBBB"),
    _bounds("lower bound added", "int", "", "ge=0", "CPBB"),
    _bounds("lower bound removed", "int", "ge=0", "", "PCCC"),
    _bounds("the same said otherwise", "int", "gt=0, lt=10", "ge=1, le=9", "----"),
    _bounds("end excluded", "float", "ge=0, le=10", "ge=0, lt=10", "CPBB"),
    _bounds("end included", "float", "gt=0, le=10", "ge=0, le=10", "PCCC"),
    _bounds("finer steps", "int", "multiple_of=10", "multiple_of=5", "PCCC"),
    _bounds("steps added", "int", "", "multiple_of=5", "CPBB"),
    _bounds("text longer", "str", "max_length=20", "max_length=40", "PCCC"),
    _bounds("text shorter", "str", "max_length=40", "max_length=20", "CPBB"),
    _bounds("text not empty", "str", "", "min_length=1", "CPBB"),
    _bounds("pattern added", "str", "max_length=9", "max_length=9, pattern='^[a-z]*$(?!\\\\n)'", "CPBB"),
    _bounds("pattern removed", "str", "pattern='^[a-z]*$(?!\\\\n)'", "", "PCCC"),
    _bounds("pattern changed", "str", "pattern='^[a-z]+$(?!\\\\n)'", "pattern='^[A-Z]+$(?!\\\\n)'", "BBBB"),
    _bounds("bytes longer", "bytes", "max_length=2", "max_length=4", "PCCC"),
    _bounds("list longer", "tuple[int, ...]", "max_length=2", "max_length=4", "PCCC", "(at most 2 items) →"),
    _bounds("list not empty", "tuple[int, ...]", "", "min_length=1", "CPBB"),
    _bounds("set shorter", "frozenset[int]", "max_length=4", "max_length=2", "CPBB"),
)  # fmt: skip
