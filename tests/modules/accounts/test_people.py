"""What is an e-mail address, when two are the same, and which roles people can have."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.accounts import InvalidEmail
from contracts.kit import Role
from modules.accounts.domain.people import checked_email, email_key, granted

GOOD = (
    "ada@example.org",
    "ada.lovelace+shop@mail.example.co.uk",
    "o'hara@example.org",
    "root@localhost",
    "jörg@münchen.example",
    "x@1.example",
    "उदाहरण@उदाहरण.भारत",
    f"{'a' * 64}@example.org",
)
BAD = (
    "",
    "ada",
    "@example.org",
    "ada@",
    "ada@example",
    "ada@@example.org",
    "ada@home@example.org",
    "ada@example..org",
    "ada@.example.org",
    "ada@example.org.",
    "ada@-example.org",
    "ada@example-.org",
    "a da@example.org",
    "ada@exam ple.org",
    "ada@exa_mple.org",
    "ada\n@example.org",
    "ada\x00@example.org",
    "ada\u200b@example.org",
    "ada\ud800@example.org",
    "ada@example.org\r\nBcc: everybody@example.org",
    "ada\u00a0@example.org",
    f"{'a' * 65}@example.org",
    f"ada@{'a' * 64}.org",
    f"ada@{'abcdefg.' * 32}org",
)


@pytest.mark.parametrize("email", GOOD)
def test_plausible_addresses_are_taken_as_they_are_typed(email: str) -> None:
    assert checked_email(email) == email


@pytest.mark.parametrize("email", BAD)
def test_implausible_addresses_are_refused(email: str) -> None:
    with pytest.raises(InvalidEmail):
        checked_email(email)


def test_white_space_around_an_address_is_dropped() -> None:
    assert checked_email("\t ada@example.org\n") == "ada@example.org"


@given(st.sampled_from(GOOD), st.sampled_from(("NFC", "NFD")), st.sampled_from((str.upper, str.lower, str.title)))
def test_spellings_of_one_address_share_a_key(
    email: str, form: Literal["NFC", "NFD"], case: Callable[[str], str]
) -> None:
    assert email_key(f"  {unicodedata.normalize(form, case(email))} ") == email_key(email)


@given(st.text())
def test_a_key_is_its_own_key(email: str) -> None:
    assert email_key(email_key(email)) == email_key(email)


@given(st.text())
def test_whatever_is_taken_once_is_taken_again_unchanged(email: str) -> None:
    try:
        taken = checked_email(email)
    except InvalidEmail:
        return
    assert checked_email(taken) == taken


@given(st.frozensets(st.sampled_from(Role)))
def test_people_are_customers_and_never_guests_or_the_system(roles: frozenset[Role]) -> None:
    assert granted(roles) == roles - {Role.GUEST, Role.SYSTEM} | {Role.CUSTOMER}
