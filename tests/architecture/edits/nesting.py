"""Lists, sets, tuples, messages in messages, and messages that contain themselves."""

from __future__ import annotations

from tests.architecture.edits import TypeEdit as Edit

_MONEY = "class Money(Message):\n    amount: {0}\n"
_LINE = "class Line(Message):\n    price: Money\nclass Thing(Message):\n    lines: tuple[Line, ...]\n    total: Money"
_TREE = "class Thing(Message):\n    name: {0}\n    twigs: tuple[Thing, ...] = ()\n"
_PAIR = "class Left(Message):\n    right: Right | None = None\nclass Right(Message):\n    left: Left | None = None\n{0}"
_MESSAGE = "class Money(Message):\n    amount: int\nclass Thing(Message):\n    b: {0}"

EDITS = (
    Edit("bound deep inside", _MONEY.format("int") + _LINE,
         _MONEY.format("Annotated[int, Meta(ge=0)]") + _LINE, "CPBB", "lines[].price.amount"),
    Edit("required field deep inside", _MONEY.format("int") + _LINE,
         _MONEY.format("int\n    currency: str") + _LINE, "CPBB", "lines[].price.currency"),
    Edit("field with a default deep inside", _MONEY.format("int") + _LINE,
         _MONEY.format("int\n    currency: str = 'EUR'") + _LINE, "SSSS", "lines[].price.currency"),
    Edit("one that contains itself, unchanged", _TREE.format("str"), _TREE.format("str"), "----"),
    Edit("one that contains itself, retyped", _TREE.format("str"), _TREE.format("int"), "BBBB", "name"),
    Edit("one that contains itself, widened", _TREE.format("str"), _TREE.format("str | None"), "PCCC", "name"),
    Edit("two that contain each other", _PAIR.format("class Thing(Message):\n    b: Left"),
         _PAIR.format("    depth: int\nclass Thing(Message):\n    b: Left"), "CPBB", "b.right.depth"),
    Edit("no longer contains itself", _TREE.format("str"), "name: str", "SSSS", "twigs"),
    Edit("list to set", "b: tuple[int, ...]", "b: frozenset[int]", "SSSS", "b", "a list of a whole number → a set"),
    Edit("list to set of two or more", "b: Annotated[tuple[int, ...], Meta(min_length=2)]",
         "b: Annotated[frozenset[int], Meta(min_length=2)]", "CPBB", "b"),
    Edit("list to pair", "b: tuple[int, ...]", "b: tuple[int, int]", "CPBB", "b"),
    Edit("pair to list of two", "b: tuple[int, int]", "b: Annotated[tuple[int, ...], Meta(min_length=2, max_length=2)]",
         "SSSS", "b"),
    Edit("pair to triple", "b: tuple[int, int]", "b: tuple[int, int, int]", "BBBB", "b"),
    Edit("second of a pair", "b: tuple[int, int]", "b: tuple[int, str]", "BBBB", "b[1]"),
    Edit("one to several", "b: int", "b: tuple[int, ...]", "BBBB", "b", "a whole number → a list of a whole number"),
    Edit("items widened", "b: tuple[int, ...]", "b: tuple[int | None, ...]", "PCCC", "b[]"),
    Edit("list or nothing", "b: tuple[int, ...]", "b: tuple[int, ...] | None", "PCCC", "b"),
    Edit("longer list, or nothing", "b: Annotated[tuple[int, ...], Meta(max_length=2)] | None",
         "b: Annotated[tuple[int, ...], Meta(max_length=3)] | None", "PCCC", "b"),
    Edit("text to message", "b: str", _MESSAGE.format("Money"), "BBBB", "b", "text → Money"),
    Edit("message to list of them", _MESSAGE.format("Money"), _MESSAGE.format("tuple[Money, ...]"), "BBBB", "b"),
    Edit("flattened", _MESSAGE.format("Money"), "amount: int", "BBBB"),
    Edit("text or message", "b: str", _MESSAGE.format("str | Money"), "PCCC", "b"),
)  # fmt: skip
