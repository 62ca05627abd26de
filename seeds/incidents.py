"""What befell the hard cases beyond the usual course: signed on behalf, moved, voided, re-opened, handed to a proxy.

Each incident is an act or two, late in the season, by the people who would do it, and keeps the rules of the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.enums import (
    Cause,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    Collection,
    DecidedBy,
    OperationKind,
    Reason,
    SheetState,
)
from seeds.certificates import add_certificate, hand_over, print_certificate
from seeds.desk import desk_act, exempt, put_on_hold, settle
from seeds.drafts import Certificate, Sheet, change_certificate, change_clearance, change_sheet, flag_clearance
from seeds.drawing import FINAL
from seeds.ledger import Act
from seeds.manners import ISSUE_MINUTE
from seeds.season import Season, by_number, make_sheet

#: When the incidents happen, as shares of the season's working hours.
EARLY, LATER, LATE, LAST = 0.80, 0.90, 0.95, 1.0


@dataclass(frozen=True, slots=True)
class Story:
    """One hard case with its sheet, its season and the season to come."""

    sheet: Sheet
    season: Season
    next: Season

    def slot(self, share: float) -> int:
        return self.season.dates.slot_of(share)

    def act(self, what: str, username: str, role: str, kind: OperationKind, share: float, **columns: Any) -> Act:
        """A single act on this sheet, by a named account, at the end of its hour."""
        return self.season.act(
            ("incident", what, self.sheet.id),
            kind,
            self.slot(share),
            ISSUE_MINUTE + 2,
            actor=self.season.staff.by_username[username],
            role=role,
            selector=by_number(self.sheet.person),
            **columns,
        )


def befall(stories: Mapping[str, Story]) -> None:
    """Lets every incident happen, by the keys of the hard cases."""
    for key, incident in INCIDENTS.items():
        incident(stories[key])


# --- the desk


def _special_approval(story: Story) -> None:
    note = "校长办公会特批,余款分期缴纳"
    exempt(story.season, story.sheet, "FIN_FEES", Reason.SPECIAL_APPROVAL, story.slot(EARLY), note)


def _all_grey(story: Story) -> None:
    for code, clearance in story.sheet.clearances.items():
        if code != FINAL and clearance.status is ClearanceStatus.PENDING:
            exempt(story.season, story.sheet, code, Reason.SPECIAL_APPROVAL, story.slot(EARLY))


def _disagreement(story: Story) -> None:
    """The library's system goes on saying "not settled", see `seeds.observations`."""
    act = desk_act(story.season, story.sheet, "LIB_BOOKS", story.slot(EARLY), "pass", {"status": "CLEARED"})
    words = {"reason": Reason.SYSTEM_DOWN, "note": "图书已还,系统未更新"}
    change_clearance(story.sheet, "LIB_BOOKS", act, ClearanceStatus.CLEARED, DecidedBy.MANUAL, **words)


def _on_hold(story: Story) -> None:
    act = desk_act(story.season, story.sheet, "LIB_BOOKS", story.slot(LATER), "hold")
    put_on_hold(story.sheet, "LIB_BOOKS", act, "尚欠图书赔偿费 35 元")


def _reopened(story: Story) -> None:
    """Signed off, and days later a book came to light: FINAL re-opens in the same act, the card keeps its state."""
    sheet, pending = story.sheet, ClearanceStatus.PENDING
    settle(story.season, sheet, FINAL, story.slot(EARLY))
    act = desk_act(story.season, sheet, "LIB_BOOKS", story.slot(LATE), "revoke", {"status": "PENDING"})
    change_clearance(sheet, "LIB_BOOKS", act, pending, DecidedBy.MANUAL, note="盘点发现尚有 1 册未还")
    change_clearance(sheet, FINAL, act, pending, DecidedBy.CASCADE)
    flag_clearance(sheet, "CARD", act)


# --- supervisors


def _second_supervisor_signs(story: Story) -> None:
    item = story.sheet.clearances["SUPERVISOR"].item.id
    act = story.act("sign", "t-15-002", "supervisor", OperationKind.SIGN, EARLY, item=item)
    change_clearance(story.sheet, "SUPERVISOR", act, ClearanceStatus.CLEARED, DecidedBy.MANUAL)


def _signed_on_behalf(story: Story) -> None:
    item = story.sheet.clearances["SUPERVISOR"].item.id
    act = story.act("sign", "secretary", "secretary", OperationKind.SIGN, EARLY, item=item)
    words = {
        "reason": Reason.ON_BEHALF,
        "on_behalf_of": story.season.staff.by_username["t-15-left"],
        "note": "导师已调离,由研究生秘书代签",
    }
    change_clearance(story.sheet, "SUPERVISOR", act, ClearanceStatus.CLEARED, DecidedBy.MANUAL, **words)


# --- sheets


def _moved(story: Story) -> None:
    """To the season in preparation, which shows it to no student before it opens."""
    act = story.act(
        "move", "office", "office", OperationKind.MOVE_SHEETS, LATER, parameters={"to": story.next.dates.code}
    )
    change_sheet(story.sheet, act, SheetState.MOVED)
    holder, story.sheet.holder = story.sheet.holder, None
    made = make_sheet(story.next, story.sheet.person, story.sheet.student_id, holder, act)
    story.sheet.moved_to = made.id


def _cancelled(story: Story) -> None:
    act = story.act(
        "cancel", "office", "office", OperationKind.CANCEL_SHEET, EARLY, parameters={"reason": "入伍,保留学籍"}
    )
    change_sheet(story.sheet, act, SheetState.CANCELLED)
    story.sheet.holder = None


def _late(story: Story) -> None:
    """Let in until the season in preparation opens."""
    act = story.act("late", "office", "office", OperationKind.EDIT, LAST, parameters={"reason": "答辩延期"})
    story.sheet.late_until = story.next.dates.opens
    change_sheet(story.sheet, act, SheetState.ACTIVE)
    told = act.changes[-1]
    told.columns, told.before, told.after = "late_until", None, None


# --- certificates


def _voided(story: Story) -> None:
    graduation, degree = story.sheet.certificates
    for certificate in (graduation, degree):
        print_certificate(story.season, story.sheet, certificate)
    act = story.act("void", "registrar", "registrar", OperationKind.EDIT, EARLY, parameters={"reason": "姓名打印错误"})
    graduation.void_reason = "姓名打印错误"
    change_certificate(story.sheet, graduation, act, CertificateStatus.VOID)
    entered = story.act(
        "replace", "registrar", "registrar", OperationKind.IMPORT_CERTIFICATES, LATER, cause=Cause.IMPORT
    )
    replacement = add_certificate(story.season, story.sheet, CertificateKind.GRADUATION, entered)
    printed = story.act(
        "reprint", "registrar", "registrar", OperationKind.IMPORT_CERTIFICATES, LATE, cause=Cause.IMPORT
    )
    replacement.number = story.season.numbers.next(CertificateKind.GRADUATION, story.sheet.person.level)
    replacement.printed_at = printed.at
    change_certificate(story.sheet, replacement, printed, CertificateStatus.PRINTED)
    _hand_over(story, (replacement, degree), Collection.IN_PERSON)


def _proxy(story: Story) -> None:
    for certificate in story.sheet.certificates:
        print_certificate(story.season, story.sheet, certificate)
        certificate.collector_name, certificate.collector_id_last4 = "赵玉兰", "0128"
        certificate.collector_relation, certificate.letter_checked = "母亲", True
    _hand_over(story, story.sheet.certificates, Collection.PROXY)


def _degree_later(story: Story) -> None:
    graduation = story.sheet.certificates[0]
    print_certificate(story.season, story.sheet, graduation)
    _hand_over(story, (graduation,), Collection.IN_PERSON)


def _wrong_person(story: Story) -> None:
    for certificate in story.sheet.certificates:
        print_certificate(story.season, story.sheet, certificate)
    _hand_over(story, story.sheet.certificates, Collection.IN_PERSON, LATE)
    act = story.act("undo issue", "certofficer", "cert_officer", OperationKind.UNDO_ISSUE, LAST, cause=Cause.UNDO)
    for certificate in story.sheet.certificates:
        certificate.issued_at = certificate.issued_user = certificate.collection = None
        certificate.wrong_recipient = True
        change_certificate(story.sheet, certificate, act, CertificateStatus.PRINTED)


def _hand_over(
    story: Story,
    certificates: list[Certificate] | tuple[Certificate, ...],
    collection: Collection,
    share: float = LAST,
) -> None:
    act = story.act(
        "issue",
        "certofficer",
        "cert_officer",
        OperationKind.ISSUE,
        share,
        parameters={"collection": collection.value},
    )
    for certificate in certificates:
        hand_over(story.sheet, certificate, act, collection)


INCIDENTS: dict[str, Callable[[Story], None]] = {
    "special approval": _special_approval,
    "all grey": _all_grey,
    "disagreement": _disagreement,
    "on hold": _on_hold,
    "re-opened": _reopened,
    "co-supervisors": _second_supervisor_signs,
    "supervisor left": _signed_on_behalf,
    "moved": _moved,
    "cancelled": _cancelled,
    "late": _late,
    "voided": _voided,
    "proxy": _proxy,
    "degree later": _degree_later,
    "wrong person": _wrong_person,
}
