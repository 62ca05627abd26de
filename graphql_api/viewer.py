"""`viewer`: who asks, in which role, and what that role may do. Cosmetic for a client: the API decides again."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import UNSET

from graphql_api.actions import verbs_of
from graphql_api.authentication import csrf_token
from graphql_api.context import Context, Info
from graphql_api.naming import described
from graphql_api.reading import found
from graphql_api.registry import Exposed, registry
from graphql_api.types import types
from graphql_api.words import Label, label_of
from models.declare import Words
from models.rules.naming import unit_names
from models.rules.sessions import Held
from policies.access import Access
from policies.catalogue import OBJECTS
from policies.roles import ROLES

if TYPE_CHECKING:
    BatchObject = Any  # generated from the model
else:
    BatchObject = types().object["Batch"]

CAPITAL = re.compile("[A-Z]")


@strawberry.type(description=described(Words("持有的身份", "A role that the caller holds, with one unit")))
class HeldRole:
    role: str
    unit: str | None = strawberry.field(description="The unit's name in the caller's language")
    label: Label


@strawberry.type(description=described(Words("对字段的权限", "What the caller may do with a field, on some row")))
class FieldRights:
    name: str
    readable: bool
    writable: bool
    exportable: bool = strawberry.field(description="可导出 · Whether it may stand in a file (`query @export`)")


@strawberry.type(description=described(Words("对对象的权限", "What the caller may do with an object, on some row")))
class ObjectRights:
    name: str
    can_read: bool
    can_create: bool
    can_update: bool
    can_delete: bool
    can_export: bool
    actions: list[str]
    fields: list[FieldRights]


async def held_roles(context: Context) -> list[HeldRole]:
    """The roles to choose from, one for each unit."""
    identity = context.identity
    return await _roles(identity.roles, context.locale) if identity else []


async def roles(info: Info) -> list[HeldRole]:
    """See held_roles."""
    return await held_roles(info.context)


async def active_batch(info: Info) -> BatchObject | None:
    """The batch chosen at entry, as far as the caller may see it."""
    return await found(info, "Batch", info.context.caller.default_batch_id)


def can(info: Info, object: str, action: str, field: str | None = UNSET) -> bool:  # noqa: A002  # contract's name
    """See may."""
    return may(info.context.access, object, action, field)


def may(access: Access, object: str, action: str, field: str | None = None) -> bool:  # noqa: A002  # contract's name
    """Whether an action is permitted on some row; what does not exist is permitted to nobody."""
    if object not in OBJECTS or action not in OBJECTS[object].actions:
        return False
    return access.can(object, action, _model_name(object, field) if field else None)


def rights(info: Info) -> list[ObjectRights]:
    """What the caller may do with each object."""
    return [rights_on(info.context.access, each) for each in registry()]


@strawberry.type(description=described(Words("当前用户", "Who asks")))
class Viewer:
    username: str
    name: str
    active_role: str = strawberry.field(
        description="当前身份 · Acting as: the one role whose rights count; may be empty"
    )
    active_role_label: Label | None
    csrf_token: str | None = strawberry.field(description="Goes along with a session's writes, as X-CSRF-Token")
    roles: list[HeldRole] = strawberry.field(
        resolver=roles, description="可用身份 · The roles to choose from, one line for each unit"
    )
    active_batch: BatchObject | None = strawberry.field(
        resolver=active_batch, description="当前批次 · The batch chosen at entry"
    )
    can: bool = strawberry.field(
        resolver=can, description="是否有权 · Whether an action is permitted on some row; with a field, on that field"
    )
    objects: list[ObjectRights] = strawberry.field(
        resolver=rights, description="对各对象的权限 · What may be done with each object"
    )


def viewer(info: Info) -> Viewer | None:
    """See viewer_of."""
    return viewer_of(info.context)


def viewer_of(context: Context) -> Viewer:
    """The caller of this request. Raises UNAUTHENTICATED for nobody."""
    caller = context.caller
    role = ROLES.get(caller.role)
    session = context.credentials.session if context.credentials.bearer is None else None
    return Viewer(
        username=caller.username,
        name=caller.name,
        active_role=caller.role,
        active_role_label=label_of(role.label) if role else None,
        csrf_token=csrf_token(session) if session else None,
    )


async def _roles(held: tuple[Held, ...], locale: str) -> list[HeldRole]:
    """With the names of all units in one statement, which gives them kind by kind in the order of their ids."""
    colleges = sorted({each.college_id for each in held if each.college_id})
    departments = sorted({each.department_id for each in held if each.department_id})
    buildings = sorted({each.building_id for each in held if each.building_id})
    keys = [*(("college", n) for n in colleges), *(("department", n) for n in departments)]
    keys += [("building", n) for n in buildings]
    names = dict(zip(keys, await unit_names(colleges, departments, buildings), strict=True))
    return [_role(each, names, locale) for each in held]


def _role(held: Held, names: dict[tuple[str, int], Words], locale: str) -> HeldRole:
    kind, number = next(
        (
            (kind, number)
            for kind, number in (
                ("college", held.college_id),
                ("department", held.department_id),
                ("building", held.building_id),
            )
            if number is not None
        ),
        ("", 0),
    )
    unit = names.get((kind, number))
    label = ROLES[held.role].label if held.role in ROLES else Words(held.role, held.role)
    return HeldRole(role=held.role, unit=unit[locale] if unit else None, label=label_of(label))


def rights_on(access: Access, exposed: Exposed) -> ObjectRights:
    """What the caller may do with one object, somewhere."""
    name = exposed.name
    readable = access.fields(name, "read")
    writable = access.fields(name, "create") | access.fields(name, "update")
    exportable = access.fields(name, "export") & readable
    return ObjectRights(
        name=name,
        can_read=access.can(name, "read"),
        can_create=access.can(name, "create"),
        can_update=access.can(name, "update"),
        can_delete=access.can(name, "delete"),
        can_export=access.can(name, "export"),
        actions=[verb for verb in verbs_of(name) if access.can(name, verb)],
        fields=[
            FieldRights(
                name=each.graphql,
                readable=each.name in readable,
                writable=each.note.writable and each.name in writable,
                exportable=each.name in exportable,
            )
            for each in exposed.own()
        ],
    )


@functools.lru_cache(maxsize=1024)
def _model_name(object_name: str, field: str) -> str:
    """`studentNo` as the model calls it, `student_no`. A name that is no field is not permitted to anybody."""
    if object_name in registry():
        member = registry()[object_name].members.get(field)
        if member is not None:
            return member.name
    return CAPITAL.sub(lambda letter: "_" + letter[0].lower(), field)
