"""What others than orders ask of the payments: bills that are held, taken, given up and given back in parts."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.values import OrderId
from tests.model.goods import euros
from tests.model.money import GOOD, LOST
from tests.model.steps.base import Steps, cards, two

amounts = st.sampled_from((700, 2500, 700, 0))
references = st.sampled_from(("first", "second"))


class PaymentSteps(Steps):
    """Two bills, with everything that can be asked of them in any order."""

    @rule(number=two, amount=amounts, card=cards)
    def authorise(self, number: int, amount: int, card: str) -> None:
        """An amount is to be held, for the first time or again."""
        bill = self.play.bills[number]
        first = self._card(bill) or card
        got = self.play.ask(first, lambda: self.payments.authorise(bill, euros(amount), card))
        self.play.hold(got, lambda: self.model.till.authorise(bill, amount, card, self.model.now))

    @rule(number=two, card=st.sampled_from((GOOD, LOST)))
    def pay(self, number: int, card: str) -> None:
        """A bill is paid, if it can be."""
        self.authorise(number, 2500, card)
        self.capture(number)

    @precondition(lambda self: self.model.till.bills)
    @rule(number=two)
    def capture(self, number: int) -> None:
        """What is held is to be taken."""
        bill = self.play.bills[number]
        got = self.play.ask(self._card(bill), lambda: self.payments.capture(bill))
        self.play.hold(got, lambda: self.model.till.capture(bill))

    @rule(number=two)
    def void(self, number: int) -> None:
        """What is held, or would be, is to be given up."""
        bill = self.play.bills[number]
        got = self.play.ask(self._card(bill), lambda: self.payments.void(bill))
        self.play.hold(got, lambda: self.model.till.void(bill))

    @precondition(lambda self: self.model.till.bills)
    @rule(number=two, amount=amounts, reference=references)
    def refund(self, number: int, amount: int, reference: str) -> None:
        """What was taken is to be given back, or a part of it."""
        bill = self.play.bills[number]
        got = self.play.ask(self._card(bill), lambda: self.payments.refund(bill, euros(amount), reference))
        self.play.hold(got, lambda: self.model.till.refund(bill, amount, reference, self.model.now))

    @precondition(lambda self: self.model.till.bills)
    @rule(number=two, refusals=st.sampled_from((0, 1)))
    def refund_rest(self, number: int, refusals: int) -> None:
        """Whatever is left of what was taken is to be given back."""
        bill = self.play.bills[number]
        got = self.play.ask(self._card(bill), lambda: self.payments.refund_rest(bill, refusals))
        self.play.hold(got, lambda: self.model.till.refund_rest(bill, refusals, self.model.now))

    def _card(self, bill: OrderId) -> str:
        known = self.model.till.bills.get(bill)
        return "" if known is None else known.card
