"""How one row is named: by its global id, or by the natural key that people use (`sheet(batch, studentNo)`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from graphql_api import ids
from graphql_api.compared import Compared
from graphql_api.filters import Filters
from graphql_api.naming import camel
from graphql_api.registry import Column, Exposed, Registry, ToOne, registry
from graphql_api.values import bad


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One argument of a lookup: `name`, and the columns to it: `("student", "studentNo")`."""

    name: str
    route: tuple[str, ...]
    column: Column


def key_parts(exposed: Exposed, among: Registry) -> list[KeyPart]:
    """The arguments of the natural key; none when the key goes over a relation that has no single-column key itself.

    A relation is named by its key where that says whose it is (`studentNo`), else by itself (`batch`).
    """
    parts = []
    for name in exposed.entity.natural_key:
        member = exposed[name]
        if isinstance(member, Column):
            parts.append(KeyPart(member.graphql, (member.graphql,), member))
            continue
        part = _of_relation(member, among[member.target])
        if part is None:
            return []
        parts.append(part)
    return parts


def _of_relation(one: ToOne, target: Exposed) -> KeyPart | None:
    key = target.entity.natural_key
    column = target.columns.get(key[0]) if len(key) == 1 else None
    if column is None:
        return None
    name = camel(column.name) if column.name.startswith(f"{one.name}_") else one.graphql
    return KeyPart(name, (one.graphql, column.graphql), column)


def lookup(filters: Filters, exposed: Exposed, arguments: Mapping[str, Any]) -> Q:
    """The condition on the one row. Raises BAD_INPUT unless the row is named in exactly one way, FORBIDDEN for a key
    the caller may not look at."""
    given = {name: value for name, value in arguments.items() if value is not None}
    parts = key_parts(exposed, registry())
    if set(given) == {"id"}:
        return _by_id(filters, exposed, given["id"])
    if not parts or set(given) != {part.name for part in parts}:
        ways = ["id", *([" + ".join(part.name for part in parts)] if parts else [])]
        raise bad(("id",), "ONE_WAY", ways=" | ".join(ways))
    filters.given.within(lambda found: _where(parts, found))
    return filters.where(exposed, _where(parts, given), ())


def _by_id(filters: Filters, exposed: Exposed, text: str) -> Q:
    def decoded(found: str) -> int:
        return ids.decode(exposed.name, found, "id")

    return Compared("id", "", decoded(text), filters.given.take(("id",), text, decoded))


def _where(parts: Sequence[KeyPart], given: Mapping[str, Any]) -> dict[str, Any]:
    """The natural key as a filter."""
    where: dict[str, Any] = {}
    for part in parts:
        compared: Any = {"eq": given[part.name]}
        for name in reversed(part.route):
            compared = {name: compared}
        where |= compared
    return where
