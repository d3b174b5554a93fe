"""The shape of the grammar: what is said of one kind of product, from which many are made."""

from __future__ import annotations

from dataclasses import dataclass

from modules.catalog.seed.pictures.canvas import WOOD, Draw


@dataclass(frozen=True)
class Brand:
    """A maker, and a sentence about it."""

    name: str
    story: str


@dataclass(frozen=True)
class Make:
    """What a product is made of, or by: ``factor`` on its price, a sentence, and its colour in a drawing."""

    name: str
    factor: float
    sentence: str
    colour: str = WOOD


@dataclass(frozen=True)
class Form:
    """One form that a kind takes.

    ``price`` is a middling one in cents. ``facts`` are attributes; ``extra`` goes with the name.
    ``makes`` names those makes that suit it; none: all. ``uses``, if any, stand in for the kind's.
    ``colour`` is for what has no choice of colour.
    """

    noun: str
    draw: Draw
    price: int
    grams: int
    facts: tuple[tuple[str, str], ...] = ()
    extra: str = ""
    makes: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    colour: str = ""


@dataclass(frozen=True)
class Choice:
    """One value on an axis, with its mark in SKUs and its factors on price and weight."""

    label: str
    mark: str
    price: float = 1.0
    weight: float = 1.0
    colour: str = ""


@dataclass(frozen=True)
class Axis:
    """An attribute that tells variants apart; a product has between ``least`` and ``most`` of its choices."""

    name: str
    choices: tuple[Choice, ...]
    least: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One leaf of the category tree.

    ``title`` makes a name of {series}, {make}, {noun} and {extra}; sentences may use {series}, {noun} and
    {brand}. A product's description is an opening, its make's sentence, a use, and a care or the
    brand's story. ``makes_called`` names the attribute that holds the make; of each of ``facts``, an
    attribute and its possible values, a product gets one.
    """

    id: str
    name: str
    code: str
    title: str
    series: tuple[str, ...]
    forms: tuple[Form, ...]
    brands: tuple[Brand, ...]
    openings: tuple[str, ...]
    uses: tuple[str, ...]
    cares: tuple[str, ...]
    axes: tuple[Axis, ...]
    makes: tuple[Make, ...] = (Make("", 1.0, ""),)
    makes_called: str = "Material"
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    vat_rate: int = 1900


@dataclass(frozen=True)
class Department:
    """A top category with its kinds."""

    id: str
    name: str
    kinds: tuple[Kind, ...]
    vat_rate: int = 1900
