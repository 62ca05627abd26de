"""The door's questions to the policies before an act: may this caller do that at all, and if not, who may (B4).

On which rows is asked inside the act, see `policies.store.permit`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tortoise.expressions import Q

from graphql_api import account_wording, error_wording
from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.messages import of_error
from graphql_api.naming import camel
from models.declare import Words
from models.rules.actor import Permit, Reach
from models.rules.naming import unit_names
from models.rules.refusals import Refused
from policies import store
from policies.access import Access
from policies.actions import ACTIONS
from policies.caller import Caller
from policies.catalogue import OBJECTS
from policies.roles import ROLES

DEEDS = {**error_wording.DEEDS, **account_wording.DEEDS}


async def require(context: Context, object_name: str, *actions: str) -> Permit:
    """Raises FORBIDDEN, naming the acting role and who has the right, unless every action is permitted somewhere.

    Gives the permit for exactly these actions, which the act asks again inside its transaction (B8).
    """
    for action in actions:
        if not context.access.can(object_name, action):
            raise await forbidden(context, object_name, action, needed=actions)
    return store.permit(context.caller, object_name, *actions)


async def require_fields(context: Context, object_name: str, actions: Mapping[str, Collection[str]]) -> Permit:
    """The same for acts that fill in fields: `{"create": {"username", "email"}, "set_password": ()}` asks for the right
    to create with these two, and to set a password."""
    for action, fields in actions.items():
        for name in _asked(fields):
            if not context.access.can(object_name, action, name):
                raise await forbidden(context, object_name, action, name, needed=list(actions))
    return permit_fields(context.caller, object_name, actions)


def _asked(fields: Collection[str]) -> list[str | None]:
    return [*sorted(fields)] or [None]


def permit_fields(caller: Caller, object_name: str, actions: Mapping[str, Collection[str]]) -> Permit:
    """Reaches the rows on which all of it is permitted. Where something is permitted on none, as when a right was taken
    away a moment ago, the act is refused with FORBIDDEN."""

    async def resolve() -> Reach:
        access = await store.access_for_write(caller)
        return Reach(permitted=Q(*(rows_for(access, object_name, each, fields) for each, fields in actions.items())))

    return resolve


def rows_for(access: Access, object_name: str, action: str, fields: Collection[str]) -> Q:
    """The rows on which all of it is permitted. Raises Refused, with FORBIDDEN, when there are none."""
    found = access.rows(object_name, action, fields or None)
    if found is None:
        refusal = access.refusal(object_name, action, _asked(fields)[0])
        raise Refused(refusal.code, argument=None, **refusal.facts)
    return found


async def forbidden(
    context: Context, object_name: str, action: str, field_name: str | None = None, *, needed: Sequence[str] = ()
) -> ApiError:
    """The error of a right that is lacking, with its sentence. `needed`: what the act needs besides."""
    facts = dict(context.access.refusal(object_name, action, field_name).facts)
    if field_name is not None:
        facts["field"] = camel(field_name)
    words = await lacking(context, object_name, action, field_name, needed=needed)
    return ApiError(ErrorCode.FORBIDDEN, words, (), **facts)


async def lacking(
    context: Context, object_name: str, action: str, field_name: str | None = None, *, needed: Sequence[str] = ()
) -> str:
    """`您当前身份为"…",不能…。需要"…"身份。` Of several roles that may do it, one is enough."""
    if cut_by_token(context, object_name, action, field_name):
        return of_error(ErrorCode.FORBIDDEN.value, {"token": deed(object_name, action, field_name)}, context.locale)
    holders = [ROLES[name].label for name in _holders(context, object_name, action, field_name, needed)]
    words = {
        "role": await role_words(context),
        "deed": deed(object_name, action, field_name),
        "needed": holders[0] if len(holders) == 1 else None,
        "choices": _joined(holders) if len(holders) > 1 else None,
    }
    return of_error(ErrorCode.FORBIDDEN.value, words, context.locale)


#: What nobody changes to: a program's role, and that of the students, who see their own form only.
NOT_TO_CHANGE_TO = frozenset({"campus_app", "student"})


def _holders(
    context: Context, object_name: str, action: str, field_name: str | None, needed: Sequence[str]
) -> list[str]:
    """The roles that could do it, in their order on screen: those with every right that the act needs. A student's or
    a program's is named only where nobody else has the right."""
    policy = context.access.snapshot
    able = [name for name in policy.roles_with(object_name, action, field_name) if name != context.caller.role]
    for each in needed:
        able = [name for name in able if name in policy.roles_with(object_name, each)]
    return [name for name in able if name not in NOT_TO_CHANGE_TO] or able


def cut_by_token(context: Context, object_name: str, action: str, field_name: str | None = None) -> bool:
    """Whether the role itself has the right, and only the caller's token has not (B13)."""
    return context.access.cut_by_token(object_name, action, field_name)


def deed(object_name: str, action: str, field_name: str | None = None) -> Words:
    """What the caller may not do: the verb's own words, else `查看"学生"`, with a field `查看"学生"的"身份证件号"`."""
    if (object_name, action) in DEEDS and (field_name is None or not ACTIONS[action].per_field):
        return DEEDS[object_name, action]
    act, target = ACTIONS[action].label, OBJECTS[object_name]
    if field_name is None or field_name not in target.fields:
        return Words(f'{act.zh}"{target.label.zh}"', f'{act.en.lower()} "{target.label.en}"')
    field = target.fields[field_name].label
    return Words(f'{act.zh}"{target.label.zh}"的"{field.zh}"', f'{act.en.lower()} "{field.en}" of "{target.label.en}"')


async def role_words(context: Context) -> Words:
    """The acting role with its units: `学校离校办理人员(图书馆)`; asked for once a request."""
    if "role" not in context.kept:
        context.kept["role"] = await _role_words(context.caller)
    found: Words = context.kept["role"]
    return found


async def _role_words(caller: Caller) -> Words:
    role = ROLES[caller.role].label if caller.role in ROLES else Words("未选择", "none")
    units = _joined(await unit_names(caller.colleges, caller.departments, caller.buildings))
    return Words(f"{role.zh}({units.zh})", f"{role.en} ({units.en})") if units.zh else role


def _joined(names: Sequence[Words]) -> Words:
    return Words("、".join(each.zh for each in names), ", ".join(each.en for each in names))
