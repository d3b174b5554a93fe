"""Accounts: who people are, their sessions, profiles and address books."""

from __future__ import annotations

from contracts.accounts import Accounts
from contracts.kit import Module
from modules.accounts.container import AccountsContainer
from modules.accounts.fake import FakeAccounts
from modules.accounts.housekeeping import remove_stale
from modules.accounts.settings import AccountsSettings

__all__ = ["module"]

module = Module(
    name="accounts",
    container=AccountsContainer,
    provides=(Accounts,),
    settings=AccountsSettings,
    background=(remove_stale,),
    fake=FakeAccounts,
)
