"""Orders that were placed: the history, one with its timeline, and cancelling it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from contracts.kit import idempotency_key
from contracts.orders import InvalidCursor, OrderNotFound, OrderState, TooLate
from contracts.values import OrderId
from modules.storefront.forms import is_identifier, new_key, read_form, read_query
from modules.storefront.refusals import BadRequest, NotFound
from modules.storefront.render import segment
from modules.storefront.visit import Visit

_UNDER_WAY = frozenset({OrderState.PLACED, OrderState.CONFIRMED, OrderState.CANCELLING})
_PAGE = 20

_REASONS: Mapping[str, str] = {
    "declined": "The card was declined.",
    "insufficient_funds": "There is not enough money on the card.",
    "unknown_card": "The card is not known.",
    "sold_out": "Something was sold out meanwhile.",
    "expired": "The payment could not be made in time.",
    "cancelled": "You cancelled it.",
    "revoked": "We cancelled it; whatever you paid, you get back.",
}


def reason_text(reason: str) -> str:
    """Say in a sentence why an order came to nothing."""
    return _REASONS.get(reason, f"{reason[:1].upper()}{reason[1:].rstrip('.')}.")


async def orders(visit: Visit) -> Response:
    """List what the person ordered."""
    visit.require_account("/orders")
    cursor = dict(read_query(visit.request)).get("cursor") or None
    damaged = BadRequest("This is no page of your orders: the address is damaged.")
    if cursor is not None and (len(cursor) > 200 or not cursor.isprintable()):
        raise damaged
    try:
        async with visit.loading() as calls:
            found = calls.create_task(visit.shop.orders.list_orders(cursor, _PAGE))
    except InvalidCursor:
        raise damaged from None
    return visit.page("orders.html", page=found.result(), cursor=cursor)


async def order(visit: Visit) -> Response:
    """Show one order; right after it was placed, as its confirmation."""
    order_id = _order_id(visit)
    asked = dict(read_query(visit.request))
    return await _show(visit, order_id, placed=asked.get("placed") == "1", unsaved=asked.get("unsaved") == "1")


async def cancel(visit: Visit) -> Response:
    """Cancel an order that is not paid yet."""
    order_id = _order_id(visit)
    form = await read_form(visit.request)
    try:
        with idempotency_key(form.key()):
            await visit.shop.orders.cancel_order(order_id)
    except OrderNotFound:
        raise NotFound from None
    except TooLate:
        return await _show(visit, order_id, too_late=True)
    return visit.redirect(f"/orders/{segment(order_id)}")


def _order_id(visit: Visit) -> OrderId:
    order_id = visit.request.path_params["order_id"]
    visit.require_account(f"/orders/{segment(order_id)}")
    if not is_identifier(order_id):
        raise NotFound
    return OrderId(order_id)


async def _show(
    visit: Visit, order_id: OrderId, *, placed: bool = False, unsaved: bool = False, too_late: bool = False
) -> Response:
    try:
        async with visit.loading() as calls:
            found = calls.create_task(visit.shop.orders.get_order(order_id))
    except OrderNotFound:
        raise NotFound from None
    shown = found.result()
    if placed:
        visit.count = None  # the cart hears of the purchase in a moment: no number is better than an old one
    return visit.page(
        "order.html",
        409 if too_late else 200,
        order=shown,
        placed=placed and shown.state not in (OrderState.CANCELLED, OrderState.REJECTED),
        unsaved=unsaved,
        too_late=too_late,
        under_way=shown.state in _UNDER_WAY,
        cancellable=shown.state is OrderState.PLACED,
        reason=reason_text(shown.reason) if shown.reason else None,
        key=new_key(),
    )
