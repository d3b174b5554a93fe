"""What call-backs are signed with."""

from __future__ import annotations

import secrets
from base64 import b64encode

from modules.payments.settings import PaymentsSettings
from modules.payments.signatures import PREFIX


class Secrets:
    """The secrets of the settings, or else one that nobody outside this process can know: then nothing from outside
    is taken, and the sandbox, which runs inside, can sign all the same."""

    def __init__(self, settings: PaymentsSettings) -> None:
        made = PREFIX + b64encode(secrets.token_bytes(32)).decode()
        self.accepted: tuple[str, ...] = settings.webhook_secrets or (made,)

    @property
    def signing(self) -> str:
        """The one that the sandbox signs with."""
        return self.accepted[0]
