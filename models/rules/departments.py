"""撤销部门 (B19): a department is closed, never deleted; its successor takes over its items and what it asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from models import database
from models.enums import BatchStatus, OperationKind, Outcome, RequestState
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.journal import PRESENT, event, record
from models.rules.loading import records
from models.rules.locks import lock_batch
from models.rules.recording import EventEntry, Head
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult, RowOutcome


@dataclass(frozen=True, slots=True)
class ClosingResult(ActResult):
    """The answer to a closing: each row is an item that goes to the successor. `requests`: those not decided yet, which
    go along; `people`: how many still act for the closed department, and for it alone."""

    requests: int = 0
    people: int = 0


async def close_department(
    actor: Actor,
    *,
    department: str,
    successor: str,
    reason: str,
    expected_version: int | None = None,
    dry_run: bool = False,
    permit: Permit = unrestricted,
) -> ClosingResult:
    """Closes a department (its code). Its items in every batch that is not archived get the successor as their owner,
    and so do its requests that are not decided yet; archived seasons keep what they were. Roles are not granted here:
    `people` says for how many an account administrator must.

    With `dry_run` nothing is written. Refuses with REASON_REQUIRED, NOT_FOUND (department, or a successor that is not
    in use), BAD_INPUT (both are the same), CONFLICT (`expected_version`, or the department is closed already).
    """
    why = reason.strip()
    if not why:
        raise Refused(Code.REASON_REQUIRED, argument="reason")

    async def work() -> ClosingResult:
        if not dry_run:
            for (batch_id,) in await database.fetch(BATCHES, [BatchStatus.ARCHIVED]):
                await lock_batch(batch_id, exclusive=True)
        await permit()
        closed = await _department(department, expected_version)
        heir = await _successor(successor, closed)
        items = await database.fetch(ITEMS, [closed, BatchStatus.ARCHIVED])
        requests = [each for (each,) in await database.fetch(REQUESTS, [closed, RequestState.SUBMITTED])]
        [(people,)] = await database.fetch(PEOPLE, [closed, datetime.now(UTC)])
        rows = [_row(*each) for each in items]
        if dry_run:
            return ClosingResult(None, True, rows, requests=len(requests), people=people)
        now = datetime.now(UTC)
        item_ids = [item_id for item_id, *_ in items]
        await database.execute(CLOSE, [closed, heir, now])
        await database.execute(HAND_ON_ITEMS, [many(item_ids), heir, now])
        await database.execute(HAND_ON_REQUESTS, [many(requests), heir, now])
        parameters = {"reason": why, "department": department, "successor": successor}
        head = Head(OperationKind.EDIT, actor, None, parameters=parameters)
        events = _events(closed, item_ids, requests)
        operation_id = await record(head, rows, events, now, about="Item")
        return ClosingResult(operation_id, False, rows, requests=len(requests), people=people)

    return await (work() if dry_run else database.atomically(work))


BATCHES = "SELECT id FROM batch WHERE status <> ?1 ORDER BY id"
ITEMS = """
SELECT item.id, item.code, item.name FROM item JOIN batch ON batch.id = item.batch_id
WHERE item.department_id = ?1 AND batch.status <> ?2 ORDER BY batch.code DESC, item."order", item.id
"""
REQUESTS = "SELECT id FROM item_request WHERE department_id = ?1 AND state = ?2 ORDER BY id"
PEOPLE = """
SELECT count(DISTINCT account.id) FROM role_assignment AS held JOIN account ON account.id = held.user_id
WHERE held.department_id = ?1 AND account.active AND (held.valid_until IS NULL OR held.valid_until > ?2)
    AND NOT EXISTS (SELECT 1 FROM role_assignment AS other WHERE other.user_id = held.user_id AND other.role = held.role
                    AND other.department_id <> held.department_id)
"""
CLOSE = """
UPDATE department SET active = FALSE, successor_id = ?2, version = version + 1, updated_at = ?3 WHERE id = ?1
"""
HAND_ON_ITEMS = "UPDATE item SET department_id = ?2, version = version + 1, updated_at = ?3 WHERE id IN LIST(?1)"
HAND_ON_REQUESTS = (
    "UPDATE item_request SET department_id = ?2, version = version + 1, updated_at = ?3 WHERE id IN LIST(?1)"
)


async def _department(code: str, expected_version: int | None) -> int:
    found = await records("SELECT id, active, version FROM department WHERE code = ?1", [code])
    if not found:
        raise Refused(Code.NOT_FOUND, argument="department", department=code)
    [row] = found
    if expected_version not in (None, row["version"]) or not row["active"]:
        raise Refused(Code.CONFLICT, argument="expectedVersion", version=row["version"])
    return int(row["id"])


async def _successor(code: str, closed: int) -> int:
    found = await database.fetch("SELECT id FROM department WHERE code = ?1 AND active", [code])
    if not found:
        raise Refused(Code.NOT_FOUND, argument="successor", department=code)
    if found[0][0] == closed:
        raise Refused(Code.BAD_INPUT, argument="successor", problem="SUCCESSOR_CLOSED")
    return int(found[0][0])


def _row(item_id: int, code: str, name: str) -> RowOutcome:
    return RowOutcome(Outcome.APPLIED, "", name=name, item_code=code, object_id=item_id, before=PRESENT, after=PRESENT)


def _events(closed: int, item_ids: list[int], requests: list[int]) -> list[EventEntry]:
    def changed(about: str, row_id: int, *names: str, item_id: int | None = None) -> EventEntry:
        return event(about, row_id, *names, before=PRESENT, after=PRESENT, item_id=item_id)

    return [
        changed("Department", closed, "active", "successor_id"),
        *(changed("Item", each, "department_id", item_id=each) for each in item_ids),
        *(changed("ItemRequest", each, "department_id") for each in requests),
    ]
