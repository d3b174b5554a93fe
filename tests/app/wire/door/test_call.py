"""An operation is called by POST, and what comes of it is what any caller gets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from contracts.kit import Error, Role, current_actor, remaining
from contracts.kit.context import Frame, current_context, current_frame
from contracts.kit.errors import Conflict, Internal, InvalidArgument, PermissionDenied, Unavailable
from tests.app.runtime.builders import House, Missing, Stolen, failing, forever, until
from tests.app.wire.door.builders import Leaver, assertion, post, stage


async def test_the_result_comes_as_json(house: House) -> None:
    response = await stage(house).post("once", {"what": "!", "often": 3})
    assert (response.status, response.body) == (200, b'"done !!!"')
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == str(len(response.body))
    assert response.headers["cache-control"] == "no-store"


async def test_what_has_a_default_may_be_left_out_and_what_is_unknown_is_passed_over(house: House) -> None:
    assert (await stage(house).post("once", {"what": "!", "why": [None]})).json == "done !"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"what": "a"} {}',
        b'{"what": "\xff"}',
        b'{"what": NaN}',
        pytest.param(b'{"x":' + b"[" * 500_000, id="deep"),
    ],
)
async def test_what_is_no_json_is_told_so(house: House, body: bytes) -> None:
    response = await stage(house, max_body=1_000_000).post("once", body)
    assert (response.status, response.json["code"]) == (400, "call.invalid_argument")
    assert response.json["fields"]["where"] == "errand.once"


@pytest.mark.parametrize(
    "body", [[], "text", {}, {"what": 1}, {"what": "a", "often": "b"}, {"what": "a", "often": 0}, {"what": None}]
)
async def test_arguments_that_do_not_fit_are_told_so(house: House, body: object) -> None:
    response = await stage(house).post("once", body)
    assert (response.status, response.json["code"]) == (422, "call.invalid_argument")
    assert response.json["fields"]["where"].startswith("errand.once")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Missing(id="7"), 409),
        (PermissionDenied(operation="errand.run"), 403),
        (InvalidArgument(where="errand.run", problem="odd"), 422),
        (Conflict(operation="errand.run"), 409),
        (Unavailable(operation="errand.run", reason="away", may_have_executed=True), 503),
        (Internal(operation="errand.run", incident="1"), 500),
    ],
)
async def test_an_error_is_a_problem_with_all_its_fields(house: House, error: Error, status: int) -> None:
    response = await stage(house, failing(error)).post()
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")
    problem = response.json
    assert problem.pop("title") in str(error)
    assert problem == {
        "type": f"urn:freestone:error:{error.code}",
        "status": status,
        "detail": str(error),
        "code": error.code,
        "fields": error.fields,
        "request_id": response.headers["x-request-id"],
    }


async def test_an_error_that_is_not_declared_is_internal(house: House, caplog: pytest.LogCaptureFixture) -> None:
    for error in (Stolen(), LookupError("secret")):
        response = await stage(house, failing(error)).post()
        assert (response.status, response.json["code"]) == (500, "call.internal")
        assert b"secret" not in response.body
        assert response.json["fields"]["incident"] in caplog.text


async def test_a_result_that_json_cannot_say_is_internal(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def surrogate() -> str:
        return "\ud800"

    response = await stage(house, surrogate).post()
    assert (response.status, response.json["code"]) == (500, "call.internal")
    assert f"incident {response.json['fields']['incident']}, request {response.headers['x-request-id']}" in caplog.text


async def test_a_deadline_ends_a_call_whoever_set_it(house: House) -> None:
    own = await stage(house, forever).post("hurry")
    given = await stage(house, forever).post("run", headers=((b"freestone-deadline", b"0.05"),))
    for response in (own, given):
        assert (response.status, response.json["code"]) == (504, "call.timed_out")


async def test_the_time_that_is_left_is_known_below(house: House) -> None:
    seen: list[float | None] = []

    async def look() -> str:
        seen.append(remaining())
        return ""

    await stage(house, look).post("run", headers=((b"freestone-deadline", b"60"),))
    assert seen[0] is not None
    assert 0 < seen[0] <= 60


async def test_too_many_calls_are_told_when_to_come_again(house: House) -> None:
    waiting = asyncio.Event()

    async def wait() -> str:
        await waiting.wait()
        return ""

    set_ = stage(house, wait, limit=1)
    first = asyncio.create_task(set_.post())
    await until(lambda: set_.bound.calls)
    response = await set_.post()
    assert (response.status, response.json["code"], response.headers["retry-after"]) == (429, "call.overloaded", "1")
    waiting.set()
    assert (await first).status == 200


@pytest.mark.parametrize("path", ["errand.v1/walk", "errand.v2/run", "errand/run", "errand.v1", "errand.v1/run/", ""])
async def test_what_is_not_served_is_not_found(house: House, path: str) -> None:
    response = await post(stage(house).door, f"/rpc/{path or 'x'}")
    assert (response.status, response.json["code"]) == (404, "call.unavailable")
    assert response.json["fields"]["may_have_executed"] is False


async def test_a_contract_behind_which_nothing_stands_is_unavailable(house: House) -> None:
    set_ = stage(house)
    set_.bound.binding.unbind("it is being moved")
    response = await set_.post()
    assert (response.status, response.json["fields"]["reason"]) == (503, "it is being moved")


async def test_a_guest_acts_unless_somebody_is_proved(house: House) -> None:
    actors = []

    async def note() -> str:
        actors.append(current_actor())
        return current_context().request_id

    set_ = stage(house, note)
    assert (await set_.post("manage")).json["code"] == "call.permission_denied"
    proof = assertion(Role.STAFF).encode()
    response = await set_.post("manage", headers=((b"freestone-actor", proof), (b"x-request-id", b"mine.1")))
    assert (response.status, response.json, response.headers["x-request-id"]) == (200, "mine.1", "mine.1")
    assert [actor.id for actor in actors] == ["ada"]


@pytest.mark.parametrize("proof", [b"", b"nonsense", b"\xff\xfe", b"AAAA" * 40])
async def test_an_actor_that_is_not_proved_is_denied(house: House, proof: bytes) -> None:
    for given in (proof, assertion(Role.CUSTOMER).encode() + proof[:2] + b"="):
        response = await stage(house).post(headers=((b"freestone-actor", given),))
        assert (response.status, response.json["code"]) == (403, "call.permission_denied")


async def test_a_key_runs_a_repeatable_command_under_it(house: House) -> None:
    keys = []

    async def once(frame: Frame, key: str, method: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...]) -> Any:
        keys.append(key)
        return await method(arguments[0], often=arguments[1])

    set_ = stage(house, once={"once": once})
    for header in (b"0f-9", b'"0f-9"', b'"a \\"b\\""', b'%"f%c3%bcnf"', b"100%"):
        assert (await set_.post("once", {"what": "!"}, headers=((b"idempotency-key", header),))).status == 200
    assert (await set_.post("once", {"what": "!"})).status == 200
    assert keys == ["0f-9", "0f-9", 'a "b"', "fünf", "100%"]


async def test_nothing_of_one_call_is_left_for_the_next(house: House) -> None:
    async def look() -> str:
        frame = current_frame().outer
        assert frame is not None
        return f"{frame.next_key} {frame.context.request_id}"

    set_ = stage(house, look)
    headers = ((b"idempotency-key", b"k"), (b"x-request-id", b"one"))
    assert (await set_.post(headers=headers)).json == "k one"
    assert (await set_.post(headers=((b"x-request-id", b"two"),))).json == "None two"


async def test_a_client_that_leaves_ends_its_call(house: House) -> None:
    ended: list[bool] = []

    async def wait() -> str:
        try:
            return await forever()
        finally:
            ended.append(True)

    set_, client = stage(house, wait), Leaver()
    calling = asyncio.create_task(client.call(set_.door, "/rpc/errand.v1/run"))
    await until(lambda: set_.bound.calls)
    assert not ended
    client.left.set()
    await calling
    assert (ended, client.messages, calling.cancelling()) == ([True], [], 0)


async def test_a_door_that_is_stopped_passes_its_cancellation_on(house: House) -> None:
    set_, client = stage(house, forever), Leaver()
    calling = asyncio.create_task(client.call(set_.door, "/rpc/errand.v1/run"))
    await until(lambda: set_.bound.calls)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
