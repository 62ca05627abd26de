"""A plain edit that is refused, as the caller reads it: every field at fault with its place, and on a conflict what the
row holds now, as far as he reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from graphql_api import ids
from graphql_api.context import Context
from graphql_api.errors import ApiError, Violation
from graphql_api.naming import camel
from graphql_api.registry import Column, Exposed, ToOne
from graphql_api.rights import role_words
from models.declare import Words, entity_of
from models.rules.editing_rows import InUse
from models.rules.editing_values import Fault, Invalid, key_of
from models.rules.refusals import Code, Refused

#: The arguments that stand beside `input`.
BESIDE = {"id": "id", "expected_version": "expectedVersion", "expectedVersion": "expectedVersion"}


async def worded(
    context: Context,
    exposed: Exposed,
    refused: Refused,
    *,
    row_id: int | None = None,
    asked: Collection[str] = (),
    values: tuple[str, ...] = ("input",),
) -> ApiError:
    """`row_id` and `asked`: the row that was to be changed, and its fields that were filled in. `values`: where the
    fields stand in the arguments."""
    faults = _faults(refused)
    params: dict[str, Any] = dict(_params(exposed, faults[0])) if faults else dict(refused.refusal.facts)
    if isinstance(refused, InUse):
        params |= _uses(exposed, refused)
    elif refused.refusal.code is Code.CONFLICT and row_id is not None:
        params["current"] = await current(context, exposed, row_id, asked)
    elif params.get("problem") in ("NOT_YOURS", "LEAVES_SCOPE"):
        params["role"] = await role_words(context)
    violations = [Violation(_path(exposed, each, values), each.code.value, _params(exposed, each)) for each in faults]
    return ApiError(refused.refusal.code, "", violations, **params)


def _faults(refused: Refused) -> tuple[Fault, ...]:
    if isinstance(refused, Invalid):
        return refused.faults
    refusal = refused.refusal
    return (Fault(refused.argument, refusal.code, refusal.facts),) if refused.argument else ()


def _path(exposed: Exposed, fault: Fault, values: tuple[str, ...]) -> tuple[str, ...]:
    name = _field(fault.argument)
    if name == "item" and exposed.name == "Item":  # the verbs of items call the item itself so
        return ("id",)
    if name in BESIDE:
        return (BESIDE[name],)
    return (*values, camel(name)) if camel(name) in exposed.members else ("input", camel(name))


def _field(argument: str) -> str:
    """What the rules call `proposal.name` is a field of the input itself here."""
    return argument.removeprefix("proposal.")


def _params(exposed: Exposed, fault: Fault) -> Mapping[str, Any]:
    """With the field's label, from which the sentence is made, and the place of a mistake as people count."""
    member, facts = exposed.members.get(camel(_field(fault.argument))), dict(fault.facts)
    if isinstance(position := facts.get("position"), int):
        facts["place"] = position + 1
    if not isinstance(member, Column | ToOne):
        return facts
    return {**facts, "field": member.graphql, "label": member.note.label}


def _uses(exposed: Exposed, refused: InUse) -> dict[str, Any]:
    """How many rows of which objects are in the way, as words and as data."""
    counted = [(entity_of(model), model.__name__, count) for model, count in refused.uses.items()]
    return {
        "object": exposed.entity.label,
        "kind": exposed.name,
        "uses": Words(
            "、".join(f"{entity.label.zh} {count} 条" for entity, _, count in counted),
            ", ".join(f"{count} × {entity.label.en}" for entity, _, count in counted),
        ),
        "references": [{"object": name, "count": count} for _, name, count in counted],
    }


async def current(context: Context, exposed: Exposed, row_id: int, asked: Collection[str]) -> dict[str, Any]:
    """What these fields of the row hold now, by their names in the schema: those that the caller reads there, never a
    sensitive one."""
    names = [name for name in asked if not exposed[name].note.sensitive]
    plan = context.access.plan(exposed.name, "read", names)
    if plan is None or not await exposed.model.filter(plan.rows, id=row_id).exists():
        return {}
    hidden = {mask for mask, rows in plan.masks.items() if not await exposed.model.filter(rows, id=row_id).exists()}
    shown = {name: _column(exposed, name) for name, mask in plan.columns.items() if mask not in hidden}
    [row] = await exposed.model.filter(id=row_id).values(*set(shown.values())) if shown else [{}]
    return {exposed[name].graphql: _said(exposed, name, row[column]) for name, column in shown.items()}


def _column(exposed: Exposed, name: str) -> str:
    """A relation says the key that people use, where there is one."""
    member = exposed[name]
    if isinstance(member, Column):
        return name
    key = key_of(exposed.model._meta.fields_map[name].related_model)  # type: ignore[attr-defined]  # a foreign key's
    return f"{name}__{key}" if key else f"{name}_id"


def _said(exposed: Exposed, name: str, value: Any) -> Any:
    member = exposed[name]
    if isinstance(member, ToOne) and isinstance(value, int):
        return ids.encode(member.target, value)
    return value
