"""How the catalogue is put together."""

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.catalog import Catalog
from contracts.kit import Database
from modules.catalog.service import CatalogService
from modules.catalog.settings import CatalogSettings
from modules.catalog.store.indexing import text_indexes
from modules.catalog.store.text_index import TextIndexes

__all__ = ["CatalogContainer"]


class CatalogContainer(DeclarativeContainer):
    """What the catalogue needs, and what it provides."""

    database = providers.Dependency(instance_of=Database)
    settings = providers.Dependency(instance_of=CatalogSettings)
    indexes: providers.Provider[TextIndexes] = providers.Singleton(text_indexes)
    service: providers.Provider[Catalog] = providers.Singleton(CatalogService, database, indexes, settings)
