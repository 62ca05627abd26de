"""Facts for the pure predicates, made by hand: no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from models.declare import Words
from models.enums import (
    BatchStatus,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    HandledBy,
    ItemKind,
    SheetState,
    Way,
)
from models.rules.applicability import Condition
from models.rules.facts import (
    BatchFacts,
    CertificateFacts,
    ClearanceFacts,
    CollegeFacts,
    Dependant,
    ItemFacts,
    Season,
    SheetFacts,
    Supervisor,
)

NOW = datetime(2026, 6, 20, 10, 32, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
COLLEGE = CollegeFacts(
    15, Words("计算机学院", "School of Computing"), "计算机楼102", "8215", "8315", "计算机楼201", "8415"
)
BOOKS, DORM, CARD, SIGN, PARTY, CAREER, NET, FINAL = range(1, 9)


def item(item_id: int, code: str, **facts: Any) -> ItemFacts:
    """A required item of the library, passed in every way."""
    given = {
        "name": Words(code.title(), code.title()),
        "office": Words("图书馆", "Library"),
        "place": "一层服务台",
        "phone": "8105",
        "order": item_id,
        **facts,
    }
    return ItemFacts(item_id, code, **given)


ITEMS = {
    each.id: each
    for each in (
        item(BOOKS, "BOOKS", dependants=(Dependant(CARD, reopen=False),)),
        item(DORM, "DORM", applies_to=Condition.parse("is_resident"), dependants=(Dependant(CARD, reopen=False),)),
        item(CARD, "CARD", requires=(BOOKS, DORM)),
        item(SIGN, "SIGN", handled_by=HandledBy.SUPERVISOR),
        item(PARTY, "PARTY", handled_by=HandledBy.COLLEGE),
        item(CAREER, "CAREER", kind=ItemKind.OPTIONAL),
        item(NET, "NET", kind=ItemKind.INFO, ways=frozenset()),
        item(FINAL, "FINAL", kind=ItemKind.FINAL, handled_by=HandledBy.COLLEGE),
    )
}


def season(status: BatchStatus = BatchStatus.OPEN, **items: ItemFacts) -> Season:
    """The items above; `items` replace some by their code."""
    changed = {**ITEMS, **{each.id: each for each in items.values()}}
    return Season(BatchFacts(1, "2026-06", status), changed)


def sheet(of: Season | None = None, default: ClearanceStatus = PENDING, **facts: Any) -> SheetFacts:
    """李娜's sheet. Statuses by item id under `statuses`; the others are `default`, the optional one not required."""
    statuses = facts.pop("statuses", {})
    of = of or season()
    clearances = {
        item_id: clearance(item_id, statuses.get(item_id, NOT_REQUIRED if item_id == CAREER else default))
        for item_id in of.items
        if item_id != NET
    }
    given = {"person": {"is_resident": True}, "supervisors": (Supervisor(7, "陈静"), Supervisor(8, "周涛")), **facts}
    return SheetFacts(
        1,
        of,
        "20221503107",
        "李娜",
        given.pop("state", SheetState.ACTIVE),
        COLLEGE,
        clearances=clearances,
        **given,
    )


def clearance(item_id: int, status: ClearanceStatus = PENDING, **facts: Any) -> ClearanceFacts:
    return ClearanceFacts(100 + item_id, 1, 1, item_id, status, **facts)


def put(of: SheetFacts, item_id: int, **facts: Any) -> ClearanceFacts:
    """Changes one clearance of the sheet, and gives it."""
    of.clearances[item_id] = replace(of.clearances[item_id], **facts)
    return of.clearances[item_id]


def certificate(
    status: CertificateStatus = CertificateStatus.PRINTED,
    kind: CertificateKind = CertificateKind.GRADUATION,
    **facts: Any,
) -> CertificateFacts:
    given = {"number": "999990000000123", **facts}
    return CertificateFacts(given.pop("id", 50), 1, 1, kind, given.pop("number"), status, **given)


ALL_WAYS = tuple(Way)
