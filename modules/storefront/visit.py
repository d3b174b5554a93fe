"""One request: who asks, and what every page shows around its content."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contracts.accounts import Account, Identity, Session, SessionNotFound
from contracts.catalog import Category
from contracts.kit import CallError, Internal, Overloaded, PermissionDenied, TimedOut, Unavailable
from modules.storefront.refusals import LogInFirst
from modules.storefront.render import render
from modules.storefront.session import Cookies
from modules.storefront.shop import Shop

T = TypeVar("T")

OUTAGES = (Unavailable, TimedOut, Overloaded, Internal)
"""What says that a module does not answer now, as opposed to: does not like the question."""


class Visit:
    """What a page knows of its request and the person behind it."""

    __slots__ = (
        "_account_outage",
        "_identity",
        "_loaded",
        "cookies",
        "count",
        "menu",
        "notes",
        "request",
        "shop",
    )

    def __init__(self, shop: Shop, request: Request) -> None:
        self.shop = shop
        self.request = request
        self.cookies = Cookies(request, shop.settings)
        self.menu: tuple[Category, ...] | None = None
        self.count: int | None = None
        self.notes: dict[str, None] = {}
        """What the page says is missing; each once."""
        self._identity: Identity | None = None
        self._account_outage: CallError | None = None
        self._loaded = False

    @property
    def account(self) -> Account | None:
        """Whose session this is; None for a guest, and where it cannot be known now."""
        return self._identity.account if self._identity else None

    @property
    def cart(self) -> str | None:
        """The token to name the cart by: only a guest's cart has one."""
        return None if self._identity else self.cookies.cart

    @property
    def enhanced(self) -> bool:
        """Whether htmx asks, and so for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    async def identify(self) -> None:
        """Find out whose session it is. Where accounts do not answer, go on as for a guest, and say so."""
        if self.cookies.session is None:
            return
        try:
            self._identity = await self.shop.accounts.identify(self.cookies.session)
        except SessionNotFound:
            self.cookies.forget_session()
        except OUTAGES as outage:
            self._lose_account(outage)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Make the calls in the block on behalf of the person who asks."""
        with ExitStack() as scopes:
            if self._identity is not None:
                try:
                    scopes.enter_context(self.shop.acting.acting(self._identity.assertion))
                except PermissionDenied as refusal:
                    self._lose_account(refusal)
            yield

    def require_account(self, then: str) -> Account:
        """Return who is logged in. `LogInFirst`, to go to ``then`` afterwards, where nobody is."""
        if self._account_outage is not None:
            raise self._account_outage
        if self._identity is None:
            raise LogInFirst(then)
        return self._identity.account

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Run the page's calls, made as tasks of the group, beside those for what surrounds every page.

        If some fail the first failure is raised as it is, and the others are cancelled.
        """
        try:
            async with asyncio.TaskGroup() as calls:
                if not self._loaded:
                    if self.menu is None:
                        calls.create_task(self._load_menu())
                    if self._identity or self.cookies.cart:
                        calls.create_task(self._load_count())
                yield calls
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        self._loaded = True

    async def optional(self, call: Awaitable[T], otherwise: str) -> T | None:
        """Return what a call answers; where its module does not answer, None, and the page says ``otherwise``."""
        try:
            return await call
        except OUTAGES:
            self.notes[otherwise] = None
            return None

    async def adopt_cart(self) -> None:
        """Move what the guest had in the cart to the account; where carts do not answer, it stays for later."""
        if self._identity is None or self.cookies.cart is None:
            return
        try:
            await self.shop.carts.merge(self.cookies.cart)
        except OUTAGES:
            return
        self.cookies.forget_cart()

    async def begin_session(self, session: Session) -> None:
        """Remember who has just logged in, and move their guest's cart to the account."""
        self.cookies.keep_session(session)
        if self.cookies.cart is not None:
            await self.identify()
            with self.acting():
                await self.adopt_cart()

    def page(
        self, template: str, /, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> Response:
        """Render a page. What it is for one person is not kept by a cache; what belongs to an account, by nobody."""
        values.update(visit=self, path=self.request.scope["path"])
        caching = "private, no-cache" if self._is_public else "private, no-store"
        return Response(
            render(self.shop.templates, template, values),
            status,
            {"cache-control": caching, "vary": "HX-Request", **(headers or {})},
            "text/html",
        )

    def redirect(self, address: str) -> Response:
        """Send the browser to see another page of this store (RFC 9110, section 15.4.4)."""
        return RedirectResponse(address, 303)

    def _lose_account(self, outage: CallError) -> None:
        self._identity = None
        self._account_outage = outage
        self.notes["Your account cannot be reached right now, so you see what a guest sees."] = None

    @property
    def _is_public(self) -> bool:
        return self._identity is None and self.cookies.session is None

    async def _load_menu(self) -> None:
        self.menu = await self.optional(
            self.shop.catalog.list_categories(), "The list of categories cannot be shown right now."
        )

    async def _load_count(self) -> None:
        try:
            self.count = await self.shop.carts.count_items(self.cart)
        except OUTAGES:
            self.count = None
