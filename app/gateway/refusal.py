"""Why a request gets a page of the gateway's own instead of a BFF's."""

from __future__ import annotations


class Refusal(Exception):
    """A status, and one sentence for the person who sees the page; it never quotes the request."""

    def __init__(self, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers


def too_large(limit: int) -> Refusal:
    """The body is larger than ``limit`` bytes; the rest of it is not waited for."""
    return Refusal(413, f"What was sent is larger than {limit:,} bytes.", (b"connection", b"close"))


def too_slow() -> Refusal:
    """The body did not arrive in time."""
    return Refusal(408, "The request took too long to arrive.", (b"connection", b"close"))


def overdue() -> Refusal:
    """No page came before the deadline."""
    return Refusal(504, "The page took too long. Please try again in a moment.")


def broken() -> Refusal:
    """The BFF failed."""
    return Refusal(500, "Something went wrong on our side. Please try again; if it stays, tell us the number below.")


def out_of_service() -> Refusal:
    """The BFF does not serve."""
    return Refusal(503, "This part of the site is out of service. Please try again in a moment.")


def not_running() -> Refusal:
    """No process takes requests for the BFF."""
    return Refusal(503, "What makes this page is not running at the moment. Please try again in a moment.")


def dropped() -> Refusal:
    """The BFF's process broke off before the answer's end; what was asked of it may have been done."""
    sentence = "What makes this page broke off before it had answered. If you sent something, see whether it arrived."
    return Refusal(502, sentence)


def garbled() -> Refusal:
    """The BFF's process sent what is no answer."""
    return Refusal(502, "What makes this page answered with something that is no page. Please try again in a moment.")


def not_allowed(*methods: str) -> Refusal:
    """Only these methods are served here."""
    return Refusal(405, "This address does not take such a request.", (b"allow", ", ".join(methods).encode()))
