"""What customers and staff do with orders."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import multiple, precondition, rule
from msgspec import structs

from contracts.kit import Conflict, idempotency_key
from contracts.orders import NotAvailable, Order, OrderState, PaymentRefused, Quote, QuoteChanged
from contracts.values import CountryCode, Line, OrderId
from tests.model.baskets import Owner
from tests.model.goods import COUNTRIES
from tests.model.money import GOOD, LATE, LOST
from tests.model.player import address, outcome
from tests.model.steps.base import Form, Shown, Steps, cards, few, forms, names, quotes, two, wishes
from tests.model.system import CLERK, GUEST, told

FOLLOW_UPS = ("revoke", "cancel", "send again", "send another", "look")
countries = st.sampled_from(("DE", *COUNTRIES))


class OrderSteps(Steps):
    """Quotes, purchases, double clicks, races, and the ways back."""

    def __init__(self) -> None:
        super().__init__()
        self._digests: dict[tuple[CountryCode, Quote], str] = {}

    @rule(target=quotes, wanted=wishes, country=countries)
    def quote(self, wanted: list[tuple[str, int]], country: CountryCode) -> Any:
        """Somebody asks what something costs."""
        return self._quote(self.play.lines(wanted), country)

    @rule(target=forms, wanted=wishes, country=countries, number=two, card=cards, clicks=st.sampled_from((1, 1, 2)))
    def buy(self, wanted: list[tuple[str, int]], country: CountryCode, number: int, card: str, clicks: int) -> Any:
        """A customer is quoted something and buys it, perhaps with a double click."""
        shown = self._quote(self.play.lines(wanted), country)
        return self._buy(shown, self.play.customers[number], card, clicks) if isinstance(shown, Shown) else shown

    @rule(target=forms, shown=quotes, number=two, card=cards)
    def buy_by_an_old_quote(self, shown: Shown, number: int, card: str) -> Any:
        """A customer buys what was quoted a while ago."""
        return self._buy(shown, self.play.customers[number], card, 1)

    @rule(target=forms, number=two, country=countries, card=cards)
    def buy_the_cart(self, number: int, country: CountryCode, card: str) -> Any:
        """A customer buys what lies in the cart."""
        held = self.model.carts.held.get(self.play.owners[number])
        if not held:
            return multiple()
        shown = self._quote(tuple(Line(sku=sku, quantity=len(pieces)) for sku, pieces in held.items()), country)
        return self._buy(shown, self.play.customers[number], card, 1) if isinstance(shown, Shown) else shown

    @precondition(lambda self: self.system.kill is not None and self.play.deaths)
    @rule(target=forms, wanted=wishes, number=two, card=cards, glances=st.integers(0, 5))
    def buy_while_the_till_dies(self, wanted: list[tuple[str, int]], number: int, card: str, glances: int) -> Any:
        """The process with the orders is killed while one is placed; the form is sent again until it is answered."""
        self.play.deaths -= 1
        return self._buy_while_the_till_dies(self.play.lines(wanted), self.play.customers[number], card, glances)

    def _buy_while_the_till_dies(self, lines: tuple[Line, ...], who: str, card: str, glances: int) -> Any:
        shown = self._quote(lines, "DE")
        if not isinstance(shown, Shown):
            return shown
        self._take_along(who, shown)
        form = Form(who, next(self.keys), shown, card, OrderId(""))
        return self._bought(form, self.play.through_a_death("till", lambda: self._sent(form), glances))

    def finish(self) -> None:
        """Where processes can be killed, buy what is left once more while one is."""
        if self.system.kill is not None:
            left = [sku for sku in self.model.goods.wares if self.model.available(sku) and self.model.goods.offer(sku)]
            lines = tuple(Line(sku=sku, quantity=1) for sku in left)
            if lines:
                self._buy_while_the_till_dies(lines, self.play.customers[0], GOOD, len(self.model.orders) % 5)
            self.play.agree()

    @rule(form=forms, what=st.sampled_from(FOLLOW_UPS), number=two, times=st.integers(1, 2))
    def follow_up(self, form: Form, what: str, number: int, times: int) -> None:
        """Somebody comes back to an order. One rule for all of it: of many, the tool leaves most out of an example."""
        who = self.play.customers[number]
        match what:
            case "revoke":
                self._revoke(form, times)
            case "cancel":
                self._cancel(form, who)
            case "send again":
                self._send_again(form)
            case "send another":
                self._send_another(form)
            case "look":
                self._look(form, who)

    def _send_again(self, form: Form) -> None:
        """The same form under the same key orders nothing: it is told how its order stands now."""
        order = self.model.orders[form.order_id]
        if order in self.model.waiting:
            return  # whoever asks would wait with it
        self.play.hold(self._send(form), lambda: self.model.answer(form.order_id))

    def _send_another(self, form: Form) -> None:
        """What is not the same is refused, and orders nothing."""
        other = form._replace(card=GOOD if form.card != GOOD else LATE)
        self.play.hold(self._send(other), lambda: Conflict(operation="orders.place_order"))

    def _look(self, form: Form, who: str) -> None:
        """Only its own customer sees an order."""
        got = self.ask(who, lambda: self.orders.get_order(form.order_id))
        self.play.hold(got, lambda: self.model.get(who, form.order_id))

    def _cancel(self, form: Form, who: str) -> None:
        """A customer cancels an order, which may be another's, or be paid."""
        order = self.model.orders[form.order_id]
        if order.state is not OrderState.CANCELLING:
            got = self.call(who, self.orders.cancel_order(form.order_id))
            self.play.hold(got, lambda: self.model.cancel(who, form.order_id))

    def _revoke(self, form: Form, times: int) -> None:
        """The store cancels an order, and asks for it twice at once perhaps."""
        order, card = self.model.orders[form.order_id], form.card
        if (order.state is OrderState.CANCELLING and not order.waits_for_staff) or (
            card == LOST and self.model.waiting
        ):
            return  # whoever asks would wait with it; and while one waits for time, none is to pass
        key = next(self.keys)

        async def revoked() -> Order:
            with self.system.acting(CLERK), idempotency_key(key):
                return await self.orders.revoke_order(form.order_id)

        got = self.play.order(form.who, revoked, card, order, times=times)
        self.play.hold(got, lambda: self.model.revoke(form.order_id))

    @precondition(lambda self: not self.model.waiting)
    @rule(name=names, quantity=few)
    def race(self, name: str, quantity: int) -> None:
        """Both customers buy the same at once: as many orders are paid as there is stock for."""
        lines = (Line(sku=self.play.sku(name), quantity=quantity),)
        shown = self._quote(lines, "DE")
        if not isinstance(shown, Shown):
            return
        for who in self.play.customers:
            self._take_along(who, shown)
        before = self.model.available(lines[0].sku)
        races = [Form(who, next(self.keys), shown, GOOD, OrderId("")) for who in self.play.customers]
        ends = self.play.run(self._all(races))
        bought = [(form, end) for form, end in zip(races, ends, strict=True) if isinstance(end, Order)]
        assert len(bought) == min(len(races), before // quantity), f"of {before} for {quantity} each: {ends}"
        for form, end in bought:
            self.play.hold(end, lambda form=form, end=end: self._place(form, end.id))  # type: ignore[misc]
        for form, other in zip(races, ends, strict=True):
            if not isinstance(other, Order):
                self._learn_loss(form, other)

    def _take_along(self, who: str, shown: Shown) -> None:
        """Where carts are in another process, put something of what is bought into the customer's first.

        It can be seen then when that process has heard of the purchase; what one adds to the cart later, stays in it.
        """
        if not self.play.is_timeless:
            self.put_into_cart(Owner(account=who), shown.lines[0].sku, 1)

    def _learn_loss(self, form: Form, end: object) -> None:
        """A loser was refused, with or without an order that was rejected."""
        assert isinstance(end, NotAvailable), end
        for each in self.play.run(self._history(form.who)):
            if each.id not in self.model.orders:
                self.model.lose(form.who, form.shown.quote, form.shown.country, each.id)

    async def _history(self, who: str) -> Any:
        with self.system.acting(who):
            return (await told(lambda: self.orders.list_orders(None, 100))).orders

    async def _all(self, races: list[Form]) -> list[object]:
        return await asyncio.gather(*(outcome(self._sent(form)) for form in races))

    def _quote(self, lines: tuple[Line, ...], country: CountryCode) -> Any:
        got = self.ask(GUEST, lambda: self.orders.quote(lines, country))
        self.play.hold(got, lambda: self.model.quote(lines, country))
        if not isinstance(got, Quote):
            return multiple()
        return self._remember(got, lines, country)

    def _remember(self, got: Quote, lines: tuple[Line, ...], country: CountryCode) -> Shown:
        """Note a quote's digest, which stands for what it says, and for nothing else."""
        quote = structs.replace(got, digest="")
        known = self._digests.setdefault((country, quote), got.digest)
        assert known == got.digest, f"the same quote with another digest: {got}"
        assert len(set(self._digests.values())) == len(self._digests), f"another quote with the same digest: {got}"
        return Shown(quote, got.digest, lines, country)

    def _buy(self, shown: Shown, who: str, card: str, clicks: int) -> Any:
        if card == LOST and self.model.waiting:
            card = GOOD  # while one waits for time, none is to pass
        self._take_along(who, shown)
        form = Form(who, next(self.keys), shown, card, OrderId(""))
        return self._bought(form, self.play.order(who, lambda: self._sent(form), card, times=clicks))

    def _bought(self, form: Form, got: object) -> Any:
        order_id = got.id if isinstance(got, Order) else getattr(got, "order_id", OrderId(""))
        self.play.hold(got, lambda: self._place(form, order_id))
        if isinstance(got, QuoteChanged):
            self._remember(got.quote, form.shown.lines, form.shown.country)
        return form._replace(order_id=order_id) if isinstance(got, Order | PaymentRefused) else multiple()

    def _place(self, form: Form, order_id: OrderId) -> object:
        shown = form.shown
        return self.model.place(form.who, shown.quote, shown.lines, shown.country, form.card, order_id)

    def _send(self, form: Form) -> object:
        return self.play.run(outcome(self._sent(form)))

    async def _sent(self, form: Form) -> Order:
        shown = form.shown
        with self.system.acting(form.who), idempotency_key(form.key):
            return await self.orders.place_order(shown.digest, shown.lines, address(shown.country), form.card)
