"""The list of the registrar: who is entitled to which certificate, and the printed numbers (R28).

Numbers are never invented. Being entitled is having a row; a row goes from EXPECTED to PRINTED here, and to ISSUED
nowhere but in `certificates`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from models import database
from models.enums import (
    Cause,
    CertificateKind,
    CertificateStatus,
    OperationKind,
    OperationState,
    Outcome,
)
from models.portable_sql import many, table
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import Act
from models.rules.certificate_rows import OBJECT, permitted_certificates
from models.rules.clearing import ErrorPolicy
from models.rules.counters import Moves, move
from models.rules.entitled import CertificateLine, Planned, planned_of
from models.rules.facts import Season
from models.rules.idempotency import Idempotency, settle
from models.rules.identity import normalise_number
from models.rules.listed import ListFile, remembered, with_cell
from models.rules.loading import CERTIFICATE_KIND, load_sheets, locked_season, records
from models.rules.locks import lock_name
from models.rules.recording import (
    Entry,
    EventEntry,
    Head,
    Previewed,
    only_status,
    put_down,
    store_preview,
    write_events,
)
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import by_numbers


async def import_certificates(
    actor: Actor,
    *,
    batch: str,
    lines: Sequence[CertificateLine],
    permit: Permit = unrestricted,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
    file: ListFile | None = None,
) -> ActResult:
    """Makes and completes entitlements, one row a line; the same list again changes nothing.

    NOT_FOUND (no such number in the batch), ROW_MISMATCH (the name), SHEET_NOT_ACTIVE, BATCH_NOT_OPEN (archived),
    DUPLICATE (the line twice, or the number is another certificate's: invariant 8), ALREADY_ISSUED (a number cannot
    change any more), NO_NUMBER (printed without one), BAD_INPUT (a number too long), FORBIDDEN. `file`: that the lines
    came in.
    """
    act = Act(actor, batch, permit, dry_run, idempotency)

    async def perform(season: Season) -> ActResult:
        plan = await _decided(act, season, lines)
        head = Head(
            OperationKind.IMPORT_CERTIFICATES,
            actor,
            season.batch.id,
            selector={"lines": len(lines)},
            parameters=remembered(file),
        )
        return await _record(act, head, plan, error_policy, file=file)

    return await act.run(perform)


async def apply_import(actor: Actor, operation_id: int, batch_id: int, permit: Permit) -> None:
    """Makes exactly the entitlements that a dry run showed (`operations.apply_operation`)."""
    season = await locked_season(batch_id)
    frozen = await records(FROZEN, [operation_id, OBJECT])
    lines = [_line(row) for row in frozen]
    act = Act(actor, season.batch.code, permit)
    plan = await _decided(act, season, lines)
    previewed = Previewed(operation_id, [row["id"] for row in frozen])
    head = Head(OperationKind.IMPORT_CERTIFICATES, actor, batch_id)
    await _record(act, head, plan, ErrorPolicy.APPLY_VALID, previewed)


FROZEN = """
SELECT id, student_no, facts FROM operation_row
WHERE operation_id = ?1 AND object = ?2 AND outcome = 'APPLIED' ORDER BY id
"""


def _line(row: Mapping[str, Any]) -> CertificateLine:
    facts = json.loads(row["facts"])
    wanted = facts["wanted"]
    kind = CERTIFICATE_KIND[facts["item"]]
    return CertificateLine(
        row["student_no"],
        kind,
        number=wanted.get("number"),
        printed=wanted["printed"],
        row=facts.get("row"),
        cell=facts.get("cell"),
    )


# --- deciding


async def _decided(act: Act, season: Season, lines: Sequence[CertificateLine]) -> list[Planned]:
    """What each line would do, under the locks. A number is unique over all batches, which no sheet guards: lists
    take turns, so that the second of two with one number is told whose it is."""
    found, reach = await act.find(season, by_numbers(line.student_no for line in lines))
    if not act.dry_run:
        await lock_name(OBJECT)
    sheets = await load_sheets(found.sheets, {season.batch.id: season}, items=())
    permitted = await permitted_certificates(reach.permitted, found.sheets)
    return planned_of(lines, {each.student_no: each for each in sheets.values()}, await _owners(lines), permitted)


async def _owners(lines: Iterable[CertificateLine]) -> dict[tuple[str, str], int]:
    """Which certificate has a number of the list already, by kind and number; void ones keep theirs."""
    numbers = [normalise_number(line.number) for line in lines if line.number]
    rows = await database.fetch("SELECT kind, number, id FROM certificate WHERE number IN LIST(?1)", [many(numbers)])
    return {(kind, number): int(row_id) for kind, number, row_id in rows}


# --- writing


async def _record(
    act: Act,
    head: Head,
    plan: Sequence[Planned],
    error_policy: ErrorPolicy,
    previewed: Previewed | None = None,
    file: ListFile | None = None,
) -> ActResult:
    now = datetime.now(UTC)
    refused = any(planned.refusal is not None for planned in plan)
    stopped = refused and error_policy is ErrorPolicy.REJECT_ALL and not act.dry_run
    applied = [] if stopped else [planned for planned in plan if planned.outcome is Outcome.APPLIED]
    if act.dry_run:
        entries = [_entry(planned, {}, file, stopped=False, extra=_wanted(planned)) for planned in plan]
        operation_id = await store_preview(head, entries, entries, now)
        return ActResult(operation_id, True, [entry.outcome for entry in entries])
    ids = await _write(applied, now)
    extra = {"previewed": Outcome.APPLIED.value} if previewed is not None else {}
    entries = [_entry(planned, ids, file, stopped=stopped, extra=extra) for planned in plan]
    state = OperationState.FAILED if stopped else OperationState.APPLIED
    operation_id = await put_down(head, entries, state, now, previewed=previewed)
    await write_events(operation_id, act.actor, [_event(planned, ids) for planned in applied], now)
    await move(_moves(applied))
    if act.idempotency is not None:
        await settle(act.idempotency, operation_id)
    return ActResult(operation_id, False, [entry.outcome for entry in entries])


Ids = Mapping[tuple[int, CertificateKind], int]


async def _write(applied: Sequence[Planned], now: datetime) -> Ids:
    """Inserts the new rows, changes the others, and gives the ids of all by sheet and kind."""
    new = [planned for planned in applied if planned.certificate is None]
    known = {
        (planned.certificate.sheet_id, planned.certificate.kind): planned.certificate.id
        for planned in applied
        if planned.certificate is not None
    }
    if known:
        rows = [
            (known[planned.certificate.sheet_id, planned.certificate.kind], planned.number, planned.to.value)
            for planned in applied
            if planned.certificate is not None
        ]
        await database.execute(UPDATE, [table(rows), now])
    if not new:
        return known
    await database.copy_rows("certificate", COLUMNS, [_new(planned, now) for planned in new])
    found = await database.fetch(NEW_IDS, [many(planned.sheet.id for planned in new if planned.sheet is not None)])
    kinds = {kind.value: kind for kind in CertificateKind}
    return {**{(sheet_id, kinds[kind]): row_id for row_id, sheet_id, kind in found}, **known}


COLUMNS = (
    "sheet_id",
    "kind",
    "number",
    "status",
    "printed_at",
    "collector_name",
    "collector_id_last4",
    "collector_relation",
    "letter_checked",
    "wrong_recipient",
    "void_reason",
    "created_at",
    "updated_at",
)
UPDATE = """
UPDATE certificate SET number = new.number, status = new.status, version = version + 1, updated_at = ?2,
    printed_at = CASE WHEN new.status = 'PRINTED' AND certificate.status = 'EXPECTED' THEN ?2 ELSE printed_at END
FROM ROWS(?1: id int, number text, status text) AS new WHERE certificate.id = new.id
"""
NEW_IDS = "SELECT id, sheet_id, kind FROM certificate WHERE sheet_id IN LIST(?1) AND status <> 'VOID'"


def _new(planned: Planned, now: datetime) -> tuple[object, ...]:
    if planned.sheet is None:
        raise AssertionError("a line that applies has a sheet")
    printed = now if planned.to is CertificateStatus.PRINTED else None
    kind, status = planned.line.kind.value, planned.to.value
    return (planned.sheet.id, kind, planned.number, status, printed, "", "", "", False, False, "", now, now)


def _wanted(planned: Planned) -> dict[str, Any]:
    """What applying this dry run will need of the line."""
    return {"wanted": {"number": planned.line.number, "printed": planned.line.printed}}


def _entry(planned: Planned, ids: Ids, file: ListFile | None, *, stopped: bool, extra: Mapping[str, Any]) -> Entry:
    line, sheet, certificate = planned.line, planned.sheet, planned.certificate
    applies = planned.outcome is Outcome.APPLIED
    before = certificate.status.value if certificate is not None else None
    after = planned.to.value if planned.refusal is None else None
    outcome = RowOutcome(
        outcome=Outcome.NOT_APPLIED if applies and stopped else planned.outcome,
        student_no=normalise_number(line.student_no)[:32],
        sheet_id=sheet.id if sheet is not None else None,
        name=sheet.name if sheet is not None else None,
        item_code=line.kind_written or line.kind.value,
        object_id=_id_of(planned, ids),
        before=before,
        after=after,
        refusal=planned.refusal,
        row=line.row,
        cell=line.cell,
    )
    outcome = with_cell(outcome, file)
    return Entry(outcome, OBJECT, only_status(outcome.before), only_status(outcome.after), extra=extra)


def _id_of(planned: Planned, ids: Ids) -> int | None:
    if planned.certificate is not None:
        return planned.certificate.id
    return ids.get((planned.sheet.id, planned.line.kind)) if planned.sheet is not None else None


def _event(planned: Planned, ids: Ids) -> EventEntry:
    certificate_id, sheet = _id_of(planned, ids), planned.sheet
    if certificate_id is None or sheet is None:
        raise AssertionError("what was written has an id and a sheet")
    before = planned.certificate.status.value if planned.certificate is not None else None
    return EventEntry(OBJECT, certificate_id, sheet.id, None, planned.changed, before, planned.to.value, Cause.IMPORT)


def _moves(applied: Iterable[Planned]) -> Moves:
    moves = Moves()
    for planned in applied:
        before = planned.certificate.status if planned.certificate is not None else None
        if planned.sheet is not None and before is not planned.to:
            college_id = planned.sheet.college.id
            moves.certificate(planned.sheet.season.batch.id, college_id, planned.line.kind, before, planned.to)
    return moves
