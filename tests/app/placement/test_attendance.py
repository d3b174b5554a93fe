"""A host shows itself to those who attend it, and stops when it is asked to or left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import cast

from app.placement.attendance import ALONE, SIGN, Attendance
from contracts.kit import AuditReport
from contracts.kit.hosting import Attention, HostState, ModuleAudit

AUDIT = ModuleAudit(module="books", report=AuditReport(rules=(), findings=()))


class View:
    """A host that is as the test says."""

    ready = True

    def state(self) -> HostState:
        return HostState(
            name="shelf", replica=1, pid=7, started=1.0, plan="p", resident=0, modules=(), bindings=(), calls=()
        )

    async def audit(self) -> tuple[ModuleAudit, ...]:
        return (AUDIT,)


def attending(attendance: Attendance) -> AsyncGenerator[Attention, None]:
    return cast("AsyncGenerator[Attention, None]", attendance.attend())


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_host_is_described_as_it_is() -> None:
    assert await Attendance(View()).describe() == View().state()


async def test_a_host_audits_when_it_is_asked_to() -> None:
    assert await Attendance(View()).audit() == (AUDIT,)


async def test_there_is_a_sign_at_once_every_second_and_at_each_change() -> None:
    view = View()
    signs = attending(Attendance(view))
    began = now()
    assert (await anext(signs)).ready
    assert now() == began
    assert (await anext(signs)).ready
    assert now() - began >= SIGN
    view.ready = False
    changed = now()
    assert not (await anext(signs)).ready
    assert now() - changed < SIGN
    await signs.aclose()


async def test_signs_end_when_the_host_ends() -> None:
    attendance = Attendance(View())
    signs = attending(attendance)
    await anext(signs)
    attendance.end()
    began = now()
    assert [sign async for sign in signs] == []
    assert now() - began < SIGN


async def test_a_host_that_is_asked_to_stop_is_gone() -> None:
    attendance = Attendance(View())
    assert not attendance.gone.is_set()
    await attendance.stop()
    assert attendance.gone.is_set()


async def test_a_host_that_depends_on_nobody_stays() -> None:
    attendance = Attendance(View())
    signs = attending(attendance)
    await anext(signs)
    await signs.aclose()
    await asyncio.sleep(100 * ALONE)
    assert not attendance.gone.is_set()


async def test_a_host_that_nobody_comes_to_attend_is_gone() -> None:
    attendance = Attendance(View())
    attendance.depend()
    began = now()
    await attendance.gone.wait()
    assert now() - began >= ALONE


async def test_a_host_stays_while_anybody_attends_and_long_enough_for_the_next() -> None:
    attendance = Attendance(View())
    attendance.depend()
    first, second = attending(attendance), attending(attendance)
    await anext(first)
    await anext(second)
    await asyncio.sleep(3 * ALONE)
    await first.aclose()
    await asyncio.sleep(3 * ALONE)
    assert not attendance.gone.is_set()
    await second.aclose()
    await asyncio.sleep(ALONE / 2)
    third = attending(attendance)
    await anext(third)
    await asyncio.sleep(3 * ALONE)
    assert not attendance.gone.is_set()
    await third.aclose()
    began = now()
    await attendance.gone.wait()
    assert now() - began >= ALONE
