"""`query … @export`: rows that leave in a file. The one place that decides who may export which columns of which rows.

The document stays what it is; every column that it shows must then be one that the caller may export as well as read,
and only the rows come on which something may be exported. Conditions and orders are what they are for reading. Whatever
makes a file of rows, of whichever kind, asks in this way.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import strawberry
from graphql import OperationDefinitionNode
from strawberry.directive import DirectiveLocation, DirectiveValue
from tortoise.expressions import Q

from graphql_api.computed import Computed
from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.limits import Shape
from graphql_api.naming import described
from graphql_api.registry import registry
from models.declare import Words
from policies.access import Access, Plan

log = logging.getLogger("lixiao.export")

#: The actions by which columns are shown.
READ, EXPORT = "read", "export"

WORDS = Words("导出:只取可以导出的列和行,用于生成文件", "For a file: only columns and rows that the caller may export")


@strawberry.directive(locations=[DirectiveLocation.QUERY], name=EXPORT, description=described(WORDS))
def export_directive(value: DirectiveValue[str]) -> str:
    """Only its declaration is used."""
    return value


def shown_by(operation: OperationDefinitionNode) -> str:
    """The action by which an operation's columns are shown."""
    return EXPORT if any(each.name.value == EXPORT for each in operation.directives or ()) else READ


def check_roots(shape: Shape) -> None:
    """Raises BAD_INPUT for an export of anything but lists of rows."""
    if shown_by(shape.operation) == EXPORT:
        lists = {each.plural for each in registry()} | {"__typename"}
        other = next((name for name in shape.root_fields if name not in lists), None)
        if other is not None:
            raise ApiError(ErrorCode.BAD_INPUT, problem="EXPORT_OF_ROWS", field=other)


def plan_of(access: Access, shown: str, object_name: str, names: Iterable[str]) -> Plan | None:
    """The rows and columns of a selection; for an export those that may be both read and exported."""
    names = list(names)
    read = access.plan(object_name, READ, names)
    if shown == READ or read is None:
        return read
    exported = access.plan(object_name, EXPORT, names)
    return None if exported is None else _both(read, exported)


def lacking_action(access: Access, shown: str, object_name: str, name: str | None) -> str:
    """Which of the two rights is lacking, for the sentence that says so."""
    return READ if shown == READ or not access.can(object_name, READ, name) else EXPORT


def _both(one: Plan, other: Plan) -> Plan:
    """What both plans permit; a column that each masks by rows of its own is shown on the rows of both."""
    denied = one.denied | other.denied
    columns: dict[str, str | None] = {}
    masks: dict[str, Q] = {**one.masks}
    for name, mask in one.columns.items():
        second = other.columns.get(name)
        if name in denied:
            continue
        if second is None or second == mask:
            columns[name] = mask
            continue
        together = second if mask is None else f"{mask} & {second}"
        masks.setdefault(together, other.masks[second] if mask is None else one.masks[mask] & other.masks[second])
        columns[name] = together
    rows = one.rows if one.rows is other.rows else _narrowed(one.rows, other.rows)
    return Plan(rows, columns, masks, denied)


def _narrowed(one: Q, other: Q) -> Q:
    """An empty Q is every row."""
    return one & other if one and other else one or other


def may_export(access: Access, entry: Computed) -> bool:
    """Whether what rules work out may go into a file: with the column that it tells of, or whose place it takes."""
    member = registry()[entry.object].members.get(entry.graphql)
    told = entry.exported_as or ((entry.object, member.name) if member else None)
    return told is not None and access.can(told[0], EXPORT, told[1])


def note(context: Context, shape: Shape, data: Mapping[str, Any]) -> None:
    """One line in the log for each page that left: who, in which role, how many rows; never what stands in them."""
    if shown_by(shape.operation) != EXPORT:
        return
    for page in data.values():
        rows = page.get("nodes", page.get("edges", ())) if isinstance(page, Mapping) else ()
        caller = context.caller
        log.info("%s as %s exported %d rows (%s)", caller.username, caller.role, len(rows), shape.name or "unnamed")
