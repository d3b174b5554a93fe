"""What left or came back that no reservation accounts for is in the books of its SKU, by order."""

from __future__ import annotations

from sqlalchemy import text

from contracts.inventory import StockBook, Stray
from contracts.values import OrderId, Sku
from modules.inventory.store.books import MOST_NAMED
from tests.modules.inventory.stand import LAMP, MUG, Stand, lines, order


async def moved(stand: Stand, sku: Sku, movement: str, quantity: int, order_id: str | None) -> None:
    """Write a movement down behind the stock's back."""
    statement = text("INSERT INTO movements (sku, movement, quantity, order_id, at) VALUES (:sku, :what, :n, :id, 0)")
    async with stand.database.write() as work:
        await work.session.execute(statement, {"sku": sku, "what": movement, "n": quantity, "id": order_id})


async def books(stand: Stand) -> dict[Sku, StockBook]:
    """Return the books by SKU."""
    return {each.sku: each for each in (await stand.service.list_stock(None)).stock}


async def test_every_order_without_a_reservation_is_named_with_what_left_and_came_back(stand: Stand) -> None:
    await stand.stock(MUG=9, LAMP=9)
    await stand.service.reserve(order(1), lines(MUG=2))
    await stand.service.commit(order(1))
    await stand.service.take_back(order(1))
    assert [each.strays for each in (await books(stand)).values()] == [(), ()]
    for movement, quantity, whose in (
        ("committed", 2, "FB"),
        ("returned", 1, "FB"),
        ("committed", 1, "FB"),
        ("returned", 7, "FA"),
        ("committed", 5, order(1)),
    ):
        await moved(stand, MUG, movement, quantity, whose)
    await moved(stand, LAMP, "committed", 4, None)
    found = await books(stand)
    assert found[MUG].strays == (
        Stray(order_id=OrderId("FA"), left=0, came_back=7),
        Stray(order_id=OrderId("FB"), left=3, came_back=1),
    )
    assert found[LAMP].strays == (Stray(order_id=None, left=4, came_back=0),)


async def test_of_very_many_orders_the_first_are_named_for_each_sku(stand: Stand) -> None:
    await stand.stock(MUG=1, LAMP=1)
    for number in range(MOST_NAMED + 3):
        await moved(stand, LAMP, "returned", 1, order(number))
    await moved(stand, MUG, "returned", 1, order(99))
    found = await books(stand)
    assert [each.order_id for each in found[LAMP].strays] == [order(number) for number in range(MOST_NAMED)]
    assert [each.order_id for each in found[MUG].strays] == [order(99)]
