"""Plain editing of many rows, generated: `updateXs` of the objects that the rules open to it, with dry run and undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry import UNSET

from graphql_api.context import Info
from graphql_api.errors import ApiError, ErrorCode, Violation, bad_input
from graphql_api.mutations.options import idempotency, local_id, versions
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.mutations.plain import bounds_of
from graphql_api.mutations.plain_refusals import worded
from graphql_api.naming import described
from graphql_api.plain_bulk_inputs import bulk_input, bulk_name
from graphql_api.plain_inputs import given
from graphql_api.registry import Exposed, registry
from graphql_api.rights import require_fields
from models.declare import Words
from models.enums import OperationKind
from models.rules import bulk_editing, bulk_undoing
from models.rules.bulk_editing import Chosen
from models.rules.bulk_values import bulk_fields
from models.rules.editing_rows import Bounded, Bounds
from models.rules.naming import AskedOperation
from models.rules.refusals import Refused
from policies import store
from policies.scopes import EVERYTHING, NOTHING


def _update(exposed: Exposed) -> Callable[..., Any]:
    async def update(info: Info, input: Any) -> Any:  # noqa: A002  # the contract's argument
        context, (given_values, emptied) = info.context, _asked(exposed, input)
        await require_fields(context, exposed.name, {"update": {*given_values, *emptied}})
        values = _values(exposed, given_values, emptied)
        act = bulk_editing.update_rows(
            context.caller.actor,
            exposed.model,
            _chosen(exposed, input.select),
            values,
            bounds=bounds_of(context.caller, exposed, "update", values.keys()),
            dry_run=input.dry_run,
            expected=versions(input.expected_versions, exposed.name, "expectedVersions"),
            error_policy=input.error_policy,
            idempotency=idempotency(context, f"update{bulk_name(exposed)}", input, input.idempotency_key),
        )
        try:
            return await carried_out(info, OperationKind.BULK_EDIT, act, (exposed.name, "update"))
        except Refused as refused:
            raise await worded(context, exposed, refused, values=("input", "set")) from refused

    update.__annotations__ = {"info": Info, "input": bulk_input(exposed.name), "return": OperationResult}
    return update


def _asked(exposed: Exposed, asked: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """What every row is to hold, and the fields that are emptied."""
    values = given(exposed.name, asked.set) if asked.set is not UNSET and asked.set is not None else {}
    return values, frozenset(each.value for each in getattr(asked, "clear", None) or ())


def _values(exposed: Exposed, values: dict[str, Any], emptied: frozenset[str]) -> dict[str, Any]:
    """Both together, None for what is emptied. Raises BAD_INPUT where nothing is asked for, a field is both given and
    emptied, or given as null."""
    wrong = [name for name, value in values.items() if value is None or name in emptied]
    if wrong:
        facts = {"problem": "MISSING"}
        places = [Violation(("input", "set", exposed[name].graphql), "BAD_INPUT", facts) for name in wrong]
        raise ApiError(ErrorCode.BAD_INPUT, "", places, problem="MISSING", label=exposed[wrong[0]].note.label)
    if not values and not emptied:
        raise ApiError(ErrorCode.BAD_INPUT, "", [Violation(("input", "set"), "BAD_INPUT")], problem="NOTHING")
    return {**values, **dict.fromkeys(sorted(emptied))}


def _chosen(exposed: Exposed, asked: Any) -> Chosen:
    """The rows that were named; an id of something else is a row that is not there."""
    if asked.ids:
        return Chosen(ids=tuple(local_id(exposed.name, each) or 0 for each in asked.ids))
    others = [value for name, value in vars(asked).items() if name != "ids" and value not in (UNSET, None)]
    keys = bulk_editing.keys_of(others[0]) if others else ()
    if not keys:
        raise bad_input("select", problem="MISSING")
    return Chosen(keys=keys)


def bulk_mutations() -> dict[str, Any]:
    """The generated mutations by their names."""
    found = {}
    for exposed in registry():
        if bulk_fields(exposed.model):
            name = f"update{bulk_name(exposed)}"
            label = exposed.entity.label
            said = described(Words(f"批量修改{label.zh}", f"Edit many rows: {label.en}"), HINT)
            found[name] = strawberry.mutation(resolver=_update(exposed), name=name, description=said)
    return found


HINT = Words(
    "先预检(dryRun),再用 applyOperation 提交;可用 undoOperation 撤回",
    "Check first with `dryRun`, then `applyOperation`; `undoOperation` puts everything back",
)


# --- applying a dry run, and undoing: what `applyOperation` and `undoOperation` do with such an operation


def exposed_of(asked: AskedOperation) -> Exposed:
    """The object whose rows the operation is about."""
    return registry()[str(asked.parameters["object"])]


async def apply_edit(info: Info, asked: AskedOperation) -> OperationResult:
    """By the rights of this moment, field by field."""
    context, exposed, names = info.context, exposed_of(asked), list(asked.parameters["fields"])
    await require_fields(context, exposed.name, {"update": names})
    bounds = bounds_of(context.caller, exposed, "update", names)
    act = bulk_editing.apply_edit(context.caller.actor, exposed.model, asked.id, bounds=bounds)
    return await carried_out(info, OperationKind.BULK_EDIT, act, (exposed.name, "update"))


async def undo_edit(info: Info, asked: AskedOperation, *, dry_run: bool) -> OperationResult:
    """Own edits where one may still make them; others' by the right to undo them alone."""
    context, exposed, names = info.context, exposed_of(asked), list(asked.parameters["fields"])
    own = asked.actor_id == context.caller.user_id
    if own:
        await require_fields(context, exposed.name, {"update": names})
    bounds = bounds_of(context.caller, exposed, "update", names) if own else _everything(info, exposed)
    act = bulk_undoing.undo_edit(
        context.caller.actor, exposed.model, asked.id, bounds=bounds, dry_run=dry_run, others=not own
    )
    return await carried_out(info, OperationKind.BULK_EDIT, act, (exposed.name, "update"), "UNDO_EDIT")


def _everything(info: Info, exposed: Exposed) -> Bounded:
    caller = info.context.caller

    async def resolve() -> Bounds:
        access = await store.access_for_write(caller)
        if access.rows("Operation", "undo") is None:
            return Bounds(NOTHING, NOTHING)
        seen = access.rows(exposed.name, "read")
        return Bounds(EVERYTHING, NOTHING if seen is None else seen)

    return resolve
