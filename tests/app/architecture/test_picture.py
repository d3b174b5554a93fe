"""The picture of the whole: who is in which group, and which arrows there are."""

from __future__ import annotations

from app.architecture.house import make_house
from app.architecture.picture import picture
from tests.app.architecture.town import town


def test_needs_are_solid_and_events_dotted_and_reserved_names_are_dodged() -> None:
    assert picture(town()).splitlines() == [
        "flowchart TB",
        "    subgraph bffs_group [BFFs]",
        "        cafe[cafe]",
        "    end",
        "    subgraph business_group [Business]",
        "        bakery[bakery]",
        "        end_[end]",
        "    end",
        "    cafe --> bakery",
        "    cafe -.-> bakery",
        "    end_ --> bakery",
    ]


def test_of_nothing_there_is_an_empty_picture() -> None:
    assert picture(make_house([], {}, {})) == "flowchart TB"
