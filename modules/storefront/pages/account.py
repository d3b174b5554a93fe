"""A person's own account: profile, address book, password."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from contracts.accounts import (
    AddressBookFull,
    AddressId,
    AddressNotFound,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from modules.storefront.forms import Form, is_identifier, read_form, read_query
from modules.storefront.pages.sessions import weakness
from modules.storefront.refusals import NotFound
from modules.storefront.visit import Visit

_DONE: Mapping[str, str] = {
    "name": "Your name was changed.",
    "address": "The address was added.",
    "removed": "The address was removed.",
    "password": "Your password was changed. You were logged out everywhere else.",
}


async def account(visit: Visit) -> Response:
    """Show the account."""
    visit.require_account("/account")
    return await _show(visit, done=_DONE.get(dict(read_query(visit.request)).get("done", "")))


async def rename(visit: Visit) -> Response:
    """Change the person's name."""
    visit.require_account("/account")
    form = await read_form(visit.request)
    name = form.text("profile_name", "Enter your name.", 120)
    if not form.is_good:
        return await _show(visit, profile=form)
    await visit.shop.accounts.rename(name)
    return visit.redirect("/account?done=name")


async def add_address(visit: Visit) -> Response:
    """Add to the address book; the same address twice counts once."""
    visit.require_account("/account")
    form = await read_form(visit.request)
    address = form.address(visit.shop.settings.countries)
    if address is not None:
        try:
            await visit.shop.accounts.add_address(address)
        except AddressBookFull:
            form.problem = "Your address book is full. Remove an address first."
        else:
            return visit.redirect("/account?done=address#addresses")
    return await _show(visit, book=form)


async def remove_address(visit: Visit) -> Response:
    """Remove from the address book."""
    visit.require_account("/account")
    form = await read_form(visit.request)
    address_id = form.get("id")
    if not is_identifier(address_id):
        raise NotFound
    try:
        await visit.shop.accounts.remove_address(AddressId(address_id))
    except AddressNotFound:
        raise NotFound from None
    return visit.redirect("/account?done=removed#addresses")


async def change_password(visit: Visit) -> Response:
    """Change the password; other sessions end."""
    visit.require_account("/account")
    form = await read_form(visit.request)
    current = form.password("current", "Enter your present password.")
    new = form.password("new", "Choose a new password.")
    status, headers = 422, {}
    if form.is_good:
        try:
            await visit.shop.accounts.change_password(current, new, visit.cookies.session or "")
        except WrongCredentials:
            form.errors["current"] = "This is not your present password."
        except WeakPassword as refusal:
            form.errors["new"] = weakness(refusal)
        except TooManyAttempts as refusal:
            form.problem = "Too many attempts. Please wait a while, then try again."
            status, headers = 429, {"retry-after": str(refusal.retry_after)}
        else:
            return visit.redirect("/account?done=password")
    return await _show(visit, password=form, status=status, headers=headers)


async def _show(
    visit: Visit,
    *,
    profile: Form | None = None,
    book: Form | None = None,
    password: Form | None = None,
    done: str | None = None,
    status: int = 422,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Show the page; a form that is given was refused."""
    owner = visit.require_account("/account")
    async with visit.loading() as calls:
        addresses = calls.create_task(visit.shop.accounts.list_addresses())
    refused = profile or book or password
    return visit.page(
        "account.html",
        status if refused else 200,
        headers,
        owner=owner,
        addresses=addresses.result(),
        profile=profile or Form([("profile_name", owner.name)]),
        book=book or Form([("country", visit.shop.settings.country)]),
        password=password or Form(),
        done=done,
    )
