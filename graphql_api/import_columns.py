"""The columns of lists that come as files: which an import takes, how people head them, and where they stand in a file.

`columns_of` declares them; `found_in` recognises a file's headings, whatever their order, language, case and width.
Each import reads what was found here; the panel shows it before anything is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql_api.workbook import Line, Workbook, letters
from models.certificates import Certificate
from models.declare import Words, note_of
from models.enums import CertificateKind, CertificateStatus, Choice, ClearanceStatus, LeaveType, NumberedChoice
from models.people import Student
from models.rules.identity import normalise
from models.rules.person_cells import COLUMNS as PERSON
from models.rules.person_cells import REQUIRED as OF_EVERY_PERSON
from models.season import Clearance, Sheet

HEADING_WITHIN = 30  # rows: how far down a table may begin, below its title
PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
HAS_DIGIT = re.compile(r"\d")
NUMBER = re.compile(r"(?=\S*\d)[0-9A-Za-z-]{4,32}")


class ImportKind(Enum):
    """What a file is a list of."""

    CLEARANCES = "CLEARANCES"
    PEOPLE = "PEOPLE"
    CERTIFICATES = "CERTIFICATES"
    ROSTER = "ROSTER"
    ROWS = "ROWS"


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column that an import knows. `field`: its name in the row's input. `also`: further headings, besides the label
    in both languages and the field's own name. `required`: no file without it. `taken`: False for what an export shows
    besides and no import changes. `identifier`: a text of digits, which must not come as a number (B3). `hidden`: for
    programs, in a column that is not shown. `choices`: what may stand in it."""

    field: str
    label: Words
    also: tuple[str, ...] = ()
    required: bool = False
    taken: bool = True
    identifier: bool = False
    hidden: bool = False
    choices: tuple[Words, ...] = ()
    hint: Words | None = None


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A heading of the file, or in a list without headings what a column must be. `known`: None for a heading that the
    import does not know. `twice`: the cell of an earlier column with the same meaning."""

    index: int
    cell: str
    heading: str
    known: KnownColumn | None
    twice: str | None = None


@dataclass(frozen=True, slots=True)
class Headings:
    """What was recognised. `line`: the row of the headings; None in a bare list. `lines`: the rows below it."""

    line: Line | None
    columns: tuple[FoundColumn, ...]
    missing: tuple[KnownColumn, ...]
    lines: tuple[Line, ...] = field(repr=False)

    @property
    def places(self) -> Mapping[str, int]:
        """The index of each known column, by field."""
        return {each.known.field: each.index for each in self.columns if each.known is not None and not each.twice}

    @property
    def doubled(self) -> tuple[FoundColumn, ...]:
        """The columns that say again what an earlier one says."""
        return tuple(each for each in self.columns if each.twice is not None)

    @property
    def letters(self) -> dict[str, str]:
        """The letters of each known column, by field: with the number of a row they are the address of a cell."""
        return {name: letters(index) for name, index in self.places.items()}


# --- what there is


#: What universities call their columns besides (the glossary), by field; in every list that has such a column.
ALSO: Mapping[str, tuple[str, ...]] = {
    "student_no": ("学工号", "学生学号", "离校人员编号", "Student number", "Student ID"),
    "name": ("学生姓名", "Full name"),
    "batch": ("批次", "批次代码", "批次名称", "当前批次", "当前离校批次", "Batch", "Batch code", "Current batch"),
    "college": ("所在学院", "院系", "学院名称"),
    "major": ("专业名称",),
    "class_name": ("所在班级", "班级名称", "行政班级"),
    "item": ("流程项", "环节代码", "环节名称", "离校环节", "Item code"),
    "status": ("状态", "办理状态代码", "办理结果", "Status code"),
    "note": ("办理备注", "备注", "Note", "Remark", "Remarks"),
    "leave_type": ("离校类型", "Leave type"),
    "level": ("学历层次",),
    "id_no": ("证件号", "证件号码", "身份证号", "身份证件号码", "ID no.", "ID number"),
    "id_type": ("身份证件类型",),
    "phone": ("手机", "手机号码", "联系电话", "电话"),
    "building": ("楼栋", "宿舍楼", "公寓"),
    "room": ("房间号", "寝室号", "宿舍号"),
    "kind": ("证书类型", "证书类别"),
    "number": ("证书号", "证书号码", "Certificate no."),
    "printed": ("是否制证", "制证"),
}
IDENTIFIERS = frozenset({"student_no", "id_no", "phone", "number"})
BATCH_HINT = Words("须与所选批次一致", "must be the chosen batch")
COLLEGE_HINT = Words("须与所选学院一致", "must be the chosen college")
COMPARED = Words("只供核对,不会修改", "shown for reading; never changed by an import")
#: What the file of refused rows says besides, when it comes back.
WHY_REFUSED = KnownColumn("why_refused", Words("未导入原因", "Why refused"), taken=False, hint=COMPARED)
CELL_AT_FAULT = KnownColumn("cell_at_fault", Words("原单元格", "Cell in the file"), taken=False, hint=COMPARED)
CHECK = Words("用于核对,须与学号相符", "a check: it must be the number's own")
KEEP = Words("留空则不修改", "left empty, it stays as it is")
YES_OR_NO = (Words("是", "yes"), Words("否", "no"))


def columns_of(kind: ImportKind, object_name: str | None = None) -> tuple[KnownColumn, ...]:
    """The columns that an import of this kind knows, in the order of its template. Raises LookupError for a kind of
    which nobody has said any."""
    return (*DECLARED[kind](object_name), WHY_REFUSED, CELL_AT_FAULT)


def _clearances(_: str | None) -> tuple[KnownColumn, ...]:
    return (
        _column("batch", note_of(Sheet, "batch").label, hint=BATCH_HINT),
        _of(Student, "student_no", required=True),
        _of(Student, "name", hint=CHECK),
        *_shown(),
        _column("item", note_of(Clearance, "item").label, hint=Words("环节名称或代码", "name or code of the item")),
        _of(Clearance, "status", choices=_numbered(ClearanceStatus)),
        _column("status_in_words", Words("状态说明", "Status in words"), taken=False, hint=COMPARED),
        _of(Clearance, "note", hint=KEEP),
        _column("key", Words("行标识", "Row key"), hidden=True),
        _column("version", Words("行版本", "Row version"), hidden=True),
    )


def _people(_: str | None) -> tuple[KnownColumn, ...]:
    return (
        _column("batch", note_of(Sheet, "batch").label, hint=BATCH_HINT),
        _column("college", note_of(Student, "college").label, hint=COLLEGE_HINT),
        *(_of(Student, name, required=name in OF_EVERY_PERSON) for name in PERSON),
        _of(Student, "building", hint=Words("楼栋代码或名称", "by code or name")),
        _of(Sheet, "leave_type", hint=Words("不写即为毕业", "graduation unless told")),
        _of(Student, "id_no_masked", taken=False, hint=COMPARED),
    )


def _certificates(_: str | None) -> tuple[KnownColumn, ...]:
    return (
        _column("batch", note_of(Sheet, "batch").label, hint=BATCH_HINT),
        _of(Student, "student_no", required=True),
        _of(Student, "name", hint=CHECK),
        *_shown(),
        _of(Certificate, "kind", required=True, choices=tuple(each.words for each in CertificateKind)),
        _of(Certificate, "number", hint=KEEP),
        _column("printed", CertificateStatus.PRINTED.words, choices=YES_OR_NO),
    )


def _roster(_: str | None) -> tuple[KnownColumn, ...]:
    return (
        _column("batch", note_of(Sheet, "batch").label, hint=BATCH_HINT),
        _of(Student, "student_no", required=True),
        _of(Student, "name", hint=CHECK),
        *_shown(),
        _of(Sheet, "leave_type", hint=Words("不写即为毕业", "graduation unless told"), choices=_words(LeaveType)),
    )


#: Which columns each kind has; an object's own (ROWS) are declared where they are written.
DECLARED: dict[ImportKind, Callable[[str | None], tuple[KnownColumn, ...]]] = {
    ImportKind.CLEARANCES: _clearances,
    ImportKind.PEOPLE: _people,
    ImportKind.CERTIFICATES: _certificates,
    ImportKind.ROSTER: _roster,
}
#: Lists in which numbers, perhaps with names, are enough: what else is wanted was chosen on the screen (R8).
BARE = frozenset({ImportKind.CLEARANCES, ImportKind.ROSTER})


def _shown() -> tuple[KnownColumn, ...]:
    """What exports show besides."""
    names = ("college", "major", "class_name")
    return tuple(_of(Sheet, name, taken=False, hint=COMPARED) for name in names)


def _of(model: Any, name: str, **more: Any) -> KnownColumn:
    note = note_of(model, name)
    choices = more.pop("choices", None) or choices_of(model, name)
    return _column(name, note.label, hint=more.pop("hint", note.hint), choices=choices, **more)


def _column(name: str, label: Words, **more: Any) -> KnownColumn:
    return KnownColumn(name, label, ALSO.get(name, ()), identifier=name in IDENTIFIERS, **more)


def choices_of(model: Any, name: str) -> tuple[Words, ...]:
    """What may stand in a model's column, if that is a closed set."""
    column = model._meta.fields_map[name]
    kind = getattr(column, "enum_type", None)
    if isinstance(kind, type) and issubclass(kind, Choice):
        return _words(kind)
    return YES_OR_NO if column.field_type is bool else ()


def _words(kind: type[Choice]) -> tuple[Words, ...]:
    return tuple(each.words for each in kind)


def _numbered(kind: type[NumberedChoice]) -> tuple[Words, ...]:
    return tuple(Words(f"{each.value} {each.words.zh}", f"{each.value} {each.words.en}") for each in kind)


# --- what a file has


def found_in(workbook: Workbook, known: Sequence[KnownColumn], *, bare: bool = False) -> Headings:
    """The headings of a file: the row in the first HEADING_WITHIN that holds most of the known ones, the upper one of
    two. `bare`: a list of numbers without any heading will do. Without headings every required column is missing."""
    meanings = _meanings(known)
    best, most = None, 0
    for place, line in enumerate(workbook.lines[:HEADING_WITHIN]):
        hits = {each.field for each in _recognised(line, meanings) if each is not None}
        if len(hits) > most:
            best, most = place, len(hits)
    if best is None:
        return _without_headings(workbook, known) if bare else _none(workbook, known)
    line = workbook.lines[best]
    columns = tuple(_columns(line, _recognised(line, meanings)))
    there = {each.known.field for each in columns if each.known is not None}
    missing = tuple(each for each in known if each.required and each.field not in there)
    return Headings(line, columns, missing, workbook.lines[best + 1 :])


def _columns(line: Line, recognised: Sequence[KnownColumn | None]) -> Iterable[FoundColumn]:
    seen: dict[str, str] = {}
    for index, known in enumerate(recognised):
        heading = normalise(line.cell(index).text)
        if not heading:
            continue
        cell = line.address(index)
        twice = seen.get(known.field) if known is not None else None
        if known is not None:
            seen.setdefault(known.field, cell)
        yield FoundColumn(index, cell, heading, known, twice)


def _recognised(line: Line, meanings: Mapping[str, KnownColumn]) -> list[KnownColumn | None]:
    """What each cell of a row means as a heading: in full, else without what stands in brackets."""
    found = []
    for index in range(len(line)):
        text = line.cell(index).text
        whole, short = key(text), key(PARENTHESES.sub("", normalise(text)))
        found.append(meanings.get(whole) or meanings.get(short))
    return found


def _meanings(known: Iterable[KnownColumn]) -> dict[str, KnownColumn]:
    """The columns by their headings; what the label itself says goes before what it is called besides."""
    found: dict[str, KnownColumn] = {}
    columns = list(known)
    for each in columns:
        for text in (each.label.zh, each.label.en, each.field):
            found.setdefault(key(text), each)
    for each in columns:
        short = (PARENTHESES.sub("", normalise(text)) for text in (each.label.zh, each.label.en))
        for text in (*each.also, *short):
            found.setdefault(key(text), each)
    found.pop("", None)
    return found


def key(heading: str) -> str:
    """A heading as it is compared: letters and digits alone, in their plain width and in small letters, so that
    `Student no.`, `student_no`, `studentNo` and `* STUDENT NO` are one."""
    return "".join(each for each in normalise(heading).casefold() if each.isalnum())


def _none(workbook: Workbook, known: Sequence[KnownColumn]) -> Headings:
    return Headings(None, (), tuple(each for each in known if each.required), workbook.lines)


def _without_headings(workbook: Workbook, known: Sequence[KnownColumn]) -> Headings:
    """A bare list: the column of the first number in it, and the names beside that, if there are any."""
    by_field = {each.field: each for each in known}
    rows = ([normalise(line.cell(n).text) for n in range(len(line))] for line in workbook.lines[:HEADING_WITHIN])
    texts = next((row for row in rows if any(map(NUMBER.fullmatch, row))), [])
    place = next((index for index, text in enumerate(texts) if NUMBER.fullmatch(text)), None)
    if place is None:
        return _none(workbook, known)
    names = (index for index, text in enumerate(texts) if index != place and text and not HAS_DIGIT.search(text))
    meant = {"student_no": place, "name": next(names, None)}
    columns = tuple(
        FoundColumn(index, letters(index), by_field[name].label.zh, by_field[name])
        for name, index in meant.items()
        if index is not None
    )
    return Headings(None, columns, (), workbook.lines)
