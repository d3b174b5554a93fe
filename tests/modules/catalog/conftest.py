"""The catalogue over a database of its own, empty but for its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.data.database import ModuleDatabase
from contracts.catalog import Catalog
from modules.catalog.container import CatalogContainer
from modules.catalog.settings import CatalogSettings
from tests.databases import Places
from tests.modules.doubles import opened


@pytest.fixture
async def database(places: Places) -> AsyncIterator[ModuleDatabase]:
    async with opened("catalog", places, Catalog) as database:
        yield database


@pytest.fixture
def container(database: ModuleDatabase) -> CatalogContainer:
    return CatalogContainer(database=database, settings=CatalogSettings())


@pytest.fixture
def service(container: CatalogContainer) -> Catalog:
    return container.service()
