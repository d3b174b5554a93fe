# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""What every service has: its database, its clients of the others, and who asks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import httpx  # type: ignore[import-not-found]
from fastapi import Depends, FastAPI, Header, HTTPException  # type: ignore[import-not-found]
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bench.stand_in.models import Account

FOLDER = Path(os.environ.get("STAND_IN_FOLDER", "."))
SECRET = b"what the services share"
SERVICES = ("accounts", "catalog", "inventory", "payments", "cart", "orders", "storefront")

_prepared = cache(text)


class Transaction:
    """What is done in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, statement: str, **values: Any) -> list[Any]:
        """Return all rows."""
        return list((await self._connection.execute(_prepared(statement), values)).all())

    async def one(self, statement: str, **values: Any) -> Any:
        """Return the first row, None where there is none."""
        return (await self._connection.execute(_prepared(statement), values)).first()

    async def run(self, statement: str, **values: Any) -> None:
        """Change something."""
        await self._connection.execute(_prepared(statement), values)


class Database:
    """A service's own SQLite file, through SQLAlchemy and aiosqlite; durable as the store's are."""

    def __init__(self, name: str, schema: str) -> None:
        self._schema = schema
        self._engine: AsyncEngine = create_async_engine(f"sqlite+aiosqlite:///{FOLDER / name}.sqlite")
        event.listen(self._engine.sync_engine, "connect", _set_up)

    async def open(self) -> None:
        """Make the tables, unless they are there."""
        async with self.write() as work:
            if await work.one("SELECT name FROM sqlite_master") is None:
                for statement in self._schema.split(";"):
                    await work.run(statement)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Read."""
        async with self._engine.connect() as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """Change something, as a whole or not at all."""
        async with self._engine.begin() as connection:
            yield Transaction(connection)


class Clients:
    """A client for each of the other services; their connections are kept."""

    def __init__(self) -> None:
        self._clients: dict[str, httpx.AsyncClient] = {}

    def __call__(self, service: str) -> httpx.AsyncClient:
        """Return the client for a service."""
        if service not in self._clients:
            self._clients[service] = httpx.AsyncClient(base_url=os.environ[f"STAND_IN_{service.upper()}"])
        return self._clients[service]

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()


def make_service(database: Database | None, clients: Clients | None = None) -> FastAPI:
    """Return an application that opens and closes what the service has."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if database is not None:
            await database.open()
        yield
        if clients is not None:
            await clients.close()
        if database is not None:
            await database.close()

    return FastAPI(lifespan=lifespan)


def assertion_of(account: Account, lifetime: float) -> str:
    """Return what proves to other services who asks."""
    claim = base64.urlsafe_b64encode(account.model_dump_json().encode()).decode()
    signed = f"{claim}.{time.time() + lifetime:.0f}"
    return f"{signed}.{_signature(signed)}"


async def actor(authorization: Annotated[str | None, Header()] = None) -> Account | None:
    """Return who asks, None for a guest."""
    if authorization is None:
        return None
    claim, expires, signature = authorization.removeprefix("Bearer ").split(".")
    if not hmac.compare_digest(signature, _signature(f"{claim}.{expires}")) or float(expires) < time.time():
        raise HTTPException(401)
    return Account.model_validate_json(base64.urlsafe_b64decode(claim))


async def customer(asking: Annotated[Account | None, Depends(actor)]) -> Account:
    """Return who asks; a guest may not."""
    if asking is None:
        raise HTTPException(403)
    return asking


Actor = Annotated[Account | None, Depends(actor)]
Customer = Annotated[Account, Depends(customer)]


def bearer(assertion: str | None) -> dict[str, str]:
    """Return the headers for a call on somebody's behalf."""
    return {} if assertion is None else {"authorization": f"Bearer {assertion}"}


def detail_of(attributes: list[Any]) -> str:
    """Return attributes as text."""
    return ", ".join(each.value for each in attributes)


def _signature(claim: str) -> str:
    return hmac.new(SECRET, claim.encode(), hashlib.sha256).hexdigest()


def _set_up(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
