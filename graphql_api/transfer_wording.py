"""What the API says of rows that other systems and lists send, where no other act says the same, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql_api.wording import Sentence, say
from models import enums
from models.certificates import Certificate
from models.declare import Words, note_of
from models.enums import CertificateStatus, Choice
from models.people import Student
from models.rules.person_cells import COLUMNS
from models.season import Clearance, Sheet

#: A word that another source contradicts.
STILL_OPEN: tuple[Sentence, ...] = (
    say(
        "{source}({at})核对仍有未办结事项,本环节仍为未办理。待其办结后会自动通过;如其有误,请由主管部门人工办理。",
        "{source} still finds something open (as of {at}), so the item stays open. It passes when that is settled; if "
        "{source} is wrong, the item's owner may decide by hand.",
    ),
)

#: What is wrong with one cell of a report.
REPORT_PROBLEMS: tuple[Sentence, ...] = (
    say(
        "{argument} 没有时区。请写成带时区的时间,例如 2026-07-01T08:00:00+08:00。",
        "{argument} has no time zone. Write it with one, as in 2026-07-01T08:00:00+08:00.",
        problem="NO_ZONE",
    ),
    say(
        "{argument} 在将来(本系统时间 {now})。请核对来源系统的时钟后重新报送。",
        "{argument} lies in the future (it is {now} here). Check the clock of the reporting system and send it again.",
        problem="FUTURE",
    ),
)

#: What is wrong with one cell of a list.
CELL_PROBLEMS: tuple[Sentence, ...] = (
    say(
        '{field}"{value}"无法识别,应为 {choices}。请改正后重新导入。',
        '{field}: "{value}" is none of {choices}. Correct the row and import it again.',
        problem="UNKNOWN_VALUE",
    ),
    say(
        "{field}未填写,应为 {choices}。请补全后重新导入。",
        "{field} is missing; it is one of {choices}. Complete the row and import it again.",
        problem="UNKNOWN_VALUE",
    ),
    say(
        '{field}"{value}"不存在,请核对代码或名称。',
        '{field}: there is no "{value}". Check the code or name.',
        problem="UNKNOWN_VALUE",
    ),
    say(
        "{field}未填写。请补全后重新导入。",
        "{field} is missing. Complete the row and import it again.",
        problem="MISSING",
    ),
    say(
        '{field}"{value}"应为 是 或 否。请改正后重新导入。',
        '{field}: "{value}" is neither yes nor no. Correct the row and import it again.',
        problem="NO_YES_OR_NO",
    ),
    say(
        "{field}太长。请缩短后重新导入。",
        "{field} is too long. Shorten it and import the row again.",
        problem="TOO_LONG",
    ),
    say(
        '{field}"{value}"不是编号,只能包含字母、数字和连字符。',
        '{field}: "{value}" is no number; it holds letters, digits and hyphens only.',
        problem="NO_NUMBER",
    ),
    say(
        "{field}不是 18 位居民身份证号。请核对;其他证件请填写证件类型。",
        "{field} is no resident ID of 18 characters. Check it; for another document, say of which type it is.",
        problem="NO_RESIDENT_ID",
    ),
    say(
        "{field}是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。",
        "{field} came as a number and may have lost leading zeros or its last digits. Make it text and type it again.",
        problem="NUMBER_CELL",
    ),
)


def field_label(name: str, locale: str) -> str:
    """What a column of a list is called."""
    words: Words = CHOICES["field"][name]
    return words[locale]


def _enums() -> list[type[Choice]]:
    return [each for each in vars(enums).values() if isinstance(each, type) and issubclass(each, Choice) and list(each)]


def _listed(kind: type[Choice]) -> Words:
    return Words(" / ".join(each.words.zh for each in kind), " / ".join(each.words.en for each in kind))


#: The words of what a bad cell's facts name.
CHOICES: Mapping[str, Mapping[Any, Words]] = {
    "field": {
        **{name: note_of(Student, name).label for name in (*COLUMNS, "building")},
        "leave_type": note_of(Sheet, "leave_type").label,
        **{name: note_of(Certificate, name).label for name in ("kind", "number")},
        "printed": CertificateStatus.PRINTED.words,
        **{name: note_of(Clearance, name).label for name in ("item", "status")},
        "note": Words("办理备注", "Note"),
        "batch": note_of(Sheet, "batch").label,
        **{name: note_of(Sheet, name).label for name in ("college", "major", "class_name")},
        "key": Words("行标识", "Row key"),
        "version": Words("行版本", "Row version"),
    },
    "choices": {kind.__name__: _listed(kind) for kind in _enums()},
}
