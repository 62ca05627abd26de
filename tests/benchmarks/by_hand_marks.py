"""Marking many students in SQL by hand: `?1` batch, `?2` item, `?3` student numbers, `?4` the status as a number, `?5`
as a word, `?6` now, `?7` who, `?8` the caller's key; on SQLite `?9` is the operation.

Twice. In short: the clearances, one operation, an event for each. In full: besides what the requirements make everybody
write who marks, by hand or not: the caller's key, a row of the operation for each student with what undo needs, the
counters of colleges and buildings. Who may do it, what must be settled before, and why a row is refused nobody asks.
"""

from __future__ import annotations

from models.database_url import Dialect
from models.portable_sql import Statement, translate

WORD = "CASE found.status WHEN 1 THEN 'PENDING' WHEN 2 THEN 'NOT_REQUIRED' ELSE 'CLEARED' END"
FOUND = """SELECT clearance.id, clearance.version, clearance.sheet_id, clearance.item_id, clearance.status,
      clearance.note, clearance.decided_by, clearance.decided_at, clearance.decided_user_id, student.student_no,
      sheet.college_id, sheet.building_id
    FROM student
    JOIN sheet ON sheet.student_id = student.id AND sheet.batch_id = (SELECT id FROM batch WHERE code = ?1)
    JOIN clearance ON clearance.sheet_id = sheet.id AND clearance.item_id =
      (SELECT id FROM item WHERE code = ?2 AND batch_id = (SELECT id FROM batch WHERE code = ?1))
    WHERE student.student_no IN LIST(?3) AND clearance.status <> ?4"""
OPERATION = """INSERT INTO operation (created_at, updated_at, kind, state, actor_id, role, batch_id, item_id, selector,
    parameters, applied, unchanged, refused, progress, finished_at)
    VALUES (?6, ?6, 'SET_CLEARANCES', 'APPLIED', ?7, 'operator', (SELECT id FROM batch WHERE code = ?1),
      (SELECT id FROM item WHERE code = ?2 AND batch_id = (SELECT id FROM batch WHERE code = ?1)), '{{}}', '{{}}',
      {applied}, 0, 0, 0, ?6) RETURNING id"""
EVENTS = """INSERT INTO event (operation_id, object, object_id, sheet_id, item_id, changed, before, after, cause,
    actor_id, role, at)
    SELECT {operation}, 'Clearance', found.id, found.sheet_id, found.item_id, 'status', {word}, ?5, 'ACT', ?7,
      'operator', ?6
    FROM {found}"""
CHANGE = """UPDATE clearance SET status = ?4, decided_by = 'MANUAL', decided_at = ?6, decided_user_id = ?7,
    version = clearance.version + 1, updated_at = ?6"""
KEY = """INSERT INTO idempotency_key (caller, key, fingerprint, created_at, operation_id)
    {values}"""
ROWS = """INSERT INTO operation_row (operation_id, sheet_id, object, object_id, student_no, before, after,
    version_after, cascaded, outcome, refusal)
    SELECT {operation}, found.sheet_id, 'Clearance', found.id, found.student_no,
      {object}('status', {word}, 'note', found.note, 'decided_by', found.decided_by, 'decided_at', found.decided_at,
        'decided_user_id', found.decided_user_id),
      {object}('status', ?5, 'note', found.note, 'decided_by', 'MANUAL', 'decided_at', ?6, 'decided_user_id', ?7),
      found.version + 1, {false}, 'APPLIED', ''
    FROM {found}"""
COUNTER = """INSERT INTO {table} (item_id, {unit}, status, n)
    SELECT item_id, {unit}, status, sum(n) FROM (
      SELECT item_id, {unit}, status, -1 AS n FROM {found} UNION ALL SELECT item_id, {unit}, ?4, 1 FROM {found}
    ) AS moved WHERE {unit} IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (item_id, {unit}, status) DO UPDATE SET n = {table}.n + excluded.n"""
COUNTERS = (("item_college_counter", "college_id"), ("item_building_counter", "building_id"))
CASTS = (("?6", "?6::timestamptz"), ("?4", "?4::int"), ("?5", "?5::text"), ("?7", "?7::int"))


def mark_on_postgresql(*, in_full: bool) -> Statement:
    """Everything in one statement, which gives the number of rows."""
    parts = {
        "found": f"{FOUND} FOR UPDATE OF clearance",
        "changed": f"{CHANGE} FROM found WHERE clearance.id = found.id",
        "made": OPERATION.format(applied="(SELECT count(*) FROM found)"),
        "told": f"{EVENTS.format(operation='made.id', found='found, made', word=WORD)} RETURNING 1",
    }
    if in_full:
        parts["claimed"] = KEY.format(values="SELECT 'by hand', ?8, '', ?6, made.id FROM made")
        parts["kept"] = ROWS.format(
            operation="made.id", found="found, made", word=WORD, object="jsonb_build_object", false="false"
        )
        parts |= {f"by_{unit}": COUNTER.format(table=table, unit=unit, found="found") for table, unit in COUNTERS}
    with_ = ", ".join(f"{name} AS ({sql})" for name, sql in parts.items())
    sql = f"WITH {with_} SELECT count(*) FROM told"
    for plain, cast in CASTS:
        sql = sql.replace(plain, cast)
    return translate(sql, Dialect.POSTGRESQL)


def mark_on_sqlite(*, in_full: bool) -> tuple[Statement, ...]:
    """The operation, what is written about it, the change: in this order, in one transaction. In full the rows are
    found once, in a table of the connection's own."""
    written = [OPERATION.format(applied="json_array_length(?3)")]
    if in_full:
        written += [
            KEY.format(values="VALUES ('by hand', ?8, '', ?6, ?9)"),
            f"INSERT INTO found {FOUND}",
            ROWS.format(operation="?9", found="found", word=WORD, object="json_object", false="0"),
            EVENTS.format(operation="?9", found="found", word=WORD),
            *(COUNTER.format(table=table, unit=unit, found="found") for table, unit in COUNTERS),
            f"{CHANGE} WHERE id IN (SELECT id FROM found)",
        ]
    else:
        written += [
            EVENTS.format(operation="?9", found=f"({FOUND}) AS found", word=WORD),
            f"{CHANGE} WHERE id IN (SELECT id FROM ({FOUND}))",
        ]
    return tuple(translate(each, Dialect.SQLITE) for each in written)


#: Where SQLite keeps the rows that are being marked.
FOUND_TABLE = """CREATE TEMP TABLE found (id, version, sheet_id, item_id, status, note, decided_by, decided_at,
    decided_user_id, student_no, college_id, building_id)"""
EMPTY_FOUND = "DELETE FROM found"
