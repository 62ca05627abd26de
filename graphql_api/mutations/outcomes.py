"""What a domain mutation answers: an act's rows with their outcomes, in the caller's words. Refusals are data here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry.types.nodes import SelectedField

from graphql_api import messages
from graphql_api.context import Info
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.mutations.row_changes import told_of
from graphql_api.mutations.row_results import RowResult, row_result
from graphql_api.mutations.unpermitted import Right, sentences
from graphql_api.naming import camel
from graphql_api.reading import found
from graphql_api.transfer_wording import field_label
from graphql_api.types import types
from models.enums import OperationKind, Outcome
from models.rules.item_changes import ItemResult
from models.rules.results import ActResult
from models.rules.roster import RosterResult

if TYPE_CHECKING:
    OperationObject = Any  # generated from the models, as is the next
    ItemRequestObject = Any
else:
    OperationObject = types().object["Operation"]
    ItemRequestObject = types().object["ItemRequest"]


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


async def _rows(
    root: strawberry.Parent[OperationResult], info: Info, first: int | None = None, outcome: Outcome | None = None
) -> list[RowResult]:
    if first is not None and first < 0:
        raise ApiError(ErrorCode.BAD_INPUT, "", [Violation(("first",), "OUT_OF_RANGE", {"minimum": 0})])
    chosen = [row for row in root.act.rows if outcome is None or row.outcome is outcome]
    edited = await told_of(info.context, chosen[:first])
    return [row_result(row, info.context.locale, root.kind, root.unpermitted, edited) for row in chosen[:first]]


def _items(root: strawberry.Parent[OperationResult], info: Info) -> list[ItemCountInfo]:
    counted = root.act.items if isinstance(root.act, RosterResult) else ()
    locale = info.context.locale
    return [
        ItemCountInfo(item_code=each.code, item_name=each.name[locale], red=each.red, grey=each.grey)
        for each in counted
    ]


@strawberry.type(
    description="未采用的列 · A column that says otherwise than the desk in so many rows, and changes nothing"
)
class IgnoredCount:
    field: str
    label: str
    count: int


def _ignored(root: strawberry.Parent[OperationResult], info: Info) -> list[IgnoredCount]:
    counted = Counter(name for row in root.act.rows for name in row.ignored)
    locale = info.context.locale
    return [
        IgnoredCount(field=camel(name), label=field_label(name, locale), count=count) for name, count in counted.items()
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
    ignored: list[IgnoredCount] = strawberry.field(
        resolver=_ignored, description="Of a file: what it says otherwise than the desk in columns that change nothing"
    )
    items: list[ItemCountInfo] = strawberry.field(
        resolver=_items, description="What a roster makes of each item (loadRoster)"
    )


async def carried_out(
    info: Info,
    kind: OperationKind,
    act: Awaitable[ActResult],
    right: Right,
    telling: str | None = None,
    **facts: object,
) -> OperationResult:
    """Awaits a verb and translates its answer; `right` is what it needs on each row, `facts` are what the sentence of
    this kind of act tells besides. `telling`: that of an act that was carried out, where it is not its kind."""
    return await told(info, kind, await act, right, telling, **facts)


async def told(
    info: Info, kind: OperationKind, done: ActResult, right: Right, telling: str | None = None, **facts: object
) -> OperationResult:
    """The same of an act that has ended."""
    stopped = done.dry_run or done.count(Outcome.NOT_APPLIED) > 0
    result = operation_result(done, kind, info.context.locale, None if stopped else telling, **facts)
    result.unpermitted = await sentences(info.context, done, right)
    return result


def under_way(operation_id: int, kind: OperationKind, locale: str) -> OperationResult:
    """The answer about an act that has not ended yet."""
    return operation_result(ActResult(operation_id, False, []), kind, locale, "UNDER_WAY")


def asks_for_rows(info: Info) -> bool:
    """Whether this mutation's answer is to tell its rows; to read back thousands for nobody takes a while."""
    return any(_names(each, "rows") for field in info.selected_fields for each in field.selections)


def _names(selected: object, name: str) -> bool:
    if isinstance(selected, SelectedField):
        return selected.name == name
    below = getattr(selected, "selections", ())  # a fragment's, spread or inline
    return any(_names(each, name) for each in below)


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
