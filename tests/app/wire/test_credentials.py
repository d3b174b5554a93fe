"""A credential speaks for one host, and only the supervisor can make it."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import LaunchRefused
from app.runtime.identity import public_part
from app.wire.credentials import Credential, HostIdentity, is_proof, issue, read_credential

AUTHORITY, FOREIGN = b"a" * 32, b"f" * 32
NONCE = b"n" * 16


def read(identity: HostIdentity) -> Credential:
    found = read_credential(public_part(AUTHORITY), identity.credential)
    assert found is not None
    return found


def test_a_credential_says_what_the_supervisor_signed() -> None:
    identity = issue(AUTHORITY, "shelf", {"inventory", "catalog"})
    assert read(identity) == Credential("shelf", ("catalog", "inventory"), public_part(identity.key))


def test_every_host_has_a_key_of_its_own() -> None:
    assert issue(AUTHORITY, "shelf", ["catalog"]).key != issue(AUTHORITY, "shelf", ["catalog"]).key


def test_another_supervisors_credential_counts_for_nothing() -> None:
    assert read_credential(public_part(AUTHORITY), issue(FOREIGN, "shelf", ["catalog"]).credential) is None


def test_a_change_of_any_byte_is_noticed() -> None:
    raw = issue(AUTHORITY, "shelf", ["catalog"]).credential
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert read_credential(public_part(AUTHORITY), changed) is None
    assert read_credential(public_part(AUTHORITY), raw + b"\0") is None
    assert read_credential(public_part(AUTHORITY), raw[:-1]) is None


@given(st.binary(max_size=200))
def test_garbage_is_no_credential_and_no_proof(garbage: bytes) -> None:
    identity = issue(AUTHORITY, "shelf", ["catalog"])
    assert read_credential(public_part(AUTHORITY), garbage) is None
    assert not is_proof(read(identity), garbage, NONCE, "main")


def test_a_proof_answers_one_challenge_of_one_callee() -> None:
    identity, other = issue(AUTHORITY, "shelf", ["catalog"]), issue(AUTHORITY, "shelf", ["catalog"])
    proof = identity.prove(NONCE, "main")
    assert is_proof(read(identity), proof, NONCE, "main")
    assert not is_proof(read(identity), proof, b"m" * 16, "main")
    assert not is_proof(read(identity), proof, NONCE, "till")
    assert not is_proof(read(other), proof, NONCE, "main")


def test_a_credential_for_what_is_no_key_proves_nothing() -> None:
    assert not is_proof(Credential("shelf", ("catalog",), b"short"), b"p" * 64, NONCE, "main")


def test_an_identity_is_handed_over_as_one_line() -> None:
    identity = issue(AUTHORITY, "shelf", ["catalog"])
    text = identity.text()
    assert HostIdentity.parse(text + "\n") == identity
    assert text.isascii()
    assert "\n" not in text


def test_an_identity_does_not_show_its_key() -> None:
    identity = issue(AUTHORITY, "shelf", ["catalog"])
    assert f"{identity} {identity!r}" == "HostIdentity(…) HostIdentity(…)"


@pytest.mark.parametrize(
    "text", ["", "é", "AAAA", urlsafe_b64encode(b"\x92\x01\x02").decode(), "a", HostIdentity(b"short", b"").text()]
)
def test_a_damaged_identity_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(LaunchRefused, match=r"^The identity that was handed to this host is damaged; .*\.$"):
        HostIdentity.parse(text)
