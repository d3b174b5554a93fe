"""Which passwords will do: long enough, and not among the first that somebody would try.

Length over composition, as NIST SP 800-63B (section 5.1.1.2) advises: no rule asks for digits or capitals.
"""

from __future__ import annotations

import string
import unicodedata
from itertools import pairwise

from contracts.accounts import WeakPassword
from modules.accounts.domain.people import local_part

SHORTEST = 10
FEWEST_DIFFERENT = 4
SHORTEST_HINT = 4
"""A shorter local part of an e-mail address stands in many a good password by chance."""

_WORDS = """
abc abcd access account admin administrator asdf asdfgh asdfghjkl azerty azertyuiop baseball changeme
charlie computer default demo dragon football freedom freestone guest hallo hello iloveyou internet
letmein login master michael monkey pass password passwort princess qazwsx qazwsxedc qwer qwerty
qwertyuiop qwertz qwertzuiop root secret shadow shop starwars store sunshine superman test trustno
user welcome whatever
"""
_COMMON = frozenset(_WORDS.split())
"""Words that nearly everybody's guessing begins with, alone or repeated, whatever stands around them."""

_WALKS = frozenset({"1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "q1w2e3r4t5", "zaq12wsxcde3"})
"""Walks over the keyboard that have digits in between."""

_AROUND = string.digits + string.punctuation + string.whitespace
_DISGUISES = str.maketrans("013457@$!", "oieastasi")


def normalised(password: str) -> bytes:
    """Return the bytes that stand for a password, however a keyboard puts its letters together."""
    return unicodedata.normalize("NFC", password).encode()


def check_password(password: str, email: str) -> None:
    """Raise `WeakPassword` for a password that will not do for the account with this e-mail address."""
    text = unicodedata.normalize("NFC", password)
    if len(text) < SHORTEST:
        raise WeakPassword(reason=f"it has fewer than {SHORTEST} characters")
    plain = text.casefold()
    address = unicodedata.normalize("NFC", email).casefold()
    hint = local_part(address)
    if address in plain or (len(hint) >= SHORTEST_HINT and hint in plain):
        raise WeakPassword(reason="it contains your e-mail address")
    if len(set(plain)) < FEWEST_DIFFERENT or plain in _WALKS or _is_row(plain):
        raise WeakPassword(reason="it is too easy to guess")
    if _is_common(plain):
        raise WeakPassword(reason="it is one of the most common passwords")


def _is_row(text: str) -> bool:
    """Whether every character follows the one before, as in 1234567890 or lkjihgfedc."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(text)}
    near = all(abs(ord(after) - ord(before)) in (1, 9) for before, after in pairwise(text))
    return near and (steps == {1} or steps == {9})


def _is_common(text: str) -> bool:
    """Whether a common word is all there is, once or often, beside digits and punctuation around it."""
    core = text.strip(_AROUND)
    return any(_root(each) in _COMMON for each in (core, core.translate(_DISGUISES)))


def _root(text: str) -> str:
    """Return the shortest text of which this one is a repetition."""
    period = (text + text).find(text, 1)
    return text[:period] if text else text
