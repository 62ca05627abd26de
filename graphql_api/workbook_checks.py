"""What a file of cells must be before any parser sees it: cheap, and on what is really there, not on what it says.

A cell far out in a file of 5 kB aborts the parser's process, and 1 MB of zip may unpack to gigabytes (both measured).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 384 * 1024 * 1024
MOST_ENTRIES = 200
MOST_ROWS = 200_000
MOST_COLUMNS = 64
PIECE = 1 << 20
OVERLAP = 256  # characters of the last piece that are looked at again: no mark is longer

ZIP = b"PK\x03\x04"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and what is encrypted
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body|table|meta|style)\b", re.IGNORECASE)
OLD_XML = re.compile(rb"\s*<\?xml.{0,2000}office:spreadsheet", re.IGNORECASE | re.DOTALL)
FAR_OUT = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{1,4})(\d{1,9})\s*["']""")
DTD = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
#: What a zip that is none, or a strange one, makes `zipfile` raise.
DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


class Unreadable(Exception):
    """A file that is not read: `problem` for programs and words, with its facts."""

    def __init__(self, problem: str, **facts: str | int) -> None:
        super().__init__(problem)
        self.problem, self.facts = problem, facts


def check(content: bytes) -> None:
    """Raises Unreadable for what is no workbook, or one that must not be opened."""
    if not content.strip():
        raise Unreadable("EMPTY_FILE")
    if len(content) > MOST_BYTES:
        raise Unreadable("TOO_LARGE", limit=MOST_BYTES // 1024 // 1024)
    if content.startswith(ZIP):
        _check_package(content)
    elif not content.startswith(COMPOUND):
        raise Unreadable(_what_else(content))
    elif ENCRYPTED in content:
        raise Unreadable("ENCRYPTED")


def _what_else(content: bytes) -> str:
    """What people save under the name of a workbook."""
    head = content.removeprefix(b"\xef\xbb\xbf")[:4096]
    if WEB_PAGE.match(head):
        return "WEB_PAGE"
    if OLD_XML.match(head):
        return "OLD_XML"
    return "PLAIN_TEXT" if _is_text(content) else "NO_WORKBOOK"


def _is_text(content: bytes) -> bool:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _check_package(content: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
            if len(entries) > MOST_ENTRIES:
                raise Unreadable("TOO_MANY_PARTS", limit=MOST_ENTRIES)
            names = [each.filename.casefold() for each in entries]
            if len(names) != len(set(names)):
                raise Unreadable("DAMAGED")  # two parts of one name: another reader may take the other one
            if "xl/workbook.xml" not in names:
                raise Unreadable("NO_WORKBOOK" if "xl/workbook.bin" not in names else "BINARY_WORKBOOK")
            left = MOST_UNPACKED
            for entry in entries:
                left = _check_part(package, entry, left)
    except Unreadable:
        raise
    except DAMAGED:
        raise Unreadable("DAMAGED") from None


def _check_part(package: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Reads a part to its end, never more than `left` bytes; gives how many are left for the others."""
    if entry.flag_bits & 1:
        raise Unreadable("ENCRYPTED")
    is_xml = entry.filename.casefold().endswith((".xml", ".rels", ".vml"))
    with package.open(entry) as part:
        for piece, size in _pieces(part):
            left -= size
            if left < 0:
                raise Unreadable("TOO_LARGE_UNPACKED", limit=MOST_UNPACKED // 1024 // 1024)
            if is_xml:
                _check_xml(piece)
    return left


def _pieces(part: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Each piece with the end of the one before, and its own size."""
    end = b""
    while piece := part.read(PIECE):
        yield end + piece, len(piece)
        end = piece[-OVERLAP:]


def _check_xml(text: bytes) -> None:
    if b"\0" in text:
        raise Unreadable("DAMAGED")  # UTF-16: nothing that is looked for would be found in it
    if DTD.search(text):
        raise Unreadable("DTD")
    for column, row in FAR_OUT.findall(text):
        if int(row) > MOST_ROWS or column_number(column) > MOST_COLUMNS:
            cell = f"{column.decode().upper()}{int(row)}"
            raise Unreadable("FAR_CELL", cell=cell, rows=MOST_ROWS, columns=MOST_COLUMNS)


def column_number(letters: bytes) -> int:
    """`A` is 1, `Z` 26, `AA` 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
