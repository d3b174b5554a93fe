"""The pantry: food, at the reduced rate of VAT."""

from __future__ import annotations

from modules.catalog.seed.grammar.kind import Axis, Brand, Choice, Department, Form, Kind, Make
from modules.catalog.seed.grammar.words import PANTRY_SERIES
from modules.catalog.seed.pictures import pantry as draw

_ROASTERS = (
    Brand("Kettlewood", "Kettlewood pays its growers by the cup, not by the exchange."),
    Brand("Sundrove", "Sundrove roasts on Tuesdays and posts on Wednesdays."),
    Brand("Goldenmoor", "Goldenmoor buys whole harvests from farms it has known for years."),
    Brand("Slowburn Roasters", "Slowburn Roasters gives each batch eighteen minutes, and its full attention."),
)
_TEA_HOUSES = (
    Brand("Leaf & Ladder", "Leaf & Ladder names the garden and the picking on every packet."),
    Brand("Kettlewood", "Kettlewood tastes each lot three times before it buys."),
    Brand("Mistral Tea Rooms", "Mistral Tea Rooms blends what it pours for its own guests."),
)
_PRESERVERS = (
    Brand("Bramble & Bay", "Bramble & Bay cooks in open copper pans, a few dozen jars at a time."),
    Brand("Hivewick", "Hivewick tends its bees along four miles of the same river."),
    Brand("Goldenmoor", "Goldenmoor picks in the morning and fills its jars by night."),
)

_BLACK = (("Kind", "Black"), ("Caffeine", "Yes"))
_GREEN = (("Kind", "Green"), ("Caffeine", "Yes"))
_OOLONG = (("Kind", "Oolong"), ("Caffeine", "Yes"))
_HERBAL = (("Kind", "Herbal"), ("Caffeine", "No"))
_FRUIT = (("Kind", "Fruit"), ("Caffeine", "No"))

_LOOSE, _BAGS = ("Loose Leaf",), ("Tea Bags",)

_COFFEE = Kind(
    id="coffee",
    name="Coffee",
    code="COF",
    title="{series} {noun}, {make}",
    series=PANTRY_SERIES,
    forms=(
        Form("Espresso Roast", draw.coffee_bag, 990, 270, (("Roast", "Dark"),), colour="#4b3a36"),
        Form("Filter Roast", draw.coffee_bag, 1090, 270, (("Roast", "Light"),), colour="#c98b5a"),
        Form("House Blend", draw.coffee_bag, 890, 270, (("Roast", "Medium"),), colour="#7f9a86"),
        Form("Decaf", draw.coffee_bag, 1040, 270, (("Roast", "Medium"),), colour="#7d8fae"),
    ),
    makes=(
        Make(
            "Ethiopia",
            1.15,
            "The beans come from high gardens in Ethiopia, and bring jasmine and lemon with them.",
        ),
        Make("Colombia", 1.05, "From two Colombian valleys: round, with red apple and a finish of cane sugar."),
        Make("Brazil", 0.9, "Brazilian beans, dried in the sun, make it mild and full, with hazelnut and cocoa."),
        Make(
            "Guatemala", 1.0, "Volcanic soil in Guatemala gives it depth: dark chocolate, orange peel, a little smoke."
        ),
    ),
    makes_called="Origin",
    brands=_ROASTERS,
    openings=(
        "A coffee to get up for.",
        "Sweet, clear and steady: a cup that tastes the same on a Monday.",
        "Roasted slowly and in small batches, then left to rest for two days.",
        "This is the coffee we drink ourselves.",
    ),
    uses=(
        "It is generous in the pot and forgiving in the machine.",
        "Try it with a drop of milk, then without.",
        "Use 60 grams to the litre, and water just off the boil.",
        "It tastes best within two months of roasting; the date is on the bag.",
    ),
    cares=(
        "Keep it closed, cool and dry, but not in the fridge.",
        "The bag has a valve, and can be sealed again.",
    ),
    axes=(
        Axis("Weight", (Choice("250 g", "250"), Choice("1 kg", "1KG", 3.5, 3.9)), 1, 2),
        Axis(
            "Grind",
            (Choice("Whole bean", "BEAN"), Choice("Ground for filter", "FLTR"), Choice("Ground for espresso", "ESPR")),
            1,
            3,
        ),
    ),
    vat_rate=700,
)

_TEA = Kind(
    id="tea",
    name="Tea",
    code="TEA",
    title="{series} {noun}, {make}",
    series=PANTRY_SERIES,
    forms=(
        Form(
            "Breakfast Tea",
            draw.tea_tin,
            890,
            190,
            _BLACK,
            makes=_LOOSE,
            colour="#a8483c",
        ),
        Form(
            "Earl Grey",
            draw.tea_tin,
            990,
            190,
            _BLACK,
            makes=_LOOSE,
            colour="#4f6b8a",
        ),
        Form(
            "Green Tea",
            draw.tea_tin,
            1090,
            190,
            _GREEN,
            makes=_LOOSE,
            colour="#7f9a5f",
        ),
        Form(
            "Oolong",
            draw.tea_tin,
            1490,
            190,
            _OOLONG,
            makes=_LOOSE,
            colour="#3e7f83",
        ),
        Form(
            "Breakfast Tea",
            draw.tea_box,
            690,
            140,
            _BLACK,
            makes=_BAGS,
            colour="#c8734f",
        ),
        Form(
            "Herbal Infusion",
            draw.tea_box,
            640,
            130,
            _HERBAL,
            makes=_BAGS,
            colour="#d6a03c",
        ),
        Form(
            "Mint Infusion",
            draw.tea_box,
            590,
            120,
            _HERBAL,
            makes=_BAGS,
            colour="#8fb59a",
        ),
        Form(
            "Fruit Infusion",
            draw.tea_box,
            620,
            130,
            _FRUIT,
            makes=_BAGS,
            colour="#b8607a",
        ),
    ),
    makes=(
        Make("Loose Leaf", 1.0, "Whole leaves have room to open, and are good for a second pot."),
        Make("Tea Bags", 1.0, "The bags are woven from plant fibre and go on the compost with the rest."),
    ),
    makes_called="Style",
    brands=_TEA_HOUSES,
    openings=(
        "A pot of this, and the afternoon is in order.",
        "Clear in the cup, full in the nose, and never bitter.",
        "Blended to taste the same from the first week to the last.",
        "A tea for rain, for visitors and for no reason at all.",
    ),
    uses=(
        "It goes well with buttered toast and long letters.",
        "Chill what is left with a slice of lemon.",
        "One spoon or bag for each cup is plenty.",
        "Let it stand in a warm pot, with the lid on.",
    ),
    cares=(
        "Keep it closed and away from spices.",
        "The packet says when it was picked and when it was packed.",
    ),
    axes=(
        Axis("Size", (Choice("Small", "S", 0.8, 0.6), Choice("Regular", "R"), Choice("Family", "F", 1.8, 2.1)), 1, 3),
    ),
    vat_rate=700,
)

_PRESERVES = Kind(
    id="preserves",
    name="Honey & Preserves",
    code="JAR",
    title="{series} {noun}",
    series=PANTRY_SERIES,
    forms=(
        Form("Blossom Honey", draw.honey_jar, 790, 480, (("Kind", "Honey"),), colour="#e9b949"),
        Form("Forest Honey", draw.honey_jar, 890, 480, (("Kind", "Honey"),), colour="#9a5f2c"),
        Form("Heather Honey", draw.honey_jar, 1090, 480, (("Kind", "Honey"),), colour="#c77f3a"),
        Form("Strawberry Jam", draw.jam_jar, 590, 460, (("Kind", "Jam"),), colour="#c2413f"),
        Form("Apricot Jam", draw.jam_jar, 590, 460, (("Kind", "Jam"),), colour="#eb9a45"),
        Form("Plum Jam", draw.jam_jar, 560, 460, (("Kind", "Jam"),), colour="#6f3f5c"),
        Form("Orange Marmalade", draw.jam_jar, 640, 460, (("Kind", "Marmalade"),), colour="#ee8a2f"),
        Form("Blackcurrant Jelly", draw.jam_jar, 620, 460, (("Kind", "Jelly"),), colour="#4c2f52"),
    ),
    makes=(Make("", 1.0, "", "#b0574a"),),
    brands=_PRESERVERS,
    openings=(
        "Summer, with a lid on.",
        "Thick enough to stay on the toast, and gone too soon all the same.",
        "It tastes of what it says on the jar, and of nothing else.",
        "Made to an old recipe that had little to improve.",
    ),
    uses=(
        "Stir a spoonful into yoghurt, or keep it for bread and butter.",
        "It also does well beside a sharp cheese.",
        "A jar of it makes a small present that is always welcome.",
        "Warm it a little, and it becomes a sauce for pancakes.",
    ),
    cares=(
        "Keep it cool once it is open.",
        "The jar can be returned, or used for next year's.",
    ),
    axes=(
        Axis(
            "Weight",
            (Choice("250 g", "250", 0.7, 0.62), Choice("450 g", "450"), Choice("900 g", "900", 1.8, 1.95)),
            1,
            3,
        ),
    ),
    vat_rate=700,
)

PANTRY = Department("pantry", "Pantry", (_COFFEE, _TEA, _PRESERVES), vat_rate=700)
