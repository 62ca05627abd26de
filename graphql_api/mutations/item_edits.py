"""The items of a batch that is being prepared, besides plain editing: copied from an earlier season, and withdrawn."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.outcomes import OperationResult, operation_result
from graphql_api.rights import require
from models.enums import OperationKind, Outcome
from models.rules import items


@strawberry.input(description="From the batch `from` to the batch `to`, which has no sheets yet")
class CopyItemsInput:
    to: str
    from_: str = strawberry.field(name="from", description="从批次复制 · Copy from the batch")
    dry_run: bool = False


@strawberry.input(description="`expectedVersion`: the version of the item that the caller saw")
class WithdrawItemInput:
    batch: str
    item: str
    expected_version: int | None = None
    dry_run: bool = False


async def copy_items(info: Info, input: CopyItemsInput) -> OperationResult:  # noqa: A002  # the contract's argument
    """复制环节 · Copy the items of another batch

    With what comes first; into a batch that is being prepared and has no sheets yet (R27).
    """
    permit = await require(info.context, "Item", "create")
    done = await items.copy_items(
        info.context.caller.actor, from_batch=input.from_, to_batch=input.to, dry_run=input.dry_run, permit=permit
    )
    telling = "COPY_ITEMS_CHECKED" if done.dry_run and done.count(Outcome.APPLIED) else None
    done_telling = None if done.dry_run else "COPY_ITEMS"
    return operation_result(done, OperationKind.CHANGE_ITEMS, info.context.locale, telling or done_telling)


async def withdraw_item(info: Info, input: WithdrawItemInput) -> OperationResult:  # noqa: A002
    """停用环节 · Withdraw the item

    While the batch is being prepared; afterwards by a request. It is kept, and what was red becomes grey by rule.
    """
    permit = await require(info.context, "Item", "withdraw")
    done = await items.withdraw_item(
        info.context.caller.actor,
        batch=input.batch,
        item=input.item,
        expected_version=input.expected_version,
        dry_run=input.dry_run,
        permit=permit,
    )
    telling = "WITHDRAW_ITEM_CHECKED" if done.dry_run else "WITHDRAW_ITEM"
    facts = {"grey": done.effect.grey, "out": done.effect.issued}
    return operation_result(done, OperationKind.EDIT, info.context.locale, telling, **facts)


FIELDS = {"copy_items": copy_items, "withdraw_item": withdraw_item}
