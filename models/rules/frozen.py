"""Applies the clearances that a dry run showed, all of them or those of some sheets: each is decided again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from models.enums import OperationKind, Way
from models.portable_sql import many
from models.rules.actor import Actor, Permit
from models.rules.acts import not_found
from models.rules.clearing import OBJECT, ErrorPolicy, Order, carry_out
from models.rules.deciding import Change, Target
from models.rules.loading import REASON, STATUS_NAMES, locked_season, records
from models.rules.locks import lock_sheets
from models.rules.recording import Head, Previewed
from models.rules.refusals import Refusal
from models.rules.selection import visible_among
from models.rules.under_way import in_turns


@dataclass(frozen=True, slots=True)
class FrozenRows:
    """The rows of a dry run that are to be applied; `only`: those of these sheets."""

    operation_id: int
    kind: OperationKind
    batch_id: int
    way: Way
    only: Collection[int] | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


async def apply_clearances(actor: Actor, frozen: FrozenRows, permit: Permit) -> None:
    """Inside the transaction of the caller, who sees to it that it is done once."""
    season = await locked_season(frozen.batch_id)
    some = "" if frozen.only is None else "AND operation_row.sheet_id IN LIST(?3)"
    values = [frozen.operation_id, OBJECT, *([] if frozen.only is None else [many(frozen.only)])]
    rows = await records(FROZEN.format(some=some), values)
    sheet_ids = {row["sheet_id"] for row in rows}
    await lock_sheets(sheet_ids)
    reach = await permit()
    visible = await visible_among(sheet_ids, reach.visible)
    targets = await in_turns(rows, _target)
    if visible is not None:
        targets = [each if each.sheet_id in visible else _unseen(each) for each in targets]
    order = Order(
        head=Head(frozen.kind, actor, frozen.batch_id),
        season=season,
        targets=targets,
        way=frozen.way,
        permitted=reach.permitted,
        error_policy=frozen.error_policy,
        previewed=Previewed(frozen.operation_id, [row["id"] for row in rows]),
    )
    await carry_out(order)


FROZEN = """
SELECT operation_row.id, operation_row.sheet_id, clearance.item_id, student_no, before, facts
FROM operation_row JOIN clearance ON clearance.id = operation_row.object_id
WHERE operation_id = ?1 AND object = ?2 AND outcome = 'APPLIED' AND NOT cascaded {some} ORDER BY operation_row.id
"""


def _target(row: Mapping[str, Any]) -> Target:
    facts = orjson.loads(row["facts"])
    wanted = facts["wanted"]
    change = Change(
        status=STATUS_NAMES[wanted["status"]] if "status" in wanted else None,
        note=wanted.get("note"),
        internal_note=wanted.get("internal_note"),
        hold=wanted.get("hold"),
        reason=REASON[wanted["reason"]] if "reason" in wanted else None,
        on_behalf_of=wanted.get("on_behalf_of"),
    )
    return Target(
        row["student_no"],
        row["sheet_id"],
        row["item_id"],
        change,
        expected_version=wanted.get("expected_version"),
        expected_status=STATUS_NAMES[orjson.loads(row["before"])["status"]],
        row=facts.get("row"),
        cell=facts.get("cell"),
    )


def _unseen(target: Target) -> Target:
    refusal: Refusal = not_found(target.student_no)
    return replace(target, refusal=refusal)
