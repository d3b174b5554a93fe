"""What the steps of all subjects share: the example they play, and how a call is made in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from itertools import count
from typing import ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant

from contracts.cart import Cart, Carts
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Actor, idempotency_key
from contracts.orders import Orders, Quote
from contracts.payments import Payments
from contracts.values import CountryCode, Line, OrderId, Sku
from tests.model.baskets import Owner
from tests.model.eyes import is_whole
from tests.model.money import CLOSED, GOOD, LATE, LOST, REASONS
from tests.model.player import Opening, Player, outcome
from tests.model.system import GUEST, told

KNOWN = ("MUG-BLUE", "MUG-RED", "BOOK", "ANVIL")

names = st.sampled_from(KNOWN)
any_names = st.sampled_from((*KNOWN, *KNOWN, "UNHEARD-OF"))
few = st.sampled_from((1, 1, 2, 3))
two = st.integers(0, 1)
wishes = st.lists(st.tuples(any_names, few), min_size=1, max_size=2)
cards = st.sampled_from((GOOD, LOST, LATE, CLOSED, GOOD, "tok_twice", *REASONS))

guests = Bundle("guests")
quotes = Bundle("quotes")
forms = Bundle("forms")
deliveries = Bundle("deliveries")


class Shown(NamedTuple):
    """A quote that somebody was shown: what it says without its digest, and the digest."""

    quote: Quote
    digest: str
    lines: tuple[Line, ...]
    country: CountryCode


class Form(NamedTuple):
    """A form that was sent under a key, and the order that came of it."""

    who: str
    key: str
    shown: Shown
    card: str
    order_id: OrderId


class Delivery(NamedTuple):
    """A restocking under a key, and its answer."""

    key: str
    name: str
    quantity: int
    answer: object


class Steps(RuleBasedStateMachine):
    """One example; after every step, model and store show the same."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    opening: ClassVar[Opening]
    deaths: ClassVar[int]
    findings: ClassVar[list[str]]

    def __init__(self) -> None:
        super().__init__()
        self.play = Player(self.loop, type(self).opening, self.deaths)
        self.system, self.model = self.play.system, self.play.model
        self.keys = (f"{self.play.tag}key-{number}" for number in count(1))
        self.catalog, self.inventory = self.system.contract(Catalog), self.system.contract(Inventory)
        self.carts, self.orders = self.system.contract(Carts), self.system.contract(Orders)
        self.payments = self.system.contract(Payments)

    def teardown(self) -> None:
        """Play the end, unless something was wrong before, and leave the store."""
        try:
            if not self.play.findings:
                self.finish()
        finally:
            self.findings.extend(self.play.findings)
            self.play.close()

    def finish(self) -> None:
        """Do what every example ends with."""

    @invariant()
    def the_store_is_as_the_model_says(self) -> None:
        """Look at everything."""
        self.play.agree()

    def put_into_cart(self, owner: Owner, sku: Sku, quantity: int) -> Owner:
        """Add to a cart, and return whose it is then: of a guest without one it has a new token."""
        got = self.changed_cart(owner, self.carts.add_item(owner.token, sku, quantity))
        if owner.account is None and owner not in self.model.carts.held and isinstance(got, Cart):
            self.play.found(got.token not in (None, owner.token), f"an unknown token means a new one, not {got.token}")
            owner = Owner(token=got.token)
            self.play.owners.append(owner)
        self.play.hold(got, lambda: self.model.carts.add(owner, sku, quantity))
        return owner

    def changed_cart(self, owner: Owner, change: Awaitable[Cart]) -> object:
        """Change a cart and return it; as it stands now where this machine was too slow to show it whole."""
        got = self.call(owner.account or GUEST, change)
        if isinstance(got, Cart) and not is_whole(got):
            return self.play.run(self.play.eyes.cart(Owner(owner.account, got.token)))
        return got

    def ask(self, who: Actor | str, query: Callable[[], Awaitable[object]]) -> object:
        """Make a query as somebody and return what comes of it."""
        return self.call(who, told(query))

    def call(self, who: Actor | str, call: Awaitable[object], key: str | None = None) -> object:
        """Make a call as somebody, perhaps under a key, and return what comes of it."""

        async def made() -> object:
            with ExitStack() as stack:
                stack.enter_context(self.system.acting(who))
                if key is not None:
                    stack.enter_context(idempotency_key(key))
                return await outcome(call)

        return self.play.run(made())
