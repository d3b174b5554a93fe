"""What the page says of calls, claims, errors and types is what a real host does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.docs.wire_caller import ERROR, RESULT, Caller, assertion
from tests.docs.wire_desk import EPOCH
from tests.docs.wire_stand import HOST_KEY, MODULES, SIGNER, Stand


async def test_a_query_is_answered_with_its_result(caller: Caller) -> None:
    assert await caller.answer(caller.call("desk.v1/add", {"one": 2, "other": 3})) == [RESULT, 5]


async def test_what_has_a_default_may_be_left_out_and_what_is_unknown_is_ignored(caller: Caller) -> None:
    assert await caller.answer(caller.call("desk.v1/add", {"one": 2, "third": None})) == [RESULT, 3]


async def test_calls_are_answered_in_whatever_order(stand: Stand, caller: Caller) -> None:
    slow, quick = caller.call("desk.v1/waits", {}), caller.call("desk.v1/add", {"one": 1})
    assert await caller.answer(quick) == [RESULT, 2]
    stand.clerk.go_on.set()
    assert await caller.answer(slow) == [RESULT, None]


EVERYTHING: dict[str, Any] = {
    "nothing": None,
    "flag": True,
    "number": 2**63 - 1,
    "measure": 1.5,
    "text": "é",
    "raw": b"\0\xff",
    "price": "1.50",
    "uuid": "00000000-0000-0000-0000-00000000000a",
    "instant": datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC),
    "day": "2026-03-01",
    "hour": "12:30:00.500000",
    "span": "P1DT2.5S",
    "names": ["a", "b"],
    "pair": [1, "a"],
    "odd": [7],
    "colour": "red",
    "size": 2,
    "word": "yes",
    "shape": {"type": "circle", "radius": 2.0},
    "maybe": None,
    "rest": "said",
}
ALSO: list[tuple[str, Any, Any]] = [
    ("measure", 2, 2.0),
    ("price", 2, "2"),
    ("price", 1.5, "1.5"),
    ("uuid", "0" * 31 + "a", EVERYTHING["uuid"]),
    ("uuid", bytes(15) + b"\x0a", EVERYTHING["uuid"]),
    ("instant", "2026-03-01T14:30:00.000250+02:00", EVERYTHING["instant"]),
    ("hour", "12:30:00+02:00", "12:30:00+02:00"),
    ("span", "PT1H2M", "PT3720S"),
    ("span", "-PT1S", "-PT1S"),
    ("span", "P0D", "P0D"),
    ("odd", [7, 7], [7]),
    ("shape", {"side": 2, "type": "square"}, {"type": "square", "side": 2}),
    ("maybe", 5, 5),
]


async def test_every_type_looks_as_the_page_says(caller: Caller) -> None:
    assert await caller.answer(caller.call("desk.v1/echo", {"thing": EVERYTHING})) == [RESULT, EVERYTHING]
    for field, said, heard in ALSO:
        thing = EVERYTHING | {field: said}
        kind, result = await caller.answer(caller.call("desk.v1/echo", {"thing": thing}))
        assert (kind, result) == (RESULT, EVERYTHING | {field: heard}), field


async def test_an_instant_is_a_timestamp_extension_and_bytes_are_binary(caller: Caller) -> None:
    """By the bytes on the wire, since the library that decodes here knows both itself."""
    caller.call("desk.v1/echo", {"thing": EVERYTHING})
    body = await caller.receive_raw()
    seconds = int(EVERYTHING["instant"].timestamp())
    assert b"\xa7instant\xd7\xff" + (250_000 << 34 | seconds).to_bytes(8, "big") in body
    assert b"\xa3raw\xc4\x02\x00\xff" in body
    assert b"\xa7measure\xcb" in body


async def test_a_declared_error_arrives_with_its_code_and_fields(caller: Caller) -> None:
    number = caller.call("desk.v1/breaks", {"since": EPOCH})
    assert await caller.answer(number) == [ERROR, "desk.broken", {"where": "here", "since": EPOCH}]


async def test_every_other_error_arrives_as_the_page_says(caller: Caller) -> None:
    kind, code, fields = await caller.answer(caller.call("desk.v1/add", {"one": "1"}))
    assert (kind, code, fields["where"]) == (ERROR, "call.invalid_argument", "desk.add")
    kind, code, fields = await caller.answer(caller.call("desk.v1/add", {"one": 101}))
    assert (kind, code) == (ERROR, "call.invalid_argument")
    kind, code, fields = await caller.answer(caller.call("desk.v1/add", {}))
    assert (kind, code) == (ERROR, "call.invalid_argument")
    denied = [ERROR, "call.permission_denied", {"operation": "desk.for_staff"}]
    assert await caller.answer(caller.call("desk.v1/for_staff", {})) == denied
    kind, code, fields = await caller.answer(caller.call("desk.v1/waits", {}, remaining=1000))
    assert (kind, code, fields) == (ERROR, "call.timed_out", {"operation": "desk.waits"})
    kind, code, fields = await caller.answer(caller.call("desk.v1/no_such", {}))
    assert (kind, code, fields["operation"]) == (ERROR, "call.unavailable", "desk.v1/no_such")
    assert not fields.get("may_have_executed", False)
    kind, code, fields = await caller.answer(caller.call("desk.v1/zeros", {"size": 5 << 20}))
    assert (kind, code, set(fields)) == (ERROR, "call.internal", {"operation", "incident"})


async def test_a_module_without_the_need_and_one_that_was_not_proved_are_denied(caller: Caller) -> None:
    for module in ("storefront", "orders", "host"):
        kind, code, _ = await caller.answer(caller.call("desk.v1/add", {"one": 1}, caller=module))
        assert (kind, code) == (ERROR, "call.permission_denied"), module


async def test_an_idempotency_key_reaches_the_command(stand: Stand, caller: Caller) -> None:
    assert await caller.answer(caller.call("desk.v1/count", {}, key="once")) == [RESULT, 1]
    assert stand.keys == ["once"]


async def test_the_actor_is_who_the_claim_proves(caller: Caller) -> None:
    ada = assertion(SIGNER, "ada", ["customer"], 4102444800.0)
    assert await caller.answer(caller.call("desk.v1/who", {})) == [RESULT, ["", "guest"]]
    assert await caller.answer(caller.call("desk.v1/who", {}, claim=ada)) == [RESULT, ["ada", "customer"]]
    for module in (*MODULES, "host"):
        number = caller.call("desk.v1/for_the_system", {}, claim=[module])
        assert await caller.answer(number) == [RESULT, module]


async def test_a_claim_that_proves_nothing_is_denied(caller: Caller) -> None:
    for claim in (
        assertion(SIGNER, "ada", ["operator"], 1.0),
        assertion(HOST_KEY, "ada", ["operator"], 4102444800.0),
        assertion(SIGNER, "ada", ["operator"], 4102444800.0) + "\n",
        "ada",
        ["orders"],
    ):
        answer = await caller.answer(caller.call("desk.v1/who", {}, claim=claim))
        assert answer == [ERROR, "call.permission_denied", {"operation": "acting"}]
