"""How the catalogue is put together."""

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.catalog import Catalog
from contracts.kit import Database
from modules.catalog.service import CatalogService
from modules.catalog.settings import CatalogSettings
from modules.catalog.store.search import TextIndex
from modules.catalog.store.search_sqlite import SqliteTextIndex

__all__ = ["CatalogContainer"]


class CatalogContainer(DeclarativeContainer):
    """What the catalogue needs, and what it provides."""

    database = providers.Dependency(instance_of=Database)
    settings = providers.Dependency(instance_of=CatalogSettings)
    index: providers.Provider[TextIndex] = providers.Singleton(SqliteTextIndex)
    service: providers.Provider[Catalog] = providers.Singleton(CatalogService, database, index, settings)
