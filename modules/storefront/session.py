"""The cookies: the session of an account, and the cart of a guest."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from contracts.accounts import Session
from modules.storefront.settings import StorefrontSettings

_PLAUSIBLE = re.compile(r"[!#-+\--:<-\[\]-~]+")
"""A cookie's value: no quotes, commas, semicolons and backslashes (RFC 6265, section 4.1.1)."""


class _Change(NamedTuple):
    value: str = ""
    seconds: int | None = 0
    expires: datetime | None = None


class Cookies:
    """The storefront's cookies in one request, and what the answer is to change about them.

    What this store cannot have set, e.g. an endless token, counts as absent.
    """

    __slots__ = ("_changes", "_secure", "_settings", "cart", "session")

    def __init__(self, request: Request, settings: StorefrontSettings) -> None:
        self._settings = settings
        self._secure = settings.secure_cookies or request.scope["scheme"] == "https"
        self._changes: dict[str, _Change] = {}
        sent = request.cookies
        self.session = _plausible(sent.get(self._name("session")), 200)
        self.cart = _plausible(sent.get(self._name("cart")), 100)

    def keep_session(self, session: Session) -> None:
        """Remember a session for as long as it lasts."""
        self.session = session.token
        self._changes["session"] = _Change(session.token, None, session.expires.astimezone(UTC))

    def forget_session(self) -> None:
        """Drop the session."""
        self.session = None
        self._changes["session"] = _Change()

    def keep_cart(self, token: str) -> None:
        """Remember a guest's cart."""
        self.cart = token
        self._changes["cart"] = _Change(token, self._settings.cart_days * 86_400)

    def forget_cart(self) -> None:
        """Drop the guest's cart."""
        self.cart = None
        self._changes["cart"] = _Change()

    def write(self, response: Response) -> None:
        """Put the changes into an answer."""
        for kind, change in self._changes.items():
            response.set_cookie(
                self._name(kind),
                change.value,
                max_age=change.seconds,
                expires=change.expires,
                path="/",
                secure=self._secure,
                httponly=True,
                samesite="lax",
            )

    def _name(self, kind: str) -> str:
        return f"__Host-freestone-{kind}" if self._secure else f"freestone-{kind}"


def _plausible(value: str | None, longest: int) -> str | None:
    return value if value is not None and len(value) <= longest and _PLAUSIBLE.fullmatch(value) else None
