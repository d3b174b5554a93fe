"""Finding products: the home page, categories and search."""

from __future__ import annotations

from starlette.responses import Response

from contracts.catalog import Card, Category, CategoryNotFound, Facet, InvalidCursor, Page, Search, Sort
from modules.storefront import tree
from modules.storefront.filters import SORTS, Filters, read_filters
from modules.storefront.forms import read_query
from modules.storefront.refusals import BadRequest, NotFound
from modules.storefront.visit import Visit

_NEWEST = Search(sort=Sort.NEWEST, limit=12)
_NOTHING = Page(cards=(), next_cursor=None)


async def home(visit: Visit) -> Response:
    """Greet: the categories, and what is new."""
    async with visit.loading() as calls:
        newest = calls.create_task(visit.shop.catalog.search(_NEWEST))
    cards = newest.result().cards
    categories = visit.menu or ()
    roots = tree.roots(categories)
    faces = {roots.get(card.category_id): card.product_id for card in reversed(cards)}
    sections = [
        (root, tree.children(categories, root.id), faces.get(root.id)) for root in tree.children(categories, None)
    ]
    return visit.page("home.html", cards=cards, sections=sections)


async def category(visit: Visit) -> Response:
    """List a category, with those below it."""
    visit.menu = await visit.shop.catalog.list_categories()
    here = tree.by_slug(visit.menu, visit.request.path_params["slug"])
    if here is None:
        raise NotFound
    filters = read_filters(
        [pair for pair in read_query(visit.request) if pair[0] not in ("q", "category")], visit.shop.settings.currency
    )
    try:
        async with visit.loading() as calls:
            results = calls.create_task(
                visit.shop.catalog.search(filters.search(here.id, visit.shop.settings.page_size))
            )
            facets = calls.create_task(
                visit.optional(
                    visit.shop.catalog.list_facets(here.id), "The filters of this category cannot be shown right now."
                )
            )
    except CategoryNotFound:
        raise NotFound from None
    except InvalidCursor:
        raise _damaged() from None
    return _list(visit, filters, results.result(), here=here, facets=facets.result() or ())


async def search(visit: Visit) -> Response:
    """List what matches a text."""
    filters = read_filters(read_query(visit.request), visit.shop.settings.currency)
    here: Category | None = None
    if filters.category:
        visit.menu = await visit.shop.catalog.list_categories()
        here = tree.by_slug(visit.menu, filters.category)
        if here is None:
            raise NotFound
    if not filters.text or "q" in filters.errors:
        async with visit.loading():
            pass
        return _list(visit, filters, _NOTHING, here=here)
    try:
        async with visit.loading() as calls:
            question = filters.search(here.id if here else None, visit.shop.settings.page_size)
            results = calls.create_task(visit.shop.catalog.search(question))
    except CategoryNotFound:
        raise NotFound from None
    except InvalidCursor:
        raise _damaged() from None
    return _list(visit, filters, results.result(), here=here)


def _list(
    visit: Visit, filters: Filters, results: Page, *, here: Category | None, facets: tuple[Facet, ...] = ()
) -> Response:
    categories = visit.menu or ()
    searching = visit.request.scope["path"] == "/search"
    return visit.page(
        "search.html" if searching else "category.html",
        422 if filters.errors else 200,
        filters=filters,
        cards=results.cards,
        next_query=filters.query(results.next_cursor) if results.next_cursor else None,
        here=here,
        trail=tree.trail(categories, here.id) if here else [],
        below=tree.children(categories, here.id) if here else [],
        facets=facets,
        sorts=SORTS if searching else {sort: name for sort, name in SORTS.items() if sort is not Sort.RELEVANCE},
        sort=filters.sort or (Sort.RELEVANCE if searching else Sort.NEWEST),
        first_new=_first_new(visit, filters, results.cards),
    )


def _first_new(visit: Visit, filters: Filters, cards: tuple[Card, ...]) -> str | None:
    """Which product gets the focus when htmx appends a page to those before it."""
    return cards[0].product_id if cards and filters.cursor and visit.enhanced else None


def _damaged() -> BadRequest:
    return BadRequest("This is no page of results: the address is damaged, or belongs to another search.")
