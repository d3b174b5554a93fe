"""The catalogue's manifest."""

from contracts.catalog import Catalog
from contracts.kit import Module
from modules.catalog.container import CatalogContainer
from modules.catalog.fake.catalog import FakeCatalog
from modules.catalog.seed import seed
from modules.catalog.settings import CatalogSettings
from modules.catalog.store.indexing import derived

__all__ = ["module"]

module = Module(
    name="catalog",
    container=CatalogContainer,
    provides=(Catalog,),
    settings=CatalogSettings,
    seed=seed,
    derived=derived,
    fake=FakeCatalog,
)
