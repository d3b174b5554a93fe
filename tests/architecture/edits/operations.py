"""Operations and parameters, kinds and repetition, deadlines, permissions, errors, events."""

from __future__ import annotations

from tests.architecture.edits import OperationEdit as Edit


def _query(parameters: str = "", returns: str = "str", options: str = "", mark: str = "query") -> str:
    if "deadline" not in options:
        options = ", ".join(filter(None, (options, "deadline=5")))  # that of commands and streams
    return f"@{mark}({options})\nasync def look(self{parameters and ', '}{parameters}) -> {returns}: ..."


def _command(repeat: str, *, raises: str = "") -> str:
    options = ", ".join(filter(None, (repeat, raises and f"raises=({raises},)")))
    return _query("name: str", options=options, mark="command")


_OTHER = "\n@query()\nasync def find(self, name: str) -> int: ..."
_STREAM = "@stream()\ndef look(self) -> AsyncIterator[str]: ..."
_ERRORS = "class Gone(Error):\n    code = 'shop.gone'\n    {fields}\nclass Sold(Error):\n    code = 'shop.sold'\n"
_SHOP = "@contract(version=1)\nclass Shop(Protocol):\n    "


def _raising(body: str, fields: str = "") -> str:
    return _ERRORS.format(fields=fields) + _SHOP + body.replace("\n", "\n    ")


def _event(fields: str, *, key: str = "sku", declared: str = "Sold,", code: str = "shop.sold") -> str:
    return (
        f"class Sold(Event):\n    code: ClassVar[str] = '{code}'\n    key: ClassVar[str] = '{key}'\n"
        + "".join(f"    {field}\n" for field in fields.split("; "))
        + f"@contract(version=1, events=({declared}))\nclass Shop(Protocol):\n    @query()\n"
        + "    async def look(self) -> str: ...\n"
    )


_ATOMIC, _PROCESS, _PLAIN = _command("atomic"), _command("process"), _command("")
_NAMED = _query("name: str")

EDITS = (
    Edit("operation added", _NAMED, _NAMED + _OTHER, (("find", "added", "P"),), "P"),
    Edit("operation removed", _NAMED + _OTHER, _NAMED, (("find", "removed", "C"),), "C"),
    Edit("operation renamed", _NAMED, _NAMED.replace("look", "view"),
         (("look", "removed (renamed to view?)", "C"), ("view", "added (renamed from look?)", "P")), "B"),
    Edit("operation replaced", _NAMED, "@query()\nasync def view(self) -> int: ...",
         (("look", "removed", "C"), ("view", "added", "P")), "B"),
    Edit("parameter added without a default", _NAMED, _query("name: str, size: int"),
         (("look: parameter size", "added: a whole number, required", "C"),), "C"),
    Edit("parameter added with a default", _NAMED, _query("name: str, size: int = 1"),
         (("look: parameter size", "added: a whole number, default 1", "S"),), "S"),
    Edit("parameter removed, was required", _query("name: str, size: int"), _NAMED,
         (("look: parameter size", "removed", "P"),), "P"),
    Edit("parameter removed, had a default", _query("name: str, size: int = 1"), _NAMED,
         (("look: parameter size", "removed", "S"),), "S"),
    Edit("parameter renamed", _NAMED, _query("title: str"),
         (("look: parameter name", "(renamed to title?)", "P"), ("look: parameter title", "(renamed from name?)", "C")),
         "B"),
    Edit("parameter retyped", _NAMED, _query("name: int"),
         (("look: parameter name", "text → a whole number", "B"),), "B"),
    Edit("parameter widened", _NAMED, _query("name: str | None"), (("look: parameter name", "or nothing", "P"),), "P"),
    Edit("parameter made optional", _NAMED, _query("name: str = ''"), (("look: parameter name", "default", "P"),), "P"),
    Edit("parameter made required", _query("name: str = ''"), _NAMED, (("look: parameter name", "→ req", "C"),), "C"),
    Edit("parameter's default changed", _query("name: str = 'a'"), _query("name: str = 'b'"),
         (("look: parameter name", 'default "a" → default "b"', "S"),), "S"),
    Edit("parameters reordered, by keyword", _query("a: int, b: str"), _query("*, b: str, a: int"), (), "S"),
    Edit("result widened", _query(), _query(returns="str | None"),
         (("look: result", "text → text or nothing", "C"),), "C"),
    Edit("result narrowed", _query(returns="str | None"), _query(), (("look: result", "nothing → text", "P"),), "P"),
    Edit("a result where none was", _query(returns="None"), _query(), (("look: result", "nothing → text", "B"),), "B"),
    Edit("a stream's items widened", _STREAM, _STREAM.replace("[str]", "[str | None]"),
         (("look: item", "or nothing", "C"),), "C"),
    Edit("call to stream", _query(), _STREAM, (("look", "query → stream", "B"),), "B"),
    Edit("stream to call", _STREAM, _query(), (("look", "stream → query", "B"),), "B"),
    Edit("query to command", _NAMED, _PLAIN, (("look", "query → command", "C"),), "C"),
    Edit("command to query", _PLAIN, _NAMED, (("look", "command → query", "P"),), "P"),
    Edit("query to atomic", _NAMED, _ATOMIC, (("look", "query → atomic command", "C"),), "C"),
    Edit("atomic to query", _ATOMIC, _NAMED, (("look", "atomic command → query", "P"),), "P"),
    Edit("atomic to not repeatable", _ATOMIC, _PLAIN, (("look", "atomic command → command", "C"),), "C"),
    Edit("not repeatable to atomic", _PLAIN, _ATOMIC, (("look", "command → atomic command", "P"),), "P"),
    Edit("process to not repeatable", _PROCESS, _PLAIN, (("look", "process command → command", "C"),), "C"),
    Edit("not repeatable to process", _PLAIN, _PROCESS, (("look", "command → process command", "P"),), "P"),
    Edit("atomic to process", _ATOMIC, _PROCESS, (("look", "atomic command → process command", "B"),), "B"),
    Edit("process to atomic", _PROCESS, _ATOMIC, (("look", "process command → atomic command", "B"),), "B"),
    Edit("deadline longer", _query(options="deadline=1"), _query(options="deadline=2.5"),
         (("look", "deadline 1 s → 2.5 s", "S"),), "S"),
    Edit("deadline shorter", _query(options="deadline=2.5"), _query(options="deadline=1"),
         (("look", "deadline 2.5 s → 1 s", "S"),), "S"),
    Edit("permission narrowed", _query(), _query(options="allow=STAFF"),
         (("look", "no longer allowed to customer, guest", "C"),), "C"),
    Edit("permission widened", _query(options="allow=STAFF"), _query(options="allow=CUSTOMER"),
         (("look", "also allowed to customer", "P"),), "P"),
    Edit("permission exchanged", _query(options="allow=frozenset({Role.STAFF})"),
         _query(options="allow=frozenset({Role.CUSTOMER})"),
         (("look", "also allowed to customer", "P"), ("look", "no longer allowed to staff", "C")), "B"),
    Edit("error added", _raising(_query()), _raising(_query(options="raises=(Gone,)")),
         (("look", "error shop.gone added", "C"),), "C"),
    Edit("error removed", _raising(_query(options="raises=(Gone,)")), _raising(_query()),
         (("look", "error shop.gone removed", "P"),), "P"),
    Edit("error removed whose answers are stored", _raising(_command("atomic", raises="Gone")), _raising(_ATOMIC),
         (("look", "error shop.gone removed", "B"),), "B"),
    Edit("error exchanged", _raising(_query(options="raises=(Gone,)")), _raising(_query(options="raises=(Sold,)")),
         (("look", "error shop.gone removed", "P"), ("look", "error shop.sold added", "C")), "B"),
    Edit("error gets a field", _raising(_query(options="raises=(Gone,)")),
         _raising(_query(options="raises=(Gone,)"), "since: str"),
         (("look: error shop.gone since", "added: text, required", "P"),), "P"),
    Edit("error loses a field", _raising(_query(options="raises=(Gone,)"), "since: str"),
         _raising(_query(options="raises=(Gone,)")), (("look: error shop.gone since", "removed", "C"),), "C"),
    Edit("error renamed, code kept", _raising(_query(options="raises=(Gone,)")),
         _raising(_query(options="raises=(Gone,)")).replace("Gone", "Lost"), (), "S"),
    Edit("event added", _event("sku: str", declared=""), _event("sku: str"), (("event shop.sold", "added", "P"),), "P"),
    Edit("event removed", _event("sku: str"), _event("sku: str", declared=""),
         (("event shop.sold", "removed", "C"),), "C"),
    Edit("event's code changed", _event("sku: str"), _event("sku: str", code="shop.gone"),
         (("event shop.gone", "added", "P"), ("event shop.sold", "removed", "C")), "B"),
    Edit("event ordered by another field", _event("sku: str; order: str"), _event("sku: str; order: str", key="order"),
         (("event shop.sold", "key sku → order", "B"),), "B"),
    Edit("event gets a field", _event("sku: str"), _event("sku: str; by: str = ''"),
         (("event shop.sold: by", "added", "S"),), "S"),
    Edit("event gets a field that stored ones lack", _event("sku: str"), _event("sku: str; by: str"),
         (("event shop.sold: by", "added: text, required", "B"),), "B"),
    Edit("event loses a field", _event("sku: str; by: str"), _event("sku: str"),
         (("event shop.sold: by", "removed", "C"),), "C"),
    Edit("event's field optional", _event("sku: str; by: str"), _event("sku: str; by: str = ''"),
         (("event shop.sold: by", "required → default", "C"),), "C"),
    Edit("opposite orders in unrelated operations", _NAMED + _OTHER,
         _NAMED + _OTHER.replace("-> int", "-> int | None") + _OTHER.replace("find", "seek").replace("str", "int"),
         (("find: result", "or nothing", "C"), ("seek", "added", "P")), "B"),
    Edit("an operation's words", _query(), _query().replace("...", "'''Look.'''"), (), "S"),
)  # fmt: skip
