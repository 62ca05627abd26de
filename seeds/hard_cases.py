"""The people every desk stumbles over, by name and for a reason: present in every demonstration, whatever its size.

A fixed table; what befell them beyond being drawn (a voided certificate, a moved sheet) is told in `seeds.incidents`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.enums import (
    CertificateKind,
    EnrolmentStatus,
    Gender,
    IdType,
    LeaveType,
    Level,
    PoliticalStatus,
    SheetOrigin,
)
from seeds.drawing import Wish
from seeds.people import Numbering, Person

COLLEGE, MAJOR, GRADUATE_MAJOR = "15", "软件工程", "软件工程"
CLASS, GRADUATE_CLASS = "软件工程卓越2201班", "软件工程卓越硕2301班"

#: Every required item except the last.
EVERYTHING = frozenset(
    {
        *(
            "LIB_BOOKS",
            "LIB_THESIS",
            "FIN_FEES",
            "FIN_ADVANCE",
            "AID_LOAN",
            "DORM_OUT",
            "ASSET_LAB",
            "TEXTBOOK",
            "GOWN",
        ),
        *("SUPERVISOR", "PARTY", "LEAGUE", "HUKOU", "ARCHIVE", "REG_FORM", "CARD", "MEDICAL", "VISA", "STU_CARD"),
    }
)
BY_SYSTEMS = frozenset({"LIB_BOOKS", "FIN_FEES", "TEXTBOOK", "AID_LOAN"})

NOTHING_YET = Wish(finished=False, cleared=frozenset())
IN_THE_MIDDLE = Wish(finished=False, cleared=BY_SYSTEMS | {"LEAGUE", "REG_FORM"})
READY_FOR_FINAL = Wish(finished=False, cleared=EVERYTHING)
FINISHED = Wish(finished=True)
ISSUED = Wish(finished=True, issued=True)


@dataclass(frozen=True, slots=True)
class HardCase:
    """`season` is the code of the batch, None for somebody without a sheet. `kinds`: the certificates, where they are
    not those of the leaving type. `by_hand`: they are printed and issued by the incident alone. `account`: the username
    under which the student signs in; `supervisors`: usernames."""

    key: str
    purpose: str
    person: Person
    season: str | None = "2026-06"
    wish: Wish = IN_THE_MIDDLE
    origin: SheetOrigin = SheetOrigin.ROSTER
    kinds: tuple[CertificateKind, ...] | None = None
    by_hand: bool = False
    account: str | None = None
    supervisors: tuple[str, ...] = ()


def hard_cases(numbering: Numbering) -> list[HardCase]:
    """The whole table, with fresh documents."""
    table = [*_identifiers(), *_names(), *_leaving(), *_sheets(), *_graduates(), *_desk(), *_certificates()]
    for case in table:
        _give_documents(case, numbering)
    _make_one_person(table)
    return table


def _person(student_no: str, name: str, gender: Gender = Gender.F, **facts: Any) -> Person:
    """An undergraduate of the demonstration's college unless told otherwise."""
    graduate = facts.get("level", Level.UG) is not Level.UG
    usual: dict[str, Any] = {
        "level": Level.UG,
        "college": COLLEGE,
        "major": GRADUATE_MAJOR if graduate else MAJOR,
        "class_name": GRADUATE_CLASS if graduate else CLASS,
        "grade": "2023" if graduate else "2022",
        "political_status": PoliticalStatus.LEAGUE_MEMBER,
        "is_resident": True,
    }
    return Person(student_no, name, gender, **{**usual, **facts})


def _graduate(seat: int, name: str, gender: Gender = Gender.M, **facts: Any) -> Person:
    return _person(f"S2315991{seat:02d}", name, gender, **{"level": Level.M, **facts})


# --- the table


def _identifiers() -> Iterator[HardCase]:
    yield HardCase(
        "typical",
        "the demonstration's student, in the middle of it: some items red, some green",
        _person("221599101", "林晓雨", has_loan=True, hukou_at_school=True, has_gown=True),
        account="student",
    )
    yield HardCase(
        "leading zero",
        "a spreadsheet that takes 学号 for a number loses the zeros",
        _person("002215901", "冯小满"),
    )
    yield HardCase(
        "letters",
        "a number range must not be made of numbers with letters inside",
        _person("2215X9902", "万里", Gender.M),
    )
    yield HardCase("same name, first", "two matches never act", _person("221599103", "王伟", Gender.M))
    yield HardCase(
        "same name, second",
        "the other 王伟, in the same class",
        _person("221599104", "王伟", Gender.M, has_loan=True),
        wish=NOTHING_YET,
    )
    yield HardCase(
        "id ending in X",
        "the exact search for an ID-document number ends in a letter",
        _person("221599105", "覃雪梅", id_no="99011520040412402X"),
    )
    yield HardCase(
        "two numbers, first",
        "left without graduating a year ago under this number",
        _person("211599106", "丁一鸣", Gender.M, grade="2021", leave_type=LeaveType.COMPLETION),
        season="2025-06",
        wish=ISSUED,
    )
    yield HardCase(
        "two numbers, second",
        "the same person graduates under a second number: one active sheet per person",
        _person("221599106", "丁一鸣", Gender.M),
    )


def _names() -> Iterator[HardCase]:
    yield HardCase(
        "name with a dot",
        "names hold more than Chinese characters",
        _person("221599107", "阿依古丽·买买提江", has_loan=True),
    )
    yield HardCase(
        "name outside the basic plane",
        "the second character is one code point of four bytes",
        _person("221599108", "陈\U0002b5ae", Gender.M),
    )
    yield HardCase(
        "forty-letter name",
        "a passport name of forty letters must fit every list, form and label",
        _person(
            "221599109",
            "ALEXANDRIA MAXIMILIANOVNA ROZHDESTVENSKAYA",
            name_latin="ALEXANDRIA MAXIMILIANOVNA ROZHDESTVENSKAYA",
            id_type=IdType.PASSPORT,
            nationality="俄罗斯",
            is_international=True,
            archive_at_school=False,
            political_status=PoliticalStatus.OTHER,
        ),
    )


def _leaving() -> Iterator[HardCase]:
    yield HardCase(
        "no degree",
        "graduates without a degree: 已发放毕业证书(无学位证书)",
        _person("221599110", "罗大可", Gender.M),
        wish=ISSUED,
        kinds=(CertificateKind.GRADUATION,),
    )
    yield HardCase(
        "completion",
        "结业: another certificate, and no 毕业生",
        _person("221599111", "石磊", Gender.M, leave_type=LeaveType.COMPLETION),
        wish=FINISHED,
    )
    yield HardCase(
        "withdrawal",
        "退学: everything is to be cleared, no certificate follows",
        _person("221599112", "白露", leave_type=LeaveType.WITHDRAWAL),
    )
    yield HardCase(
        "exchange",
        "交流期满: a number with a letter in front, imported by the college",
        _person(
            "J2515001",
            "SATO HARUKA",
            name_latin="SATO HARUKA",
            id_type=IdType.PASSPORT,
            nationality="日本",
            is_international=True,
            archive_at_school=False,
            political_status=PoliticalStatus.OTHER,
            grade="2025",
            class_name="交流生2501班",
            leave_type=LeaveType.EXCHANGE_END,
        ),
        origin=SheetOrigin.COLLEGE_IMPORT,
    )
    yield HardCase(
        "no student status",
        "无学籍: may not apply to leave, and has no sheet",
        _person("221599113", "方无", Gender.M, enrolment_status=EnrolmentStatus.NONE, is_resident=False),
        season=None,
        account="student-none",
    )
    yield HardCase(
        "may apply",
        "a registered student whom the roster forgot; may apply to leave",
        _person("221599114", "苏晴"),
        season=None,
        account="student-new",
    )
    yield HardCase(
        "applied",
        "applied to leave; an application gives no entitlement to a certificate",
        _person("221599115", "叶知秋"),
        origin=SheetOrigin.SELF,
        kinds=(),
        account="student-self",
    )


def _sheets() -> Iterator[HardCase]:
    yield HardCase(
        "moved",
        "转批次: the old sheet stays, linked to the new one",
        _person("221599116", "高远", Gender.M),
        wish=NOTHING_YET,
        kinds=(),
    )
    yield HardCase(
        "cancelled",
        "终止办理: off all lists, nothing counted",
        _person("221599117", "江一帆", Gender.M, leave_type=LeaveType.OTHER),
        wish=NOTHING_YET,
        kinds=(),
    )
    yield HardCase(
        "late",
        "a straggler of the closed season whose sheet stays open for single acts",
        _person("S221599101", "卢山", Gender.M, level=Level.M, grade="2022", class_name="软件工程卓越硕2201班"),
        season="2025-12",
        wish=READY_FOR_FINAL,
    )
    yield HardCase(
        "all grey",
        "every item is 无需办理 by special approval, and only the final sign-off is left",
        _person("221599118", "武小军", Gender.M, political_status=PoliticalStatus.MASSES, is_resident=False),
        wish=NOTHING_YET,
    )
    yield HardCase(
        "ready",
        "everything settled but the final sign-off: the one sheet that may be signed at once",
        _person("221599119", "唐果"),
        wish=READY_FOR_FINAL,
    )


def _graduates() -> Iterator[HardCase]:
    yield HardCase(
        "probationary",
        "中共预备党员 transfer their membership too",
        _graduate(1, "黎明", political_status=PoliticalStatus.PROBATIONARY_MEMBER),
        supervisors=("supervisor",),
    )
    yield HardCase(
        "co-supervisors",
        "either of two supervisors may sign; the second one did",
        _graduate(2, "姚远"),
        supervisors=("supervisor", "t-15-002"),
    )
    yield HardCase(
        "supervisor left",
        "代签: the secretary signed for a supervisor who no longer works here",
        _graduate(3, "谭笑", Gender.F),
        supervisors=("t-15-left",),
    )
    yield HardCase(
        "unsigned",
        "waits for the demonstration's supervisor",
        _graduate(4, "汪洋", uses_lab=True),
        wish=NOTHING_YET,
        supervisors=("supervisor",),
    )
    yield HardCase(
        "doctor",
        "a doctoral student, who hands in a bound thesis",
        _person("B211599101", "崔巍", Gender.M, level=Level.D, grade="2021", class_name="软件工程卓越博2101班"),
        supervisors=("supervisor",),
    )


def _desk() -> Iterator[HardCase]:
    yield HardCase(
        "special approval",
        "grey although the item applies: a reason stands beside it",
        _person("221599120", "韦春花", has_loan=True),
        wish=Wish(finished=False, cleared=frozenset({"LIB_BOOKS", "TEXTBOOK", "AID_LOAN"})),
    )
    yield HardCase(
        "disagreement",
        "cleared by hand while the library's system says not settled: listed for the desk, never overridden",
        _person("221599121", "雷鸣", Gender.M),
        wish=Wish(finished=False, cleared=frozenset({"FIN_FEES", "TEXTBOOK", "LEAGUE"})),
    )
    yield HardCase(
        "on hold",
        "暂缓办理: still red, and says what is missing",
        _person("221599122", "段誉之", Gender.M),
        wish=Wish(finished=False, cleared=frozenset({"FIN_FEES", "TEXTBOOK"})),
    )
    yield HardCase(
        "re-opened",
        "a book came to light after the sign-off: the final item re-opened with it, the card kept its state and a flag",
        _person("221599123", "邱实", Gender.M),
        wish=READY_FOR_FINAL,
    )


def _certificates() -> Iterator[HardCase]:
    yield HardCase(
        "voided",
        "a misprinted certificate was voided; its replacement was issued",
        _person("221599124", "江雪"),
        wish=FINISHED,
        by_hand=True,
    )
    yield HardCase(
        "proxy",
        "代领: the mother came with a letter of authority",
        _person("221599125", "孟浩", Gender.M),
        wish=FINISHED,
        by_hand=True,
    )
    yield HardCase(
        "degree later",
        "已发放毕业证书,学位证书待发: the degree is not printed yet",
        _person("221599126", "贺新"),
        wish=FINISHED,
        by_hand=True,
    )
    yield HardCase(
        "wrong person",
        "错领待收回: handed to a namesake, the issue undone, not yet returned",
        _person("221599127", "王丽"),
        wish=FINISHED,
        by_hand=True,
    )


# --- documents


def _give_documents(case: HardCase, numbering: Numbering) -> None:
    person = case.person
    person.phone = f"10000{person.student_no[-6:].translate(LETTERS_AS_DIGITS):0>6}"
    if person.id_no:
        return
    if person.id_type is IdType.PASSPORT:
        person.id_no = numbering.passport()
    else:
        person.id_no = numbering.resident_id(2003 if person.level is Level.UG else 1999, person.gender)


LETTERS_AS_DIGITS = str.maketrans({"X": "0", "S": "1", "B": "2", "J": "3"})


def _make_one_person(table: list[HardCase]) -> None:
    """The two numbers of one person share the identity document, by which the desk recognises the person."""
    by_key = {case.key: case.person for case in table}
    by_key["two numbers, second"].id_no = by_key["two numbers, first"].id_no
