"""Which passwords will do."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.accounts import WeakPassword
from modules.accounts.domain.passwords import check_password, normalised

EMAIL = "Ada.Lovelace@example.org"


def weakness(password: str, email: str = EMAIL) -> str | None:
    try:
        check_password(password, email)
    except WeakPassword as refusal:
        return refusal.reason
    return None


@given(st.text(max_size=9).filter(lambda text: len(unicodedata.normalize("NFC", text)) < 10))
def test_fewer_than_ten_characters_are_too_few(password: str) -> None:
    assert weakness(password) == "it has fewer than 10 characters"


def test_characters_are_counted_as_people_see_them() -> None:
    assert weakness("ö" * 5 + "u\u0308" * 4) == "it has fewer than 10 characters"


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_local_part_of_the_address_is_found_wherever_it_stands(before: str, after: str) -> None:
    # The letters around it are not to melt into it: a combining mark would make another letter of its last one.
    around = "".join(each for each in before if each.isascii()), "".join(each for each in after if each.isascii())
    assert weakness(f"{around[0]}aDA.lovelace{around[1]}") == "it contains your e-mail address"


def test_a_short_local_part_is_no_hint_but_the_whole_address_is() -> None:
    assert weakness("banana bread and tea", "an@example.org") is None
    assert weakness("an@EXAMPLE.org1", "an@example.org") == "it contains your e-mail address"


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaa", "1212121212", "1234567890", "9876543210", "0987654321", "abcdefghijkl", "Q1w2e3r4t5"]
)
def test_patterns_are_too_easy(password: str) -> None:
    assert weakness(password) == "it is too easy to guess"


@pytest.mark.parametrize(
    "password",
    [
        "Password123!",
        "p@ssw0rd2024",
        "!!!Welcome!!!",
        "qwertyuiop",
        "passwordpassword",
        "123letmein123",
        "  iloveyou  ",
    ],
)
def test_common_words_with_decoration_are_too_common(password: str) -> None:
    assert weakness(password) == "it is one of the most common passwords"


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "password for the old boat", "Tr0ub4dor&3x", "ужасно длинный", "7391 4460 5528"],
)
def test_good_passwords_will_do(password: str) -> None:
    assert weakness(password) is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_password_is_the_same_however_its_letters_are_put_together(password: str) -> None:
    assert normalised(unicodedata.normalize("NFD", password)) == normalised(unicodedata.normalize("NFC", password))
