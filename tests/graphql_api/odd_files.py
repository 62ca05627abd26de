"""Files that people, programs and enemies hand in as workbooks, each made by a few lines; none is kept here."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl

HEAD = ("学号", "姓名", "办理状态")
ROW = ("0022150312", "张三", "3")
SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Edit = Callable[[bytes], bytes]


def workbook(*rows: Sequence[Any], change: Callable[[openpyxl.Workbook, Any], None] | None = None) -> bytes:
    """A workbook of these rows, as a program of today writes it; `change` is given the book and its sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名单"
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(book, sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def plain() -> bytes:
    return workbook(HEAD, ROW)


def edited(part: str, edit: Edit, content: bytes = b"") -> bytes:
    """The same package with one part changed."""
    parts = dict(parts_of(content or plain()))
    return package({**parts, part: edit(parts[part])}.items())


def parts_of(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return [(name, opened.read(name)) for name in opened.namelist()]


def package(parts: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts:
            made.writestr(name, text)
    return file.getvalue()


def replaced(old: str, new: str) -> Edit:
    def edit(text: bytes) -> bytes:
        assert old.encode() in text, (old, text[:2000])
        return text.replace(old.encode(), new.encode(), 1)

    return edit


def before_end(more: bytes) -> Edit:
    """Adds to the rows of the sheet."""
    return lambda text: text.replace(b"</sheetData>", more + b"</sheetData>")


def inline(address: str, text: str = "x") -> bytes:
    row = re.sub(r"[A-Z]", "", address)
    return f'<row r="{row}"><c r="{address}" t="inlineStr"><is><t>{text}</t></is></c></row>'.encode()


def bomb(megabytes: int) -> bytes:
    """Little that unpacks to much."""
    return edited(SHEET, before_end(b"<!--" + b" " * (megabytes << 20) + b"-->"))


def long(rows: int, columns: int) -> bytes:
    """Many rows, made fast."""
    names = [chr(ord("A") + n) for n in range(columns)]
    made = bytearray()
    for row in range(2, rows + 2):
        cells = "".join(f'<c r="{name}{row}" t="inlineStr"><is><t>{row:08}-{name}</t></is></c>' for name in names)
        made += f'<row r="{row}">{cells}</row>'.encode()
    return edited(SHEET, before_end(bytes(made)), workbook(HEAD))


def numbers(book: openpyxl.Workbook, sheet: Any) -> None:
    sheet["A2"] = 22150312
    sheet["A2"].number_format = "0000000000"


def merged(book: openpyxl.Workbook, sheet: Any) -> None:
    sheet.merge_cells("A2:A3")


def hidden_first(book: openpyxl.Workbook, sheet: Any) -> None:
    secret = book.create_sheet("旧名单", 0)
    secret.append(("不是这个",))
    secret.sheet_state = "hidden"
    book.active = 1


def all_hidden(content: bytes) -> bytes:
    return edited(BOOK, lambda text: re.sub(rb'(<sheet [^>]*?)state="visible"', rb'\1state="hidden"', text), content)


def encrypted_parts() -> bytes:
    """Every entry says that it is encrypted."""
    content = bytearray(plain())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = content.find(mark)
        while at >= 0:
            content[at + (6 if mark == b"PK\x03\x04" else 8)] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


DAY = dt.date(2026, 6, 24)
MOMENT = dt.datetime(2026, 6, 24, 16, 57)  # noqa: DTZ001  # cells know no time zone
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
WEB_PAGE = "<html><body><table><tr><td>学号</td></tr></table></body></html>"

#: What it is → the file, and how it is refused: the problem, and its facts.
REFUSED: dict[str, tuple[Callable[[], bytes], str, dict[str, Any]]] = {
    "nothing": (lambda: b"", "EMPTY_FILE", {}),
    "blanks": (lambda: b" \r\n ", "EMPTY_FILE", {}),
    "a web page": (WEB_PAGE.encode, "WEB_PAGE", {}),
    "a web page with a mark": (lambda: b"\xef\xbb\xbf\n" + WEB_PAGE.encode(), "WEB_PAGE", {}),
    "a table of a web page": (lambda: b"<TABLE><tr><td>1</td></tr></TABLE>", "WEB_PAGE", {}),
    "Excel's XML of 2003": (
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
        "OLD_XML",
        {},
    ),
    "CSV": (lambda: "学号,姓名\n1,张三\n".encode(), "PLAIN_TEXT", {}),
    "CSV in GBK": (lambda: "学号,姓名\n1,张三\n".encode("gb18030"), "PLAIN_TEXT", {}),
    "text in UTF-16": (lambda: "学号\t姓名\n".encode("utf-16"), "PLAIN_TEXT", {}),
    "a PDF": (lambda: b"%PDF-1.7\n\0\xff", "NO_WORKBOOK", {}),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\r", "NO_WORKBOOK", {}),
    "a zip of something else": (lambda: package([("a.txt", b"x")]), "NO_WORKBOOK", {}),
    "an .xlsb": (lambda: package([("xl/workbook.bin", b"x")]), "BINARY_WORKBOOK", {}),
    "a document of Word": (lambda: package([("word/document.xml", b"<w/>")]), "NO_WORKBOOK", {}),
    "protected by a password": (
        lambda: COMPOUND + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "ENCRYPTED",
        {},
    ),
    "encrypted entries": (encrypted_parts, "ENCRYPTED", {}),
    "a damaged .xls": (lambda: COMPOUND + b"\0" * 4000, "DAMAGED", {}),
    "the beginning of an .xlsx": (lambda: plain()[:2000], "DAMAGED", {}),
    "an .xlsx with a flipped byte": (lambda: _flipped(plain()), "DAMAGED", {}),
    "no sheet's part": (lambda: package(each for each in parts_of(plain()) if each[0] != SHEET), "DAMAGED", {}),
    "XML that does not end": (lambda: edited(BOOK, lambda text: text[:-20]), "DAMAGED", {}),
    "a part twice": (lambda: _with_two_sheets(), "DAMAGED", {}),
    "a part in UTF-16": (
        lambda: edited(SHEET, lambda text: text.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        "DAMAGED",
        {},
    ),
    "a DTD": (lambda: edited(SHEET, lambda text: b"<!DOCTYPE x>" + text), "DTD", {}),
    "entities": (lambda: edited(BOOK, lambda text: b'<!DOCTYPE x [<!ENTITY a "aa">]>' + text), "DTD", {}),
    "a file from elsewhere by an entity": (
        lambda: edited("xl/styles.xml", lambda text: b'<!doctype x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + text),
        "DTD",
        {},
    ),
    "a far cell": (
        lambda: edited(SHEET, before_end(FAR.encode())),
        "FAR_CELL",
        {"cell": "XFD1048576", "rows": 200_000, "columns": 64},
    ),
    "a far cell in other quotes": (
        lambda: edited(SHEET, before_end(FAR.replace('"', "'").encode())),
        "FAR_CELL",
        {"cell": "XFD1048576", "rows": 200_000, "columns": 64},
    ),
    "a far column": (
        lambda: edited(SHEET, before_end(inline("BM3"))),
        "FAR_CELL",
        {"cell": "BM3", "rows": 200_000, "columns": 64},
    ),
    "a row too many": (
        lambda: edited(SHEET, before_end(inline("A200001"))),
        "FAR_CELL",
        {"cell": "A200001", "rows": 200_000, "columns": 64},
    ),
    "a million rows without addresses": (
        lambda: edited(SHEET, before_end(b"<row><c><v>1</v></c></row>" * 1_000_000)),
        "TOO_MANY_ROWS",
        {"limit": 200_000},
    ),
    "a thousand parts": (
        lambda: package([*parts_of(plain()), *((f"xl/media/{n}.png", b"") for n in range(1000))]),
        "TOO_MANY_PARTS",
        {"limit": 200},
    ),
    "more than 20 MB": (lambda: b"PK\x03\x04" + b"x" * (20 << 20), "TOO_LARGE", {"limit": 20}),
    "no rows": (lambda: workbook(), "NO_ROWS", {"sheet": "名单"}),
    "rows of blanks alone": (lambda: workbook(("", None, "")), "NO_ROWS", {"sheet": "名单"}),
    "every sheet hidden": (lambda: all_hidden(plain()), "NO_SHEET", {}),
    "all merged into one": (
        lambda: edited(
            SHEET,
            replaced("</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD200000"/></mergeCells>'),
        ),
        "MERGED",
        {"row": 1},
    ),
}


def _flipped(content: bytes) -> bytes:
    place = content.find(b"sheet1.xml") + 60
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def _with_two_sheets() -> bytes:
    parts = parts_of(plain())
    return package([*parts, ("XL/worksheets/SHEET1.xml", dict(parts)[SHEET])])


SECOND = [("0022150312", ""), ("张三", ""), ("3", "")]
#: What it is → the file, and its rows: number, then text and kind of each cell.
READ: dict[str, tuple[Callable[[], bytes], list[tuple[int, list[tuple[str, str]]]]]] = {
    "as it should be": (plain, [(1, [(each, "") for each in HEAD]), (2, SECOND)]),
    "numbers for texts": (
        lambda: workbook(HEAD, ROW, change=numbers),
        [(1, [(each, "") for each in HEAD]), (2, [("22150312", "number"), *SECOND[1:]])],
    ),
    "a number that lost digits": (
        lambda: workbook((110101199003071234, 1.5, True)),
        [(1, [("110101199003071200", "number"), ("1.5", "number"), ("true", "truth")])],
    ),
    "dates": (
        lambda: workbook((DAY, MOMENT)),
        [(1, [("2026-06-24", "date"), ("2026-06-24 16:57:00", "date")])],
    ),
    "formulas": (lambda: workbook(("=A2", "x", "=1+1")), [(1, [("", "formula"), ("x", ""), ("", "formula")])]),
    "a formula with its last value": (
        lambda: edited(SHEET, before_end(b'<row r="3"><c r="A3" t="str"><f>A2</f><v>0022150312</v></c></row>')),
        [(1, [(each, "") for each in HEAD]), (2, SECOND), (3, [("0022150312", "formula")])],
    ),
    "errors": (lambda: workbook(("#N/A", "x")), [(1, [("", "error"), ("x", "")])]),
    "merged cells": (
        lambda: workbook(HEAD, ROW, ("", "李四", "3"), change=merged),
        [(1, [(each, "") for each in HEAD]), (2, SECOND), (3, [("", "merged"), ("李四", ""), ("3", "")])],
    ),
    "blank rows between": (lambda: workbook(HEAD, (), (), ROW), [(1, [(each, "") for each in HEAD]), (4, SECOND)]),
    "a table that begins elsewhere": (
        lambda: workbook((), ("", "", "学号"), ("", "", "1")),
        [(2, [("", ""), ("", ""), ("学号", "")]), (3, [("", ""), ("", ""), ("1", "")])],
    ),
    "a hidden sheet first": (
        lambda: workbook(HEAD, ROW, change=hidden_first),
        [(1, [(each, "") for each in HEAD]), (2, SECOND)],
    ),
    "a size that is not true": (
        lambda: edited(SHEET, lambda text: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', text)),
        [(1, [(each, "") for each in HEAD]), (2, SECOND)],
    ),
    "a formula that a piece of 1 MB ends in": (
        lambda: edited(
            SHEET, before_end(b"<!--" + b"-x" * 600_000 + b'--><row r="3"><c r="A3"><f>A2</f><v>1</v></c></row>')
        ),
        [(1, [(each, "") for each in HEAD]), (2, SECOND), (3, [("1", "formula")])],
    ),
}
