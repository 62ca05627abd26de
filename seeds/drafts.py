"""Sheets, clearances and certificates while a season is being drawn, before they are rows. What happens to them is not
decided here; each change is entered in the ledger by the act that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.enums import (
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    Collection,
    DecidedBy,
    Reason,
    SheetOrigin,
    SheetState,
)
from models.rules.facts import ItemFacts
from seeds.accounts import Account
from seeds.ledger import Act, Change
from seeds.people import Person
from seeds.university import ItemTemplate


@dataclass(frozen=True, slots=True)
class Item:
    """An item of one batch: the catalogue's words about it, and what the rules know of it."""

    template: ItemTemplate
    facts: ItemFacts

    @property
    def id(self) -> int:
        return self.facts.id

    @property
    def code(self) -> str:
        return self.template.code


@dataclass(slots=True)
class Clearance:
    id: int
    item: Item
    status: ClearanceStatus
    note: str = ""
    internal_note: str = ""
    reason: Reason | None = None
    hold: str = ""
    decided_by: DecidedBy = DecidedBy.RULE
    decided_at: datetime | None = None
    decided_user: Account | None = None
    on_behalf_of: Account | None = None
    prerequisite_reopened: bool = False
    version: int = 1
    updated_at: datetime | None = None


@dataclass(slots=True)
class Certificate:
    id: int
    kind: CertificateKind
    created_at: datetime
    status: CertificateStatus = CertificateStatus.EXPECTED
    number: str | None = None
    printed_at: datetime | None = None
    issued_at: datetime | None = None
    issued_user: Account | None = None
    collection: Collection | None = None
    collector_name: str = ""
    collector_id_last4: str = ""
    collector_relation: str = ""
    letter_checked: bool = False
    wrong_recipient: bool = False
    void_reason: str = ""
    version: int = 1
    updated_at: datetime | None = None


@dataclass(slots=True)
class Sheet:
    """`student_id` is the row of `person`; `holder` the id of the person's first number, None once it holds no more."""

    id: int
    person: Person
    student_id: int
    batch_id: int
    created_at: datetime
    holder: int | None
    origin: SheetOrigin = SheetOrigin.ROSTER
    state: SheetState = SheetState.ACTIVE
    late_until: datetime | None = None
    moved_to: int | None = None
    verify_token: str = ""
    clearances: dict[str, Clearance] = field(default_factory=dict)
    certificates: list[Certificate] = field(default_factory=list)
    version: int = 1
    updated_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether every required item is settled, the final one included."""
        return all(each.status.settled for each in self.clearances.values() if each.item.template.kind.required)

    @property
    def issued(self) -> bool:
        return any(each.status is CertificateStatus.ISSUED for each in self.certificates)


#: The columns of a clearance that an event names when they change, in this order.
TOLD = ("status", "note", "internal_note", "reason", "hold", "on_behalf_of", "prerequisite_reopened")


def change_clearance(
    sheet: Sheet, code: str, act: Act, status: ClearanceStatus, decided_by: DecidedBy, **words: object
) -> None:
    """Moves a clearance to another status, or to the same with other `words` (note, reason, hold), as part of `act`."""
    clearance = sheet.clearances[code]
    before = _told(clearance)
    state = state_of(clearance) if act.keeps_rows else None
    clearance.status, clearance.reason, clearance.decided_by = status, None, decided_by
    clearance.decided_at, clearance.decided_user = act.at, act.actor
    _write_words(clearance, act, words)
    _enter(sheet, clearance, act, before, state, cascaded=decided_by is DecidedBy.CASCADE)


def flag_clearance(sheet: Sheet, code: str, act: Act) -> None:
    """Says that what comes first was re-opened; the decision itself stays whose it was."""
    clearance = sheet.clearances[code]
    before = _told(clearance)
    state = state_of(clearance) if act.keeps_rows else None
    _write_words(clearance, act, {"prerequisite_reopened": True})
    _enter(sheet, clearance, act, before, state, cascaded=True)


def _write_words(clearance: Clearance, act: Act, words: Mapping[str, object]) -> None:
    for name, value in words.items():
        setattr(clearance, name, value)
    clearance.version += 1
    clearance.updated_at = act.at


def _told(clearance: Clearance) -> tuple[object, ...]:
    return (
        clearance.status,
        clearance.note,
        clearance.internal_note,
        clearance.reason,
        clearance.hold,
        clearance.on_behalf_of,
        clearance.prerequisite_reopened,
    )


def _enter(
    sheet: Sheet,
    clearance: Clearance,
    act: Act,
    before: tuple[object, ...],
    state: dict[str, object] | None,
    *,
    cascaded: bool,
) -> None:
    after = _told(clearance)
    changed = [name for name, old, new in zip(TOLD, before, after, strict=True) if old != new]
    was = before[0]
    assert isinstance(was, ClearanceStatus)  # noqa: S101  # says to the types what `_told` puts first
    act.changes.append(
        Change(
            "Clearance",
            clearance.id,
            sheet.id,
            clearance.item.id,
            was.name,
            clearance.status.name,
            clearance.version,
            sheet.person.student_no,
            clearance.item.code,
            columns=",".join(changed),
            cascaded=cascaded,
            state_before=state,
            state_after=state_of(clearance) if act.keeps_rows else None,
        )
    )


def state_of(clearance: Clearance) -> dict[str, object]:
    """What the row of an operation remembers of a clearance, so that it can be undone; empty values are left out."""
    found: dict[str, object] = {
        "status": clearance.status.name,
        "note": clearance.note,
        "internal_note": clearance.internal_note,
        "reason": clearance.reason.value if clearance.reason else None,
        "hold": clearance.hold,
        "decided_by": clearance.decided_by.value,
        "decided_at": clearance.decided_at.isoformat() if clearance.decided_at else None,
        "decided_user_id": clearance.decided_user.id if clearance.decided_user else None,
        "on_behalf_of_id": clearance.on_behalf_of.id if clearance.on_behalf_of else None,
        "prerequisite_reopened": clearance.prerequisite_reopened,
    }
    return {name: value for name, value in found.items() if value not in (None, "", False)}


def change_certificate(sheet: Sheet, certificate: Certificate, act: Act, status: CertificateStatus | None) -> None:
    """Moves a certificate to another status; None enters it as entitled."""
    before = None if status is None else certificate.status
    if status is not None:
        certificate.status = status
        certificate.version += 1
    certificate.updated_at = act.at
    act.changes.append(
        Change(
            "Certificate",
            certificate.id,
            sheet.id,
            None,
            before.name if before else None,
            certificate.status.name,
            certificate.version,
            sheet.person.student_no,
            certificate.kind.value,
        )
    )


def change_sheet(sheet: Sheet, act: Act, state: SheetState | None) -> None:
    """Moves a sheet to another state; None enters it as made."""
    before = None if state is None else sheet.state
    if state is not None:
        sheet.state = state
        sheet.version += 1
    sheet.updated_at = act.at
    act.changes.append(
        Change(
            "Sheet",
            sheet.id,
            sheet.id,
            None,
            before.name if before else None,
            sheet.state.name,
            sheet.version,
            sheet.person.student_no,
            columns="state",
        )
    )
