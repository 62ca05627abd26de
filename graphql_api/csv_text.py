"""Rows as CSV that a table program opens as they are: no formula runs, no identifier becomes a number or a day."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

#: Told at the beginning of a file: without it a table program takes Chinese for another encoding.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: What begins a formula, or hides the beginning of one.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: What a table program would not show as it stands: zeros in front, more digits than it keeps, 2215E902, 3-12, 1/2.
MISREAD = re.compile(r"0\d+|\d{12,}|\d+[Ee]\d+|\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?")


def guarded(text: str, *, exact: bool = True) -> str:
    """The text with a ' in front where it would be read as something else. `exact`: whether it is a text whose very
    letters count; days and numbers may become what they are."""
    if text.startswith(FORMULA) or (exact and MISREAD.fullmatch(text)):
        return f"'{text}"
    return text


def lines(rows: Iterable[Iterable[str]]) -> str:
    """These rows, each ended as RFC 4180 has it."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
