"""A program that does not give up: it calls over HTTP, and what is not answered it sends again, under the same key."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import msgspec

PASSWORD = "seven quiet marmots"
PATIENCE = 240.0
"""Seconds for a whole round of faults: who was not answered until then never will be."""


class Refused(Exception):
    """The store refused a call for good: with an error that its contract declares."""

    def __init__(self, code: str, fields: dict[str, Any]) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields = fields


class Client:
    """Calls a store's operations by its door, wherever that is at the moment, as one account.

    ``repeats`` is how often it had to call again.
    """

    def __init__(self, url: Callable[[], str], http: httpx2.AsyncClient) -> None:
        self._url = url
        self._http = http
        self._email = f"{secrets.token_hex(8)}@shopper.example"
        self._token = self._said = ""
        self._renew = 0.0
        self.repeats = 0
        self.account = ""

    def beside(self) -> Client:
        """Return somebody else, who comes the same way."""
        return Client(self._url, self._http)

    async def register(self) -> None:
        """Come to have an account and a session, whatever fails meanwhile."""
        who = {"email": self._email, "password": PASSWORD, "source": self._email}
        try:
            session = await self.call("accounts.v1/register", {**who, "name": "Ada"}, acting=False)
        except Refused as refusal:
            if refusal.code != "accounts.email_taken":
                raise
            session = await self.call("accounts.v1/log_in", who, acting=False)  # the answer was lost
        self._token, self.account = session["token"], session["account"]["id"]

    async def call(
        self, operation: str, arguments: Mapping[str, Any], key: str | None = None, *, acting: bool = True
    ) -> Any:
        """Call until there is an answer; `Refused` where that is an error, `TimeoutError` where none comes."""
        until, pause = time.monotonic() + PATIENCE, 0.02
        while time.monotonic() < until:
            try:
                headers = {} if key is None else {"idempotency-key": key}
                if acting:
                    headers["freestone-actor"] = await self._assertion()
                status, answer = await self._post(operation, arguments, headers)
            except httpx2.TransportError:
                status, answer = 0, None
            if status == 200:
                return answer
            if answer is not None and status != 429:
                raise Refused(answer["code"], answer["fields"])
            self.repeats += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.3)
        raise TimeoutError(f"{operation} was not answered for {PATIENCE:g} s")

    async def _assertion(self) -> str:
        if time.monotonic() > self._renew:
            status, identity = await self._post("accounts.v1/identify", {"token": self._token}, {})
            if status != 200:
                raise httpx2.TransportError(f"who this is cannot be said: {status}")
            self._renew, self._said = time.monotonic() + 60, identity["assertion"]
        return self._said

    async def _post(self, operation: str, arguments: Mapping[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        headers["content-type"] = "application/json"
        content = msgspec.json.encode(arguments)
        response = await self._http.post(f"{self._url()}/rpc/{operation}", content=content, headers=headers)
        again = response.status_code >= 500
        return response.status_code, None if again else msgspec.json.decode(response.content)
