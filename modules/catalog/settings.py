"""What an operator may set."""

from contracts.kit import Message
from contracts.values import Currency


class CatalogSettings(Message):
    """The catalogue's settings, from ``[modules.catalog]``.

    ``currency`` is the one in which the store sells: new products are refused in any other.
    """

    currency: Currency = "EUR"
