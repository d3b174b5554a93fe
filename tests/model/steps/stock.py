"""What staff do in the catalogue and on the shelves, and what others than orders claim of the stock."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.inventory import Reservation
from contracts.kit import Conflict
from contracts.values import ProductId
from tests.model.goods import euros
from tests.model.steps.base import Delivery, Steps, any_names, deliveries, few, wishes
from tests.model.system import CLERK, MACHINE

claims = st.integers(0, 3)


class StockSteps(Steps):
    """Prices, products, deliveries and reservations."""

    @rule(name=any_names, cents=st.sampled_from((-1, 0, 900, 1250, 1999)))
    def change_a_price(self, name: str, cents: int) -> None:
        """A price becomes another, or stays as it is."""
        sku = self.play.sku(name)
        got = self.call(CLERK, self.catalog.change_price(sku, euros(cents)))
        answer = None if hasattr(got, "variants") else got
        self.play.hold(answer, lambda: self.model.goods.change_price(sku, euros(cents)))

    @precondition(lambda self: not self.model.goods.gone)
    @rule(product=st.sampled_from(("mug", "book")))
    def take_a_product_out_of_sale(self, product: str) -> None:
        """A product is sold no more, and lies in carts all the same."""
        product_id = ProductId(self.play.tag.lower() + product)
        self.call(CLERK, self.catalog.discontinue_product(product_id))
        self.model.goods.gone.add(product_id)

    @rule(target=deliveries, name=any_names, quantity=st.sampled_from((2, 5)))
    def restock(self, name: str, quantity: int) -> Delivery:
        """Goods arrive, of an unknown SKU perhaps."""
        sku, key = self.play.sku(name), next(self.keys)
        got = self.call(CLERK, self.inventory.restock(sku, quantity), key)
        self.play.hold(got, lambda: self.model.stock.restock(sku, quantity, self.model.now))
        return Delivery(key, name, quantity, got)

    @rule(delivery=deliveries, more=st.integers(0, 1))
    def restock_again_under_the_same_key(self, delivery: Delivery, more: int) -> None:
        """The first answer, whatever is there by now; with another quantity a refusal."""
        again = self.inventory.restock(self.play.sku(delivery.name), delivery.quantity + more)
        got = self.call(CLERK, again, delivery.key)
        self.play.hold(got, lambda: Conflict(operation="inventory.restock") if more else delivery.answer)

    @rule(number=claims, wanted=wishes)
    def reserve(self, number: int, wanted: list[tuple[str, int]]) -> None:
        """Stock is claimed, for the first time or again."""
        claim, lines = self.play.claims[number], self.play.lines(wanted)
        got = self.call(MACHINE, self.inventory.reserve(claim, lines))
        if isinstance(got, Reservation) and not self.play.is_timeless:
            self._learn_expiry(got)
        else:
            self.play.hold(got, lambda: self.model.stock.reserve(claim, lines, self.model.now))

    def _learn_expiry(self, got: Reservation) -> None:
        expected = self.model.stock.reserve(got.order_id, got.lines, self.model.now)
        assert (got.order_id, got.lines) == (expected.order_id, expected.lines)

    @precondition(lambda self: self.model.stock.claims)
    @rule(number=claims)
    def commit(self, number: int) -> None:
        """What is held leaves."""
        claim = self.play.claims[number]
        got = self.call(MACHINE, self.inventory.commit(claim))
        self.play.hold(got, lambda: self.model.stock.commit(claim, self.model.now))

    @precondition(lambda self: self.model.stock.claims)
    @rule(number=claims)
    def release(self, number: int) -> None:
        """What is held, or would be, is given back."""
        claim = self.play.claims[number]
        got = self.call(MACHINE, self.inventory.release(claim))
        self.play.hold(got, lambda: self.model.stock.release(claim, self.model.now))

    @precondition(lambda self: self.model.stock.claims)
    @rule(number=claims, name=any_names, quantity=few)
    def bring_back(self, number: int, name: str, quantity: int) -> None:
        """Some of what has left comes back; more than that is refused."""
        claim, sku = self.play.claims[number], self.play.sku(name)
        got = self.call(CLERK, self.inventory.restock(sku, quantity, claim), next(self.keys))
        self.play.hold(got, lambda: self.model.stock.restock(sku, quantity, self.model.now, claim))

    @precondition(lambda self: self.model.stock.claims)
    @rule(number=claims)
    def take_back(self, number: int) -> None:
        """All that has left comes back, where it has not yet."""
        claim = self.play.claims[number]
        got = self.call(MACHINE, self.inventory.take_back(claim))
        self.play.hold(got, lambda: self.model.stock.take_back(claim))
