"""What an account may hold: an e-mail address, and roles."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from contracts.accounts import InvalidEmail
from contracts.kit import Role

PEOPLE = frozenset({Role.CUSTOMER, Role.STAFF, Role.OPERATOR})
"""The roles that a person can have."""

LONGEST_EMAIL = 254
LONGEST_LOCAL_PART = 64
LONGEST_LABEL = 63


def checked_email(email: str) -> str:
    """Return an e-mail address as it is kept: as it was typed, without white space around it.

    `InvalidEmail` where it is not plausible: one @, something visible before it, and after it a host name
    with a dot, or localhost. Whether somebody reads what is sent there is another matter.
    """
    email = unicodedata.normalize("NFC", email.strip())
    local, _, host = email.partition("@")
    labels = host.split(".")
    if not (
        0 < len(local) <= LONGEST_LOCAL_PART
        and len(email) <= LONGEST_EMAIL
        and all(unicodedata.category(character)[0] not in "CZ" for character in local)
        and all(map(_is_label, labels))
        and (len(labels) > 1 or host.casefold() == "localhost")
    ):
        raise InvalidEmail
    return email


def email_key(email: str) -> str:
    """Return what two spellings of one e-mail address share, whatever their case.

    "Canonical caseless matching" (The Unicode Standard, section 3.13, D145), put together again.
    """
    folded = unicodedata.normalize("NFD", email.strip()).casefold()
    return unicodedata.normalize("NFC", folded)


def local_part(email: str) -> str:
    """Return what stands before the @."""
    return email.partition("@")[0]


def granted(roles: Iterable[Role]) -> frozenset[Role]:
    """Return what of these roles a person can have; everybody is a customer."""
    return PEOPLE.intersection(roles) | {Role.CUSTOMER}


def _is_label(label: str) -> bool:
    """Letters, their marks, digits and hyphens (RFC 1123, section 2.1, and what RFC 5890 adds)."""
    return (
        0 < len(label) <= LONGEST_LABEL
        and all(character == "-" or unicodedata.category(character)[0] in "LMN" for character in label)
        and not label.startswith("-")
        and not label.endswith("-")
    )
