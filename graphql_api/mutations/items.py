"""流程项申请 (R11): a department asks for a change of a batch's items, the graduation office decides."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from graphql_api.context import Context, Info
from graphql_api.errors import bad_input, not_found
from graphql_api.mutations.options import local_id
from graphql_api.mutations.outcomes import OperationResult, operation_result
from graphql_api.rights import forbidden, require
from graphql_api.scalars import enum_of
from models.declare import Words
from models.enums import HandledBy, ItemKind, OperationKind, Outcome, RequestKind, RequestState, Way
from models.rules import item_requests, naming
from models.rules.naming import AskedRequest
from models.rules.results import ActResult, RowOutcome


class Decision(Enum):
    """What the office may say of a request."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"

    @property
    def words(self) -> Words:
        return RequestState[self.name].words


enum_of(Decision, Words("审批意见", "Decision"))


@strawberry.input(description="前置环节 · `reopen`: revoking that item re-opens this one too")
class FirstInput:
    code: str
    reopen: bool = False


@strawberry.input(description="The item's fields as they should become; what is left out stays as it is")
class ItemProposalInput:
    code: str | None = UNSET
    name: str | None = UNSET
    name_en: str | None = UNSET
    kind: ItemKind | None = UNSET
    handled_by: HandledBy | None = UNSET
    ways: list[Way] | None = UNSET
    applies_to: str | None = UNSET
    instruction: str | None = UNSET
    instruction_en: str | None = UNSET
    place: str | None = UNSET
    order: int | None = UNSET
    prerequisites: list[FirstInput] | None = UNSET


@strawberry.input(description="`item`: which one to remove or change; `department`: for whoever acts for several")
class RequestItemChangeInput:
    batch: str
    kind: RequestKind
    reason: str
    item: str | None = None
    proposal: ItemProposalInput | None = None
    department: str | None = None


async def request_item_change(info: Info, input: RequestItemChangeInput) -> OperationResult:  # noqa: A002  # contract's
    """提交流程项申请 · While the batch is being prepared and before its deadline; afterwards the office only."""
    as_office = info.context.access.can("ItemRequest", "decide")
    permit = await require(info.context, "ItemRequest", "decide" if as_office else "create")
    number = await item_requests.request_item_change(
        info.context.caller.actor,
        batch=input.batch,
        department=await _department(info.context, input.department),
        kind=input.kind,
        reason=input.reason,
        item=input.item,
        proposal=_proposal(input.proposal),
        as_office=as_office,
        permit=permit,
    )
    row = RowOutcome(Outcome.APPLIED, "", item_code=input.item, object_id=number, after=RequestState.SUBMITTED.value)
    return _answer(info, ActResult(None, False, [row]), "REQUESTED", number)


async def _department(context: Context, asked: str | None) -> str:
    """The department that asks: one's own, unless one decides over all of them."""
    own = await naming.department_codes(context.caller.departments)
    if not asked and len(own) != 1:
        raise bad_input("department", problem="WHICH_DEPARTMENT")
    if asked and asked not in own and not context.access.can("ItemRequest", "decide"):
        raise await forbidden(context, "ItemRequest", "create")
    return asked or own[0]


def _proposal(asked: ItemProposalInput | None) -> dict[str, Any]:
    """By the field names of Item, enum members by name, as the rules read it."""
    given = {name: value for name, value in vars(asked).items() if value is not UNSET} if asked else {}
    return {name: _written(value) for name, value in given.items()}


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(each) for each in value]
    if isinstance(value, FirstInput):
        return {"code": value.code, "reopen": value.reopen}
    return value.name if isinstance(value, Enum) else value


async def decide_item_request(
    info: Info,
    id: strawberry.ID,  # noqa: A002  # the contract's argument
    decision: Decision,
    reason: str,
    dry_run: bool = False,
) -> OperationResult:
    """审批流程项申请 · With `dryRun`, on how many sheets what would happen (B5)."""
    permit = await require(info.context, "ItemRequest", "decide")
    asked = await _request(info.context, id, "decide")
    result = await item_requests.decide_item_request(
        info.context.caller.actor,
        asked.id,
        approve=decision is Decision.APPROVED,
        reason=reason,
        dry_run=dry_run,
        permit=permit,
    )
    telling = "ITEM_CHANGE" if dry_run and decision is Decision.APPROVED else f"REQUEST_{decision.name}"
    effect = result.effect
    facts = {"change": asked.kind, "reopened": effect.red, "final": effect.final, "issued": effect.issued}
    return _answer(info, result, telling, asked.id, **facts)


async def withdraw_item_request(info: Info, id: strawberry.ID) -> bool:  # noqa: A002
    """Takes one's request back before it is decided."""
    permit = await require(info.context, "ItemRequest", "withdraw")
    asked = await _request(info.context, id, "withdraw")
    await item_requests.withdraw_item_request(info.context.caller.actor, asked.id, permit=permit)
    return True


async def _request(context: Context, text: str, action: str) -> AskedRequest:
    """The request that an id names, among those on which the caller may do `action`; NOT_FOUND otherwise."""
    rows, number = context.access.rows("ItemRequest", action), local_id("ItemRequest", text)
    found = None if rows is None or number is None else await naming.request_among(rows, number)
    if found is None:
        raise not_found("id")
    return found


def _answer(info: Info, act: ActResult, telling: str, request_id: int, **facts: object) -> OperationResult:
    result = operation_result(act, OperationKind.CHANGE_ITEMS, info.context.locale, telling, **facts)
    result.request_id = request_id
    return result


FIELDS = {
    "request_item_change": request_item_change,
    "decide_item_request": decide_item_request,
    "withdraw_item_request": withdraw_item_request,
}
