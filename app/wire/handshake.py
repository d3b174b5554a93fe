"""Who may speak: the callee's challenge, the caller's answer, and what each proves to the other."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from app.evolution.shape import ContractShape
from app.wire.agreement import Agreement
from app.wire.credentials import NONCE, Credential, HostIdentity, is_proof, read_credential
from app.wire.hello import PROTOCOL, Hello, Peer

_URI = "freestone://"


class Refused(Exception):
    """The other side is not spoken to; one sentence says why, and holds no secret."""


class Doorkeeper:
    """The callee's part: who is let in, and in whose name it may call.

    ``modules`` run here, ``contracts`` are served here, each with its shape. ``authority`` is the public half of the
    supervisor's key; without it only TLS certificates prove anything. ``failures`` says which modules do not serve,
    and why.
    """

    def __init__(
        self,
        host: str,
        modules: Iterable[str],
        contracts: Mapping[str, ContractShape],
        authority: bytes | None,
        failures: Mapping[str, str] | None = None,
    ) -> None:
        self._host = host
        self._failures = dict(failures or {})
        self._modules = tuple(sorted(modules))
        self.agreement = Agreement(contracts)
        self._authority = authority

    def greet(self) -> Hello:
        """Return the first frame for a new connection, with a challenge that was never used before."""
        return Hello(
            protocol=PROTOCOL,
            host=self._host,
            modules=self._modules,
            contracts=self.agreement.fingerprints,
            failures=self._failures,
            nonce=secrets.token_bytes(NONCE),
        )

    def admit(self, greeting: Hello, answer: Hello, certificate: Mapping[str, Any] | None) -> Peer:
        """Return who answered this very greeting; `Refused` where it does not prove what it says.

        On TLS ``certificate`` is the caller's, as `ssl.SSLSocket.getpeercert` gives it, and counts alone;
        elsewhere it is None, and the credential and the proof count.
        """
        _check_protocol(answer)
        modules = frozenset(answer.modules)
        if certificate is not None:
            if answer.host not in named("host", certificate):
                raise Refused("The caller's certificate is not for the host that it says it is.")
            if not modules <= named("module", certificate):
                raise Refused("The caller's certificate is not for all modules that it says it runs.")
        else:
            proved = self._proved(greeting, answer)
            if answer.host != proved.host:
                raise Refused("The caller's credential is not for the host that it says it is.")
            if modules != frozenset(proved.modules):
                raise Refused("The caller's credential is not for just the modules that it says it runs.")
        return Peer(answer.host, modules)

    def _proved(self, greeting: Hello, answer: Hello) -> Credential:
        if self._authority is None or not answer.credential:
            raise Refused(
                "The caller proves nothing: it has neither a TLS certificate nor a credential that counts here."
            )
        credential = read_credential(self._authority, answer.credential)
        if credential is None:
            raise Refused("The caller's credential was not signed by this store's supervisor.")
        if not is_proof(credential, answer.proof, greeting.nonce, greeting.host):
            raise Refused("The caller does not hold the key that belongs to its credential.")
        return credential


class Passport:
    """The caller's part: what it shows, and whom it expects.

    ``modules`` are those in whose names it calls, exactly as in its ``credential``; `HOST` among them lets it
    call as the host. ``contracts`` are those it needs, each with its shape.
    """

    def __init__(
        self,
        host: str,
        modules: Iterable[str],
        contracts: Mapping[str, ContractShape],
        credential: HostIdentity | None,
    ) -> None:
        self.agreement = Agreement(contracts)
        self._host = host
        self._modules = tuple(sorted(modules))
        self._credential = credential

    def answer(
        self,
        greeting: Hello,
        certificate: Mapping[str, Any] | None,
        expected: frozenset[str],
        host: str | None = None,
    ) -> Hello:
        """Return the answer to a callee's greeting; `Refused` where it is not one that runs the ``expected`` modules.

        A proof is made for the ``host`` that is meant, where one is: a callee that passes on another's challenge gets
        none that it could use there.
        On TLS ``certificate`` is the callee's, and must be for them too. A Unix socket proves nothing of the callee
        but that it may write to the folder of sockets, which is for the store's own user alone.
        """
        _check_protocol(greeting)
        if not expected <= frozenset(greeting.modules):
            raise Refused("The callee does not run the modules that are expected there.")
        credential = proof = b""
        if certificate is not None:
            if not expected <= named("module", certificate):
                raise Refused("The callee's certificate is not for the modules that are expected there.")
        elif self._credential is not None:
            if host is not None and greeting.host != host:
                raise Refused(f"The callee is not the host {host}, which is expected there.")
            if len(greeting.nonce) != NONCE:
                raise Refused("The callee's challenge is not one that this protocol knows.")
            credential = self._credential.credential
            proof = self._credential.prove(greeting.nonce, greeting.host)
        return Hello(
            protocol=PROTOCOL,
            host=self._host,
            modules=self._modules,
            contracts=self.agreement.fingerprints,
            credential=credential,
            proof=proof,
        )


def uri(kind: str, name: str) -> str:
    """Return what a certificate's subject alternative names say of a host (``host``) or a module (``module``)."""
    return f"{_URI}{kind}/{name}"


def named(kind: str, certificate: Mapping[str, Any]) -> frozenset[str]:
    """Return the hosts, or the modules, that a certificate is for."""
    prefix = uri(kind, "")
    names = (text for sort, text in certificate.get("subjectAltName", ()) if sort == "URI")
    return frozenset(text.removeprefix(prefix) for text in names if text.startswith(prefix))


def _check_protocol(hello: Hello) -> None:
    if hello.protocol != PROTOCOL:
        raise Refused(
            f"The other side speaks version {hello.protocol} of the wire protocol, this one version {PROTOCOL}; "
            "run releases that speak the same."
        )
