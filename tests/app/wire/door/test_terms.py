"""What the headers of a call may say, and what is malformed."""

from __future__ import annotations

import pytest

from tests.app.runtime.builders import House
from tests.app.wire.door.builders import stage


@pytest.mark.parametrize(
    "seconds", [b"", b"-1", b"+1", b"1e3", b"nan", b"inf", b"1,5", b"1.", b".5", b"9" * 10, b"0x1"]
)
async def test_a_deadline_is_decimal_seconds(house: House, seconds: bytes) -> None:
    response = await stage(house).post(headers=((b"freestone-deadline", seconds),))
    assert (response.status, response.json["code"]) == (400, "call.invalid_argument")
    assert response.json["fields"]["where"] == "Freestone-Deadline"


@pytest.mark.parametrize(("seconds", "status"), [(b"999999999", 200), (b"5", 200), (b"0.000000001", 504), (b"0", 504)])
async def test_any_time_may_be_left(house: House, seconds: bytes, status: int) -> None:
    assert (await stage(house).post(headers=((b"freestone-deadline", seconds),))).status == status


@pytest.mark.parametrize(
    "key", [b"", b'""', b'"a', b'a"\xe4', b"k" * 4097, b"a\tb", b'"a"b"', b'%"a', b'%"%ff"', b'%"%C3"', b'%""']
)
async def test_a_key_is_short_plain_text(house: House, key: bytes) -> None:
    response = await stage(house).post(headers=((b"idempotency-key", key),))
    assert (response.status, response.json["fields"]["where"]) == (400, "Idempotency-Key")


async def test_a_call_has_one_actor(house: House) -> None:
    response = await stage(house).post(headers=((b"freestone-actor", b"x"), (b"freestone-system", b"1")))
    assert (response.status, response.json["fields"]["where"]) == (400, "Freestone-System")


@pytest.mark.parametrize("given", [b"", b"a\x07b", b"x" * 129, b"\xff"])
async def test_an_odd_request_id_is_not_taken(house: House, given: bytes) -> None:
    response = await stage(house).post(headers=((b"x-request-id", given),))
    assert response.status == 200
    assert len(response.headers["x-request-id"]) == 16
