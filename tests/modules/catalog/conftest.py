"""The catalogue over a database of its own, empty but for its tables."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import modules.catalog
from app.data.database import ModuleDatabase
from contracts.catalog import Catalog
from contracts.kit import contract_of
from modules.catalog.container import CatalogContainer
from modules.catalog.settings import CatalogSettings

MIGRATIONS = Path(modules.catalog.__path__[0], "migrations")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the migrated tables, made once, to be copied."""
    folder = tmp_path_factory.mktemp("template")

    async def make() -> Path:
        opened = await ModuleDatabase.open("catalog", folder, migrations=MIGRATIONS)
        await opened.close()
        return opened.file

    return asyncio.run(make())


@pytest.fixture
async def database(tmp_path: Path, template: Path) -> AsyncIterator[ModuleDatabase]:
    shutil.copy(template, tmp_path)
    opened = await ModuleDatabase.open("catalog", tmp_path, migrations=MIGRATIONS, events=contract_of(Catalog).events)
    yield opened
    await opened.close()


@pytest.fixture
def container(database: ModuleDatabase) -> CatalogContainer:
    return CatalogContainer(database=database, settings=CatalogSettings())


@pytest.fixture
def service(container: CatalogContainer) -> Catalog:
    return container.service()
