"""Saving a filter under a name, changing it, deleting it: as plain editing, but the conditions are tried first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from graphql_api import saved_filters as usable
from graphql_api.context import Context, Info
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.mutations.plain import answer, bounds_of, number_of, result_type
from graphql_api.mutations.plain_refusals import worded
from graphql_api.plain_inputs import create_input, given, update_input
from graphql_api.registry import registry
from graphql_api.rights import require_fields, role_words
from models.rules import editing, saved_filters
from models.rules.refusals import Refused
from models.rules.saved_filters import Fits
from models.saved_filters import SavedFilter

NAME = "SavedFilter"


def _fits(context: Context) -> Fits:
    """The conditions are tried against the schema and under the author's rights: who cannot ask so saves nothing."""

    async def fits(object_name: str, where: Mapping[str, Any]) -> None:
        await usable.check(context, object_name, where, ("input", "where"))

    return fits


async def _worded(context: Context, refused: Refused, **more: Any) -> ApiError:
    """As of any row; that somebody may share so far is another matter than whose record it is."""
    if refused.refusal.facts.get("problem") == "LEAVES_SCOPE":
        at_fault = [Violation(("input", "share"), ErrorCode.FORBIDDEN.value)]
        return ApiError(ErrorCode.FORBIDDEN, "", at_fault, problem="SHARED_TOO_FAR", role=await role_words(context))
    return await worded(context, registry()[NAME], refused, **more)


async def create_saved_filter(info: Info, input: Any) -> Any:  # noqa: A002  # the contract's argument
    """新增已存查询 · Save a filter under a name

    条件按保存人的权限检查;使用时只按使用人的权限 · The conditions are tried under the author's rights; whoever uses it
    asks under his own.
    """
    context, exposed = info.context, registry()[NAME]
    values = {name: value for name, value in given(NAME, input).items() if value is not None}
    await require_fields(context, NAME, {"create": values.keys()})
    bounds = bounds_of(context.caller, exposed, "create", values.keys())
    try:
        made = await saved_filters.create_filter(context.caller.actor, values, bounds=bounds, fits=_fits(context))
    except Refused as refused:
        raise await _worded(context, refused) from refused
    return answer(info, exposed, made, "ROW_CREATED")


async def update_saved_filter(info: Info, id: strawberry.ID, expected_version: int, input: Any) -> Any:  # noqa: A002
    """修改已存查询 · Edit a saved filter

    未填写的不变 · What is left out stays.
    """
    context, exposed = info.context, registry()[NAME]
    values = given(NAME, input)
    await require_fields(context, NAME, {"update": values.keys()})
    if not values:
        raise ApiError(ErrorCode.BAD_INPUT, "", [Violation(("input",), "BAD_INPUT")], problem="NOTHING")
    number, bounds = number_of(exposed, id), bounds_of(context.caller, exposed, "update", values.keys())
    act = saved_filters.update_filter(
        context.caller.actor, number, expected_version, values, bounds=bounds, fits=_fits(context)
    )
    try:
        changed = await act
    except Refused as refused:
        raise await _worded(context, refused, row_id=number, asked=values.keys()) from refused
    return answer(info, exposed, number, "ROW_UPDATED", changed=changed)


async def delete_saved_filter(info: Info, id: strawberry.ID, expected_version: int) -> Any:  # noqa: A002
    """删除已存查询 · Delete a saved filter"""
    context, exposed = info.context, registry()[NAME]
    await require_fields(context, NAME, {"delete": ()})
    number, bounds = number_of(exposed, id), bounds_of(context.caller, exposed, "delete", ())
    try:
        await editing.delete_row(context.caller.actor, SavedFilter, number, expected_version, bounds=bounds)
    except Refused as refused:
        raise await _worded(context, refused, row_id=number) from refused
    return answer(info, exposed, number, "ROW_DELETED", gone=True)


for _verb, _input in ((create_saved_filter, create_input), (update_saved_filter, update_input)):
    _verb.__annotations__ |= {"input": _input(NAME), "return": result_type(NAME)}
delete_saved_filter.__annotations__ |= {"return": result_type(NAME)}

FIELDS = {
    "create_saved_filter": create_saved_filter,
    "update_saved_filter": update_saved_filter,
    "delete_saved_filter": delete_saved_filter,
}
