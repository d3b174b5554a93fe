"""The sandbox calls back: signed like a real provider's, and taken by the same operation."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database
from contracts.payments import Notice
from modules.payments.notices import Notices
from modules.payments.reading import Told
from modules.payments.secrets import Secrets
from modules.payments.signatures import sign
from modules.payments.store import sandbox_notices as calls
from modules.payments.store.sandbox_notices import Call

log = logging.getLogger("freestone.payments")

BATCH = 20
AGAIN = timedelta(seconds=5)
"""After so long a call-back that was not taken is tried again."""


class SandboxCalls:
    """Delivers what the sandbox wrote down to be told, each at least as often as it should be."""

    def __init__(self, database: Database[AsyncSession], clock: Clock, notices: Notices, secrets: Secrets) -> None:
        self._database = database
        self._clock = clock
        self._notices = notices
        self._secrets = secrets

    async def once(self) -> int:
        """Call back where it is time to, and return how many calls there were to make."""
        now = self._clock.now()
        async with self._database.read() as session:
            due = await calls.due(session, now, BATCH)
        for call in due:
            try:
                for _ in range(call.times):
                    await self._notices.take(self.signed(call))
            except Exception:
                log.exception("the sandbox's call-back %s was not taken; it is tried again", call.id)
                async with self._database.write() as work:
                    await calls.postpone(work.session, call.id, now + AGAIN)
            else:
                async with self._database.write() as work:
                    await calls.remove(work.session, call.id)
        return len(due)

    def signed(self, call: Call) -> Notice:
        """Return a call-back as it would arrive by HTTP now."""
        is_refund = call.refund_id is not None
        told = Told("refund.changed" if is_refund else "payment.changed", call.payment_id, call.refund_id)
        body = msgspec.json.encode(told)
        timestamp = str(int(self._clock.now().timestamp()))
        signature = sign(self._secrets.signing, call.id, timestamp, body)
        return Notice(id=call.id, timestamp=timestamp, signature=signature, body=body)

    async def run(self) -> None:
        """Call back without end."""
        while True:
            if await self.once() < BATCH:
                await asyncio.sleep(1.0)


async def call_back(container: Any) -> None:
    """Run the sandbox's call-backs of a built container."""
    await container.sandbox_calls().run()
