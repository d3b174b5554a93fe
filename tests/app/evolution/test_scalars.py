"""Whether one kind of plain value is read as another: every pair, as msgspec does it with MessagePack and with JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from app.evolution.annotations import Types
from app.evolution.fit import Fit


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    BIG = 2


KINDS: dict[Any, tuple[Any, ...]] = {
    None: (None,),
    bool: (True, False),
    int: (0, 2**53 + 1, -(2**63), 2**64 - 1),
    Annotated[int, Meta(ge=-9, le=9)]: (-9, 9),
    float: (0.5, 1e300),
    Annotated[float, Meta(gt=0, lt=9)]: (0.5, 8.5),
    str: ("", "x", "x" * 1000),
    Annotated[str, Meta(min_length=1, max_length=9)]: ("x", "x" * 9),
    bytes: (b"", b"abc"),
    Decimal: (Decimal(2), Decimal("12345.67890")),
    UUID: (UUID(int=5),),
    date: (date(2026, 2, 3),),
    time: (time(1, 2), time(1, 2, 3, 4, tzinfo=UTC)),
    Annotated[time, Meta(tz=False)]: (time(1, 2, 3, 4),),
    Annotated[datetime, Meta(tz=True)]: (datetime(2026, 2, 3, tzinfo=UTC),),
    timedelta: (timedelta(1, 2, 3),),
    Colour: tuple(Colour),
    Size: tuple(Size),
    Literal["red", 2]: ("red", 2),
    Literal["red"] | None: ("red", None),
    int | str: (2**53 + 1, ""),
    float | str: (0.5, ""),
    Size | float: (Size.BIG, 0.5, -1.5),
}


def is_read(values: tuple[Any, ...], kind: Any) -> bool:
    """Whether every value arrives as what it was, by both formats."""
    for each in (msgspec.msgpack, msgspec.json):
        for value in values:
            try:
                came = each.decode(each.encode(value), type=kind)
            except msgspec.ValidationError:
                return False
            same = float(came) == value if isinstance(value, float) and isinstance(came, Decimal) else came == value
            if not same and came != msgspec.to_builtins(value):
                return False
    return True


@pytest.mark.parametrize("sent", KINDS, ids=str)
def test_every_pair_is_judged_as_it_is_decoded(sent: Any) -> None:
    types = Types()
    fit = Fit(types.table, types.table)
    for read in KINDS:
        misfit = fit.type(types.of(sent), types.of(read))
        assert (misfit is None) == is_read(KINDS[sent], read), (sent, read, misfit)
