"""Audits are made on demand and every so often; what they find is told once, and what could not be done is counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from app.runtime import auditing
from app.runtime.auditing import Audits, Pace
from app.runtime.part import Part
from contracts.kit import SYSTEM, Actor, AuditReport, Finding, Module, RuleTally, current_actor
from tests.app.runtime.builders import until

Rest = Callable[[], Awaitable[None]]


class Books:
    """The books of a module: ``wrong`` are subjects that break the only rule, the first of them ``listed``; a
    ``failure`` stands in the way."""

    def __init__(self) -> None:
        self.wrong: tuple[str, ...] = ()
        self.listed = 500
        self.failure: Exception | None = None
        self.looks = 0
        self.actors: set[Actor] = set()
        self.rests: list[Rest] = []

    async def audit(self, container: Books, rest: Rest) -> AuditReport:
        assert container is self
        self.looks += 1
        self.actors.add(current_actor())
        self.rests.append(rest)
        await rest()
        if self.failure is not None:
            raise self.failure
        return AuditReport(
            rules=(RuleTally(rule="adds-up", checked=9, found=len(self.wrong)),),
            findings=tuple(
                Finding(rule="adds-up", subject=each, problem=f"look {self.looks}")
                for each in self.wrong[: self.listed]
            ),
        )


def audits_of(books: Books, failure: str | None = None) -> Audits:
    part = Part("books", module=Module(name="books", container=dict, audit=books.audit), failure=failure)
    silent = Part("silent", module=Module(name="silent", container=dict))

    def container(_: str) -> Books:
        if failure:
            raise LookupError("books")
        return books

    return Audits([part, silent, Part("broken")], container)


async def test_an_audit_acts_as_the_system_on_behalf_of_its_module() -> None:
    books = Books()
    (told,) = await audits_of(books).run()
    assert (told.module, told.problem) == ("books", "")
    assert told.report == AuditReport(rules=(RuleTally(rule="adds-up", checked=9, found=0),), findings=())
    assert books.actors == {Actor(id="books", roles=SYSTEM)}


async def test_a_finding_is_told_once_for_as_long_as_it_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "freestone.audit")
    books = Books()
    audits = audits_of(books)
    for wrong in ((), ("a",), ("a",), ("a", "b"), ("b",), ("a", "b")):
        books.wrong = wrong
        await audits.run()
    assert [record.getMessage() for record in caplog.records] == [
        "books, adds-up, a: look 2",
        "books, adds-up, b: look 4",
        "books, adds-up, a: found no more",
        "books, adds-up, a: look 6",
    ]


async def test_of_what_is_not_listed_any_more_nothing_is_told_until_all_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "freestone.audit")
    books = Books()
    books.listed = 2
    audits = audits_of(books)
    for wrong in (("c", "d"), ("a", "b", "c", "d"), ("a", "c", "d"), ("c", "e"), ("c",)):
        books.wrong = wrong
        await audits.run()
    assert [record.getMessage() for record in caplog.records] == [
        "books, adds-up, c: look 1",
        "books, adds-up, d: look 1",
        "books, adds-up, a: look 2",
        "books, adds-up, b: look 2",
        "books, adds-up, e: look 4",
        "books, adds-up, d: found no more",
        "books, adds-up, a: found no more",
        "books, adds-up, b: found no more",
        "books, adds-up, e: found no more",
    ]


async def test_an_audit_that_fails_is_counted_and_told_once_and_the_last_one_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    books = Books()
    audits = audits_of(books)
    await audits.run()
    before = audits.last["books"]
    books.failure = RuntimeError("no answer")
    for _ in range(3):
        (told,) = await audits.run()
        assert (told.report, told.problem) == (None, "RuntimeError: no answer")
    assert audits.failures == {"books": 3}
    assert audits.last == {"books": before}
    assert [record.getMessage() for record in caplog.records] == [
        "the books of books could not be audited: RuntimeError: no answer"
    ]
    books.failure = None
    await audits.run()
    assert audits.last["books"] is not before


async def test_a_module_that_does_not_serve_says_why_it_could_not_audit() -> None:
    (told,) = await audits_of(Books(), "module books could not be started").run()
    assert (told.report, told.problem) == (None, "module books could not be started")


async def test_in_the_background_it_is_done_again_and_again_with_rests() -> None:
    books = Books()
    every = asyncio.create_task(audits_of(books).every(0.001))
    await until(lambda: books.looks > 2)
    every.cancel()
    await asyncio.wait([every])
    assert all(isinstance(rest, Pace) for rest in books.rests)


async def test_a_rest_is_as_much_longer_than_the_work_as_is_said_but_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, rests = 100.0, list[float]()

    async def sleep(seconds: float) -> None:
        nonlocal now
        rests.append(seconds)
        now += seconds

    monkeypatch.setattr("app.runtime.auditing.time.monotonic", lambda: now)
    monkeypatch.setattr("app.runtime.auditing.asyncio.sleep", sleep)
    pace = Pace()
    for took in (0.01, 0.1, 20.0):
        now += took
        await pace()
    assert rests == pytest.approx([0.19, 1.9, auditing.LONGEST_REST])
