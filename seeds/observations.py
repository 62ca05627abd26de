"""What the other systems last said: for each item that one of them reports, the newest word on every student."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from models.enums import ClearanceStatus
from seeds.drafts import Clearance, Sheet
from seeds.manners import MANNERS, OTHERWISE
from seeds.season import Season

COLUMNS = (
    *("source", "item_id", "student_id", "settled", "observed_at", "value", "version", "created_at", "updated_at"),
)
#: What the systems add where something is open.
OPEN_MATTERS = {
    "LIB_BOOKS": ("尚有 1 册未还", "尚有 2 册未还", "逾期费 12.60 元未缴"),
    "FIN_FEES": ("住宿费欠 1200.00 元", "学费欠 2600.00 元", "水电费欠 38.40 元"),
    "AID_LOAN": ("未完成毕业确认",),
    "TEXTBOOK": ("教材费欠 86.50 元",),
}
#: The student about whose books the library's system and its desk disagree.
DISAGREEMENT = "disagreement"


def observations(season: Season, disagreeing: frozenset[int], rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Rows of COLUMNS for one season; `disagreeing` are sheets about which the library's system says "not settled"."""
    last = len(season.dates.slots) - 1
    for sheet in season.sheets:
        for code, clearance in sheet.clearances.items():
            if not _reported(clearance):
                continue
            settled = clearance.status.settled and not (code == "LIB_BOOKS" and sheet.id in disagreeing)
            at = season.dates.at(last, MANNERS.get(code, OTHERWISE).minute)
            yield _row(sheet, clearance, settled, at, "" if settled else rng.choice(OPEN_MATTERS.get(code, ("",))))


def _reported(clearance: Clearance) -> bool:
    """A system speaks of whom its item concerns; of the card only once it is closed."""
    if not clearance.item.template.source or MANNERS.get(clearance.item.code, OTHERWISE).sync == 0:
        return False
    if clearance.item.code in OPEN_MATTERS:
        return clearance.version > 1 or clearance.status is ClearanceStatus.PENDING
    return clearance.status is ClearanceStatus.CLEARED


def _row(sheet: Sheet, clearance: Clearance, settled: bool, at: datetime, value: str) -> tuple[Any, ...]:
    source = clearance.item.template.source
    return (source, clearance.item.id, sheet.student_id, settled, at, value, 1, at, at)
