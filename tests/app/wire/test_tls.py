"""Over TCP both sides show a certificate of the store's own authority, and files that would not do are refused."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from app.errors import LaunchRefused
from app.wire.certificates import LIFE, Pair, make_authority, make_certificate
from app.wire.handshake import named
from app.wire.tls import Contexts, load

NOW = datetime.now(UTC)
AUTHORITY = make_authority(NOW)


def put(folder: Path, pair: Pair, authority: Pair = AUTHORITY) -> tuple[Path, Path, Path]:
    folder.mkdir(exist_ok=True)
    files = folder / "host.crt", folder / "host.key", folder / "authority.crt"
    for path, content in zip(files, (pair.certificate, pair.key, authority.certificate), strict=True):
        path.write_bytes(content)
    return files


def contexts(folder: Path, host: str, *modules: str, authority: Pair = AUTHORITY) -> Contexts:
    pair = make_certificate(authority, host, modules, NOW)
    return load(*put(folder / host, pair, authority), host, modules)


async def meet(server: ssl.SSLContext, client: ssl.SSLContext | None) -> tuple[Any, Any] | None:
    """The certificates that the caller and the callee were shown over a real connection, None where there was none."""
    shown = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown.set_result(writer.get_extra_info("peercert"))
        writer.write(b"welcome")
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server)
    async with listening:
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname(), ssl=client)
        try:
            if client is None:
                writer.write(b"no TLS at all, but some text")
            answer = await reader.read()
            return (writer.get_extra_info("peercert"), await shown) if answer == b"welcome" else None
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def refused(server: ssl.SSLContext, client: ssl.SSLContext | None) -> bool:
    """Whether the callee ends such a connection before it says anything."""
    try:
        return await meet(server, client) is None
    except OSError as error:
        return not isinstance(error, ssl.SSLCertVerificationError)  # that would be the caller's own doing


async def test_each_side_sees_what_the_other_is(tmp_path: Path) -> None:
    shelf, shop = contexts(tmp_path, "shelf", "catalog", "inventory"), contexts(tmp_path, "shop", "cart")
    met = await meet(shelf.server, shop.client)
    assert met is not None
    callee, caller = met
    assert named("host", callee) | named("module", callee) == {"shelf", "catalog", "inventory"}
    assert named("host", caller) | named("module", caller) == {"shop", "cart"}


async def test_a_caller_with_another_authoritys_certificate_is_refused(tmp_path: Path) -> None:
    shelf = contexts(tmp_path, "shelf", "catalog")
    thief = contexts(tmp_path, "shop", "cart", authority=make_authority(NOW))
    thief.client.load_verify_locations(tmp_path / "shelf" / "authority.crt")  # it does believe the callee
    assert await refused(shelf.server, thief.client)


async def test_a_callee_with_another_authoritys_certificate_is_refused(tmp_path: Path) -> None:
    thief = contexts(tmp_path, "shelf", "catalog", authority=make_authority(NOW))
    with pytest.raises(ssl.SSLCertVerificationError):
        await meet(thief.server, contexts(tmp_path, "shop", "cart").client)


async def test_a_caller_without_a_certificate_is_refused(tmp_path: Path) -> None:
    shelf = contexts(tmp_path, "shelf", "catalog")
    nobody = ssl.create_default_context(cafile=tmp_path / "shelf" / "authority.crt")
    nobody.check_hostname = False
    assert await refused(shelf.server, nobody)


async def test_plain_text_on_a_tls_port_gets_no_answer(tmp_path: Path) -> None:
    assert await refused(contexts(tmp_path, "shelf", "catalog").server, None)


async def test_older_versions_than_1_3_are_not_spoken(tmp_path: Path) -> None:
    shelf, shop = contexts(tmp_path, "shelf", "catalog"), contexts(tmp_path, "shop", "cart")
    shop.client.minimum_version = shop.client.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await meet(shelf.server, shop.client)


def encrypted(pair: Pair) -> Pair:
    key = load_pem_private_key(pair.key, password=None)
    return Pair(
        pair.certificate,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
    )


def leaf(*, host: str = "shelf", modules: tuple[str, ...] = ("catalog",), now: datetime = NOW) -> Pair:
    return make_certificate(AUTHORITY, host, modules, now)


BAD: dict[str, tuple[Callable[[], Pair], str]] = {
    "expired": (lambda: leaf(now=NOW - LIFE - timedelta(days=1)), "would be refused by .*: certificate has expired"),
    "not yet": (lambda: leaf(now=NOW + timedelta(days=1)), "would be refused by .*: certificate is not yet valid"),
    "foreign": (
        lambda: make_certificate(make_authority(NOW), "shelf", ["catalog"], NOW),
        "would be refused by every host that trusts .*authority.crt",
    ),
    "its key": (lambda: Pair(leaf().certificate, leaf().key), "host.key does not belong to .*host.crt"),
    "encrypted": (lambda: encrypted(leaf()), "no certificate and key in PEM; the key must not be encrypted"),
    "no key": (lambda: Pair(leaf().certificate, b"?"), "no certificate and key in PEM"),
    "no certificate": (lambda: Pair(b"", leaf().key), "no certificate and key in PEM"),
    "another host": (lambda: leaf(host="shop"), "is not for host shelf; .* certify shop shelf --modules catalog"),
    "lacks": (lambda: leaf(modules=("cart",)), "is not for module catalog; .* certify shelf --modules cart,catalog"),
    "lacks all": (lambda: leaf(host="shop", modules=()), "is not for host shelf and module catalog; make one"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_others_would_refuse_stop_the_launch(tmp_path: Path, name: str) -> None:
    make, sentence = BAD[name]
    with pytest.raises(LaunchRefused, match=rf"^\[tls\] .*{sentence}.*\.$"):
        load(*put(tmp_path, make()), "shelf", ["catalog"])


@pytest.mark.parametrize("what", ["certificate", "key", "authority"])
def test_a_missing_file_stops_the_launch(tmp_path: Path, what: str) -> None:
    files = dict(zip(("certificate", "key", "authority"), put(tmp_path, leaf()), strict=True))
    files[what].unlink()
    with pytest.raises(LaunchRefused, match=rf"^\[tls\] {what}: .* cannot be read: No such file or directory\.$"):
        load(**files, host="shelf", modules=["catalog"])


def test_an_authority_that_is_none_stops_the_launch(tmp_path: Path) -> None:
    certificate, key, authority = put(tmp_path, leaf())
    authority.write_bytes(b"?")
    with pytest.raises(LaunchRefused, match=r"^\[tls\] authority: .*authority\.crt holds no certificate in PEM\.$"):
        load(certificate, key, authority, "shelf", ["catalog"])


def test_hosts_on_one_machine_may_have_one_certificate(tmp_path: Path) -> None:
    files = put(tmp_path, make_certificate(AUTHORITY, "main", ["cart", "catalog"], NOW, beside=["shelf"]))
    assert load(*files, "main", ["cart"])
    assert load(*files, "shelf", ["catalog"])
