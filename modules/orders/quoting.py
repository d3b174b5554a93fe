"""What an order would cost."""

from __future__ import annotations

from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.orders import NotAvailable, Quote
from contracts.values import CountryCode, Line
from modules.orders import domain
from modules.orders.settings import OrdersSettings


class Quoter:
    """Asks the catalogue for prices and the stock for numbers."""

    def __init__(self, catalog: Catalog, inventory: Inventory, settings: OrdersSettings) -> None:
        self._catalog = catalog
        self._inventory = inventory
        self._zones = settings.zones

    async def quote(self, lines: tuple[Line, ...], country: CountryCode) -> Quote:
        """Return what these lines, delivered to a country, cost now; raises as `Orders.quote` does."""
        wanted = domain.add_up(lines)
        skus = tuple(wanted)
        offers = {offer.sku: offer for offer in await self._catalog.get_offers(skus)}
        available = {each.sku: each.available for each in await self._inventory.get_availability(skus)}
        problems = domain.problems(wanted, offers, available)
        if problems:
            raise NotAvailable(problems=problems)
        return domain.make_quote(wanted, offers, self._zones, country)
