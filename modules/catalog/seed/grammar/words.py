"""Words that several departments share."""

from __future__ import annotations

from collections.abc import Mapping

from modules.catalog.seed.grammar.kind import Axis, Choice

SERIES = tuple(
    """
    Ember Harbour Moss Juniper Heron Aurora Cinder Marlow Tansy Clover Dune Fjord Gale Jasper Kestrel Meadow
    Nettle Orchard Pebble Quarry Thicket Vale Wren Yarrow Zephyr Bracken Drift Echo Fern Grove Heath Isle Jetty
    Lagoon Northwind Reed Tide Thistle Vesper Weald Anchor Bramble Cove Dawn Estuary Finch Glen Hollow Ivy Lichen
    Mistral Nightfall Osprey Plover Ridge Sorrel Tern Vireo Whistler Brook Solstice Lantern Skylark Tundra Halcyon
    Riverbend Moorland Starling Equinox Sandpiper Windrow Highland
    """.split()  # noqa: SIM905  # read as words, not as a list
)

PANTRY_SERIES = (
    "Old Mill",
    "First Light",
    "Night Train",
    "Lamplight",
    "Hillside",
    "Long Road",
    "Sunday",
    "Harbour",
    "Morning Post",
    "Quiet Hour",
    "Stone Bridge",
    "Market Day",
    "Garden Gate",
    "North Window",
    "Blue Door",
    "Slow Lane",
    "Fireside",
    "Rain Day",
    "Corner House",
    "Weaver's Yard",
    "Ferry Landing",
    "High Meadow",
    "Little Dipper",
    "Twelve O'Clock",
    "Postmaster's",
    "Signal Box",
    "Clocktower",
    "Half Moon",
    "Open Window",
    "Winter Garden",
    "Back Porch",
    "Holiday",
    "Lighthouse",
    "Cobblestone",
    "Village Hall",
    "Evening Bell",
    "Walled Garden",
    "Third Street",
    "Sailmaker's",
    "Red Barn",
    "Summer House",
    "Two Rivers",
)

_COLOURS: Mapping[str, str] = {
    "Sage": "#9caf88",
    "Midnight": "#2f3e5c",
    "Terracotta": "#c8734f",
    "Oat": "#e3d5bd",
    "Charcoal": "#4a4a4f",
    "Ochre": "#d6a03c",
    "Forest": "#3f6b4f",
    "Rose": "#d9a5a0",
    "Sky": "#8fb8d6",
    "Plum": "#6f4a68",
    "Brick": "#a8483c",
    "Teal": "#3e7f83",
    "Lavender": "#a79cc4",
    "Sand": "#cdb694",
    "Olive": "#7c7f45",
    "Chalk": "#f0ece2",
}


def colours(least: int, most: int, *without: str) -> Axis:
    """Return the axis of colours, without those that do not suit."""
    kept = tuple(
        Choice(name, name[:4].upper(), colour=value) for name, value in _COLOURS.items() if name not in without
    )
    return Axis("Colour", kept, least, most)
