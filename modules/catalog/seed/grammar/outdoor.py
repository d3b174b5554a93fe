"""The outdoor department."""

from __future__ import annotations

from modules.catalog.seed.grammar.kind import Axis, Brand, Choice, Department, Form, Kind, Make
from modules.catalog.seed.grammar.words import SERIES, colours
from modules.catalog.seed.pictures import outdoor as draw

_MAKERS = (
    Brand("Cairnwell", "Cairnwell mends worn gear for the price of the postage."),
    Brand("Fellmark", "Fellmark tests its gear in the wettest valley it could find."),
    Brand("Norrtrail", "Norrtrail is a company of eleven, all of whom walk to work."),
    Brand("Stonewick", "Stonewick publishes where every zip and thread comes from."),
    Brand("Driftpeak", "Driftpeak has used no fluorinated coatings since its first day."),
)

_PACKS = Kind(
    id="backpacks",
    name="Backpacks",
    code="BAG",
    title="{series} {make} {noun}, {extra}",
    series=SERIES,
    forms=(
        Form("Daypack", draw.daypack, 7900, 780, (("Volume", "22 l"),), "22 l"),
        Form("Commuter Pack", draw.daypack, 8900, 860, (("Volume", "26 l"),), "26 l"),
        Form("Trekking Pack", draw.trekking_pack, 16900, 1750, (("Volume", "48 l"),), "48 l"),
    ),
    makes=(
        Make("Canvas", 1.0, "Waxed canvas keeps the rain out and takes on character with the miles.", "#8a5a3a"),
        Make(
            "Ripstop", 0.95, "The ripstop weave is light and tight, and a tear stays as small as it began.", "#5d6b7a"
        ),
        Make(
            "Recycled",
            1.05,
            "Its fabric was spun from old fishing nets, and is tougher than most new cloth.",
            "#b98a5a",
        ),
    ),
    brands=_MAKERS,
    openings=(
        "The {series} {noun} carries close to the back and leaves the arms free.",
        "A {noun} with a place for everything and no strap too many.",
        "Packed for a day or for a fortnight, the {series} {noun} sits still while you move.",
        "From the train to the trail, this {noun} looks right on both.",
    ),
    uses=(
        "A padded sleeve takes a laptop, a map or a water bladder.",
        "The hip belt stows away when the load is light.",
        "Side pockets are cut at an angle, so a bottle is within reach as you walk.",
        "A bright lining makes it easy to find the keys.",
    ),
    cares=(
        "Sponge it clean, and treat the seams once a year.",
        "The rain cover lives in a pocket of its own in the base.",
        "Buckles can be swapped without sewing.",
    ),
    axes=(colours(2, 4, "Chalk", "Lavender"),),
)

_TENTS = Kind(
    id="tents",
    name="Tents & Tarps",
    code="TNT",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Dome Tent", draw.dome_tent, 24900, 3400),
        Form("Ridge Tent", draw.ridge_tent, 29900, 5200),
        Form("Tarp", draw.tarp, 11900, 1300),
    ),
    makes=(
        Make("Trail", 0.85, "Light aluminium poles and a thin, strong cloth keep it small in the pack.", "#8f979e"),
        Make("Basecamp", 1.2, "A dense weave and stout poles hold it steady when the wind gets up.", "#7a5238"),
        Make("All-Season", 1.35, "It is cut low and tight, for snow on the roof and gales from any side.", "#b98a5a"),
    ),
    makes_called="Line",
    brands=_MAKERS,
    openings=(
        "The {series} {noun} goes up in five minutes, even in the dark.",
        "A {noun} that makes a small home of any level patch of ground.",
        "Rain on the roof is a pleasant sound in the {series} {noun}.",
        "Room to sit, room to sleep, and a view in the morning: a {noun} for going further.",
    ),
    uses=(
        "The colours are chosen to be found by friends and overlooked by sheep.",
        "All guy lines reflect the light of a torch.",
        "Pegs, repair kit and a clear set of instructions are included.",
        "It packs into a sack the size of a loaf of bread.",
    ),
    cares=(
        "Dry it before you put it away, and it will last for many summers.",
        "Single poles and panels can be ordered at any time.",
        "Its seams are taped, and the tape is guaranteed for ten years.",
    ),
    axes=(
        Axis(
            "Sleeps",
            (Choice("2 people", "2P"), Choice("3 people", "3P", 1.2, 1.2), Choice("4 people", "4P", 1.4, 1.45)),
            1,
            3,
        ),
        colours(1, 2, "Rose", "Lavender", "Chalk"),
    ),
)

_BOTTLES = Kind(
    id="bottles",
    name="Bottles & Flasks",
    code="BTL",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Bottle", draw.bottle, 2900, 330),
        Form("Wide Bottle", draw.wide_bottle, 3200, 390),
        Form("Flask", draw.flask, 3900, 480),
    ),
    makes=(
        Make("Insulated", 1.1, "Two walls of steel keep drinks hot for twelve hours and cold for a day.", "#a7afb6"),
        Make("Steel", 0.9, "A single wall of steel makes it light, and you may set it by the fire.", "#8f979e"),
        Make("Bamboo-Capped", 1.2, "The bamboo cap screws down tight and feels warm on a cold morning.", "#c49a5c"),
    ),
    brands=_MAKERS,
    openings=(
        "The {series} {noun} is tight in any position, and says so with a click.",
        "A {noun} for the desk, the bicycle and the summit.",
        "Fill it in the morning: the {series} {noun} looks after the rest of the day.",
        "Slim enough for a side pocket, large enough for an afternoon: a {noun} to take along.",
    ),
    uses=(
        "Nothing in it flavours water, tea or elderflower cordial.",
        "The mouth is wide enough for ice cubes and a brush.",
        "The powder coating gives a sure grip with wet hands.",
        "It fits the cup holders of cars and prams.",
    ),
    cares=(
        "Both bottle and cap go in the dishwasher.",
        "Seals are sold singly and changed in a minute.",
        "Leave it open to dry, and it stays fresh.",
    ),
    axes=(
        Axis(
            "Capacity",
            (Choice("500 ml", "500"), Choice("750 ml", "750", 1.15, 1.3), Choice("1 l", "1L", 1.3, 1.55)),
            1,
            2,
        ),
        colours(2, 3),
    ),
)

OUTDOOR = Department("outdoor", "Outdoor", (_PACKS, _TENTS, _BOTTLES))
