"""The arithmetic of throttling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.accounts import TooManyAttempts
from modules.accounts.domain.throttles import FORGET, HOUR, Failures, drop, pour, source_name, strike

NOW = 1_800_000_000
sizes = st.integers(1, 3600)


def knock(state: Failures, now: int, free: int = 5, longest: int = 900) -> Failures:
    return strike(state, now, free=free, longest=longest)


@given(sizes)
def test_a_bucket_takes_its_size_at_once_and_no_more(size: int) -> None:
    empty_at = 0
    for _ in range(size):
        empty_at = pour(empty_at, NOW, size=size)
    with pytest.raises(TooManyAttempts) as refusal:
        pour(empty_at, NOW, size=size)
    wait = refusal.value.retry_after
    assert 1 <= wait <= HOUR
    pour(empty_at, NOW + wait, size=size)
    with pytest.raises(TooManyAttempts):
        pour(empty_at, NOW + wait - 1, size=size)


@given(st.integers(1, 50), st.lists(st.integers(0, 600), max_size=200))
def test_an_hour_admits_at_most_a_full_bucket_and_what_has_left_it(size: int, pauses: list[int]) -> None:
    empty_at, now, admitted = 0, NOW, []
    for pause in pauses:
        now += pause
        try:
            empty_at = pour(empty_at, now, size=size)
        except TooManyAttempts:
            continue
        admitted.append(now)
    for first in admitted:
        within = sum(first <= each < first + HOUR for each in admitted)
        assert within <= size + HOUR // drop(size)


@given(st.integers(1, 20), st.integers(1, 3600))
def test_delays_double_up_to_the_longest(free: int, longest: int) -> None:
    state, now, waits = Failures(), NOW, []
    for _ in range(free + 20):
        state = knock(state, now, free, longest)
        waits.append(state.until - now)
        now = state.until
    assert waits == [0] * free + [min(longest, 2**power) for power in range(20)]


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_an_attempt_within_a_delay_is_told_how_long_to_wait(streak: int, left: int) -> None:
    before = Failures(streak, NOW + left)
    with pytest.raises(TooManyAttempts) as refusal:
        knock(before, NOW)
    assert refusal.value.retry_after == left
    assert knock(before, NOW + left).streak == streak + 1


def test_a_quiet_day_forgives() -> None:
    before = Failures(30, NOW)
    assert knock(before, NOW + FORGET - 1).streak == 31
    assert knock(before, NOW + FORGET) == Failures(1, NOW + FORGET)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("kiosk 4", "kiosk 4"),
        ("", ""),
    ],
)
def test_one_customers_network_is_one_source(source: str, name: str) -> None:
    assert source_name(source) == name
