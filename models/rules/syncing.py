"""Takes over what another system says of an item (R10, B6): the newest word is kept, and settles the undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q

from models import database
from models.enums import ClearanceStatus, ItemKind, OperationKind, Way
from models.in_list import in_list
from models.observations import SyncObservation
from models.portable_sql import many, table
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import Act, not_found
from models.rules.clearing import ErrorPolicy, Order, carry_out
from models.rules.deciding import Change, Target
from models.rules.facts import ItemFacts, Season
from models.rules.idempotency import Idempotency
from models.rules.identity import normalise_number
from models.rules.loading import moment
from models.rules.recording import Head
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.selection import Found, by_numbers, is_everything
from models.season import Clearance

LONGEST_TEXT: int = SyncObservation._meta.fields_map["value"].max_length  # type: ignore[attr-defined]  # a CharField
LONGEST_SOURCE: int = SyncObservation._meta.fields_map["source"].max_length  # type: ignore[attr-defined]  # the same
CLOCKS_MAY_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Observed:
    """What the source says of one student: whether nothing is open there any more, and when it looked."""

    student_no: str
    settled: bool
    observed_at: datetime
    note: str = ""


async def sync_clearances(
    actor: Actor,
    *,
    source: str,
    batch: str,
    item: str,
    rows: Sequence[Observed],
    permit: Permit = unrestricted,
    dry_run: bool = False,
    idempotency: Idempotency | None = None,
) -> ActResult:
    """One row each. Settled: CLEARED; not settled: PENDING again, if sync had settled it. A decision by hand and a hold
    stand (MANUAL_DECISION with who and when, invariant 17); late and repeated deliveries change nothing, and a late
    one is told the source's newer word (`newer`).

    Every row with the codes of `why_not`, NOT_FOUND, FORBIDDEN. What is new is kept as an observation even where the
    clearance does not change, but not of what the caller may not change (invariant 14). Refuses the whole act with
    NOT_FOUND (batch, item), BAD_INPUT (no source, no row, a number twice, a moment without time zone or in the future,
    a text too long), IDEMPOTENCY_MISMATCH.
    """
    _check(source, rows)
    act = Act(actor, batch, permit, dry_run, idempotency)

    async def perform(season: Season) -> ActResult:
        wanted = season.item(item)
        found, reach = await act.find(season, by_numbers(row.student_no for row in rows))
        newest = await _newest(source, wanted, found)
        sheets = found.by_number
        targets = [_target(row, wanted, sheets, newest) for row in rows]
        if not dry_run:
            within = await _within(reach.permitted, wanted, found)
            await _observe(source, wanted, [row for row in rows if normalise_number(row.student_no) in within])
        head = Head(
            OperationKind.SYNC,
            actor,
            season.batch.id,
            wanted.id,
            selector={"rows": len(rows)},
            parameters={"source": source, "way": Way.SYNC.value},
        )
        order = Order(
            head, season, targets, Way.SYNC, reach.permitted, ErrorPolicy.APPLY_VALID, dry_run, act.idempotency
        )
        return await carry_out(order)

    return await act.run(perform)


def _check(source: str, rows: Sequence[Observed]) -> None:
    if not source.strip() or len(source) > LONGEST_SOURCE or "\0" in source:
        raise Refused(Code.BAD_INPUT, argument="source")
    if not rows or len({normalise_number(row.student_no) for row in rows}) < len(rows):
        raise Refused(Code.BAD_INPUT, argument="rows")
    latest = datetime.now(UTC) + CLOCKS_MAY_DIFFER
    for n, row in enumerate(rows):
        if row.observed_at.tzinfo is None or row.observed_at > latest:
            raise Refused(Code.BAD_INPUT, argument="observedAt", row=n + 1)
        if len(row.note) > LONGEST_TEXT or "\0" in row.note:
            raise Refused(Code.BAD_INPUT, argument="note", row=n + 1, limit=LONGEST_TEXT)


def _target(row: Observed, item: ItemFacts, sheets: Mapping[str, int], newest: Mapping[str, datetime]) -> Target:
    number = normalise_number(row.student_no)
    if number not in sheets:
        return Target(number[:32], None, item.id, Change(), refusal=not_found(number))
    known = newest.get(number)
    if known is not None and known >= row.observed_at:
        newer = known if known > row.observed_at else None
        return Target(number, sheets[number], item.id, Change(), newer=newer)
    return Target(number, sheets[number], item.id, Change(_status(row, item), note=row.note or None))


def _status(row: Observed, item: ItemFacts) -> ClearanceStatus:
    if row.settled:
        return ClearanceStatus.CLEARED
    return ClearanceStatus.NOT_REQUIRED if item.kind is ItemKind.OPTIONAL else ClearanceStatus.PENDING


async def _newest(source: str, item: ItemFacts, found: Found) -> dict[str, datetime]:
    """When this source last looked, by student number."""
    rows = await database.fetch(NEWEST, [source, item.id, many(found.sheets.values())])
    return {number: at for number, stored in rows if (at := moment(stored)) is not None}


NEWEST = """
SELECT student.student_no, observed_at FROM sync_observation
JOIN student ON student.id = sync_observation.student_id
WHERE source = ?1 AND item_id = ?2 AND student.student_no IN LIST(?3)
"""


async def _within(permitted: Q, item: ItemFacts, found: Found) -> set[str]:
    """The numbers of those whose clearance of the item the caller may change."""
    if is_everything(permitted):
        return set(found.sheets.values())
    asked = Clearance.filter(Q(item_id=item.id, sheet_id__in=in_list(found.sheets)) & permitted)
    return {found.sheets[int(str(each))] for each in await asked.values_list("sheet_id", flat=True)}


async def _observe(source: str, item: ItemFacts, rows: Sequence[Observed]) -> None:
    """Keeps the newest word on these, in one statement."""
    values = [(normalise_number(row.student_no), row.settled, row.observed_at, row.note) for row in rows]
    await database.execute(OBSERVE, [table(values), source, item.id, datetime.now(UTC)])


OBSERVE = """
INSERT INTO sync_observation (source, item_id, student_id, settled, observed_at, value, created_at, updated_at)
SELECT CAST(?2 AS VARCHAR(32)), ?3, student.id, said.settled, said.observed_at, said.value, ?4, ?4
FROM ROWS(?1: student_no text, settled boolean, observed_at timestamptz, value text) AS said
JOIN student ON student.student_no = said.student_no WHERE true ORDER BY student.id
ON CONFLICT (source, item_id, student_id) DO UPDATE SET settled = excluded.settled,
    observed_at = excluded.observed_at, value = excluded.value, updated_at = excluded.updated_at,
    version = sync_observation.version + 1
WHERE excluded.observed_at > sync_observation.observed_at
"""
