# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""The accounts as a service."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from fastapi import HTTPException  # type: ignore[import-not-found]
from pydantic import BaseModel

from bench.stand_in.models import Account, Address, Identity, Registration, SavedAddress, Session
from bench.stand_in.service import Customer, Database, assertion_of, make_service

SCHEMA = """
CREATE TABLE accounts (
    id TEXT PRIMARY KEY, email TEXT, email_key TEXT UNIQUE, name TEXT, roles TEXT,
    password_hash TEXT, created REAL
);
CREATE TABLE sessions (token_hash BLOB PRIMARY KEY, account_id TEXT, expires REAL);
CREATE TABLE addresses (number INTEGER PRIMARY KEY, id TEXT UNIQUE, account_id TEXT, address TEXT);
CREATE TABLE attempts (number INTEGER PRIMARY KEY, source TEXT, at REAL);
CREATE INDEX by_source ON attempts (source, at);
CREATE INDEX by_account ON addresses (account_id)
"""
PER_SOURCE = 1_000_000
ASSERTION = 300.0

database = Database("accounts", SCHEMA)
app = make_service(database)
_passes, _memory, _lanes = map(int, os.environ.get("STAND_IN_ARGON2", "3,65536,4").split(","))
_hasher = PasswordHasher(_passes, _memory, _lanes)


class Token(BaseModel):
    """A session's token."""

    token: str


@app.post("/register")
async def register(new: Registration) -> Session:
    """Create an account and log it in."""
    now = datetime.now(UTC)
    async with database.write() as work:
        since = (now - timedelta(hours=1)).timestamp()
        found = await work.one(
            "SELECT COUNT(*) FROM attempts WHERE source = :source AND at > :since", source=new.source, since=since
        )
        if found[0] >= PER_SOURCE:
            raise HTTPException(429)
        await work.run("INSERT INTO attempts (source, at) VALUES (:source, :at)", source=new.source, at=now.timestamp())
        key = new.email.casefold()
        if await work.one("SELECT id FROM accounts WHERE email_key = :key", key=key) is not None:
            raise HTTPException(409, "there is an account with this e-mail address")
    password_hash = await asyncio.to_thread(_hasher.hash, new.password)
    account = Account(id=secrets.token_hex(12), email=new.email, name=new.name, roles=["customer"])
    token, expires = secrets.token_urlsafe(32), now + timedelta(days=30)
    async with database.write() as work:
        await work.run(
            "INSERT INTO accounts VALUES (:id, :email, :key, :name, 'customer', :hash, :created)",
            id=account.id,
            email=account.email,
            key=key,
            name=account.name,
            hash=password_hash,
            created=now.timestamp(),
        )
        await work.run(
            "INSERT INTO sessions VALUES (:hash, :account, :expires)",
            hash=_hash(token),
            account=account.id,
            expires=expires.timestamp(),
        )
    return Session(token=token, account=account, expires=expires)


@app.post("/identify")
async def identify(session: Token) -> Identity:
    """Say whose session it is."""
    now = datetime.now(UTC)
    async with database.read() as work:
        row = await work.one(
            "SELECT a.id, a.email, a.name, a.roles FROM sessions s JOIN accounts a ON a.id = s.account_id "
            "WHERE s.token_hash = :hash AND s.expires > :now",
            hash=_hash(session.token),
            now=now.timestamp(),
        )
    if row is None:
        raise HTTPException(404)
    account = Account(id=row[0], email=row[1], name=row[2], roles=row[3].split())
    return Identity(
        account=account, assertion=assertion_of(account, ASSERTION), expires=now + timedelta(seconds=ASSERTION)
    )


@app.get("/addresses")
async def list_addresses(asking: Customer) -> list[SavedAddress]:
    """Return the actor's address book."""
    async with database.read() as work:
        rows = await work.all(
            "SELECT id, address FROM addresses WHERE account_id = :account ORDER BY number", account=asking.id
        )
    return [SavedAddress(id=id_, address=Address.model_validate_json(address)) for id_, address in rows]


@app.post("/addresses")
async def add_address(asking: Customer, address: Address) -> SavedAddress:
    """Add to the actor's address book."""
    saved = SavedAddress(id=secrets.token_hex(8), address=address)
    async with database.write() as work:
        await work.run(
            "INSERT INTO addresses (id, account_id, address) VALUES (:id, :account, :address)",
            id=saved.id,
            account=asking.id,
            address=address.model_dump_json(),
        )
    return saved


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
