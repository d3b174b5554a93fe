"""The department of desk and paper."""

from __future__ import annotations

from modules.catalog.seed.grammar.kind import Axis, Brand, Choice, Department, Form, Kind, Make
from modules.catalog.seed.grammar.words import SERIES, colours
from modules.catalog.seed.pictures import desk as draw

_STATIONERS = (
    Brand("Quillmoor", "Quillmoor has ruled paper for schools and poets since its first press."),
    Brand("Foliant", "Foliant sews every book block with linen thread."),
    Brand("Paperholm", "Paperholm makes its paper with water that leaves the mill as clean as it came."),
    Brand("Marginal & Co.", "Marginal & Co. was founded by two editors who could not find the right notebook."),
)
_PENMAKERS = (
    Brand("Inkersley", "Inkersley tunes every nib by hand, and writes with it once."),
    Brand("Quillmoor", "Quillmoor keeps refills for all its pens, old ones included."),
    Brand("Brasswren", "Brasswren turns its parts on lathes no larger than a sewing machine."),
    Brand("Marginal & Co.", "Marginal & Co. believes that a pen should outlive its first hundred refills."),
)
_PRESSES = (
    Brand("Lanternhouse Press", "Lanternhouse Press prints near its readers, on paper from managed woods."),
    Brand("Hedgerow Books", "Hedgerow Books brings out twelve titles a year, and keeps all of them in print."),
    Brand("Fieldnote Editions", "Fieldnote Editions binds its books so that they lie open by themselves."),
)

_NOTEBOOKS = Kind(
    id="notebooks",
    name="Notebooks",
    code="NTB",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Notebook", draw.notebook, 1490, 320, (("Pages", "192"),)),
        Form("Spiral Notebook", draw.spiral_notebook, 990, 280, (("Pages", "120"),)),
        Form("Sketchbook", draw.sketchbook, 1790, 460, (("Pages", "96"),)),
    ),
    makes=(
        Make("Linen", 1.1, "The linen cover wears well and is pleasant to pick up.", "#b98a5a"),
        Make("Cloth-Bound", 1.2, "Bound in cloth over firm boards, it can be written in on a knee.", "#a8483c"),
        Make("Softcover", 0.85, "A soft cover makes it light, and lets it bend without a crease.", "#5d6b7a"),
    ),
    makes_called="Cover",
    brands=_STATIONERS,
    openings=(
        "The {series} {noun} lies flat from the first page to the last.",
        "A {noun} for lists, plans and the sentence you do not want to lose.",
        "Ivory paper that takes ink without a shadow: the {series} {noun} is good company for any pen.",
        "Half the pleasure of an idea is where you write it down, and this {noun} is a fine place.",
    ),
    uses=(
        "The pages are numbered, and there is room for an index.",
        "A pocket at the back keeps tickets, stamps and pressed leaves.",
        "Its 100-gram paper is made for fountain pens.",
        "It slips into a coat pocket or a small bag.",
    ),
    cares=(
        "The corners are rounded, so they stay as they are.",
        "Its paper is free of acid and will not turn yellow.",
        "When it is full, there is a place for the dates on the spine.",
    ),
    axes=(
        Axis("Ruling", (Choice("Plain", "PLN"), Choice("Lined", "LIN"), Choice("Dotted", "DOT")), 1, 2),
        colours(1, 3),
    ),
)

_PENS = Kind(
    id="pens",
    name="Pens & Pencils",
    code="PEN",
    title="{series} {noun}, {make}",
    series=SERIES,
    forms=(
        Form("Fountain Pen", draw.fountain_pen, 5900, 32, (("Refill", "Cartridge or converter"),)),
        Form("Rollerball", draw.rollerball, 3400, 24, (("Refill", "Standard rollerball"),)),
        Form("Clutch Pencil", draw.pencil, 2700, 20, (("Refill", "2 mm lead"),)),
    ),
    makes=(
        Make("Brass", 1.2, "The brass parts give it a low, calm centre of gravity.", "#c9a35a"),
        Make("Aluminium", 0.9, "Anodised aluminium makes it light, cool and hard to scratch.", "#b9c0c7"),
        Make("Resin", 1.0, "Its resin is turned from the solid block and polished to a deep gloss.", "#4a4a4f"),
    ),
    brands=_PENMAKERS,
    openings=(
        "The {series} {noun} writes at the first touch, and after a month in a drawer.",
        "A {noun} with a slim waist and a firm clip.",
        "Letters get longer with the {series} {noun} in hand.",
        "A {noun} to sign with, to sketch with, and not to lend.",
    ),
    uses=(
        "It is balanced for a light grip, so the hand stays fresh.",
        "It comes in a sleeve of grey felt, ready to be given.",
        "The clip holds on to paper as well as to tweed.",
        "It takes refills that every stationer has.",
    ),
    cares=(
        "Wipe it with a soft cloth; no more is needed.",
        "Each of its seven parts can be replaced.",
        "Small marks will come, and they will be yours.",
    ),
    axes=(colours(2, 3, "Chalk"), Axis("Line", (Choice("Fine", "F"), Choice("Medium", "M")), 1, 2)),
)

_ADJECTIVES = tuple(
    """
    Slow Quiet Patient Honest Northern Coastal Wandering Early Simple Everyday Winter Summer Open Hidden Generous
    Curious Restless Gentle Small Long Borrowed Unhurried Forgotten Living Wild Modest Golden Autumn Crooked
    Thoughtful Windward Evening Faithful Ordinary Distant Lucky
    """.split()  # noqa: SIM905  # read as words, not as a list
)
_AUTHORS = (
    "Ada Merrow",
    "Tobias Lindqvane",
    "Imke Sandholt",
    "Rosalind Achterby",
    "Jonah Peverell-Smythe",
    "Mirela Dovan",
    "Caspar Wyndholm",
    "Noor El-Hadary",
    "Finnian Garrowby",
    "Yuna Morikage",
)

_BOOKS = Kind(
    id="books",
    name="Books",
    code="BOK",
    title="The {series} {noun}: {extra}",
    series=_ADJECTIVES,
    forms=(
        Form(
            "Kitchen",
            draw.cookbook,
            2800,
            900,
            (("Subject", "Cooking"),),
            "Eighty Recipes for Calm Evenings",
            colour="#a8483c",
        ),
        Form("Loaf", draw.cookbook, 2600, 820, (("Subject", "Baking"),), "A Year of Bread", colour="#d6a03c"),
        Form(
            "Table",
            draw.cookbook,
            3200,
            1050,
            (("Subject", "Cooking"),),
            "Menus for Friends and Neighbours",
            colour="#6f4a68",
        ),
        Form(
            "Garden",
            draw.garden_book,
            2900,
            950,
            (("Subject", "Gardening"),),
            "Twelve Months Outdoors",
            colour="#3f6b4f",
        ),
        Form(
            "Meadow",
            draw.garden_book,
            2200,
            640,
            (("Subject", "Nature"),),
            "Grasses, Bees and Other Company",
            colour="#9caf88",
        ),
        Form(
            "Orchard",
            draw.garden_book,
            2400,
            700,
            (("Subject", "Gardening"),),
            "Growing Fruit in Small Places",
            colour="#7c7f45",
        ),
        Form(
            "Trail",
            draw.travel_book,
            1900,
            420,
            (("Subject", "Travel"),),
            "Forty Walks Worth the Weather",
            colour="#c8734f",
        ),
        Form(
            "Island",
            draw.travel_book,
            1800,
            400,
            (("Subject", "Travel"),),
            "Letters from the Edge of the Map",
            colour="#3e7f83",
        ),
        Form(
            "Summit",
            draw.travel_book,
            2100,
            460,
            (("Subject", "Travel"),),
            "On Going Up and Coming Down",
            colour="#2f3e5c",
        ),
    ),
    brands=_PRESSES,
    openings=(
        "A book to read with a pencil, and to leave where guests will find it.",
        "Clear, warm and without a wasted page.",
        "Part handbook, part love letter to its subject.",
        "It begins with the first step, and leaves nobody behind.",
    ),
    uses=(
        "Drawings by the author stand where photographs would say too much.",
        "Every chapter ends with something to try before the next.",
        "The index alone is worth an evening.",
        "Beginners will find a way in, and old hands a few surprises.",
    ),
    cares=(
        "The binding is sewn, and a ribbon marks the page.",
        "Notes at the back lead on to further reading.",
        "This edition has been revised throughout.",
    ),
    axes=(Axis("Format", (Choice("Paperback", "PB", 0.7, 0.8), Choice("Hardback", "HB", 1.1, 1.2)), 1, 2),),
    facts=(
        ("Author", _AUTHORS),
        ("Pages", ("168", "192", "208", "224", "256", "288", "320")),
    ),
    vat_rate=700,
)

DESK = Department("desk", "Desk & Paper", (_NOTEBOOKS, _PENS, _BOOKS))
