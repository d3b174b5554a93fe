"""An actor crosses as what the callee can check; a caller's bare word makes nobody anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, final

import pytest

from app.runtime.identity import AssertionSigner, Identities, public_part
from app.wire.claims import Claims, claim_of
from app.wire.hello import HOST
from contracts.kit import SYSTEM, Actor, Clock, Context, PermissionDenied, Role

KEY, FOREIGN_KEY = b"k" * 32, b"f" * 32
ADA = Actor(id="ada", roles=frozenset({Role.CUSTOMER, Role.STAFF}))
ABOVE = {
    "storefront": frozenset[str](),
    "cart": frozenset({"storefront"}),
    "catalog": frozenset({"cart", "storefront", "orders"}),
}


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
def claims(clock: ManualClock) -> Claims:
    return Claims(Identities(public_part(KEY), clock), ABOVE)


def sign(clock: Clock, key: bytes = KEY, actor: Actor = ADA) -> str:
    return AssertionSigner(key, clock).sign(actor, timedelta(minutes=5))


def system(module: str) -> Context:
    return Context(request_id="r", actor=Actor(id=module, roles=SYSTEM))


def test_a_guest_crosses_as_nothing(claims: Claims) -> None:
    for context in (Context(request_id="r"), Context(request_id="r", actor=Actor())):
        assert claim_of(context) is None
        assert claims.context("cart", "r", None) == context


def test_a_person_crosses_as_the_assertion(claims: Claims, clock: ManualClock) -> None:
    context = Context(request_id="r", actor=ADA, assertion=sign(clock))
    claim = claim_of(context)
    assert claim == context.assertion
    assert claims.context("cart", "r", claim) == context


def test_the_system_crosses_as_the_module_it_acts_for(claims: Claims) -> None:
    assert claim_of(system("cart")) == ("cart",)
    assert claims.context("cart", "r", ("cart",)) == system("cart")


@pytest.mark.parametrize(
    "actor", [ADA, Actor(id="cart", roles=SYSTEM | {Role.OPERATOR}), Actor(id="ada"), Actor(roles=frozenset())]
)
def test_who_could_not_be_proved_is_not_sent(actor: Actor) -> None:
    with pytest.raises(PermissionDenied):
        claim_of(Context(actor=actor))


@pytest.mark.parametrize(
    ("caller", "module"),
    [
        ("storefront", "storefront"),
        ("cart", "cart"),
        ("cart", "storefront"),
        ("catalog", "storefront"),
        ("catalog", "orders"),
        (HOST, HOST),
        ("cart", HOST),
    ],
)
def test_the_system_comes_from_the_module_itself_or_one_that_it_needs(claims: Claims, caller: str, module: str) -> None:
    assert claims.context(caller, "r", (module,)) == system(module)


@pytest.mark.parametrize(
    ("caller", "module"),
    [
        ("storefront", "cart"),
        ("cart", "catalog"),
        ("cart", "orders"),
        (HOST, "cart"),
        ("unknown", "unknown"),
        ("unknown", "cart"),
        ("", ""),
        ("cart", ""),
    ],
)
def test_the_system_comes_no_other_way(claims: Claims, caller: str, module: str) -> None:
    with pytest.raises(PermissionDenied):
        claims.context(caller, "r", (module,))


@pytest.mark.parametrize("claim", [(), ("cart", "cart"), ["cart", "storefront"]])
def test_a_claim_of_another_shape_is_refused(claims: Claims, claim: Any) -> None:
    with pytest.raises(PermissionDenied):
        claims.context("cart", "r", claim)


def test_an_assertion_is_refused_when_it_has_expired_although_it_was_seen_before(
    claims: Claims, clock: ManualClock
) -> None:
    assertion = sign(clock)
    assert claims.context("cart", "r", assertion).actor == ADA
    clock.time += timedelta(minutes=5)
    with pytest.raises(PermissionDenied):
        claims.context("cart", "r", assertion)


def test_an_assertion_that_was_tampered_with_or_is_another_stores_is_refused(
    claims: Claims, clock: ManualClock
) -> None:
    assertion = sign(clock)
    for bad in (assertion[:-4] + "AAAA", "A" + assertion[1:], sign(clock, FOREIGN_KEY), "", "garbage", "cart"):
        with pytest.raises(PermissionDenied):
            claims.context("cart", "r", bad)


def test_an_assertion_is_verified_once_a_host(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    identities = Identities(public_part(KEY), clock)
    read, seen = identities._read, list[str]()

    def reading(assertion: str) -> object:
        seen.append(assertion)
        return read(assertion)

    monkeypatch.setattr(identities, "_read", reading)
    claims = Claims(identities, ABOVE)
    assertion = sign(clock)
    contexts = [claims.context(caller, str(number), assertion) for number, caller in enumerate(ABOVE)]
    assert seen == [assertion]
    assert [each.request_id for each in contexts] == ["0", "1", "2"]
