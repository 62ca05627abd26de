"""What a scanner, a card reader or a hand put into the student box, made comparable; and what kind of thing it is."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 64
STRAY = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
DOCUMENT = re.compile(r"\d{17}[\dX]|[A-Z]{1,2}\d{7,9}")
NUMBER = re.compile(r"(?=.*\d)[0-9A-Za-z-]{4,32}")


def normalised(text: str) -> str:
    """Full-width digits become plain ones; stray returns, tabs and invisible marks go; ends are trimmed (R6)."""
    plain = STRAY.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", " ", plain).strip()[:LONGEST]


def is_document(text: str) -> bool:
    """Whether this has the form of an identity document; such a number never stands in an address or a message."""
    return DOCUMENT.fullmatch(text.upper()) is not None


def is_number(text: str) -> bool:
    """Whether this has the form of a student number."""
    return NUMBER.fullmatch(text) is not None
