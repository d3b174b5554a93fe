"""The checkout: where to, what it costs, how to pay; then the order, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from contracts.accounts import AddressBookFull, SavedAddress
from contracts.kit import Conflict, idempotency_key
from contracts.orders import ItemProblem, NoDelivery, NotAvailable, PaymentRefused, Quote, QuoteChanged
from contracts.values import Address, CountryCode, Line
from modules.storefront.countries import country_name
from modules.storefront.faults import fault_of
from modules.storefront.forms import Form, new_key, read_form
from modules.storefront.pages.orders import reason_text
from modules.storefront.refusals import damaged
from modules.storefront.render import segment
from modules.storefront.visit import OUTAGES, Visit

CARDS: Mapping[str, str] = {
    "tok_success": "Test card: accepted",
    "tok_slow": "Test card: accepted after a few seconds",
    "tok_lost": "Test card: accepted, but the answer is lost",
    "tok_late": "Test card: accepted, as a late call-back says",
    "tok_twice": "Test card: accepted, called back twice",
    "tok_early": "Test card: accepted, called back before the answer",
    "tok_closed": "Test card: accepted, and its first refund is refused",
    "tok_decline": "Test card: declined",
    "tok_insufficient_funds": "Test card: not enough money",
}
"""The sandbox provider's test tokens; with a real provider its own form would give the token."""


async def checkout(visit: Visit) -> Response:
    """Ask for everything an order needs, and say what it will cost."""
    owner = visit.require_account("/checkout")
    async with visit.loading() as calls:
        held = calls.create_task(visit.shop.carts.get_cart(None))
        saved = calls.create_task(visit.shop.accounts.list_addresses())
    cart, addresses = held.result(), saved.result()
    if not cart.lines or any(line.problem for line in cart.lines):
        return visit.redirect("/cart")
    lines = tuple(Line(sku=line.sku, quantity=line.quantity) for line in cart.lines)
    form = Form(
        [
            ("address", addresses[0].id if addresses else "new"),
            ("name", owner.name),
            ("country", visit.shop.settings.country),
            ("payment", "tok_success"),
            ("save", "" if addresses else "yes"),
        ]
    )
    return await _Desk(visit, form, lines, addresses).show()


async def place(visit: Visit) -> Response:
    """Place the order (``action=place``), or just work out the total again."""
    visit.require_account("/checkout")
    form = await read_form(visit.request)
    lines = form.lines()
    key = form.key()
    async with visit.loading() as calls:
        saved = calls.create_task(visit.shop.accounts.list_addresses())
    desk = _Desk(visit, form, lines, saved.result())
    if form.get("action") == "place":
        return await desk.place(key)
    return await desk.show(key=key)


class _Desk:
    """One checkout: its form, what is bought, and the owner's address book."""

    def __init__(self, visit: Visit, form: Form, lines: tuple[Line, ...], saved: tuple[SavedAddress, ...]) -> None:
        self._visit = visit
        self._form = form
        self._lines = lines
        self._saved = saved
        self._chosen = next((each.address for each in saved if each.id == form.get("address")), None)

    async def place(self, key: str) -> Response:
        """Buy what was quoted. Whatever comes of it, the same key never buys twice."""
        form = self._form
        address = self._chosen
        if not address and form.get("address") not in ("new", ""):
            form.errors["address"] = "Choose an address."
        elif not address:
            address = form.address(self._visit.shop.settings.countries)
        if form.get("payment") not in CARDS:
            form.errors["payment"] = "Choose how to pay."
        digest = form.get("digest")
        if len(digest) > 100:
            raise damaged()
        if address is None or not form.is_good:
            return await self.show(status=422, key=key)
        try:
            with idempotency_key(key):
                placed = await self._visit.shop.orders.place_order(digest, self._lines, address, form.get("payment"))
        except QuoteChanged as change:
            form.problem = (
                "The total has changed since you last saw it. Nothing was ordered: check it, then order again."
            )
            return await self.show(status=409, quote=change.quote)
        except PaymentRefused as refusal:
            form.problem = f"{reason_text(refusal.reason)} Nothing was ordered. You can try again with another card."
            return await self.show(status=422)
        except NotAvailable as refusal:
            return await self._show_missing(refusal, 409)
        except NoDelivery as refusal:
            return self._show_nowhere(refusal, 422)
        except Conflict:
            form.problem = "This form was sent before, with other details. Look at your orders before you order again."
            return await self.show(status=409)
        except OUTAGES as outage:
            fault = fault_of(outage, changing=True)
            form.problem = f"{fault.text} Press “Place order” again: it is the same order, and it counts once."
            return await self._show_doubt(fault.status, key)
        note = await self._save(address)
        return self._visit.redirect(f"/orders/{segment(placed.id)}?placed=1{note}")

    async def show(self, *, status: int = 200, key: str | None = None, quote: Quote | None = None) -> Response:
        """Show the page, with a fresh quote if none is given."""
        if quote is None:
            try:
                quote = await self._visit.shop.orders.quote(self._lines, self._country)
            except NotAvailable as refusal:
                return await self._show_missing(refusal, status)
            except NoDelivery as refusal:
                return self._show_nowhere(refusal, status)
            except OUTAGES as outage:
                fault = fault_of(outage)
                self._form.problem = fault.text
                return self._render(fault.status, key, None)
        return self._render(status, key, quote)

    async def _show_doubt(self, status: int, key: str) -> Response:
        """Show the page such that ordering again is the same order: with the same key, and of the same quote.

        A quote made now may be another, if only because the order itself took the last of something.
        """
        digest = self._form.get("digest")
        try:
            quote = await self._visit.shop.orders.quote(self._lines, self._country)
        except (NotAvailable, NoDelivery, *OUTAGES):
            quote = None
        return self._render(status, key, quote if quote and quote.digest == digest else None, digest=digest)

    @property
    def _country(self) -> CountryCode:
        settings = self._visit.shop.settings
        if self._chosen:
            return self._chosen.country
        return self._form.get("country") if self._form.get("country") in settings.countries else settings.country

    async def _show_missing(self, refusal: NotAvailable, status: int) -> Response:
        skus = tuple(problem.sku for problem in refusal.problems)
        offers = await self._visit.optional(
            self._visit.shop.catalog.get_offers(skus), "The names of the items cannot be shown right now."
        )
        names = {offer.sku: offer.name for offer in offers or ()}
        return self._render(status, None, None, missing=[(names.get(p.sku, p.sku), p) for p in refusal.problems])

    def _show_nowhere(self, refusal: NoDelivery, status: int) -> Response:
        self._form.errors["country"] = (
            f"We cannot deliver this order, which weighs {refusal.weight_grams / 1000:.1f} kg, "
            f"to {country_name(refusal.country)}."
        )
        return self._render(status, None, None)

    def _render(
        self,
        status: int,
        key: str | None,
        quote: Quote | None,
        *,
        digest: str | None = None,
        missing: Sequence[tuple[str, ItemProblem]] = (),
    ) -> Response:
        return self._visit.page(
            "checkout.html",
            status,
            form=self._form,
            lines=self._lines,
            saved=self._saved,
            quote=quote,
            digest=quote.digest if quote else digest,
            missing=missing,
            cards=CARDS,
            key=key or new_key(),
            country=self._country,
        )

    async def _save(self, address: Address) -> str:
        """Keep a new address if that is wished; the order stands whether or not this works."""
        if self._chosen or not self._form.get("save"):
            return ""
        try:
            await self._visit.shop.accounts.add_address(address)
        except (AddressBookFull, *OUTAGES):
            return "&unsaved=1"
        return ""
