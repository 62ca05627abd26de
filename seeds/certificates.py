"""Certificates of a season: the registrars' lists of who is entitled, the printed numbers, the handing over."""

from __future__ import annotations

import random
from collections.abc import Iterable

from models.enums import Cause, CertificateKind, CertificateStatus, Collection, LeaveType, Level, OperationKind
from seeds.drafts import Certificate, Sheet, change_certificate
from seeds.drawing import Course
from seeds.ledger import Act
from seeds.manners import ISSUE_MINUTE
from seeds.people import Person
from seeds.season import Season, by_class

#: When the lists and the numbers come in, as shares of the season's working hours.
LISTED_AT, PRINTED_AT = 0.1, 0.56
SHARE_NO_DEGREE = 0.015
SHARE_NOT_PRINTED = 0.05
COLLECTED = ((Collection.IN_PERSON, Collection.VIA_CLASS, Collection.MAIL), (80, 15, 5))


def entitle(season: Season, sheet: Sheet, kinds: Iterable[CertificateKind] | None = None) -> None:
    """Enters a sheet in the registrar's list: entitled to these certificates, or to those of the leaving type."""
    for kind in entitled_kinds(sheet.person, season.rng) if kinds is None else kinds:
        add_certificate(season, sheet, kind, registrar_act(season, sheet, "EXPECTED", LISTED_AT, 5))


def entitled_kinds(person: Person, rng: random.Random) -> tuple[CertificateKind, ...]:
    """By the leaving type; some graduate without a degree; who withdraws or ends an exchange gets none."""
    if person.leave_type is LeaveType.GRADUATION:
        without = person.level is Level.UG and rng.random() < SHARE_NO_DEGREE
        return (CertificateKind.GRADUATION,) if without else (CertificateKind.GRADUATION, CertificateKind.DEGREE)
    if person.leave_type is LeaveType.COMPLETION:
        return (CertificateKind.COMPLETION,)
    return (CertificateKind.INCOMPLETE,) if person.leave_type is LeaveType.INCOMPLETE else ()


def add_certificate(season: Season, sheet: Sheet, kind: CertificateKind, act: Act) -> Certificate:
    """Enters a certificate as entitled."""
    season.ids.certificate += 1
    certificate = Certificate(season.ids.certificate, kind, act.at)
    sheet.certificates.append(certificate)
    change_certificate(sheet, certificate, act, None)
    return certificate


def registrar_act(season: Season, sheet: Sheet, what: str, share: float, minute: int) -> Act:
    """The list of the registrar who is in charge of this student's level: undergraduates, or graduate students."""
    graduate = sheet.person.level is not Level.UG
    return season.act(
        ("registrar", what, graduate),
        OperationKind.IMPORT_CERTIFICATES,
        season.dates.slot_of(share),
        minute,
        actor=season.staff.by_username["registrar-yjsy" if graduate else "registrar"],
        role="registrar",
        cause=Cause.IMPORT,
        parameters={"status": what},
    )


def print_certificates(season: Season, course: Course) -> None:
    """The printed numbers come in; a few certificates are late, never those that were issued."""
    for certificate in course.sheet.certificates:
        if course.issued or season.rng.random() >= SHARE_NOT_PRINTED:
            print_certificate(season, course.sheet, certificate)


def print_certificate(season: Season, sheet: Sheet, certificate: Certificate) -> None:
    """One printed number comes in."""
    act = registrar_act(season, sheet, "PRINTED", PRINTED_AT, 10)
    certificate.number = season.numbers.next(certificate.kind, sheet.person.level)
    certificate.printed_at = act.at
    change_certificate(sheet, certificate, act, CertificateStatus.PRINTED)


# --- handing over


def issue(season: Season, sheet: Sheet, slot: int) -> None:
    """The college's certificate officer hands out what is printed, class by class."""
    person = sheet.person
    [collection] = season.rng.choices(*COLLECTED)
    act = season.act(
        ("issue", person.college, person.class_name, slot, collection),
        OperationKind.ISSUE,
        slot,
        ISSUE_MINUTE,
        actor=season.staff.of_college("cert_officer", person.college),
        role="cert_officer",
        selector=by_class(season, person),
        parameters={"collection": collection.value},
    )
    for certificate in sheet.certificates:
        hand_over(sheet, certificate, act, collection)


def hand_over(sheet: Sheet, certificate: Certificate, act: Act, collection: Collection) -> None:
    """One certificate reaches its owner, as part of `act`."""
    certificate.issued_at, certificate.issued_user, certificate.collection = act.at, act.actor, collection
    change_certificate(sheet, certificate, act, CertificateStatus.ISSUED)
