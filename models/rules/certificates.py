"""Handing out certificates (R19, R20, B14); taking them back, and where entitlements come from, stands beside."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from models import database
from models.certificates import Certificate
from models.enums import (
    CertificateKind,
    CertificateStatus,
    Collection,
    OperationKind,
    OperationState,
    Outcome,
)
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import Act, not_found, sheet_not_found
from models.rules.certificate_rows import (
    OBJECT,
    CertificateRow,
    permitted_certificates,
    record_certificates,
    settled_row,
)
from models.rules.clearing import ErrorPolicy
from models.rules.entitled import CertificateLine
from models.rules.entitlements import import_certificates
from models.rules.facts import CertificateFacts, Season, SheetFacts
from models.rules.idempotency import Idempotency
from models.rules.identity import normalise, normalise_id_no, normalise_number
from models.rules.loading import load_sheets, locked_season, records
from models.rules.locks import lock_sheets
from models.rules.recording import Head, Previewed
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import Found, Selection, refuse_large, visible_among
from models.rules.taking_back import undo_issue, void
from models.rules.why_not import why_not_issue, why_not_issue_any

__all__ = [
    "CertificateLine",
    "Confirmation",
    "ErrorPolicy",
    "Handover",
    "import_certificates",
    "issue",
    "undo_issue",
    "void",
]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the officer reads off the paper and the document before handing over (R19); None: not checked."""

    number: str | None = None
    id_last4: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """How the certificates reach their owners. `confirm`: by student number, as typed or scanned."""

    collection: Collection = Collection.IN_PERSON
    name: str = ""
    id_last4: str = ""
    relation: str = ""
    letter_checked: bool = False
    confirm: Mapping[str, Confirmation] = field(default_factory=dict)


async def issue(
    actor: Actor,
    *,
    batch: str,
    selection: Selection,
    kinds: tuple[CertificateKind, ...] | None = None,
    handover: Handover | None = None,
    permit: Permit = unrestricted,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
) -> ActResult:
    """Hands out certificates (R19, R20): `kinds` None means all that the student has and has not been given.

    One row for each certificate, or one for a student who can have none, with the codes of `why_not_issue`, NOT_FOUND,
    FORBIDDEN, or ROW_MISMATCH when what the officer confirmed is not the student's. Refuses the whole act with
    BAD_INPUT (a proxy without name, last four, relation or checked letter; a whole filter; somebody confirmed who was
    not selected), RANGE_TOO_LARGE (more students than the batch's limit), NOT_FOUND (batch), IDEMPOTENCY_MISMATCH.
    """
    given = _cleaned(handover or Handover())
    check_handover(given)
    if selection.whole:
        raise Refused(Code.BAD_INPUT, argument="select", reason="whole_filter")
    act = Act(actor, batch, permit, dry_run, idempotency)

    async def perform(season: Season) -> ActResult:
        found, reach = await act.find(season, selection)
        refuse_large(len(found.sheets), season.batch.range_limit)
        _refuse_strangers(given, found)
        sheets = await load_sheets(found.sheets, {season.batch.id: season})
        permitted = await permitted_certificates(reach.permitted, sheets)
        documents = await _documents(given, sheets)
        now = datetime.now(UTC)
        rows = [
            row
            for sheet_id in found.sheets
            for row in _rows_of(sheets[sheet_id], kinds, given, permitted, documents, now)
        ]
        head = Head(
            OperationKind.ISSUE, actor, season.batch.id, selector=selection.selector, parameters=_asked(kinds, given)
        )
        return await _hand_out(act, head, [*rows, *_missing(found)], given, error_policy, now)

    return await act.run(perform)


def _cleaned(handover: Handover) -> Handover:
    return replace(
        handover,
        name=normalise(handover.name),
        id_last4=normalise_id_no(handover.id_last4),
        relation=normalise(handover.relation),
        confirm={normalise_number(number): each for number, each in handover.confirm.items()},
    )


def check_handover(handover: Handover) -> None:
    """代领: name, the ID's last four, relation, and the letter of authority checked (B14). BAD_INPUT otherwise."""
    if handover.collection is not Collection.PROXY:
        return
    if not 0 < len(handover.name) <= LONGEST_NAME:
        raise Refused(Code.BAD_INPUT, argument="collectorName", limit=LONGEST_NAME)
    if len(handover.id_last4) != 4:
        raise Refused(Code.BAD_INPUT, argument="collectorIdLast4")
    if not 0 < len(handover.relation) <= LONGEST_RELATION:
        raise Refused(Code.BAD_INPUT, argument="collectorRelation", limit=LONGEST_RELATION)
    if not handover.letter_checked:
        raise Refused(Code.BAD_INPUT, argument="letterChecked")


LONGEST_NAME, LONGEST_RELATION = (
    Certificate._meta.fields_map[name].max_length  # type: ignore[attr-defined]  # CharFields have one
    for name in ("collector_name", "collector_relation")
)


def _refuse_strangers(handover: Handover, found: Found) -> None:
    """What was confirmed of somebody who is not among the selected was read off the wrong paper."""
    strangers = handover.confirm.keys() - found.sheets.values() - set(found.missing_numbers)
    if strangers:
        raise Refused(Code.BAD_INPUT, argument="confirm", student_no=min(strangers))


async def apply_issue(actor: Actor, operation_id: int, batch_id: int, collection: Collection, permit: Permit) -> None:
    """Hands out exactly the certificates that a dry run showed (`operations.apply_operation`). BAD_INPUT for a proxy:
    the operation remembers nobody's name, so a proxy is served directly."""
    if collection is Collection.PROXY:
        raise Refused(Code.BAD_INPUT, argument="collectorName")
    season = await locked_season(batch_id)
    frozen = await records(FROZEN, [operation_id, OBJECT])
    sheet_ids = {row["sheet_id"] for row in frozen}
    await lock_sheets(sheet_ids)
    reach = await permit()
    visible = await visible_among(sheet_ids, reach.visible)
    sheets = await load_sheets(sheet_ids if visible is None else visible, {batch_id: season})
    permitted = await permitted_certificates(reach.permitted, sheet_ids)
    known = {each.id: (sheet, each) for sheet in sheets.values() for each in sheet.certificates}
    now = datetime.now(UTC)
    rows = [_again(row, known, permitted, now) for row in frozen]
    head = Head(OperationKind.ISSUE, actor, batch_id)
    previewed = Previewed(operation_id, [row["id"] for row in frozen])
    act = Act(actor, season.batch.code, permit)
    await _hand_out(act, head, rows, Handover(collection), ErrorPolicy.APPLY_VALID, now, previewed)


FROZEN = """
SELECT id, sheet_id, object_id, student_no FROM operation_row
WHERE operation_id = ?1 AND object = ?2 AND outcome = 'APPLIED' ORDER BY id
"""


def _again(
    row: Mapping[str, Any],
    known: Mapping[int, tuple[SheetFacts, CertificateFacts]],
    permitted: Some[int] | None,
    now: datetime,
) -> CertificateRow | RowOutcome:
    if row["object_id"] not in known:
        return RowOutcome(Outcome.REFUSED, row["student_no"], refusal=not_found(row["student_no"]))
    sheet, certificate = known[row["object_id"]]
    return _row(sheet, certificate.kind, certificate, permitted, None, now)


# --- deciding


def _rows_of(
    sheet: SheetFacts,
    kinds: tuple[CertificateKind, ...] | None,
    handover: Handover,
    permitted: Some[int] | None,
    documents: Mapping[int, str],
    now: datetime,
) -> list[CertificateRow]:
    chosen = _chosen(sheet, kinds)
    mismatch = _mismatch(chosen, handover.confirm.get(sheet.student_no), documents.get(sheet.id, ""))
    rows = [_row(sheet, kind, certificate, permitted, mismatch, now) for kind, certificate in chosen]
    none_at_all = why_not_issue_any(sheet, now=now)
    if none_at_all is None or all(row.refusal is not None and row.refusal.code is Code.FORBIDDEN for row in rows):
        return rows  # what is still needed is for those to know who might issue
    issued = [row for row in rows if row.refusal is not None and row.refusal.code is Code.ALREADY_ISSUED]
    return issued if len(issued) == len(rows) else [*issued, CertificateRow(sheet, None, None, none_at_all)]


def _chosen(
    sheet: SheetFacts, kinds: tuple[CertificateKind, ...] | None
) -> list[tuple[CertificateKind | None, CertificateFacts | None]]:
    """The certificates asked for; without kinds those still to be given, or all when none is left, or the one gap."""
    by_kind = {certificate.kind: certificate for certificate in sheet.certificates}
    if kinds is not None:
        return [(kind, by_kind.get(kind)) for kind in dict.fromkeys(kinds)]
    left = [each for each in sheet.certificates if each.status is not CertificateStatus.ISSUED]
    return [(each.kind, each) for each in left or sheet.certificates] or [(None, None)]


def _row(
    sheet: SheetFacts,
    kind: CertificateKind | None,
    certificate: CertificateFacts | None,
    permitted: Some[int] | None,
    mismatch: Refusal | None,
    now: datetime,
) -> CertificateRow:
    if certificate is not None and permitted is not None and certificate.id not in permitted:
        return CertificateRow(sheet, kind, certificate, Refusal(Code.FORBIDDEN))
    refusal = why_not_issue(sheet, certificate, now=now)
    if refusal is not None and refusal.code is Code.NOT_ENTITLED and kind is not None:
        refusal = Refusal(Code.NOT_ENTITLED, facts={"kind": kind.value})
    return CertificateRow(sheet, kind, certificate, refusal or mismatch, CertificateStatus.ISSUED)


def _mismatch(
    chosen: Iterable[tuple[CertificateKind | None, CertificateFacts | None]],
    confirmed: Confirmation | None,
    document: str,
) -> Refusal | None:
    """The paper in the officer's hand is another student's, or the document is."""
    if confirmed is None:
        return None
    numbers = {certificate.number for _, certificate in chosen if certificate is not None}
    if confirmed.number is not None and normalise_number(confirmed.number) not in numbers:
        return Refusal(Code.ROW_MISMATCH, facts={"argument": "number", "number": normalise_number(confirmed.number)})
    if confirmed.id_last4 is not None and normalise_id_no(confirmed.id_last4) != document[-4:]:
        return Refusal(Code.ROW_MISMATCH, facts={"argument": "idLast4"})
    return None


async def _documents(handover: Handover, sheets: Mapping[int, SheetFacts]) -> dict[int, str]:
    """The ID-document numbers of those whose last four are to be compared, by sheet; they go nowhere else."""
    asked = [each.id for each in sheets.values() if each.student_no in handover.confirm]
    if not asked:
        return {}
    rows = await database.fetch(
        "SELECT sheet.id, student.id_no FROM sheet JOIN student ON student.id = sheet.student_id"
        " WHERE sheet.id IN LIST(?1)",
        [many(asked)],
    )
    return {sheet_id: normalise_id_no(document or "") for sheet_id, document in rows}


def _missing(found: Found) -> list[RowOutcome]:
    by_number = [RowOutcome(Outcome.REFUSED, each, refusal=not_found(each)) for each in found.missing_numbers]
    by_id = [RowOutcome(Outcome.REFUSED, "", refusal=sheet_not_found(each)) for each in found.missing_sheets]
    return by_number + by_id


# --- writing


async def _hand_out(
    act: Act,
    head: Head,
    rows: Sequence[CertificateRow | RowOutcome],
    handover: Handover,
    error_policy: ErrorPolicy,
    now: datetime,
    previewed: Previewed | None = None,
) -> ActResult:
    refused = any(isinstance(row, RowOutcome) or row.refusal is not None for row in rows)
    stopped = refused and error_policy is ErrorPolicy.REJECT_ALL and not act.dry_run
    settled = [row if isinstance(row, RowOutcome) else settled_row(row, stopped=stopped) for row in rows]
    handed = [] if stopped or act.dry_run else [r for r in rows if isinstance(r, CertificateRow) and r.refusal is None]
    state = OperationState.PREVIEWED if act.dry_run else OperationState.FAILED if stopped else OperationState.APPLIED

    async def write() -> None:
        if handed:
            await _update(handed, act.actor, handover, now)

    return await record_certificates(head, settled, handed, state, write, act.idempotency, now, previewed)


async def _update(rows: Sequence[CertificateRow], actor: Actor, handover: Handover, now: datetime) -> None:
    """One statement. Only printed ones can be handed out, whatever was decided."""
    ids = [row.certificate.id for row in rows if row.certificate is not None]
    proxy = handover.collection is Collection.PROXY
    written = await database.execute(
        UPDATE_ISSUED,
        [
            many(ids),
            now,
            actor.user_id,
            handover.collection.value,
            handover.name if proxy else "",
            handover.id_last4 if proxy else "",
            handover.relation if proxy else "",
            handover.letter_checked if proxy else False,
        ],
    )
    if written != len(ids):
        raise AssertionError(f"{len(ids)} certificates were to be issued under the lock, {written} were printed")


UPDATE_ISSUED = """
UPDATE certificate SET status = 'ISSUED', issued_at = ?2, issued_user_id = ?3, collection = ?4, collector_name = ?5,
    collector_id_last4 = ?6, collector_relation = ?7, letter_checked = ?8, version = version + 1, updated_at = ?2
WHERE id IN LIST(?1) AND status = 'PRINTED' AND number IS NOT NULL
"""


def _asked(kinds: tuple[CertificateKind, ...] | None, handover: Handover) -> dict[str, Any]:
    """Without the collector: the operation holds no personal data, the certificate does."""
    return {
        "kinds": None if kinds is None else [kind.value for kind in kinds],
        "collection": handover.collection.value,
    }
