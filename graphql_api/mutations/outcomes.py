"""What a domain mutation answers: an act's rows with their outcomes, in the caller's words. Refusals are data here."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from graphql_api import ids, messages
from graphql_api.blockers import BlockerInfo, blocker_info
from graphql_api.context import Info
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.mutations.unpermitted import Right, sentences
from graphql_api.reading import found
from graphql_api.types import types
from models.enums import ClearanceStatus, OperationKind, Outcome
from models.rules.item_changes import ItemResult
from models.rules.refusals import Code
from models.rules.results import ActResult, RowOutcome
from models.rules.roster import RosterResult

if TYPE_CHECKING:
    OperationObject = Any  # generated from the models, as is the next
    ItemRequestObject = Any
else:
    OperationObject = types().object["Operation"]
    ItemRequestObject = types().object["ItemRequest"]


@strawberry.type(description="One row of an act; `by` and `at` say who had done it already, or was faster")
class RowResult:
    sheet_id: strawberry.ID | None
    student_no: str
    name: str | None
    item_code: str | None
    row: int | None
    cell: str | None
    before: ClearanceStatus | None
    after: ClearanceStatus | None
    outcome: Outcome
    code: str | None
    message: str | None
    blockers: list[BlockerInfo]
    by: str | None
    at: datetime | None


@strawberry.type(name="ItemCount", description="On how many of the new sheets an item is red, and grey by rule")
class ItemCountInfo:
    item_code: str
    item_name: str
    red: int
    grey: int


async def _operation(root: strawberry.Parent[OperationResult], info: Info) -> OperationObject | None:
    return await found(info, "Operation", root.act.operation_id)


@strawberry.type(name="ItemEffect", description="In sheets: become red, become grey, lose FINAL, are out of reach")
class EffectInfo:
    red: int
    grey: int
    final: int
    issued: int


async def _item_request(root: strawberry.Parent[OperationResult], info: Info) -> ItemRequestObject | None:
    return await found(info, "ItemRequest", root.request_id)


def _effect(root: strawberry.Parent[OperationResult]) -> EffectInfo | None:
    if not isinstance(root.act, ItemResult):
        return None
    effect = root.act.effect
    return EffectInfo(red=effect.red, grey=effect.grey, final=effect.final, issued=effect.issued)


def _rows(
    root: strawberry.Parent[OperationResult], info: Info, first: int | None = None, outcome: Outcome | None = None
) -> list[RowResult]:
    if first is not None and first < 0:
        raise ApiError(ErrorCode.BAD_INPUT, "", [Violation(("first",), "OUT_OF_RANGE", {"minimum": 0})])
    chosen = [row for row in root.act.rows if outcome is None or row.outcome is outcome]
    return [row_result(row, info.context.locale, root.kind, root.unpermitted) for row in chosen[:first]]


def _items(root: strawberry.Parent[OperationResult], info: Info) -> list[ItemCountInfo]:
    counted = root.act.items if isinstance(root.act, RosterResult) else ()
    locale = info.context.locale
    return [
        ItemCountInfo(item_code=each.code, item_name=each.name[locale], red=each.red, grey=each.grey)
        for each in counted
    ]


@strawberry.type(description="What an act did, or would do (`dryRun`)")
class OperationResult:
    act: strawberry.Private[ActResult]
    kind: strawberry.Private[OperationKind]
    request_id: strawberry.Private[int | None] = None
    unpermitted: strawberry.Private[Mapping[str | None, str]] = field(default_factory=dict)
    dry_run: bool
    applied: int
    unchanged: int
    refused: int
    cascaded: int = strawberry.field(description="How many rows were re-opened besides")
    message: str = strawberry.field(description="What the act did as a whole, in the caller's language")

    operation: OperationObject | None = strawberry.field(
        resolver=_operation, description="The record of the act, which can be undone or, after a dry run, applied"
    )
    item_request: ItemRequestObject | None = strawberry.field(
        resolver=_item_request, description="The request that was filed or decided (requestItemChange)"
    )
    effect: EffectInfo | None = strawberry.field(
        resolver=_effect, description="On how many sheets a change of an item does what (decideItemRequest)"
    )
    rows: list[RowResult] = strawberry.field(
        resolver=_rows, description="In the order they were asked for; all of them without `first`"
    )
    items: list[ItemCountInfo] = strawberry.field(
        resolver=_items, description="What a roster makes of each item (loadRoster)"
    )


def row_result(row: RowOutcome, locale: str, kind: OperationKind, unpermitted: Mapping[str | None, str]) -> RowResult:
    """A row in the caller's words; those of FORBIDDEN, which name the caller's role, are `unpermitted`, by item."""
    refusal = row.refusal
    message = messages.of_row(row, locale, kind.name)
    if refusal is not None and refusal.code is Code.FORBIDDEN:
        message = unpermitted.get(row.item_code, message)
    return RowResult(
        sheet_id=None if row.sheet_id is None else strawberry.ID(ids.encode("Sheet", row.sheet_id)),
        student_no=row.student_no,
        name=row.name,
        item_code=row.item_code,
        row=row.row,
        cell=row.cell,
        before=status_called(row.before),
        after=status_called(row.after),
        outcome=row.outcome,
        code=refusal.code.value if refusal else None,
        message=message,
        blockers=[blocker_info(each, locale) for each in refusal.blockers] if refusal else [],
        by=row.by or (refusal.by if refusal else None),
        at=row.at or (refusal.at if refusal else None),
    )


def status_called(name: str | None) -> ClearanceStatus | None:
    """A certificate's or batch's states are no status of a clearance."""
    return ClearanceStatus.__members__.get(name) if name else None


async def carried_out(
    info: Info, kind: OperationKind, act: Awaitable[ActResult], right: Right, **facts: object
) -> OperationResult:
    """Awaits a verb and translates its answer; `right` is what it needs on each row, `facts` are what the sentence of
    this kind of act tells besides."""
    done = await act
    result = operation_result(done, kind, info.context.locale, None, **facts)
    result.unpermitted = await sentences(info.context, done, right)
    return result


def operation_result(
    act: ActResult, kind: OperationKind, locale: str, telling: str | None = None, **facts: object
) -> OperationResult:
    """`telling`: the key of the sentence in `outcome_wording`, when it is not the kind of the act."""
    sums = {each: act.count(each) for each in Outcome}
    told = {
        "applied": sums[Outcome.APPLIED],
        "unchanged": sums[Outcome.UNCHANGED],
        "refused": sums[Outcome.REFUSED],
        "cascaded": act.cascaded,
        **facts,
    }
    rejected = not act.dry_run and sums[Outcome.NOT_APPLIED] > 0
    telling = telling or ("DRY_RUN" if act.dry_run else "REJECTED" if rejected else kind.name)
    return OperationResult(
        act=act,
        kind=kind,
        dry_run=act.dry_run,
        applied=sums[Outcome.APPLIED],
        unchanged=sums[Outcome.UNCHANGED],
        refused=sums[Outcome.REFUSED],
        cascaded=act.cascaded,
        message=_alone_refused(act, kind, locale) or messages.of_act(telling, told, locale),
    )


def _alone_refused(act: ActResult, kind: OperationKind, locale: str) -> str | None:
    """Somebody who asked for himself alone is told why not, rather than sums."""
    if kind is not OperationKind.APPLY_TO_LEAVE or act.rows[0].refusal is None:
        return None
    return messages.of_row(act.rows[0], locale, kind.name)
