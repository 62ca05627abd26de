"""Loads the facts of the rules: a season in two statements, any number of sheets in three or four; decides nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

from models import database
from models.database import Row
from models.declare import Words
from models.enums import (
    BatchStatus,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    DecidedBy,
    HandledBy,
    ItemKind,
    Reason,
    SheetState,
    Way,
)
from models.portable_sql import many
from models.rules.applicability import Condition, student_facts
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
from models.rules.locks import lock_batch
from models.rules.refusals import Code, Refused
from models.rules.under_way import in_turns

E = TypeVar("E", bound=Enum)


def moment(value: object) -> datetime | None:
    """A stored moment: PostgreSQL gives it as such, SQLite as text in UTC."""
    if value is None or isinstance(value, datetime):
        return value
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def records(sql: str, parameters: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Rows to be read by name, which both drivers' rows allow."""
    return cast(list[Mapping[str, Any]], await database.fetch(sql, parameters))


def by_value(kind: type[E]) -> dict[Any, E]:
    """The members of an enum by what the database stores."""
    return {member.value: member for member in kind}


BATCH_STATUS = by_value(BatchStatus)
KIND = by_value(ItemKind)
HANDLED_BY = by_value(HandledBy)
WAY = by_value(Way)
STATE = by_value(SheetState)
STATUS = by_value(ClearanceStatus)
STATUS_NAMES = {status.name: status for status in ClearanceStatus}
REASON = by_value(Reason)
DECIDED_BY = by_value(DecidedBy)
CERTIFICATE_KIND = by_value(CertificateKind)
CERTIFICATE_STATUS = by_value(CertificateStatus)


# --- seasons


async def batch_id_of(code: str, *, argument: str = "batch") -> int:
    """Refuses with NOT_FOUND, which names `argument`."""
    found = await database.fetch("SELECT id FROM batch WHERE code = ?1", [code])
    if not found:
        raise Refused(Code.NOT_FOUND, argument=argument, batch=code)
    return int(found[0][0])


async def locked_season(batch_id: int) -> Season:
    """The season, which cannot change until the transaction ends."""
    await lock_batch(batch_id, exclusive=False)
    return await load_season(batch_id)


async def load_season(batch_id: int) -> Season:
    """One season that is known to be there."""
    return (await load_seasons([batch_id]))[batch_id]


async def load_seasons(batch_ids: Collection[int]) -> dict[int, Season]:
    """Seasons by the id of the batch, in two statements."""
    requires, dependants = await _edges(batch_ids)
    batches: dict[int, BatchFacts] = {}
    items: dict[int, dict[int, ItemFacts]] = defaultdict(dict)
    for row in await records(ITEMS, [many(batch_ids)]):
        if row["batch_id"] not in batches:
            batches[row["batch_id"]] = BatchFacts(
                row["batch_id"], row["batch_code"], BATCH_STATUS[row["batch_status"]], row["range_limit"]
            )
        if row["id"] is not None:
            items[row["batch_id"]][row["id"]] = _item(row, tuple(requires[row["id"]]), tuple(dependants[row["id"]]))
    return {batch_id: Season(batch, items[batch_id]) for batch_id, batch in batches.items()}


ITEMS = """
SELECT batch.id AS batch_id, batch.code AS batch_code, batch.status AS batch_status, batch.range_limit,
    item.id, item.code, item.name, item.name_en, item.kind, item.handled_by, item.ways, item.applies_to, item.place,
    item."order", item.withdrawn_at, office.name AS office, office.name_en AS office_en,
    office.place AS office_place, office.phone AS office_phone, office.hours AS office_hours
FROM batch LEFT JOIN item ON item.batch_id = batch.id
LEFT JOIN department AS owner ON owner.id = item.department_id
LEFT JOIN department AS office
    ON office.id = CASE WHEN owner.active THEN owner.id ELSE COALESCE(owner.successor_id, owner.id) END
WHERE batch.id IN LIST(?1) ORDER BY item."order", item.id
"""


def _item(row: Mapping[str, Any], requires: tuple[int, ...], dependants: tuple[Dependant, ...]) -> ItemFacts:
    return ItemFacts(
        id=row["id"],
        code=row["code"],
        name=_words(row["name"], row["name_en"]),
        kind=KIND[row["kind"]],
        handled_by=HANDLED_BY[row["handled_by"]],
        ways=frozenset(WAY[way] for way in json.loads(row["ways"])),
        office=_words(row["office"], row["office_en"]),
        place=row["place"] or row["office_place"],
        phone=row["office_phone"],
        hours=row["office_hours"],
        applies_to=condition(row["applies_to"]),
        withdrawn=row["withdrawn_at"] is not None,
        order=row["order"],
        requires=requires,
        dependants=dependants,
    )


@lru_cache(maxsize=1024)
def condition(text: str) -> Condition:
    """A stored condition; parsing it costs more than loading its row."""
    return Condition.parse(text)


def _words(zh: str, en: str) -> Words:
    """A name without an English form is shown in Chinese."""
    return Words(zh, en or zh)


async def _edges(batch_ids: Collection[int]) -> tuple[dict[int, list[int]], dict[int, list[Dependant]]]:
    """What each item requires, and what depends on it; withdrawn items gate nothing."""
    requires: dict[int, list[int]] = defaultdict(list)
    dependants: dict[int, list[Dependant]] = defaultdict(list)
    for item_id, required_id, reopen in await database.fetch(EDGES, [many(batch_ids)]):
        requires[item_id].append(required_id)
        dependants[required_id].append(Dependant(item_id, bool(reopen)))
    return requires, dependants


EDGES = """
SELECT edge.item_id, edge.requires_id, edge.reopen FROM prerequisite AS edge
JOIN item ON item.id = edge.item_id JOIN item AS required ON required.id = edge.requires_id
WHERE item.batch_id IN LIST(?1) AND item.withdrawn_at IS NULL AND required.withdrawn_at IS NULL ORDER BY edge.id
"""


# --- sheets


async def load_sheets(
    sheet_ids: Iterable[int], seasons: Mapping[int, Season], *, items: Collection[int] | None = None
) -> dict[int, SheetFacts]:
    """Sheets by id, of the given seasons (by batch), with the clearances of `items` (None: of all).

    Three statements, and a fourth when a supervisor's item is among the items: whatever the number of sheets.
    """
    ids = many(sheet_ids)
    supervisors = await _supervisors(ids, seasons, items)
    clearances = await _clearances(ids, items)
    certificates = await _certificates(ids)
    rows = [row for row in await records(SHEETS, [ids]) if row["batch_id"] in seasons]
    colleges = {row["college_id"]: _college(row) for row in {row["college_id"]: row for row in rows}.values()}

    def facts(row: Mapping[str, Any]) -> SheetFacts:
        return SheetFacts(
            id=row["id"],
            season=seasons[row["batch_id"]],
            student_no=row["student_no"],
            name=row["name"],
            state=STATE[row["state"]],
            college=colleges[row["college_id"]],
            building_id=row["building_id"],
            late_until=moment(row["late_until"]),
            person=row,
            clearances=clearances[row["id"]],
            certificates=tuple(certificates[row["id"]]),
            supervisors=tuple(supervisors[row["student_id"]]),
        )

    return {each.id: each for each in await in_turns(rows, facts)}


SHEETS = f"""
SELECT sheet.id, sheet.batch_id, sheet.student_id, sheet.state, sheet.late_until, sheet.college_id,
    sheet.building_id, sheet.leave_type, student.student_no, student.name,
    college.name AS college_name, college.name_en AS college_name_en,
    college.office_place, college.office_phone, college.secretary_phone,
    college.certificate_place, college.certificate_phone,
    {", ".join(f"student.{name}" for name in student_facts())}
FROM sheet JOIN student ON student.id = sheet.student_id JOIN college ON college.id = sheet.college_id
WHERE sheet.id IN LIST(?1) ORDER BY sheet.id
"""


def _college(row: Mapping[str, Any]) -> CollegeFacts:
    return CollegeFacts(
        id=row["college_id"],
        name=_words(row["college_name"], row["college_name_en"]),
        office_place=row["office_place"],
        office_phone=row["office_phone"],
        secretary_phone=row["secretary_phone"],
        certificate_place=row["certificate_place"],
        certificate_phone=row["certificate_phone"],
    )


async def _clearances(ids: Any, items: Collection[int] | None) -> dict[int, dict[int, ClearanceFacts]]:
    found: dict[int, dict[int, ClearanceFacts]] = defaultdict(dict)
    rows = (
        await database.fetch(CLEARANCES, [ids])
        if items is None
        else await database.fetch(f"{CLEARANCES} AND clearance.item_id IN LIST(?2)", [ids, many(items)])
    )
    for each in await in_turns(rows, clearance):
        found[each.sheet_id][each.item_id] = each
    return found


CLEARANCES = """
SELECT clearance.id, clearance.version, sheet_id, item_id, status, note, internal_note, reason, hold, decided_by,
    decided_at, decided_user_id, account.name, on_behalf_of_id, prerequisite_reopened
FROM clearance LEFT JOIN account ON account.id = clearance.decided_user_id WHERE sheet_id IN LIST(?1)
"""


def clearance(row: Row) -> ClearanceFacts:
    """A row of CLEARANCES."""
    (row_id, version, sheet_id, item_id, status, note, internal_note, reason, hold, *decision) = row
    decided_by, decided_at, decided_user_id, decided_name, on_behalf_of_id, prerequisite_reopened = decision
    return ClearanceFacts(
        row_id,
        version,
        sheet_id,
        item_id,
        STATUS[status],
        note,
        internal_note,
        REASON[reason] if reason else None,
        hold,
        DECIDED_BY[decided_by],
        moment(decided_at),
        decided_user_id,
        decided_name,
        on_behalf_of_id,
        bool(prerequisite_reopened),
    )


async def _certificates(ids: Any) -> dict[int, list[CertificateFacts]]:
    found: dict[int, list[CertificateFacts]] = defaultdict(list)
    for each in await in_turns(await records(CERTIFICATES, [ids]), _certificate):
        found[each.sheet_id].append(each)
    return found


def _certificate(row: Mapping[str, Any]) -> CertificateFacts:
    return CertificateFacts(
        id=row["id"],
        version=row["version"],
        sheet_id=row["sheet_id"],
        kind=CERTIFICATE_KIND[row["kind"]],
        number=row["number"],
        status=CERTIFICATE_STATUS[row["status"]],
        issued_at=moment(row["issued_at"]),
        issued_name=row["issued_name"],
        wrong_recipient=bool(row["wrong_recipient"]),
    )


CERTIFICATES = """
SELECT certificate.id, certificate.version, sheet_id, kind, number, status, issued_at, account.name AS issued_name,
    wrong_recipient
FROM certificate LEFT JOIN account ON account.id = certificate.issued_user_id
WHERE sheet_id IN LIST(?1) AND status <> 'VOID' ORDER BY certificate.id
"""


async def _supervisors(
    ids: Any, seasons: Mapping[int, Season], items: Collection[int] | None
) -> dict[int, list[Supervisor]]:
    """By student; asked only when an item of theirs is concerned."""
    found: dict[int, list[Supervisor]] = defaultdict(list)
    every = (item for season in seasons.values() for item in season.items.values())
    if not any(i.handled_by is HandledBy.SUPERVISOR and (items is None or i.id in items) for i in every):
        return found
    for student_id, user_id, name in await database.fetch(SUPERVISORS, [ids]):
        found[student_id].append(Supervisor(user_id, name))
    return found


SUPERVISORS = """
SELECT supervision.student_id, account.id, account.name FROM supervision
JOIN account ON account.id = supervision.supervisor_id
WHERE supervision.student_id IN (SELECT student_id FROM sheet WHERE id IN LIST(?1)) ORDER BY supervision.id
"""
