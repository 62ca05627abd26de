"""Why a clearance may not go to a status, and a certificate not be issued: pure predicates, the one answer for the
write, the display and the dry run. Who is permitted to ask is not here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from models.declare import Words
from models.enums import (
    BatchStatus,
    CertificateStatus,
    ClearanceStatus,
    DecidedBy,
    HandledBy,
    ItemKind,
    Reason,
    SheetState,
    Way,
)
from models.rules.facts import CertificateFacts, ClearanceFacts, CollegeFacts, ItemFacts, SheetFacts
from models.rules.refusals import Blocker, Code, Refusal


@dataclass(frozen=True, slots=True)
class Step:
    """One step that somebody would like to take: a clearance to a status. The same status again is a change of note."""

    sheet: SheetFacts
    clearance: ClearanceFacts
    to: ClearanceStatus
    way: Way
    reason: Reason | None
    now: datetime

    @property
    def item(self) -> ItemFacts:
        return self.sheet.season.items[self.clearance.item_id]

    @property
    def moves(self) -> bool:
        return self.to is not self.clearance.status

    @property
    def passes(self) -> bool:
        return self.moves and self.to is ClearanceStatus.CLEARED


def why_not(
    sheet: SheetFacts,
    clearance: ClearanceFacts,
    to: ClearanceStatus,
    *,
    way: Way = Way.SINGLE,
    reason: Reason | None = None,
    now: datetime,
) -> Refusal | None:
    """None when the clearance may go to `to` now; else the first reason against it, with the facts that explain it.

    `sheet` must hold the clearances of `season.concerned([item])`. SHEET_NOT_ACTIVE, ALREADY_ISSUED (invariant 5),
    BATCH_NOT_OPEN (13), FINAL_MUST_BE_CLEARED (R5), NEVER_PENDING, MANUAL_DECISION (17), REASON_REQUIRED (B7),
    WAY_NOT_ALLOWED, PREREQUISITE (6), BLOCKED (3).
    """
    step = Step(sheet, clearance, to, way, reason, now)
    return next((refusal for guard in GUARDS if (refusal := guard(step)) is not None), None)


def sheet_is_frozen(sheet: SheetFacts) -> Refusal | None:
    """An issued, moved or cancelled sheet does not change (invariant 5)."""
    if sheet.state is not SheetState.ACTIVE:
        return Refusal(Code.SHEET_NOT_ACTIVE, facts={"state": sheet.state.value})
    issued = sheet.issued
    if issued is None:
        return None
    return Refusal(Code.ALREADY_ISSUED, facts={"kind": issued.kind.value}, by=issued.issued_name, at=issued.issued_at)


def blockers(sheet: SheetFacts, items: Iterable[ItemFacts]) -> tuple[Blocker, ...]:
    """Items that are still needed, each with whom to ask about it (R1, B4)."""
    return tuple(Blocker(item.code, item.name, *whom_to_ask(sheet, item)) for item in items)


def whom_to_ask(sheet: SheetFacts, item: ItemFacts) -> tuple[Words, Words]:
    """Who answers for an item on this sheet, and where: the department, the own college's office, or the supervisors
    with the college's graduate secretary."""
    college = sheet.college
    if item.handled_by is HandledBy.COLLEGE:
        office, place = college_office(college)
        return office, _same(place, college.office_phone)
    if item.handled_by is HandledBy.SUPERVISOR:
        names = "、".join(each.name for each in sheet.supervisors)
        secretary = Words(
            f"研究生秘书 {college.secretary_phone}".strip(), f"graduate secretary {college.secretary_phone}".strip()
        )
        return Words(names or "导师(未登记)", names or "supervisor (none recorded)"), secretary
    return item.office, _same(item.place, item.phone)


def college_office(college: CollegeFacts) -> tuple[Words, str]:
    """The student office of a college, and where it is: a place that only names the office again tells nothing."""
    office = Words(f"{college.name.zh}学生工作办公室", f"{college.name.en}, student office")
    repeated = "".join(college.office_place.split()) == office.zh
    return office, "" if repeated else college.office_place


def _same(*parts: str) -> Words:
    text = " ".join(part for part in parts if part)
    return Words(text, text)


# --- the guards of a step, in the order in which they answer


def _sheet_is_frozen(step: Step) -> Refusal | None:
    return sheet_is_frozen(step.sheet)


def _batch_is_not_open(step: Step) -> Refusal | None:
    """OPEN; or PREPARING, only between PENDING and NOT_REQUIRED and only by people; or CLOSED, singly, for a sheet
    whose grace has not run out (invariant 13)."""
    batch = step.sheet.season.batch
    if batch.status is BatchStatus.OPEN:
        return None
    if batch.status is BatchStatus.PREPARING and _is_clean_up(step):
        return None
    late = step.way is Way.SINGLE and step.sheet.open_until(step.now)
    if batch.status is BatchStatus.CLOSED and late:
        return None
    return Refusal(Code.BATCH_NOT_OPEN, facts={"batch": batch.code, "status": batch.status.value})


def _is_clean_up(step: Step) -> bool:
    ends = {step.clearance.status, step.to}
    return step.way is not Way.SYNC and ends == {ClearanceStatus.PENDING, ClearanceStatus.NOT_REQUIRED}


def _item_is_withdrawn(step: Step) -> Refusal | None:
    return Refusal(Code.NOT_FOUND, facts={"item": step.item.code}) if step.item.withdrawn else None


def _status_is_none_of_this_kind(step: Step) -> Refusal | None:
    """FINAL is never NOT_REQUIRED (R5), an OPTIONAL item never PENDING."""
    if not step.moves:
        return None
    if step.item.kind is ItemKind.FINAL and step.to is ClearanceStatus.NOT_REQUIRED:
        return Refusal(Code.FINAL_MUST_BE_CLEARED, facts={"item": step.item.code})
    if step.item.kind is ItemKind.OPTIONAL and step.to is ClearanceStatus.PENDING:
        return Refusal(Code.NEVER_PENDING, facts={"item": step.item.code})
    return None


def _decision_stands(step: Step) -> Refusal | None:
    """Sync never overrides a decision by hand or a hold, and re-opens only what sync settled (B6, invariant 17)."""
    if step.way is not Way.SYNC:
        return None
    clearance = step.clearance
    decided = clearance.decided_by in (DecidedBy.MANUAL, DecidedBy.IMPORT) or clearance.hold != ""
    foreign = step.to is not ClearanceStatus.CLEARED and clearance.decided_by is not DecidedBy.SYNC
    if not decided and not (foreign and step.moves):
        return None
    return Refusal(
        Code.MANUAL_DECISION,
        facts={"decided_by": clearance.decided_by.value, "hold": clearance.hold},
        by=clearance.decided_name,
        at=clearance.decided_at,
    )


def _reason_is_missing(step: Step) -> Refusal | None:
    """Somebody who is spared an item that applies to him is spared for a reason (B7)."""
    spares = step.moves and step.to is ClearanceStatus.NOT_REQUIRED and step.item.kind is not ItemKind.OPTIONAL
    if not spares or step.reason is not None or not step.item.applies_to.matches(step.sheet.person):
        return None
    return Refusal(Code.REASON_REQUIRED, facts={"item": step.item.code, "applies_to": str(step.item.applies_to)})


def _way_is_not_allowed(step: Step) -> Refusal | None:
    """The ways restrict passing; singly, with a reason, the owner may pass beside them."""
    if not step.passes or step.way in step.item.ways:
        return None
    if step.way is Way.SINGLE and step.reason is not None:
        return None
    ways = ",".join(sorted(way.value for way in step.item.ways))
    return Refusal(Code.WAY_NOT_ALLOWED, facts={"item": step.item.code, "way": step.way.value, "ways": ways})


def _prerequisites_are_pending(step: Step) -> Refusal | None:
    """An item is passed only while what comes first is settled (B5, invariant 6)."""
    if not step.passes:
        return None
    first = unsettled_prerequisites(step.sheet, step.item)
    return Refusal(Code.PREREQUISITE, blockers=blockers(step.sheet, first)) if first else None


def unsettled_prerequisites(sheet: SheetFacts, item: ItemFacts) -> list[ItemFacts]:
    """What comes first and is PENDING on this sheet."""
    found = (sheet.clearances.get(each) for each in item.requires)
    return [sheet.season.items[c.item_id] for c in found if c is not None and not c.status.settled]


def _something_is_pending(step: Step) -> Refusal | None:
    """FINAL passes last of all (R5, invariant 3)."""
    if not (step.passes and step.item.kind is ItemKind.FINAL):
        return None
    needed = [item for item in step.sheet.pending() if item.id != step.item.id]
    return Refusal(Code.BLOCKED, blockers=blockers(step.sheet, needed)) if needed else None


GUARDS: tuple[Callable[[Step], Refusal | None], ...] = (
    _sheet_is_frozen,
    _batch_is_not_open,
    _item_is_withdrawn,
    _status_is_none_of_this_kind,
    _decision_stands,
    _reason_is_missing,
    _way_is_not_allowed,
    _prerequisites_are_pending,
    _something_is_pending,
)


RULES_OF_RESTORING = (
    _sheet_is_frozen,
    _batch_is_not_open,
    _item_is_withdrawn,
    _prerequisites_are_pending,
    _something_is_pending,
)


def why_not_restore(
    sheet: SheetFacts, clearance: ClearanceFacts, to: ClearanceStatus, *, way: Way, now: datetime
) -> Refusal | None:
    """The same for putting back a decision that stood before: it had its reason and its way already."""
    step = Step(sheet, clearance, to, way, None, now)
    return next((refusal for guard in RULES_OF_RESTORING if (refusal := guard(step)) is not None), None)


# --- certificates


def why_not_issue_any(sheet: SheetFacts, *, now: datetime) -> Refusal | None:
    """None when certificates may be handed to this student at all: the sheet is active, the batch open (or the
    straggler's grace not over), and every required item settled; one PENDING, and neither is (R19, invariant 4).

    `sheet` must hold all its clearances.
    """
    if sheet.state is not SheetState.ACTIVE:
        return Refusal(Code.SHEET_NOT_ACTIVE, facts={"state": sheet.state.value})
    batch = sheet.season.batch
    if batch.status is not BatchStatus.OPEN and not (batch.status is BatchStatus.CLOSED and sheet.open_until(now)):
        return Refusal(Code.BATCH_NOT_OPEN, facts={"batch": batch.code, "status": batch.status.value})
    needed = sheet.pending()
    return Refusal(Code.BLOCKED, blockers=blockers(sheet, needed)) if needed else None


def why_not_issue(sheet: SheetFacts, certificate: CertificateFacts | None, *, now: datetime) -> Refusal | None:
    """None when this certificate may be handed out now. None as certificate: there is no such row.

    ALREADY_ISSUED with who and when, SHEET_NOT_ACTIVE, BATCH_NOT_OPEN, BLOCKED with what is still needed, NOT_ENTITLED,
    CONFLICT (it lies with the wrong person), NO_NUMBER, NOT_PRINTED.
    """
    if certificate is not None and certificate.status is CertificateStatus.ISSUED:
        facts = {"kind": certificate.kind.value, "number": certificate.number or ""}
        return Refusal(Code.ALREADY_ISSUED, facts=facts, by=certificate.issued_name, at=certificate.issued_at)
    return why_not_issue_any(sheet, now=now) or _not_ready(certificate)


def _not_ready(certificate: CertificateFacts | None) -> Refusal | None:
    if certificate is None or certificate.status is CertificateStatus.VOID:
        return Refusal(Code.NOT_ENTITLED)
    facts = {"kind": certificate.kind.value, "number": certificate.number or ""}
    if certificate.wrong_recipient:
        return Refusal(Code.CONFLICT, facts={**facts, "wrong_recipient": 1})
    if not certificate.number:
        return Refusal(Code.NO_NUMBER, facts=facts)
    if certificate.status is not CertificateStatus.PRINTED:
        return Refusal(Code.NOT_PRINTED, facts=facts)
    return None
