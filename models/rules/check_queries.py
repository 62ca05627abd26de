"""The recounts that one statement can do; each gives the ids of its offenders. `check` says what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from models.database_url import Dialect


@dataclass(frozen=True, slots=True)
class Recount:
    """One statement. Its rows are offenders; `only`: the kind of database on which it makes sense."""

    invariant: int
    what: str
    object: str
    sql: str
    only: Dialect | None = None


REQUIRED_PENDING = """
SELECT pending.sheet_id FROM clearance AS pending JOIN item ON item.id = pending.item_id
WHERE pending.status = 1 AND item.kind IN ('NORMAL', 'FINAL') AND item.withdrawn_at IS NULL
"""

#: Of each row of these objects: how many changes its events tell. Making a row is no change of it.
CHANGES = """
SELECT object_id, sum(CASE WHEN before IS NULL AND changed IN ('status', 'state') THEN 0 ELSE 1 END) AS n
FROM event WHERE object = '{object}' GROUP BY object_id
"""


def _without_event(about: str, table: str) -> Recount:
    return Recount(
        10,
        "a change without its event, or an event without a change",
        about,
        f"SELECT {table}.id FROM {table} LEFT JOIN ({CHANGES.format(object=about)}) AS told"
        f" ON told.object_id = {table}.id WHERE {table}.version - 1 <> COALESCE(told.n, 0)",
    )


QUERIES: tuple[Recount, ...] = (
    Recount(
        1,
        "a person with two active sheets",
        "Student",
        """
        SELECT COALESCE(student.person_id, student.id) AS id FROM sheet
        JOIN student ON student.id = sheet.student_id JOIN batch ON batch.id = sheet.batch_id
        WHERE sheet.state = 'ACTIVE' AND batch.status <> 'ARCHIVED'
        GROUP BY COALESCE(student.person_id, student.id) HAVING count(*) > 1
        """,
    ),
    Recount(
        1,
        "a sheet that is not held by its person",
        "Sheet",
        """
        SELECT sheet.id FROM sheet
        JOIN student ON student.id = sheet.student_id JOIN batch ON batch.id = sheet.batch_id
        WHERE COALESCE(sheet.holder, 0) <> CASE WHEN sheet.state = 'ACTIVE' AND batch.status <> 'ARCHIVED'
            THEN COALESCE(student.person_id, student.id) ELSE 0 END
        """,
    ),
    Recount(
        1,
        "two sheets of one student in a batch",
        "Sheet",
        "SELECT max(id) AS id FROM sheet GROUP BY batch_id, student_id HAVING count(*) > 1",
    ),
    Recount(
        2,
        "two clearances of one item on a sheet",
        "Clearance",
        "SELECT max(id) AS id FROM clearance GROUP BY sheet_id, item_id HAVING count(*) > 1",
    ),
    Recount(
        2,
        "a clearance of another batch's item, or of a text-only one",
        "Clearance",
        """
        SELECT clearance.id FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id
        JOIN item ON item.id = clearance.item_id WHERE item.batch_id <> sheet.batch_id OR item.kind = 'INFO'
        """,
    ),
    Recount(
        3,
        "FINAL is cleared while a required item is pending",
        "Clearance",
        f"""
        SELECT clearance.id FROM clearance JOIN item ON item.id = clearance.item_id
        WHERE item.kind = 'FINAL' AND clearance.status = 3 AND clearance.sheet_id IN ({REQUIRED_PENDING})
        """,
    ),
    Recount(
        3,
        "FINAL is not required, or an optional item is pending",
        "Clearance",
        """
        SELECT clearance.id FROM clearance JOIN item ON item.id = clearance.item_id
        WHERE (item.kind = 'FINAL' AND clearance.status = 2 AND item.withdrawn_at IS NULL)
            OR (item.kind = 'OPTIONAL' AND clearance.status = 1)
        """,
    ),
    Recount(
        4,
        "a certificate is issued while a required item is pending",
        "Certificate",
        f"SELECT id FROM certificate WHERE status = 'ISSUED' AND sheet_id IN ({REQUIRED_PENDING})",
    ),
    Recount(
        4,
        "a certificate is issued without an entitlement: no number, not printed, or out of nothing",
        "Certificate",
        """
        SELECT id FROM certificate WHERE status = 'ISSUED' AND (number IS NULL OR printed_at IS NULL
            OR id IN (SELECT object_id FROM event
                      WHERE object = 'Certificate' AND before IS NULL AND after = 'ISSUED'))
        """,
    ),
    Recount(
        5,
        "a clearance changed after its sheet was issued",
        "Event",
        """
        SELECT event.id FROM event JOIN certificate ON certificate.sheet_id = event.sheet_id
        WHERE event.object = 'Clearance' AND certificate.status = 'ISSUED' AND event.at > certificate.issued_at
        """,
    ),
    Recount(
        5,
        "a clearance changed after its sheet was moved or cancelled",
        "Event",
        """
        SELECT event.id FROM event JOIN (
            SELECT object_id, min(id) AS ended FROM event
            WHERE object = 'Sheet' AND after IN ('MOVED', 'CANCELLED') GROUP BY object_id
        ) AS sheet_end ON sheet_end.object_id = event.sheet_id
        WHERE event.object = 'Clearance' AND event.id > sheet_end.ended
        """,
    ),
    Recount(
        6,
        "cleared over a pending prerequisite, and not flagged",
        "Clearance",
        """
        SELECT clearance.id FROM clearance
        JOIN prerequisite ON prerequisite.item_id = clearance.item_id
        JOIN item AS required ON required.id = prerequisite.requires_id AND required.withdrawn_at IS NULL
        JOIN item ON item.id = clearance.item_id AND item.withdrawn_at IS NULL
        JOIN clearance AS first ON first.sheet_id = clearance.sheet_id AND first.item_id = prerequisite.requires_id
        WHERE clearance.status = 3 AND first.status = 1 AND NOT clearance.prerequisite_reopened
        """,
    ),
    Recount(
        8,
        "a certificate number twice",
        "Certificate",
        "SELECT max(id) AS id FROM certificate WHERE number IS NOT NULL GROUP BY kind, number HAVING count(*) > 1",
    ),
    Recount(
        8,
        "two certificates of one kind on a sheet, both not void",
        "Certificate",
        """
        SELECT max(id) AS id FROM certificate WHERE status <> 'VOID' GROUP BY sheet_id, kind HAVING count(*) > 1
        """,
    ),
    Recount(
        9,
        "an event does not go on where the one before it ended",
        "Event",
        """
        SELECT id FROM (
            SELECT id, before, lag(after) OVER (PARTITION BY object, object_id ORDER BY id) AS earlier FROM event
            WHERE object IN ('Clearance', 'Certificate') AND after IS NOT NULL
        ) AS chain WHERE before IS NOT NULL AND earlier IS NOT NULL AND before <> earlier
        """,
    ),
    Recount(
        9,
        "a status that its last event does not tell",
        "Clearance",
        """
        SELECT clearance.id FROM clearance JOIN (
            SELECT object_id, max(id) AS last FROM event WHERE object = 'Clearance' AND after IS NOT NULL
            GROUP BY object_id
        ) AS told ON told.object_id = clearance.id JOIN event ON event.id = told.last
        WHERE event.after <> CASE clearance.status
            WHEN 1 THEN 'PENDING' WHEN 2 THEN 'NOT_REQUIRED' ELSE 'CLEARED' END
        """,
    ),
    Recount(
        9,
        "a status that its last event does not tell",
        "Certificate",
        """
        SELECT certificate.id FROM certificate JOIN (
            SELECT object_id, max(id) AS last FROM event WHERE object = 'Certificate' AND after IS NOT NULL
            GROUP BY object_id
        ) AS told ON told.object_id = certificate.id JOIN event ON event.id = told.last
        WHERE event.after <> certificate.status
        """,
    ),
    _without_event("Clearance", "clearance"),
    _without_event("Certificate", "certificate"),
    _without_event("Sheet", "sheet"),
    Recount(
        11,
        "an idempotency key that stands for nothing, or for what another key stands for",
        "IdempotencyKey",
        """
        SELECT id FROM idempotency_key WHERE operation_id IS NULL AND result IS NULL
        UNION SELECT max(id) FROM idempotency_key WHERE operation_id IS NOT NULL
            GROUP BY operation_id HAVING count(*) > 1
        """,
    ),
    Recount(
        12,
        "an undo restored a row that was not as the operation had left it",
        "OperationRow",
        """
        SELECT restored.id FROM operation_row AS restored
        JOIN operation ON operation.id = restored.operation_id
            AND operation.kind = 'UNDO' AND operation.state = 'APPLIED'
        LEFT JOIN operation_row AS original ON original.operation_id = operation.undo_of_id
            AND original.object = restored.object AND original.object_id = restored.object_id
            AND original.outcome = 'APPLIED'
        WHERE restored.outcome = 'APPLIED' AND restored.version_after <> COALESCE(original.version_after, 0) + 1
        """,
    ),
    Recount(
        13,
        "cleared in a batch that is still prepared",
        "Clearance",
        """
        SELECT clearance.id FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id
        JOIN batch ON batch.id = sheet.batch_id WHERE batch.status = 'PREPARING' AND clearance.status = 3
        """,
    ),
    Recount(
        13,
        "issued in a batch that is still prepared",
        "Certificate",
        """
        SELECT certificate.id FROM certificate JOIN sheet ON sheet.id = certificate.sheet_id
        JOIN batch ON batch.id = sheet.batch_id WHERE batch.status = 'PREPARING' AND certificate.status = 'ISSUED'
        """,
    ),
    Recount(
        13,
        "a clearance changed after its batch had closed, without grace",
        "Event",
        """
        SELECT event.id FROM event JOIN sheet ON sheet.id = event.sheet_id JOIN (
            SELECT object_id, max(id) AS closed FROM event WHERE object = 'Batch' AND after = 'CLOSED'
            GROUP BY object_id
        ) AS batch_end ON batch_end.object_id = sheet.batch_id
        JOIN batch ON batch.id = sheet.batch_id AND batch.status IN ('CLOSED', 'ARCHIVED')
        WHERE event.object = 'Clearance' AND event.id > batch_end.closed AND event.cause <> 'RULE'
            AND sheet.late_until IS NULL AND sheet.id NOT IN (
                SELECT object_id FROM event WHERE object = 'Sheet' AND changed = 'late_until')
        """,
    ),
    Recount(
        14,
        "somebody acted outside the units of his role",
        "Event",
        """
        SELECT event.id FROM event
        JOIN sheet ON sheet.id = event.sheet_id JOIN item ON item.id = event.item_id
        WHERE event.object = 'Clearance' AND event.cause IN ('ACT', 'IMPORT', 'SYNC')
            AND EXISTS (SELECT 1 FROM role_assignment AS held
                        WHERE held.user_id = event.actor_id AND held.role = event.role)
            AND NOT EXISTS (
                SELECT 1 FROM role_assignment AS held
                LEFT JOIN department ON department.id = item.department_id
                WHERE held.user_id = event.actor_id AND held.role = event.role
                    AND (held.college_id IS NULL OR held.college_id = sheet.college_id)
                    AND (held.building_id IS NULL OR held.building_id = sheet.building_id)
                    AND (held.department_id IS NULL OR held.department_id = item.department_id
                         OR held.department_id = department.successor_id))
            AND NOT EXISTS (SELECT 1 FROM event AS moved WHERE moved.sheet_id = sheet.id AND moved.object = 'Sheet'
                            AND (moved.changed LIKE '%college%' OR moved.changed LIKE '%building%'))
            AND NOT EXISTS (SELECT 1 FROM event AS handed WHERE handed.item_id = item.id AND handed.object = 'Item'
                            AND handed.changed LIKE '%department%')
        """,
    ),
    Recount(
        15,
        "an item after an item of another batch",
        "Prerequisite",
        """
        SELECT prerequisite.id FROM prerequisite JOIN item ON item.id = prerequisite.item_id
        JOIN item AS required ON required.id = prerequisite.requires_id WHERE item.batch_id <> required.batch_id
        """,
    ),
    Recount(
        16,
        "an item's frozen column was edited after its batch had opened",
        "Event",
        """
        SELECT event.id FROM event JOIN operation ON operation.id = event.operation_id AND operation.kind = 'EDIT'
        JOIN item ON item.id = event.object_id JOIN (
            SELECT object_id, min(id) AS opened FROM event WHERE object = 'Batch' AND after = 'OPEN' GROUP BY object_id
        ) AS batch_start ON batch_start.object_id = item.batch_id
        WHERE event.object = 'Item' AND event.id > batch_start.opened
            AND (event.changed LIKE '%applies_to%' OR event.changed LIKE '%kind%' OR event.changed LIKE '%ways%')
        """,
    ),
    Recount(
        17,
        "a sync changed what was decided by hand or by import",
        "OperationRow",
        """
        SELECT operation_row.id FROM operation_row JOIN operation ON operation.id = operation_row.operation_id
        WHERE operation.kind = 'SYNC' AND operation.state <> 'PREVIEWED' AND operation_row.outcome = 'APPLIED'
            AND operation_row.object = 'Clearance' AND NOT operation_row.cascaded
            AND (operation_row.before ->> 'decided_by' IN ('MANUAL', 'IMPORT')
                 OR COALESCE(operation_row.before ->> 'hold', '') <> '')
        """,
    ),
    Recount(
        18,
        "the counters of an item do not add up to its clearances on active sheets",
        "Item",
        """
        SELECT item.id FROM item
        LEFT JOIN (SELECT item_id, sum(n) AS n FROM item_college_counter GROUP BY item_id) AS kept
            ON kept.item_id = item.id
        LEFT JOIN (SELECT clearance.item_id, count(*) AS n FROM clearance
                   JOIN sheet ON sheet.id = clearance.sheet_id AND sheet.state = 'ACTIVE'
                   GROUP BY clearance.item_id) AS there ON there.item_id = item.id
        WHERE COALESCE(kept.n, 0) <> COALESCE(there.n, 0)
        """,
    ),
    Recount(
        19,
        "a student number or document number that looks like a damaged number",
        "Student",
        """
        SELECT id FROM student WHERE student_no <> trim(student_no) OR student_no LIKE '% %' OR student_no LIKE '%.0'
            OR student_no LIKE '%E+%' OR student_no = '' OR id_no LIKE '% %' OR id_no LIKE '%.0' OR id_no LIKE '%E+%'
        """,
    ),
    Recount(
        19,
        "an identifier that is no text",
        "Student",
        "SELECT id FROM student WHERE typeof(student_no) <> 'text' OR typeof(id_no) NOT IN ('text', 'null')",
        only=Dialect.SQLITE,
    ),
    Recount(
        19,
        "a certificate number that looks like a damaged number",
        "Certificate",
        """
        SELECT id FROM certificate WHERE number LIKE '% %' OR number LIKE '%.0' OR number LIKE '%E+%' OR number = ''
        """,
    ),
    Recount(
        21,
        "applied, although its dry run had not shown it",
        "OperationRow",
        """
        SELECT id FROM operation_row WHERE outcome = 'APPLIED' AND NOT cascaded
            AND COALESCE(facts ->> 'previewed', '') <> 'APPLIED' AND operation_id IN (
                SELECT operation_id FROM operation_row WHERE facts ->> 'previewed' IS NOT NULL)
        """,
    ),
)
