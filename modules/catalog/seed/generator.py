"""Makes the demonstration catalogue from the grammar: the same products, in the same order, everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product as combinations

from contracts.catalog import Attribute, Category, NewProduct, Picture, Variant
from contracts.kit import SeedSize
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog.seed.dice import Dice
from modules.catalog.seed.grammar.desk import DESK
from modules.catalog.seed.grammar.garden import GARDEN
from modules.catalog.seed.grammar.home import HOME
from modules.catalog.seed.grammar.kind import Axis, Brand, Choice, Department, Form, Kind, Make
from modules.catalog.seed.grammar.kitchen import KITCHEN
from modules.catalog.seed.grammar.outdoor import OUTDOOR
from modules.catalog.seed.grammar.pantry import PANTRY
from modules.catalog.seed.pictures.canvas import Look, sheet

DEPARTMENTS: tuple[Department, ...] = (KITCHEN, HOME, GARDEN, OUTDOOR, DESK, PANTRY)
PRODUCTS: Mapping[SeedSize, int] = {SeedSize.S: 120, SeedSize.M: 5_000}

_SEED = "freestone"


def categories() -> Iterator[Category]:
    """Yield the category tree, parents before their children."""
    for department in DEPARTMENTS:
        yield _category(department, None)
        for kind in department.kinds:
            yield _category(kind, CategoryId(department.id))


def products(count: int, currency: str) -> Iterator[NewProduct]:
    """Yield so many products, from all kinds in turn; fewer are the beginning of more.

    Prices are chosen in cents and taken for the minor unit of any currency.
    """
    kinds = [kind for place in range(3) for department in DEPARTMENTS for kind in department.kinds[place : place + 1]]
    makers = [_products_of(kind, currency) for kind in kinds]
    for number in range(count):
        yield next(makers[number % len(makers)])


def _category(node: Department | Kind, parent: CategoryId | None) -> Category:
    return Category(id=CategoryId(node.id), slug=node.id, name=node.name, parent_id=parent, vat_rate=node.vat_rate)


def _products_of(kind: Kind, currency: str) -> Iterator[NewProduct]:
    """Yield a kind's products, no name twice, until all that can be made of it are made."""
    possible = [
        (series, form, make)
        for series, form, make in combinations(kind.series, kind.forms, kind.makes)
        if not form.makes or make.name in form.makes
    ]
    for number, (series, form, make) in enumerate(Dice(_SEED, kind.id).shuffled("names", possible), start=1):
        yield _product(kind, number, series, form, make, currency)


def _product(kind: Kind, number: int, series: str, form: Form, make: Make, currency: str) -> NewProduct:
    dice = Dice(_SEED, kind.id, number)
    name = kind.title.format(series=series, noun=form.noun, make=make.name, extra=form.extra)
    brand = dice.pick("brand", kind.brands)
    facts = [(kind.makes_called, make.name)] if make.name else []
    facts += [*form.facts, *((name, dice.pick(name, values)) for name, values in kind.facts)]
    chosen = [_chosen(dice, axis) for axis in kind.axes]
    base = form.price * make.factor * (0.8 + 0.7 * dice.share("price") ** 2)
    return NewProduct(
        id=ProductId(re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "")).strip("-")),
        name=name,
        brand=brand.name,
        category_id=CategoryId(kind.id),
        description=_description(kind, dice, series, form, make, brand),
        attributes=tuple(Attribute(name=fact, value=value) for fact, value in facts),
        variants=tuple(_variant(kind, number, form, base, choices, currency) for choices in combinations(*chosen)),
        picture=_picture(dice, name, form, make, [choice for choices in chosen for choice in choices]),
    )


def _chosen(dice: Dice, axis: Axis) -> list[Choice]:
    """Choose from an axis; sizes stay in their order, but no colour comes before the others."""
    choices = dice.some(axis.name, axis.choices, axis.least, axis.most)
    return dice.shuffled(axis.name, choices) if choices[0].colour else choices


def _variant(kind: Kind, number: int, form: Form, base: float, choices: tuple[Choice, ...], currency: str) -> Variant:
    price, grams = base, float(form.grams)
    for choice in choices:
        price *= choice.price
        grams *= choice.weight
    return Variant(
        sku=Sku("-".join((kind.code, f"{number:04d}", *(choice.mark for choice in choices)))),
        attributes=tuple(
            Attribute(name=axis.name, value=choice.label) for axis, choice in zip(kind.axes, choices, strict=True)
        ),
        price=Money(amount=_shop_price(price), currency=currency),
        weight_grams=round(grams),
    )


def _shop_price(cents: float) -> int:
    """Return the nearest price as shops write it: 6.45, 14.90, 79.00."""
    if cents < 1_000:
        return max(1, round(cents / 50)) * 50 - 5
    if cents < 5_000:
        return round(cents / 100) * 100 - 10
    return round(cents / 500) * 500 - 100


def _description(kind: Kind, dice: Dice, series: str, form: Form, make: Make, brand: Brand) -> str:
    words = {"series": series, "noun": form.noun.lower(), "brand": brand.name}
    ending = brand.story if dice.share("ending") < 0.5 else dice.pick("care", kind.cares)
    sentences = (dice.pick("opening", kind.openings), make.sentence, dice.pick("use", form.uses or kind.uses), ending)
    return " ".join(sentence.format(**words) for sentence in sentences if sentence)


def _picture(dice: Dice, name: str, form: Form, make: Make, choices: list[Choice]) -> Picture:
    coloured = next((choice for choice in choices if choice.colour), None)
    colour = coloured.colour if coloured else form.colour or make.colour
    look = Look(colour, make.colour, dice.number("style") % 72)
    shown = f"Drawing of a {form.noun.lower()}" + (f" in {coloured.label.lower()}" if coloured else "")
    return Picture(svg=sheet(look, name, f"{shown}.", form.draw(look)))
