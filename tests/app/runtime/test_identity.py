"""Only what the store's own key signed, and only for as long as it said, makes anybody somebody."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.runtime import identity
from app.runtime.identity import AssertionSigner, Identities, public_part
from contracts.kit import Actor, Clock, Context, PermissionDenied, Role, current_actor, current_context
from contracts.kit.context import scope

KEY, FOREIGN_KEY = b"k" * 32, b"f" * 32
ADA = Actor(id="ada", roles=frozenset({Role.CUSTOMER, Role.STAFF}))
HOUR = timedelta(hours=1)


@final
class ManualClock(Clock):
    """Shows the time it was set to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def signer(clock: ManualClock) -> AssertionSigner:
    return AssertionSigner(KEY, clock)


@pytest.fixture
def identities(clock: ManualClock) -> Identities:
    return Identities(public_part(KEY), clock)


def test_an_assertion_speaks_for_the_actor_it_was_signed_for(signer: AssertionSigner, identities: Identities) -> None:
    assertion = signer.sign(ADA, HOUR)
    assert identities.verify(assertion) == ADA
    assert identities.verify(assertion) == ADA
    assert assertion.isascii()


@pytest.mark.parametrize("asked_before", [False, True])
def test_it_does_so_until_it_expires(
    signer: AssertionSigner, identities: Identities, clock: ManualClock, asked_before: bool
) -> None:
    assertion = signer.sign(ADA, HOUR)
    if asked_before:
        identities.verify(assertion)
    clock.time += HOUR - timedelta(seconds=1)
    assert identities.verify(assertion) == ADA
    clock.time += timedelta(seconds=1)
    with pytest.raises(PermissionDenied):
        identities.verify(assertion)


def test_a_change_of_any_byte_is_noticed(signer: AssertionSigner, identities: Identities) -> None:
    raw = urlsafe_b64decode(signer.sign(ADA, HOUR))
    for place in range(len(raw)):
        for bit in (1, 128):
            changed = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]
            with pytest.raises(PermissionDenied):
                identities.verify(urlsafe_b64encode(changed).decode())


def test_a_change_of_any_letter_is_noticed(signer: AssertionSigner, identities: Identities) -> None:
    """Also of those that a lenient decoder passes over."""
    assertion = signer.sign(ADA, HOUR)
    for place in range(len(assertion)):
        for other in ("A", "B", "=", "\n", "é", ""):
            changed = assertion[:place] + other + assertion[place + 1 :]
            if changed != assertion:
                with pytest.raises(PermissionDenied):
                    identities.verify(changed)
    for more in ("\n", "=", "A", " "):
        with pytest.raises(PermissionDenied):
            identities.verify(assertion + more)


def test_another_stores_assertion_counts_for_nothing(identities: Identities, clock: ManualClock) -> None:
    with pytest.raises(PermissionDenied):
        identities.verify(AssertionSigner(FOREIGN_KEY, clock).sign(ADA, HOUR))


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="


@given(
    garbage=st.text() | st.text(LETTERS, max_size=200) | st.binary().map(lambda raw: urlsafe_b64encode(raw).decode())
)
def test_garbage_is_denied_and_nothing_else(garbage: str) -> None:
    with pytest.raises(PermissionDenied):
        Identities(public_part(KEY), ManualClock()).verify(garbage)


def test_what_was_verified_is_remembered_within_bounds(
    signer: AssertionSigner, identities: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_CACHED", 3)
    assertions = [signer.sign(Actor(id=str(number)), HOUR) for number in range(5)]
    for assertion in (*assertions, "garbage"):
        try:
            identities.verify(assertion)
        except PermissionDenied:
            assert assertion == "garbage"
    assert list(identities._known) == assertions[2:]
    assert [identities.verify(each).id for each in assertions] == ["0", "1", "2", "3", "4"]


def test_acting_puts_the_actor_and_the_proof_into_the_context_and_takes_them_out_again(
    signer: AssertionSigner, identities: Identities
) -> None:
    assertion = signer.sign(ADA, HOUR)
    with scope(context=Context(request_id="request-1")):
        with identities.acting(assertion) as actor:
            assert actor == current_actor() == ADA
            assert current_context() == Context(request_id="request-1", actor=ADA, assertion=assertion)
        assert current_context() == Context(request_id="request-1")
        with pytest.raises(KeyError), identities.acting(assertion):
            raise KeyError
        assert current_context() == Context(request_id="request-1")


def test_nobody_acts_with_a_forged_assertion(identities: Identities) -> None:
    with pytest.raises(PermissionDenied), identities.acting("forged"):
        pytest.fail("acted")
    assert current_actor() == Actor()
