"""Who proves nothing is not let in, and who is not the one that is meant is not called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from app.evolution.shape import ContractShape, fingerprint
from app.runtime.identity import public_part
from app.wire.credentials import issue
from app.wire.handshake import Doorkeeper, Passport, Refused, named, uri
from app.wire.hello import HOST, PROTOCOL, Hello, Peer

AUTHORITY, FOREIGN = b"a" * 32, b"f" * 32
IDENTITY = issue(AUTHORITY, "shop", ["storefront", "cart"])
SHAPES = {"catalog.v1": ContractShape("catalog.v1")}
FINGERPRINTS = {"catalog.v1": fingerprint(SHAPES["catalog.v1"])}


def doorkeeper(authority: bytes | None = AUTHORITY, host: str = "shelf") -> Doorkeeper:
    public = None if authority is None else public_part(authority)
    return Doorkeeper(host, ["inventory", "catalog"], SHAPES, public)


def passport(**changed: Any) -> Passport:
    wanted: dict[str, Any] = {"host": "shop", "modules": ["cart", "storefront"], "credential": IDENTITY}
    return Passport(contracts=SHAPES, **(wanted | changed))


def certificate(host: str, *modules: str) -> Mapping[str, Any]:
    """What `getpeercert` says of such a certificate."""
    uris = [("URI", uri("host", host)), *(("URI", uri("module", each)) for each in modules)]
    return {"subject": ((("commonName", "x"),),), "subjectAltName": (("DNS", "shop.example"), *uris)}


SHOP, SHELF = certificate("shop", "cart", "storefront"), certificate("shelf", "catalog", "inventory")
Change = Callable[[Hello], Hello]


def changed(**values: Any) -> Change:
    return lambda hello: msgspec.structs.replace(hello, **values)


AS_IT_IS = changed()


def shake(keeper: Doorkeeper, caller: Passport, *, change: Change = AS_IT_IS, greeted: Change = AS_IT_IS) -> Peer:
    greeting = keeper.greet()
    answer = caller.answer(greeted(greeting), None, frozenset({"catalog"}))
    return keeper.admit(greeting, change(answer), None)


def test_each_side_says_who_it_is_and_what_it_speaks() -> None:
    greeting = doorkeeper().greet()
    assert greeting.protocol == PROTOCOL
    assert (greeting.host, greeting.modules) == ("shelf", ("catalog", "inventory"))
    assert greeting.contracts == FINGERPRINTS
    assert (greeting.credential, greeting.proof) == (b"", b"")
    answer = passport().answer(greeting, None, frozenset())
    assert (answer.host, answer.modules, answer.contracts) == ("shop", ("cart", "storefront"), FINGERPRINTS)


def test_a_host_with_its_credential_is_let_in_as_its_modules() -> None:
    assert shake(doorkeeper(), passport()) == Peer("shop", frozenset({"cart", "storefront"}))


def test_the_host_itself_calls_only_where_the_supervisor_said_so() -> None:
    supervisor = passport(host="main", modules=["cart", HOST], credential=issue(AUTHORITY, "main", ["cart", HOST]))
    assert HOST in shake(doorkeeper(), supervisor).modules
    with pytest.raises(Refused, match="not for just the modules"):
        shake(doorkeeper(), passport(modules=["cart", "storefront", HOST]))


def test_no_challenge_is_used_twice() -> None:
    keeper = doorkeeper()
    nonces = {keeper.greet().nonce for _ in range(100)}
    assert len(nonces) == 100
    assert {len(nonce) for nonce in nonces} == {16}


def test_a_callee_gets_no_proof_for_another_host_whose_challenge_it_passes_on() -> None:
    greeting = doorkeeper(host="till").greet()
    with pytest.raises(Refused, match="not the host shelf"):
        passport().answer(greeting, None, frozenset(), "shelf")
    assert passport().answer(greeting, None, frozenset(), "till").proof


def test_an_answer_cannot_be_replayed() -> None:
    keeper = doorkeeper()
    answer = passport().answer(keeper.greet(), None, frozenset())
    with pytest.raises(Refused, match="does not hold the key"):
        keeper.admit(keeper.greet(), answer, None)


def test_an_answer_to_one_callee_cannot_be_used_at_another() -> None:
    """Which passes on the challenge of the other as its own."""
    with pytest.raises(Refused, match="does not hold the key"):
        shake(doorkeeper(), passport(), greeted=changed(host="till"))


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "no credential": ({"credential": b""}, "proves nothing"),
    "neither": ({"credential": b"", "proof": b""}, "proves nothing"),
    "no proof": ({"proof": b""}, "does not hold the key"),
    "no signature": ({"proof": b"p" * 64}, "does not hold the key"),
    "another store's": (
        {"credential": issue(FOREIGN, "shop", ["cart", "storefront"]).credential},
        "not signed by this",
    ),
    "stolen": ({"credential": issue(AUTHORITY, "shop", ["cart", "storefront"]).credential}, "does not hold the key"),
    "tampered": ({"credential": IDENTITY.credential[:-1] + b"x"}, "not signed by this"),
    "another host": ({"host": "main"}, "not for the host"),
    "more modules": ({"modules": ("cart", "orders", "storefront")}, "not for just the modules"),
    "fewer modules": ({"modules": ("cart",)}, "not for just the modules"),
    "no modules": ({"modules": ()}, "not for just the modules"),
}


@pytest.mark.parametrize("lie", LIES)
def test_who_does_not_prove_what_it_says_is_refused(lie: str) -> None:
    values, sentence = LIES[lie]
    with pytest.raises(Refused, match=sentence):
        shake(doorkeeper(), passport(), change=changed(**values))


def test_a_host_without_a_credential_is_refused() -> None:
    with pytest.raises(Refused, match="proves nothing"):
        shake(doorkeeper(), passport(credential=None))


def test_a_host_without_the_supervisors_key_believes_no_credential() -> None:
    with pytest.raises(Refused, match="proves nothing"):
        shake(doorkeeper(None), passport())


@pytest.mark.parametrize("protocol", [PROTOCOL + 1, 0])
def test_another_version_of_the_protocol_is_refused_by_either_side(protocol: int) -> None:
    sentence = rf"speaks version {protocol} of the wire protocol, this one version {PROTOCOL};"
    with pytest.raises(Refused, match=sentence):
        shake(doorkeeper(), passport(), change=changed(protocol=protocol))
    with pytest.raises(Refused, match=sentence):
        shake(doorkeeper(), passport(), greeted=changed(protocol=protocol))


def test_a_callee_that_does_not_run_the_module_is_not_answered() -> None:
    with pytest.raises(Refused, match="does not run the modules that are expected"):
        passport().answer(doorkeeper().greet(), None, frozenset({"catalog", "orders"}))


@pytest.mark.parametrize("nonce", [b"", b"n" * 15, b"n" * 17])
def test_a_challenge_of_another_length_is_not_signed(nonce: bytes) -> None:
    """With one, a signature could be had for another nonce and another name."""
    with pytest.raises(Refused, match="challenge"):
        shake(doorkeeper(), passport(), greeted=changed(nonce=nonce))


def test_on_tls_the_certificates_prove_it_and_no_credential_is_shown() -> None:
    keeper = doorkeeper(None)
    greeting = keeper.greet()
    answer = passport().answer(greeting, SHELF, frozenset({"catalog"}))
    assert (answer.credential, answer.proof) == (b"", b"")
    assert keeper.admit(greeting, answer, SHOP) == Peer("shop", frozenset({"cart", "storefront"}))


def test_a_certificate_may_be_for_more_modules_than_run_there() -> None:
    keeper = doorkeeper()
    answer = passport(modules=["cart"]).answer(keeper.greet(), SHELF, frozenset())
    assert keeper.admit(keeper.greet(), answer, SHOP).modules == {"cart"}


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (certificate("shop", "cart"), "certificate is not for all modules"),
        (certificate("main", "cart", "storefront"), "certificate is not for the host"),
        ({}, "certificate is not for the host"),
        ({"subjectAltName": (("DNS", uri("host", "shop")), ("DNS", uri("module", "cart")))}, "not for the host"),
    ],
)
def test_on_tls_a_callers_certificate_must_say_it_all(shown: Mapping[str, Any], sentence: str) -> None:
    """Whatever its credential says."""
    keeper = doorkeeper()
    greeting = keeper.greet()
    answer = passport().answer(greeting, None, frozenset())
    with pytest.raises(Refused, match=sentence):
        keeper.admit(greeting, answer, shown)


@pytest.mark.parametrize("shown", [certificate("shelf", "inventory"), certificate("catalog"), {}])
def test_on_tls_a_callees_certificate_must_be_for_the_modules_too(shown: Mapping[str, Any]) -> None:
    with pytest.raises(Refused, match="callee's certificate is not for the modules"):
        passport().answer(doorkeeper().greet(), shown, frozenset({"catalog"}))


def test_other_names_in_a_certificate_are_passed_over() -> None:
    assert named("module", SHOP) == {"cart", "storefront"}
    assert named("host", SHOP) == {"shop"}
    assert named("host", {"subjectAltName": (("URI", "https://shop.example/host/shop"),)}) == set()
