"""Mutual TLS between hosts: both show a certificate of the store's own authority, and only that one counts.

Names in the DNS prove nothing here, and are not compared: a host is reached under whatever address the topology
gives, and must prove that it is the host, and may speak for the modules, that are meant. The handshake checks
that against the URIs in the certificate.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from app.errors import LaunchRefused
from app.wire.handshake import named


class Contexts(NamedTuple):
    """What a host listens with, and what it calls with."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def load(certificate: Path, key: Path, authority: Path, host: str, modules: Collection[str]) -> Contexts:
    """Return a host's TLS contexts, made from the three PEM files.

    Raises `LaunchRefused` where other hosts would refuse it: for a file that is missing or damaged, a key or an
    authority that does not belong to the certificate, a certificate that has expired, or is for another host or
    not for all of the modules.
    """
    for what, path in (("certificate", certificate), ("key", key), ("authority", authority)):
        try:
            path.read_bytes()
        except OSError as error:
            raise LaunchRefused(f"[tls] {what}: {path} cannot be read: {error.strerror}.") from None
    found = Contexts(
        _context(ssl.PROTOCOL_TLS_SERVER, certificate, key, authority),
        _context(ssl.PROTOCOL_TLS_CLIENT, certificate, key, authority),
    )
    try:
        shown = _meet(found)
    except ssl.SSLCertVerificationError as error:
        raise LaunchRefused(
            f"[tls] {certificate} would be refused by every host that trusts {authority}: {error.verify_message}."
        ) from None
    except ssl.SSLError as error:
        raise LaunchRefused(f"[tls] {certificate} cannot be used for TLS 1.3: {error.reason or error}.") from None
    _check_names(certificate, shown, host, modules)
    return found


def _check_names(certificate: Path, shown: dict[str, object], host: str, modules: Collection[str]) -> None:
    hosts, all_modules = named("host", shown), named("module", shown)
    lacking = [] if host in hosts else [f"host {host}"]
    lacking += [f"module {module}" for module in sorted(set(modules) - all_modules)]
    if lacking:
        names = " ".join([*sorted(hosts - {host}), host])
        raise LaunchRefused(
            f"[tls] {certificate} is not for {' and '.join(lacking)}; make one that is: "
            f"freestone certify {names} --modules {','.join(sorted(all_modules | set(modules)))}."
        )


def _context(side: int, certificate: Path, key: Path, authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(authority)
    except ssl.SSLError:
        raise LaunchRefused(f"[tls] authority: {authority} holds no certificate in PEM.") from None
    try:
        # Without the function, an encrypted key would be asked for at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise LaunchRefused(
                f"[tls] key: {key} does not belong to {certificate}; name the one made with it."
            ) from None
        raise LaunchRefused(
            f"[tls] {certificate} and {key} are no certificate and key in PEM; the key must not be encrypted."
        ) from None
    return context


def _meet(contexts: Contexts) -> dict[str, object]:
    """Let the two contexts shake hands, in memory, and return the certificate that each showed."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = contexts.server.wrap_bio(up, down, server_side=True)
    client = contexts.client.wrap_bio(down, up)
    waiting = [client, server]
    while waiting:
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    return dict(server.getpeercert() or {})
