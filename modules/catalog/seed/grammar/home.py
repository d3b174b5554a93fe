"""The home department."""

from __future__ import annotations

from modules.catalog.seed.grammar.kind import Axis, Brand, Choice, Department, Form, Kind, Make
from modules.catalog.seed.grammar.words import SERIES, colours
from modules.catalog.seed.pictures import home as draw

_LIGHTS = (
    Brand("Lumenstead", "Lumenstead makes every switch, shade and cable replaceable."),
    Brand("Halden & Row", "Halden & Row draws its lamps by hand before a machine sees them."),
    Brand("Wickenby", "Wickenby has lit reading corners for sixty years."),
    Brand("Ninefold", "Ninefold folds and sews its shades in a small workshop by the sea."),
)
_WEAVERS = (
    Brand("Sorrelhouse", "Sorrelhouse weaves on looms older than the people who run them."),
    Brand("Woolwright", "Woolwright buys from farms it can visit in a day."),
    Brand("Ninefold", "Ninefold cuts its cloth so that hardly a scrap is left over."),
    Brand("Linsey & Loom", "Linsey & Loom dyes in small lots, with water that is cleaned and used again."),
)
_POTTERS = (
    Brand("Tillerby", "Tillerby has thrown pots in the same brick workshop for three generations."),
    Brand("Glasshollow", "Glasshollow melts only what it has collected and sorted itself."),
    Brand("Wickenby", "Wickenby signs each piece underneath with the maker's initials."),
    Brand("Fernhollow", "Fernhollow mixes its own glazes, so no two batches are quite alike."),
)

_LAMPS = Kind(
    id="lamps",
    name="Lamps",
    code="LMP",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Table Lamp", draw.table_lamp, 7900, 1900, (("Height", "46 cm"),)),
        Form("Floor Lamp", draw.floor_lamp, 14900, 4800, (("Height", "148 cm"),)),
        Form("Pendant", draw.pendant, 9900, 1600, (("Cable", "2 m"),)),
    ),
    makes=(
        Make("Oak", 1.1, "The oak is oiled, so the grain stays soft to the eye and to the hand.", "#b98a5a"),
        Make("Brass", 1.25, "Solid brass that starts out bright and grows quietly darker over the years.", "#c9a35a"),
        Make("Steel", 0.9, "A slender steel frame keeps it steady without taking up the room.", "#a7afb6"),
    ),
    brands=_LIGHTS,
    openings=(
        "The {series} {noun} gives a warm, even light that flatters a room and its people.",
        "A {noun} with a calm outline and nothing superfluous.",
        "When the evening comes early, the {series} {noun} makes up for it.",
        "Simple lines and a generous shade: a {noun} that goes with what is already there.",
    ),
    uses=(
        "It is made for E27 bulbs up to 60 watts; a warm LED suits it best.",
        "Set it beside a chair, and you have a place to read.",
        "The dimmer goes down to the glow of a single candle.",
        "Two of a kind bring order to a long room.",
    ),
    cares=(
        "Dust it now and then with a soft brush; the shade can be taken off.",
        "The textile cable is hard-wearing and can be replaced.",
        "It arrives assembled but for the shade, and needs no tools.",
    ),
    axes=(colours(2, 4),),
)

_TEXTILES = Kind(
    id="cushions",
    name="Cushions & Throws",
    code="TXT",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Cushion", draw.cushion, 3400, 620),
        Form("Throw", draw.throw, 6900, 1100),
    ),
    makes=(
        Make("Linen", 1.1, "Washed linen is cool in summer, and softer with every year."),
        Make("Wool", 1.3, "Pure new wool keeps the warmth in and shrugs off the odd spill."),
        Make("Cotton", 0.9, "The cotton is organic, closely woven and pleasant on bare skin."),
    ),
    brands=_WEAVERS,
    openings=(
        "The {series} {noun} turns a plain sofa into a favourite place.",
        "A {noun} with depth of colour and a weave that you want to touch.",
        "For afternoons that stretch: the {series} {noun} is generous, soft and quietly patterned.",
        "Some things make a room look finished; this {noun} is one of them.",
    ),
    uses=(
        "Mix it with plain ones, or let three of the same colour do the talking.",
        "It is at home on a bed, a bench or a window seat.",
        "The colours are taken from one palette, so they always get along.",
        "The edges are finished twice, where wear begins.",
    ),
    cares=(
        "Wash it gently at 30 °C and dry it lying flat.",
        "Air it on a dry day, and it will stay fresh without washing.",
        "Shake it out, and it is as good as new.",
    ),
    axes=(
        Axis("Size", (Choice("Small", "S", 0.85, 0.8), Choice("Large", "L", 1.2, 1.3)), 1, 2),
        colours(2, 3),
    ),
)

_VASES = Kind(
    id="vases",
    name="Vases",
    code="VAS",
    title="{series} {make} {noun}",
    series=SERIES,
    forms=(
        Form("Round Vase", draw.round_vase, 3900, 1400, (("Height", "21 cm"),)),
        Form("Tall Vase", draw.tall_vase, 4600, 1700, (("Height", "28 cm"),)),
        Form("Bud Vase", draw.bud_vase, 1900, 420, (("Height", "14 cm"),)),
    ),
    makes=(
        Make("Stoneware", 1.0, "The stoneware is glazed inside and out, so it holds water and stands firm."),
        Make("Porcelain", 1.3, "Matt porcelain with a fine, even wall: cool, smooth and surprisingly strong."),
        Make("Glass", 1.1, "The glass is mouth-blown from recycled shards, with a bubble here and there."),
    ),
    brands=_POTTERS,
    openings=(
        "The {series} {noun} looks complete with a single stem, and with none at all.",
        "A {noun} with a shape borrowed from river stones.",
        "The {series} {noun} holds a bunch from the market as gladly as a twig from the hedge.",
        "Quiet colour, clear outline: a {noun} that lets the flowers speak.",
    ),
    uses=(
        "The narrow neck keeps stems upright without wire or foam.",
        "Group three of different heights on a sideboard.",
        "It also serves as a carafe, a pen pot or a home for wooden spoons.",
        "Felt under its foot is kind to tables.",
    ),
    cares=(
        "Rinse it with warm water and a little vinegar when it clouds.",
        "Small differences in shape are the mark of the hand that made it.",
        "It is tight to the last drop, and dishwasher-safe.",
    ),
    axes=(colours(2, 4),),
)

HOME = Department("home", "Home", (_LAMPS, _TEXTILES, _VASES))
