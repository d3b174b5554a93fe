"""Why a page is not shown as asked; `faults.py` makes pages of these."""

from __future__ import annotations


class Refusal(Exception):
    """The root of what pages refuse."""


class NotFound(Refusal):
    """There is no such thing, or it is somebody else's."""


class BadRequest(Refusal):
    """The request is malformed in a way that no form produces. ``problem`` is a sentence for people;
    ``status`` says more where there is more to say."""

    def __init__(self, problem: str, status: int = 400) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status


def damaged() -> BadRequest:
    """A form that was tampered with."""
    return BadRequest("This form is damaged. Please open the page again.")


class LogInFirst(Refusal):
    """This page is for people who are logged in; ``then`` is the local path to go to afterwards."""

    def __init__(self, then: str) -> None:
        super().__init__(then)
        self.then = then
