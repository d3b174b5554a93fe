"""The machine that plays the whole shop, over whatever store it is given."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import get_state_machine_test

from tests.model.player import Opening
from tests.model.steps.base import Steps
from tests.model.steps.carts import CartSteps
from tests.model.steps.mishaps import Mishaps
from tests.model.steps.orders import OrderSteps
from tests.model.steps.payments import PaymentSteps
from tests.model.steps.stock import StockSteps


class ShopMachine(StockSteps, CartSteps, OrderSteps, PaymentSteps, Mishaps):
    """People, staff, other modules and mishaps, in any order."""


class Purchases(OrderSteps, Mishaps):
    """Orders and mishaps alone: in little time more comes of them than where everything is played."""


class Size(NamedTuple):
    """How much is played: so many examples of so many steps, each with so many deaths of processes at most.

    They are the same ones every time, which its ``seed`` chooses, unless it ``is_free``; a failure is made smaller
    where it ``shrinks``; where it does not, every step is told, since not every failure can be repeated.
    """

    examples: int
    steps: int
    deaths: int = 0
    seed: int = 0
    is_free: bool = False
    shrinks: bool = True


def play(loop: asyncio.AbstractEventLoop, opening: Opening, size: Size, machine: type[Steps] = ShopMachine) -> None:
    """Play."""
    findings: list[str] = []
    members = {"findings": findings, "loop": loop, "opening": staticmethod(opening), "deaths": size.deaths}
    played = type(machine.__name__, (machine,), members)
    chosen = settings(
        max_examples=size.examples,
        stateful_step_count=size.steps,
        derandomize=False,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if size.shrinks else (Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.normal if size.shrinks else Verbosity.debug,
    )
    try:
        test = get_state_machine_test(played, settings=chosen)
        (test if size.is_free else seed(size.seed)(test))()
    except Flaky as error:
        raise AssertionError(findings[0] if findings else "it went another way when it was played again") from error
