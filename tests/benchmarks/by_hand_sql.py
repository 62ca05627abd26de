"""The measured requests as somebody writes them who writes SQL by hand: one statement each, and the database builds the
JSON. The answers are those of the API, byte for byte but for spaces. Marking stands in by_hand_marks.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database_url import Dialect
from models.portable_sql import Statement, translate

STATUS = "CASE clearance.status WHEN 1 THEN 'PENDING' WHEN 2 THEN 'NOT_REQUIRED' ELSE 'CLEARED' END"


@dataclass(frozen=True, slots=True)
class Words:
    """What the two databases call the same thing. `nested`: a text that holds JSON, taken as JSON; `text`: the JSON as
    the driver gives it without decoding."""

    object: str
    array: str
    moment: str
    nested: str
    text: str


SQLITE = Words(
    object="json_object",
    array="json_group_array",
    moment="replace(clearance.decided_at, ' ', 'T')",
    nested="json({})",
    text="{}",
)
POSTGRESQL = Words(
    object="json_build_object",
    array="json_agg",
    moment="clearance.decided_at",
    nested="{}",
    text="({})::text",
)


def read_statements(dialect: Dialect) -> dict[str, Statement]:
    """Workload → statement; each gives one row with one JSON text."""
    words = SQLITE if dialect is Dialect.SQLITE else POSTGRESQL
    made = {
        "W1": _one(words),
        "W1 library": _one(words, department="TSG"),
        "W2": _page(words),
        "W3": _thousand(words),
        "W4": _standing(words),
        "W4 by college": _by_college(words),
        "W6": _by_class(words),
        "W6 by level": _by_level(words),
    }
    return {name: translate(sql, dialect) for name, sql in made.items()}


# --- sheets


def _sheet(words: Words, *, code: bool, moment: bool, department: str = "") -> str:
    """One sheet with its clearances (of one department's items), which the unique index gives in the order of their
    items."""
    coded = "'code', item.code, " if code else ""
    item = f"{words.object}({coded}'name', item.name)"
    decided = f"'decidedAt', {words.moment}, " if moment else ""
    clearance = f"{words.object}('status', {STATUS}, 'note', clearance.note, {decided}'item', {item})"
    own = f" AND item.department_id = (SELECT id FROM department WHERE code = '{department}')" if department else ""
    order = " ORDER BY clearance.id" if words is POSTGRESQL else ""
    clearances = (
        f"(SELECT {words.array}({clearance}{order}) FROM clearance JOIN item ON item.id = clearance.item_id"
        f" WHERE clearance.sheet_id = sheet.id{own})"
    )
    return (
        f"{words.object}('student', {words.object}('studentNo', student.student_no, 'name', student.name),"
        f" 'className', sheet.class_name, 'college', {words.object}('name', college.name),"
        f" 'clearances', {words.nested.format(clearances)})"
    )


PEOPLE = "JOIN student ON student.id = sheet.student_id JOIN college ON college.id = sheet.college_id"


def _one(words: Words, department: str = "") -> str:
    sheet = words.text.format(_sheet(words, code=True, moment=True, department=department))
    return (
        f"SELECT {sheet} FROM sheet {PEOPLE} WHERE student.student_no = ?1"
        " AND sheet.batch_id = (SELECT id FROM batch WHERE code = '2026-06')"
    )


def _many(words: Words, sheet: str, chosen: str) -> str:
    """The sheets that `chosen` finds: first which, then what they show."""
    listed = words.text.format(f"{words.array}({words.nested.format('shown')})")
    source = f"(SELECT * FROM sheet {chosen}) AS sheet"
    return f"SELECT {listed} FROM (SELECT {sheet} AS shown FROM {source} {PEOPLE} ORDER BY sheet.id) AS found"


def _page(words: Words) -> str:
    return _many(
        words,
        _sheet(words, code=False, moment=False),
        """WHERE batch_id = (SELECT id FROM batch WHERE code = '2026-06')
           AND college_id = (SELECT id FROM college WHERE code = ?1)
           AND EXISTS (SELECT 1 FROM clearance WHERE clearance.sheet_id = sheet.id AND clearance.status = 1
                       AND clearance.item_id = (SELECT id FROM item WHERE code = ?2
                         AND batch_id = (SELECT id FROM batch WHERE code = '2026-06')))
           ORDER BY id LIMIT 50""",
    )


def _thousand(words: Words) -> str:
    return _many(
        words,
        _sheet(words, code=False, moment=True),
        "WHERE batch_id = (SELECT id FROM batch WHERE code = '2026-06') ORDER BY id LIMIT 1000 OFFSET ?1",
    )


# --- figures


def _standing(words: Words) -> str:
    """Item × status from the counters."""
    counts = ", ".join(
        f"'{name}', coalesce(sum(n) FILTER (WHERE status = {status}), 0)"
        for name, status in (("pending", 1), ("notRequired", 2), ("cleared", 3))
    )
    item = f"{words.object}('code', item.code, 'standing', {words.object}({counts}))"
    listed = words.text.format(f"{words.array}({words.nested.format('shown')})")
    return (
        f"SELECT {listed} FROM (SELECT {item} AS shown"
        " FROM item LEFT JOIN item_college_counter AS kept ON kept.item_id = item.id"
        ' WHERE item.batch_id = (SELECT id FROM batch WHERE code = ?1) GROUP BY item.id, item.code, item."order"'
        ' ORDER BY item."order", item.id) AS found'
    )


def _groups(words: Words, keys: dict[str, str], source: str) -> str:
    """A count for each combination of the keys; `source` gives them and `n`."""
    key = ", ".join(f"'{name}', {column}" for name, column in keys.items())
    group = f"{words.object}('key', {words.object}({key}), 'count', n)"
    listed = words.text.format(f"{words.array}({group})")
    return f"SELECT {listed} FROM ({source} ORDER BY 1, 2, 3) AS clearance"


BY_COLLEGE = {"collegeCode": "college", "itemCode": "item", "status": STATUS}


def _by_college(words: Words) -> str:
    return _groups(
        words,
        BY_COLLEGE,
        """SELECT college.code AS college, item.code AS item, kept.status, kept.n FROM item_college_counter AS kept
           JOIN item ON item.id = kept.item_id JOIN college ON college.id = kept.college_id
           WHERE item.batch_id = (SELECT id FROM batch WHERE code = ?1) AND kept.n > 0""",
    )


def _by_class(words: Words) -> str:
    return _groups(
        words,
        {"className": "class_name", "itemCode": "item", "status": STATUS},
        """SELECT counted.class_name, item.code AS item, counted.status, counted.n FROM (
             SELECT sheet.class_name, clearance.item_id, clearance.status, count(*) AS n
             FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id
             WHERE sheet.state = 'ACTIVE' AND sheet.batch_id = (SELECT id FROM batch WHERE code = ?1)
               AND sheet.college_id = (SELECT id FROM college WHERE code = ?2)
             GROUP BY 1, 2, 3) AS counted
           JOIN item ON item.id = counted.item_id""",
    )


def _by_level(words: Words) -> str:
    return _groups(
        words,
        {"level": "level", "itemCode": "item", "status": STATUS},
        """SELECT counted.level, item.code AS item, counted.status, counted.n FROM (
             SELECT sheet.level, clearance.item_id, clearance.status, count(*) AS n
             FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id
             WHERE sheet.state = 'ACTIVE' AND sheet.batch_id = (SELECT id FROM batch WHERE code = ?1)
             GROUP BY 1, 2, 3) AS counted
           JOIN item ON item.id = counted.item_id""",
    )
