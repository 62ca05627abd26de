"""How each item of the catalogue is usually handled: by whose system, by whom, one by one or together, at which minute.

The minutes put what comes first before what needs it within one hour: the card after books and room, the final sign-off
after everything, the certificates last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from models.enums import Way


class Together(Enum):
    """Whose clearances are handled in one act."""

    ALONE = auto()
    CLASS = auto()
    BUILDING = auto()
    SUPERVISOR = auto()
    HOUR = auto()


@dataclass(frozen=True, slots=True)
class Manner:
    """`sync`: the share that the other system settles; the rest is handled `together`, by `way`, at that minute."""

    minute: int
    sync: float
    together: Together
    way: Way


CARD_MINUTE, FINAL_MINUTE, ISSUE_MINUTE = 40, 50, 55

MANNERS: dict[str, Manner] = {
    "LIB_BOOKS": Manner(5, 0.90, Together.ALONE, Way.SINGLE),
    "LIB_THESIS": Manner(8, 0.0, Together.HOUR, Way.IMPORT),
    "FIN_FEES": Manner(6, 0.94, Together.ALONE, Way.SINGLE),
    "FIN_ADVANCE": Manner(12, 0.0, Together.ALONE, Way.SINGLE),
    "AID_LOAN": Manner(7, 1.0, Together.ALONE, Way.SINGLE),
    "DORM_OUT": Manner(20, 0.0, Together.BUILDING, Way.BULK),
    "ASSET_LAB": Manner(11, 0.0, Together.ALONE, Way.SINGLE),
    "TEXTBOOK": Manner(9, 1.0, Together.HOUR, Way.IMPORT),
    "GOWN": Manner(22, 0.0, Together.CLASS, Way.BULK),
    "SUPERVISOR": Manner(24, 0.0, Together.SUPERVISOR, Way.BULK),
    "PARTY": Manner(26, 0.0, Together.CLASS, Way.BULK),
    "LEAGUE": Manner(27, 0.0, Together.CLASS, Way.BULK),
    "HUKOU": Manner(10, 0.0, Together.ALONE, Way.SINGLE),
    "ARCHIVE": Manner(30, 0.0, Together.HOUR, Way.IMPORT),
    "CAREER": Manner(31, 1.0, Together.HOUR, Way.IMPORT),
    "REG_FORM": Manner(32, 0.0, Together.CLASS, Way.BULK),
    "CARD": Manner(CARD_MINUTE, 0.97, Together.ALONE, Way.SINGLE),
    "MEDICAL": Manner(13, 0.0, Together.ALONE, Way.SINGLE),
    "VISA": Manner(14, 0.0, Together.ALONE, Way.SINGLE),
    "STU_CARD": Manner(33, 0.0, Together.CLASS, Way.BULK),
    "ALUMNI": Manner(34, 0.0, Together.HOUR, Way.IMPORT),
    "COLLEGE_FINAL": Manner(FINAL_MINUTE, 0.0, Together.CLASS, Way.BULK),
}

#: For an item that a university's own catalogue adds.
OTHERWISE = Manner(15, 0.0, Together.ALONE, Way.SINGLE)

#: What the counter says now and then when one student is served.
REMARKS: dict[str, tuple[str, ...]] = {
    "LIB_BOOKS": ("逾期费已缴清", "遗失图书已赔偿", "馆际互借已归还"),
    "FIN_FEES": ("补缴住宿费后办结", "现金缴清"),
    "HUKOU": ("迁往生源地", "迁往工作单位集体户", "迁往就读学校"),
}
#: What is missing, where something is put on hold, and what the student is told about a room.
HOLDS = ("尚欠图书赔偿费 35 元", "尚有 1 册馆际互借图书未还", "逾期费待核实")
"""Reasons for 暂缓办理 at the library."""
