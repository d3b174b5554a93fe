"""The accounts' tables. Instants are seconds since 1970; secrets and sources stand here as hashes only."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    PrimaryKeyConstraint,
    Table,
    TypedColumns,
)

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


class _Accounts(TypedColumns):
    """``email_key`` is what spellings of one address share; ``roles`` are names with spaces between them.

    ``password_version`` grows when the person changes the password, not when only its hash is renewed.
    """

    id: Named[str] = Column(primary_key=True)
    email: Named[str]
    email_key: Named[str] = Column(unique=True)
    name: Named[str]
    roles: Named[str]
    password_hash: Named[str]
    password_version: Named[int]
    created: Named[int] = Column(BigInteger)


class _Sessions(TypedColumns):
    """``ends`` is the next instant at which it ends if it is not used, ``expires`` when it ends in any case."""

    token_hash: Named[bytes] = Column(LargeBinary, primary_key=True)
    account_id: Named[str] = Column(ForeignKey("accounts.id"), index=True)
    ends: Named[int] = Column(BigInteger, index=True)
    expires: Named[int] = Column(BigInteger)


class _Addresses(TypedColumns):
    """``number`` grows with every address added."""

    number: Named[int] = Column(_Number, primary_key=True)
    id: Named[str] = Column(unique=True)
    account_id: Named[str] = Column(ForeignKey("accounts.id"), index=True)
    name: Named[str]
    street: Named[str]
    postal_code: Named[str]
    city: Named[str]
    country: Named[str]


class _Buckets(TypedColumns):
    """What sources did that is limited, see `domain.throttles.pour`; gone when empty."""

    key: Named[bytes] = Column(LargeBinary, primary_key=True)
    empty_at: Named[int] = Column(BigInteger, index=True)


class _Failures(TypedColumns):
    """Failures in a row, see `domain.throttles.strike`."""

    key: Named[bytes] = Column(LargeBinary, primary_key=True)
    streak: Named[int]
    until: Named[int] = Column(BigInteger, index=True)


class _KnownSources(TypedColumns):
    """From where people logged in."""

    account_id: Named[str] = Column(ForeignKey("accounts.id"))
    source_hash: Named[bytes] = Column(LargeBinary)
    seen: Named[int] = Column(BigInteger)


accounts = Table("accounts", metadata, _Accounts)
sessions = Table("sessions", metadata, _Sessions)
addresses = Table("addresses", metadata, _Addresses)
buckets = Table("buckets", metadata, _Buckets)
failures = Table("failures", metadata, _Failures)
known_sources = Table("known_sources", metadata, _KnownSources, PrimaryKeyConstraint("account_id", "source_hash"))

Index("ix_known_sources_seen", known_sources.c.seen)
