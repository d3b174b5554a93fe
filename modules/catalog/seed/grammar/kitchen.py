"""The kitchen department."""

from __future__ import annotations

from modules.catalog.seed.grammar.kind import Axis, Brand, Choice, Department, Form, Kind, Make
from modules.catalog.seed.grammar.words import SERIES, colours
from modules.catalog.seed.pictures import kitchen as draw

_POTTERS = (
    Brand("Tillerby", "Tillerby has thrown pots in the same brick workshop for three generations."),
    Brand("Maddox Kiln", "Maddox Kiln fires twice a week and checks every piece by hand."),
    Brand("Fernhollow", "Fernhollow mixes its own glazes, so no two batches are quite alike."),
    Brand("Larkmill", "Larkmill packs its pottery in paper and straw, never in plastic."),
)
_SMITHS = (
    Brand("Hearth & Harrow", "Hearth & Harrow repairs what it sells, for as long as you own it."),
    Brand("Brannock", "Brannock casts and finishes its cookware under one roof."),
    Brand("Copperfold", "Copperfold tests each piece over a real flame before it leaves the works."),
    Brand("Ironmere", "Ironmere gives a thirty-year promise on everything it makes."),
)
_CUTLERS = (
    Brand("Edgewell", "Edgewell makes good whatever wears, free of charge, once a year."),
    Brand("Grindlow", "Grindlow works wood and steel under one roof, and wastes little of either."),
    Brand("Brannock", "Brannock has made kitchen tools for people who cook every day."),
    Brand("Oxbow & Sons", "Oxbow & Sons sources its wood from storm-felled trees."),
)

_BOARD_USES = (
    "Both sides are sanded, so one can be kept for bread and cheese.",
    "The hole in the handle lets it hang where it is needed.",
    "It is thick enough to lie still and light enough to carry to the table.",
)

_MUGS = Kind(
    id="mugs",
    name="Mugs & Cups",
    code="MUG",
    title="{series} {make} {noun}, {extra}",
    series=SERIES,
    forms=(
        Form("Mug", draw.mug, 1490, 380, (("Capacity", "350 ml"),), "350 ml"),
        Form("Tall Mug", draw.tall_mug, 1690, 430, (("Capacity", "450 ml"),), "450 ml"),
        Form("Cappuccino Cup", draw.cup, 1890, 420, (("Capacity", "220 ml"),), "220 ml", ("Stoneware", "Porcelain")),
        Form("Breakfast Cup", draw.cup, 1990, 460, (("Capacity", "300 ml"),), "300 ml", ("Stoneware", "Porcelain")),
    ),
    makes=(
        Make("Stoneware", 1.0, "The stoneware is fired at 1,240 °C, which makes it dense, quiet and hard to chip."),
        Make("Porcelain", 1.25, "Fine porcelain keeps the wall thin and light, and keeps the drink hot."),
        Make("Enamel", 0.85, "Two coats of enamel on steel make it light enough to take along and easy to clean."),
    ),
    brands=_POTTERS,
    openings=(
        "The {series} {noun} sits well in the hand and keeps its warmth down to the last sip.",
        "An everyday {noun} with a calm shape and a glaze that rewards a second look.",
        "Made for slow mornings: the {series} {noun} has a broad handle and a rim that is kind to the lips.",
        "A {noun} you will reach for first, whatever else is in the cupboard.",
        "The {series} {noun} has the weight of something made to stay.",
    ),
    uses=(
        "It suits coffee, tea and the occasional soup.",
        "Pair it with a plate in another colour; the range is made to be mixed.",
        "The handle leaves room for three fingers, even with gloves on.",
        "It stacks with its neighbours and fits under most coffee machines.",
    ),
    cares=(
        "Dishwasher and daily use leave no mark on it.",
        "Wash it by hand or in the machine, as you like.",
        "Small differences in the glaze are part of how it is made.",
    ),
    axes=(colours(2, 4),),
)

_COOKWARE = Kind(
    id="cookware",
    name="Pots & Pans",
    code="PAN",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Casserole", draw.casserole, 8900, 4200),
        Form("Saucepan", draw.saucepan, 4900, 1500),
        Form("Frying Pan", draw.frying_pan, 5400, 1700),
    ),
    makes=(
        Make("Cast-Iron", 1.2, "Cast iron takes its time to warm up and then holds the heat like nothing else."),
        Make(
            "Steel", 1.0, "Three layers of steel and aluminium carry the heat evenly, right up to the edge.", "#8f979e"
        ),
        Make(
            "Enamelled",
            0.9,
            "The enamel is smooth as glass, so that nothing sticks and no taste is left behind.",
            "#c9a35a",
        ),
    ),
    brands=_SMITHS,
    openings=(
        "The {series} {noun} is built for a lifetime of weekday dinners.",
        "A {noun} with a thick base and a handle that stays where your hand expects it.",
        "From a quick sauce to a slow Sunday, the {series} {noun} does the quiet half of the work.",
        "Heavy where it matters and balanced everywhere else: a {noun} for people who cook.",
    ),
    uses=(
        "It works on gas, electric and induction hobs, and in the oven up to 240 °C.",
        "Bring it straight to the table; it is handsome enough to stay there.",
        "The rim pours without dripping on either side.",
        "It is as good with onions as it is with pancakes.",
    ),
    cares=(
        "Rinse it with warm water, dry it well, and it will only get better.",
        "Let it cool before you wash it, and use a soft brush.",
        "Spare knobs and handles are available for years to come.",
    ),
    axes=(
        Axis(
            "Diameter",
            (Choice("20 cm", "20", 0.85, 0.75), Choice("24 cm", "24"), Choice("28 cm", "28", 1.25, 1.35)),
            1,
            3,
        ),
        colours(1, 2, "Lavender", "Sand", "Chalk"),
    ),
)

_KNIVES = Kind(
    id="knives",
    name="Knives & Boards",
    code="KNF",
    title="{series} {noun}, {make}",
    series=SERIES,
    forms=(
        Form("Chef's Knife", draw.chefs_knife, 7900, 240, (("Blade", "20 cm"),)),
        Form("Bread Knife", draw.bread_knife, 6400, 210, (("Blade", "23 cm"),)),
        Form("Paring Knife", draw.paring_knife, 3400, 90, (("Blade", "9 cm"),)),
        Form("Chopping Board", draw.board, 4200, 1600, (("Thickness", "3 cm"),), uses=_BOARD_USES),
    ),
    makes=(
        Make("Oak", 1.0, "The oak is dried for two years, oiled by hand and pleasant to hold.", "#b98a5a"),
        Make(
            "Walnut", 1.2, "Dark walnut with an open grain: oiled, never varnished, and warm to the touch.", "#7a5238"
        ),
        Make("Olive Wood", 1.3, "Olive wood is dense and lively, and no two pieces show the same figure.", "#c49a5c"),
    ),
    makes_called="Wood",
    brands=_CUTLERS,
    openings=(
        "The {series} {noun} does one job and does it well.",
        "A {noun} that feels right from the first day, and better after a year.",
        "Plain, honest and made to be used: the {series} {noun} belongs within reach.",
        "Good tools make patient cooks, and this {noun} is a good tool.",
    ),
    uses=(
        "It makes short work of herbs, crusts and Sunday roasts.",
        "Left-handed and right-handed cooks will find it equally comfortable.",
        "It comes in a box of recycled card that is good enough to give away.",
        "Its balance point lies just where thumb and finger meet.",
    ),
    cares=(
        "Wash it by hand and dry it at once; a drop of oil now and then keeps the wood fresh.",
        "Keep it out of the dishwasher and it will outlive the kitchen.",
        "Wipe it clean after use and let it dry standing.",
    ),
    axes=(
        Axis(
            "Finish", (Choice("Natural oil", "NAT"), Choice("Smoked", "SMK", 1.1), Choice("Waxed", "WAX", 1.05)), 1, 3
        ),
    ),
)

KITCHEN = Department("kitchen", "Kitchen", (_MUGS, _COOKWARE, _KNIVES))
