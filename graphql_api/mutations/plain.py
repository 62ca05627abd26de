"""Plain editing, generated: `createX`, `updateX` and `deleteX` of every object that the models open to it. Accounts,
roles and tokens have mutations of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from tortoise.expressions import Q

from graphql_api import ids, messages
from graphql_api.context import Info
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.mutations.options import local_id
from graphql_api.mutations.plain_refusals import worded
from graphql_api.naming import described
from graphql_api.plain_inputs import create_input, given, update_input
from graphql_api.reading import found
from graphql_api.registry import Exposed, registry
from graphql_api.rights import require_fields, rows_for
from graphql_api.types import types
from models.declare import Words
from models.rules import editing, editing_by_verbs
from models.rules.editing_rows import Bounded, Bounds
from models.rules.refusals import Code, Refused
from models.rules.selection import is_everything
from policies import store
from policies.access import Access
from policies.caller import Caller

#: Objects whose mutations are written by hand.
BY_HAND = frozenset({"User", "RoleAssignment", "ApiToken", "SavedFilter"})


@dataclass(frozen=True, slots=True)
class Verbs:
    """What makes and changes a row of an object."""

    create: Callable[..., Any]
    update: Callable[..., Any]


def verbs_of(exposed: Exposed) -> Verbs:
    """The object's own verbs, or those of plain editing."""
    own = {
        "Student": Verbs(editing_by_verbs.create_student, editing_by_verbs.update_student),
        "Item": Verbs(editing_by_verbs.create_item, editing_by_verbs.update_item),
    }
    return own.get(exposed.name) or Verbs(*_plain(exposed))


def _plain(exposed: Exposed) -> tuple[Callable[..., Any], Callable[..., Any]]:
    async def create(actor: Any, values: Any, **options: Any) -> int:
        return await editing.create_row(actor, exposed.model, values, **options)

    async def update(actor: Any, row_id: int, version: int, values: Any, **options: Any) -> bool:
        return await editing.update_row(actor, exposed.model, row_id, version, values, **options)

    return create, update


# --- the answer


@functools.cache
def result_type(name: str) -> Any:
    """`CollegeResult { college … id changed message }`: the row is read under the caller's own right."""
    exposed = registry()[name]

    async def row(self: Any, info: Info) -> Any:
        return await found(info, name, self.number)

    row.__annotations__ = {"info": Info, "return": types().object[name] | None}
    label = exposed.entity.label
    shown = Words(f"{label.zh}(删除后为空)", f"The row as it is now ({label.en}); null once deleted")
    members = {
        "__module__": __name__,
        "__annotations__": {"number": HIDDEN, "id": strawberry.ID, "changed": bool, "message": str},
        "id": strawberry.field(description=described(Words("全局标识", "Global id"))),
        "changed": strawberry.field(description=described(CHANGED)),
        "message": strawberry.field(description=described(MESSAGE)),
        exposed.singular: strawberry.field(resolver=row, description=described(shown)),
    }
    words = Words(f"对{label.zh}的编辑结果", f"What became of a row: {label.en}")
    return strawberry.type(type(f"{name}Result", (), members), description=described(words))


HIDDEN: Any = strawberry.Private[int | None]  # type: ignore[misc]  # an annotation, made for a generated class
CHANGED = Words("是否有变化", "Whether anything changed")
MESSAGE = Words("结果说明", "What was done, in the caller's language")


def answer(info: Info, exposed: Exposed, number: int, done: str, *, changed: bool = True, gone: bool = False) -> Any:
    """What became of the row with this number; `done` is the kind of act, `gone` when there is no row any more."""
    told = {"object": exposed.entity.label}
    message = messages.of_act(done if changed else "UNCHANGED", told, info.context.locale)
    row_id = strawberry.ID(ids.encode(exposed.name, number))
    return result_type(exposed.name)(number=None if gone else number, id=row_id, changed=changed, message=message)


# --- how far the caller's right reaches


def bounds_of(caller: Caller, exposed: Exposed, action: str, fields: Collection[str]) -> Bounded:
    """What the rules ask inside their transaction: the rights that hold at that moment (B8)."""

    async def resolve() -> Bounds:
        access = await store.access_for_write(caller)
        permitted = rows_for(access, exposed.name, action, fields)
        return Bounds(permitted, _either(access.rows(exposed.name, "read"), permitted), _known(access, exposed))

    return resolve


def _either(read: Q | None, permitted: Q) -> Q:
    """A row that somebody may change he knows of, whether or not he reads it."""
    if read is None or is_everything(permitted):
        return permitted
    return read if is_everything(read) else read | permitted


def _known(access: Access, exposed: Exposed) -> dict[str, Any]:
    """The rows that may be named: those that the caller reads. Of an object of which he reads none, whoever may fill in
    the field may name any."""
    read = {one.name: access.rows(one.target, "read") for one in exposed.ones.values()}
    return {name: rows for name, rows in read.items() if rows is not None}


# --- the mutations


def _create(exposed: Exposed) -> Callable[..., Any]:
    async def create(info: Info, input: Any) -> Any:  # noqa: A002  # the contract's argument
        context, values = info.context, given(exposed.name, input)
        values = {name: value for name, value in values.items() if value is not None}
        await require_fields(context, exposed.name, {"create": values.keys()})
        bounds = bounds_of(context.caller, exposed, "create", values.keys())
        try:
            made = await verbs_of(exposed).create(context.caller.actor, values, bounds=bounds)
        except Refused as refused:
            raise await worded(context, exposed, refused) from refused
        return answer(info, exposed, made, "ROW_CREATED")

    create.__annotations__ = {"info": Info, "input": create_input(exposed.name), "return": result_type(exposed.name)}
    return create


def _update(exposed: Exposed) -> Callable[..., Any]:
    async def update(info: Info, id: Any, expected_version: int, input: Any) -> Any:  # noqa: A002
        context, values = info.context, given(exposed.name, input)
        await require_fields(context, exposed.name, {"update": values.keys()})
        if not values:
            raise ApiError(ErrorCode.BAD_INPUT, "", [Violation(("input",), "BAD_INPUT")], problem="NOTHING")
        number, bounds = number_of(exposed, id), bounds_of(context.caller, exposed, "update", values.keys())
        act = verbs_of(exposed).update(context.caller.actor, number, expected_version, values, bounds=bounds)
        try:
            changed = await act
        except Refused as refused:
            raise await worded(context, exposed, refused, row_id=number, asked=values.keys()) from refused
        return answer(info, exposed, number, "ROW_UPDATED", changed=changed)

    update.__annotations__ = {
        "info": Info,
        "id": strawberry.ID,
        "expected_version": int,
        "input": update_input(exposed.name),
        "return": result_type(exposed.name),
    }
    return update


def _delete(exposed: Exposed) -> Callable[..., Any]:
    async def delete(info: Info, id: Any, expected_version: int) -> Any:  # noqa: A002
        context = info.context
        await require_fields(context, exposed.name, {"delete": ()})
        number, bounds = number_of(exposed, id), bounds_of(context.caller, exposed, "delete", ())
        try:
            await editing.delete_row(context.caller.actor, exposed.model, number, expected_version, bounds=bounds)
        except Refused as refused:
            raise await worded(context, exposed, refused, row_id=number) from refused
        return answer(info, exposed, number, "ROW_DELETED", gone=True)

    delete.__annotations__ = {
        "info": Info,
        "id": strawberry.ID,
        "expected_version": int,
        "return": result_type(exposed.name),
    }
    return delete


def number_of(exposed: Exposed, text: str) -> int:
    """The row that an id names. Raises NOT_FOUND, as for a row that is not there."""
    number = local_id(exposed.name, text)
    if number is None:
        raise ApiError(ErrorCode.NOT_FOUND, "", [Violation(("id",), Code.NOT_FOUND.value)])
    return number


MADE: Mapping[str, Callable[[Exposed], Callable[..., Any]]] = {"create": _create, "update": _update, "delete": _delete}
UNREFERRED = Words("仅限没有其他记录引用的", "Only one that nothing refers to")


def plain_fields() -> dict[str, Any]:
    """The generated mutations by their names."""
    found_fields = {}
    for exposed in registry():
        for action in exposed.entity.plain_editing if exposed.name not in BY_HAND else ():
            resolver = MADE[action](exposed)
            name = f"{action}{exposed.name}"
            found_fields[name] = strawberry.mutation(resolver=resolver, name=name, description=_said(action, exposed))
    return found_fields


def _said(action: str, exposed: Exposed) -> str:
    zh, en = exposed.entity.label.zh, exposed.entity.label.en
    words = {
        "create": Words(f"新增{zh}", f"New {en}"),
        "update": Words(f"修改{zh}", f"Edit {en}"),
        "delete": Words(f"删除{zh}", f"Delete {en}"),
    }[action]
    return described(words, UNREFERRED if action == "delete" else None)
