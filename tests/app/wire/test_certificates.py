"""A certificate says which host it is for and which modules, and lasts no longer than what signed it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.wire.certificates import LIFE, Pair, make_authority, make_certificate, valid_until

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUTHORITY = make_authority(NOW)
LEAF = make_certificate(AUTHORITY, "shelf", ["inventory", "catalog"], NOW)


def parse(pair: Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate)


def test_it_is_signed_by_the_authority_and_belongs_to_its_key() -> None:
    parse(LEAF).verify_directly_issued_by(parse(AUTHORITY))
    key = load_pem_private_key(LEAF.key, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    assert key.public_key() == parse(LEAF).public_key()


def test_it_names_the_host_and_the_modules_by_uris() -> None:
    names = parse(LEAF).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each.value) for each in names] == [
        "freestone://host/shelf",
        "freestone://module/catalog",
        "freestone://module/inventory",
    ]


def test_it_is_for_both_ends_of_a_connection_and_signs_no_certificates() -> None:
    extensions = parse(LEAF).extensions
    assert set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    }
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_it_ends_in_time_and_with_its_authority_at_the_latest() -> None:
    assert valid_until(LEAF) == NOW + LIFE
    assert parse(LEAF).not_valid_before_utc < NOW
    late = NOW + timedelta(days=3600)
    assert valid_until(make_certificate(AUTHORITY, "shelf", ["catalog"], late)) == valid_until(AUTHORITY)


def test_every_authority_has_a_key_of_its_own() -> None:
    assert parse(make_authority(NOW)).public_key() != parse(AUTHORITY).public_key()
