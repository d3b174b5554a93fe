"""The module as a whole: its manifest, its tables, its settings."""

from __future__ import annotations

import msgspec
import pytest

from contracts.accounts import Accounts
from modules.accounts.module import module
from modules.accounts.service import AccountsService
from modules.accounts.settings import AccountsSettings
from tests.modules.accounts.desk import CHEAP, Desk


async def test_the_container_provides_the_contract(desk: Desk) -> None:
    assert module.provides == (Accounts,)
    assert isinstance(desk.accounts, AccountsService)


def test_passwords_cost_what_rfc_9106_recommends_by_default() -> None:
    settings = AccountsSettings()
    assert (settings.argon2_time_cost, settings.argon2_memory, settings.argon2_parallelism) == (3, 64 * 1024, 4)


async def test_parameters_that_argon2_does_not_take_stop_the_module(desk: Desk) -> None:
    settings = msgspec.structs.replace(CHEAP, argon2_parallelism=4)
    with pytest.raises(ValueError, match="argon2_memory = 8 is too little for argon2_parallelism = 4"):
        _ = Desk(desk.database, settings).accounts
