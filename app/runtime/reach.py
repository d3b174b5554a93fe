"""How a host comes to what runs elsewhere; what it asks of placement."""

from __future__ import annotations

from typing import Protocol

from app.runtime.target import Target
from app.wire.codec import ContractCodec
from contracts.kit.module import ASGIApp


class Reach(Protocol):
    """The way to the modules that other hosts run."""

    def target(self, module: str, codec: ContractCodec) -> Target:
        """Return what sends a contract's calls to wherever the module that provides it runs."""

    def web(self, module: str) -> ASGIApp:
        """Return what passes requests on to wherever a BFF runs."""

    def host_of(self, module: str) -> str:
        """Return the name of the host that runs a module."""

    def trouble(self, module: str) -> str | None:
        """Say why a module's host cannot be reached now, or what of its contracts does not fit there, else None."""

    def failure(self, module: str) -> str | None:
        """Say why a module does not serve on its host, None where it does or the host cannot be reached."""
