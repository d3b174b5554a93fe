"""What guests and customers do to their carts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import multiple, precondition, rule

from tests.model.baskets import Owner
from tests.model.steps.base import Steps, any_names, guests, names, two

quantities = st.sampled_from((1, 2, 3, 60))
anybody = st.integers(0, 5)


class CartSteps(Steps):
    """Filling carts, and bringing them along when one logs in."""

    @rule(target=guests, name=names, quantity=quantities)
    def begin_a_cart(self, name: str, quantity: int) -> Any:
        """A guest puts something into a cart that there was not."""
        owner = self.put_into_cart(Owner(), self.play.sku(name), quantity)
        return owner if owner.token else multiple()

    @rule(cart=anybody, name=any_names, quantity=quantities)
    def add(self, cart: int, name: str, quantity: int) -> None:
        """Somebody puts something into a cart; where a guest's went along to an account, a new one is begun."""
        self.put_into_cart(self._owner(cart), self.play.sku(name), quantity)

    @precondition(lambda self: self.model.carts.held)
    @rule(cart=anybody, name=names, quantity=quantities)
    def set_quantity(self, cart: int, name: str, quantity: int) -> None:
        """Somebody changes a quantity."""
        owner, sku = self._owner(cart), self.play.sku(name)
        got = self.changed_cart(owner, self.carts.set_quantity(owner.token, sku, quantity))
        self.play.hold(got, lambda: self.model.carts.set(owner, sku, quantity))

    @precondition(lambda self: self.model.carts.held)
    @rule(cart=anybody, name=names)
    def remove(self, cart: int, name: str) -> None:
        """Somebody takes something out."""
        owner, sku = self._owner(cart), self.play.sku(name)
        got = self.changed_cart(owner, self.carts.remove_item(owner.token, sku))
        self.play.hold(got, lambda: self.model.carts.remove(owner, sku))

    @rule(guest=guests, number=two)
    def log_in(self, guest: Owner, number: int) -> None:
        """A guest turns out to be a customer; where that was known before, nothing is left to bring along."""
        who, own = self.play.customers[number], self.play.owners[number]
        assert guest.token is not None
        got = self.call(who, self.carts.merge(guest.token))
        self.play.hold(got, lambda: self.model.carts.merge(guest, own))

    def _owner(self, cart: int) -> Owner:
        return self.play.owners[cart % len(self.play.owners)]
