"""Numbers and names as people and card readers give them: cleaning, masking, and which numbers are one person."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from models import database
from models.portable_sql import many
from models.rules.refusals import Code, Refused

MASK = "*"


def normalise(text: str) -> str:
    """Typed or scanned text as it is compared and stored (R6): NFKC, so that full-width digits are digits; no control
    or zero-width characters, which scanners and copied web pages bring along; runs of blanks are one blank."""
    folded = unicodedata.normalize("NFKC", text)
    return " ".join("".join(each for each in folded if each == " " or not _invisible(each)).split())


def _invisible(character: str) -> bool:
    """Control and format characters (categories Cc and Cf), those without a glyph of their own."""
    return unicodedata.category(character) in ("Cc", "Cf")


def normalise_number(text: str) -> str:
    """A student or certificate number: it holds no blanks at all. Letters keep their case; zeros stay."""
    if text.isascii() and text.isalnum():  # nearly all of a long list
        return text
    return normalise(text).replace(" ", "")


def normalise_id_no(text: str) -> str:
    """The number of an identity document: its letters are capitals, also the X at the end."""
    return normalise_number(text).upper()


def mask_id(id_no: str | None) -> str:
    """What everybody may see of it: 1101**********011X. Of a short one (a passport) the first letter and the last four;
    of a very short one nothing."""
    if not id_no:
        return ""
    head, tail = (4, 4) if len(id_no) >= 15 else (1, 4) if len(id_no) >= 8 else (0, 0)
    return id_no[:head] + MASK * (len(id_no) - head - tail) + id_no[len(id_no) - tail :]


async def link_people(student_ids: Collection[int]) -> int:
    """Makes the numbers of one person point to the person's first number, and gives how many rows changed.

    Two numbers are one person when kind and number of their identity documents agree; the first is the one with the
    lowest id. To be called in the transaction that made these students or changed their documents, whose event covers
    the change. Active sheets follow with their `holder`; refuses with DUPLICATE when two numbers that turn out to be
    one person both have an active sheet.
    """
    async with database.transaction():
        people = [student_id for (student_id,) in await database.fetch(SAME_PEOPLE, [many(student_ids)])]
        await _refuse_two_sheets(people)
        changed = await database.execute(LINK, [many(people)])
        await database.execute(HOLD, [many(people)])
        return changed


#: These students, the numbers they are linked with now, and those that share a document with any of them.
SAME_PEOPLE = """
SELECT id FROM student WHERE id IN LIST(?1) OR person_id IN LIST(?1)
UNION SELECT person_id FROM student WHERE id IN LIST(?1) AND person_id IS NOT NULL
UNION SELECT other.id FROM student given JOIN student other ON other.person_id = given.person_id
      WHERE given.id IN LIST(?1)
UNION SELECT other.id FROM student given JOIN student other
      ON other.id_no = given.id_no AND other.id_type = given.id_type
      WHERE given.id IN LIST(?1)
"""

FIRST = """coalesce((SELECT min(first.id) FROM student first
WHERE first.id_no = student.id_no AND first.id_type = student.id_type), student.id)"""

LINK = f"""
UPDATE student SET person_id = nullif({FIRST}, id), version = version + 1
WHERE id IN LIST(?1) AND coalesce(person_id, id) <> {FIRST}
"""

#: Only the holders that differ: two sheets never hold for one person even for a moment, thanks to the check before.
HOLD = """
UPDATE sheet SET holder = (SELECT coalesce(person_id, student.id) FROM student WHERE student.id = sheet.student_id)
WHERE student_id IN LIST(?1) AND holder IS NOT NULL
AND holder <> (SELECT coalesce(person_id, student.id) FROM student WHERE student.id = sheet.student_id)
"""

TWO_SHEETS = f"""
SELECT max(student.student_no) AS student_no, min(student.student_no) AS other
FROM sheet JOIN student ON student.id = sheet.student_id
WHERE sheet.holder IS NOT NULL AND student.id IN LIST(?1) GROUP BY {FIRST} HAVING count(*) > 1
"""


async def _refuse_two_sheets(student_ids: Collection[int]) -> None:
    for number, other in await database.fetch(TWO_SHEETS, [many(student_ids)]):
        raise Refused(Code.DUPLICATE, student_no=number, other=other)
