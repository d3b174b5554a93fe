"""The garden department."""

from __future__ import annotations

from modules.catalog.seed.grammar.kind import Axis, Brand, Choice, Department, Form, Kind, Make
from modules.catalog.seed.grammar.words import SERIES, colours
from modules.catalog.seed.pictures import garden as draw

_GROWERS = (
    Brand("Greavesly", "Greavesly began as a nursery, and still tries everything in its own beds."),
    Brand("Mossgate", "Mossgate plants a tree for every hundred parcels it sends."),
    Brand("Potterby", "Potterby digs its clay within sight of the kiln."),
    Brand("Rookery Lane", "Rookery Lane is run by four gardeners and a very patient bookkeeper."),
    Brand("Spadewell", "Spadewell keeps spare parts for every tool it has ever made."),
)

_POTS = Kind(
    id="plant-pots",
    name="Plant Pots",
    code="POT",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Flower Pot", draw.round_pot, 1900, 1800),
        Form("Planter", draw.planter, 3900, 3600),
        Form("Hanging Pot", draw.hanging_pot, 2700, 1300),
    ),
    makes=(
        Make("Terracotta", 0.9, "Terracotta breathes, so that roots get air and never stand wet for long."),
        Make("Glazed", 1.15, "The glaze is baked on at high heat and takes frost as calmly as sun."),
        Make("Fibre-Clay", 1.05, "Clay mixed with plant fibre looks like stone and weighs a third of it."),
    ),
    brands=_GROWERS,
    openings=(
        "The {series} {noun} gives roots room and leaves a stage.",
        "A {noun} with a clean rim and a colour that goes with every green.",
        "Balcony, kitchen or front door: the {series} {noun} looks right wherever there is light.",
        "A good {noun} is half of a happy plant, and this is a good one.",
    ),
    uses=(
        "There is a hole for drainage, and a cork to close it for use indoors.",
        "Herbs, geraniums and young olive trees all do well in it.",
        "Start with a layer of gravel, and watering becomes forgiving.",
        "Three sizes in one colour make a corner look finished.",
    ),
    cares=(
        "It may stay out through the winter if it is kept off the ground.",
        "Brush it off in spring; a little patina does it good.",
        "A saucer in the same colour is included.",
    ),
    axes=(
        Axis("Size", (Choice("15 cm", "15", 0.7, 0.5), Choice("20 cm", "20"), Choice("28 cm", "28", 1.5, 1.9)), 1, 3),
        colours(1, 2, "Lavender"),
    ),
)

_CANS = Kind(
    id="watering-cans",
    name="Watering Cans",
    code="CAN",
    title="{series} {make} {noun}, {extra}",
    series=SERIES,
    forms=(
        Form("Watering Can", draw.watering_can, 3400, 900, (("Capacity", "5 l"),), "5 l"),
        Form("Long-Reach Can", draw.watering_can, 4400, 1200, (("Capacity", "8 l"),), "8 l"),
        Form("Indoor Can", draw.watering_can, 2400, 450, (("Capacity", "1.5 l"),), "1.5 l"),
    ),
    makes=(
        Make("Galvanised", 1.0, "The steel is galvanised after it is shaped, so that no seam is left bare.", "#a7afb6"),
        Make("Copper-Trimmed", 1.3, "Copper handles stay cool in the sun and mellow with the weather.", "#b87746"),
        Make("Recycled", 0.8, "It is made wholly from collected plastic, stiff, light and safe from rust.", "#6b6f75"),
    ),
    brands=_GROWERS,
    openings=(
        "The {series} {noun} pours a soft, even rain that leaves seedlings standing.",
        "A {noun} that balances when it is full and drains to the last drop.",
        "With its long neck, the {series} {noun} reaches the back row without stepping on the front one.",
        "The old shape is still the best: a {noun} with two handles and a fine rose.",
    ),
    uses=(
        "The rose comes off with a quarter turn, for a single clear jet.",
        "Lines inside show the litres, which helps with plant food.",
        "It stands on a broad foot and does not tip on gravel.",
        "It looks well enough to be left out on the terrace.",
    ),
    cares=(
        "Empty it before the first frost.",
        "Rinse the rose under the tap when the jets grow uneven.",
        "Every part can be replaced on its own.",
    ),
    axes=(colours(2, 3, "Lavender", "Plum"),),
)

_TOOLS = Kind(
    id="garden-tools",
    name="Hand Tools",
    code="TOL",
    title="{series} {noun}, {make}",
    series=SERIES,
    forms=(
        Form("Hand Trowel", draw.trowel, 2200, 310, (("Length", "32 cm"),)),
        Form("Hand Fork", draw.hand_fork, 2300, 300, (("Length", "31 cm"),)),
        Form("Dibber", draw.dibber, 1800, 260, (("Length", "29 cm"),)),
    ),
    makes=(
        Make("Ash", 1.0, "Ash is the wood for handles: straight, springy and easy on the palm.", "#d0ab7a"),
        Make("Cherry", 1.15, "The cherry handle is turned, sanded and waxed until it feels like a pebble.", "#a5623f"),
        Make("Beech", 0.9, "Close-grained beech stands up to wet gloves and hard soil.", "#c79b6b"),
    ),
    makes_called="Handle",
    brands=_GROWERS,
    openings=(
        "The {series} {noun} goes into heavy ground without complaint.",
        "A {noun} forged from one piece of steel, so there is no joint to work loose.",
        "For planting out, potting on and everything in between, keep the {series} {noun} in your pocket.",
        "You notice a good {noun} by how little you think about it.",
    ),
    uses=(
        "The coloured collar makes it easy to find between the beans.",
        "Its steel is hardened where it digs, and left tough where it bends.",
        "The end of the handle has a loop of leather for the shed wall.",
        "It fits small hands as well as large ones.",
    ),
    cares=(
        "Wipe it dry, and rub a little oil on steel and wood in autumn.",
        "Sharpen it with a file once a season.",
        "Soil brushes off; a shine comes with use.",
    ),
    axes=(colours(1, 3, "Chalk", "Charcoal"),),
)

GARDEN = Department("garden", "Garden", (_POTS, _CANS, _TOOLS))
