"""Words for the rows that the caller sees and may not act on: the acting role, the item, and whose it is (B4)."""

from __future__ import annotations

from collections.abc import Mapping

from graphql_api.context import Context
from graphql_api.errors import ErrorCode
from graphql_api.messages import of_error
from graphql_api.rights import deed, lacking, role_words
from models.declare import Words
from models.enums import HandledBy
from models.rules import naming
from models.rules.naming import NamedItem
from models.rules.refusals import Code
from models.rules.results import ActResult
from policies.engine import Snapshot
from policies.roles import ROLES

Right = tuple[str, str]
"""An object and an action of the policies."""

#: The scopes by which a role handles the items of each kind as its own, rather than for everybody.
OWN_ITEMS = {
    HandledBy.DEPARTMENT: frozenset({"own_department_items"}),
    HandledBy.COLLEGE: frozenset({"own_college_items"}),
    HandledBy.SUPERVISOR: frozenset({"own_student_items", "own_college_supervisor_items"}),
}
STUDENTS_COLLEGE = Words("学生所在学院", "the student's college")


async def sentences(context: Context, act: ActResult, right: Right) -> Mapping[str | None, str]:
    """By the code of the item (None: of no item), for the rows that were refused with FORBIDDEN."""
    codes = {row.item_code for row in act.rows if row.refusal is not None and row.refusal.code is Code.FORBIDDEN}
    if not codes:
        return {}
    items = await naming.items_of(act.operation_id, codes - {None}) if right[0] == "Clearance" else {}
    return {code: await _sentence(context, right, code, items.get(code or "")) for code in codes}


async def _sentence(context: Context, right: Right, code: str | None, item: NamedItem | None) -> str:
    if item is None:
        return await lacking(context, *right)
    act = deed(*right)
    what = Words(f'{act.zh}"{item.name.zh}"', f'{act.en} ("{item.name.en}")')
    token = context.caller.token
    if token is not None and token.items and code not in token.items:
        return of_error(ErrorCode.FORBIDDEN.value, {"token": what}, context.locale)
    facts = {
        "role": await role_words(context),
        "deed": what,
        "needed": _owner(context.access.snapshot, right[1], item),
    }
    return of_error(ErrorCode.FORBIDDEN.value, facts, context.locale)


def _owner(policy: Snapshot, action: str, item: NamedItem) -> Words | None:
    """The first role, in their order on screen, that does this to such items as its own, with its unit."""
    for role in policy.roles_with("Clearance", action):
        scopes = {scope for grant in policy.decision(role, "Clearance", action).widest for scope in grant.allow}
        if scopes & OWN_ITEMS[item.handled_by]:
            return _with_unit(ROLES[role].label, item)
    return None


def _with_unit(role: Words, item: NamedItem) -> Words:
    if item.handled_by is HandledBy.SUPERVISOR:
        return role
    unit = item.office if item.handled_by is HandledBy.DEPARTMENT else STUDENTS_COLLEGE
    return Words(f"{role.zh}({unit.zh})", f"{role.en} ({unit.en})")
