"""What befalls a store: time passes, modules are renewed, processes die."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model.steps.base import Steps
from tests.model.system import MODULES

MONTHS = timedelta(days=61)
SPANS = (timedelta(minutes=7), timedelta(minutes=20), timedelta(), MONTHS)


class Mishaps(Steps):
    """What nobody does, and what operators do."""

    months_passed = False

    @precondition(lambda self: self.play.is_timeless)
    @rule(span=st.sampled_from(SPANS), module=st.sampled_from(MODULES))
    def wait(self, span: timedelta, module: str) -> None:
        """Time passes: what is late is there, or too late; after a quarter of an hour reservations expire.

        Two months pass once only, so that carts of guests are not forgotten; and where no time passes, a module's
        instance is replaced by a new one.
        """
        if not span:
            assert self.system.renew is not None
            self.play.run(self.system.renew(module))
        elif span < MONTHS or not self.months_passed:
            self.months_passed |= span == MONTHS
            self.play.wait(days=span.days, seconds=span.seconds)

    @precondition(lambda self: self.system.kill is not None and self.play.deaths)
    @rule(host=st.sampled_from(("till", "till", "rest")))
    def kill(self, host: str) -> None:
        """A process is killed between two calls, and started again."""
        self.play.kill(host)
