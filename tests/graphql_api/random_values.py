"""Random values for the arguments of the schema: mostly such as the rows hold, some at the edge, some that are wrong.

What may be asked with is read from the schema; what would be found, from a `Pool` of rows.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, get_named_type
from hypothesis import strategies as st

from graphql_api import ids
from graphql_api.registry import ToMany, ToOne, registry

DEEPEST = 3  # relations, brackets and negations of one filter
TEXTS = ("", "x", " ", "%", "_", "王", "张三", "\\", "'", "2022", "0", "x" * 40)
NUMBERS = (0, 1, 2, 3, 7, -1, 2**31 - 1, 2**31)
DATES = ("2026-06-01", "2026-06-20", "1999-01-01")
MOMENTS = ("2026-06-01T00:00:00Z", "2026-06-20T16:00:00+08:00", "1999-01-01", "0001-01-01T00:00:00+14:00")
SIZES = (1, 2, 3, 5, 10, 50, 0, 1_000, 1_001, -1)
PAGING = ("first", "last", "offset")


class Word(str):
    """What stands in a document without quotes: a value of an enum, or a variable with its `$`."""


@dataclass(frozen=True)
class Walk:
    """An order of a list, and cursors of rows in it."""

    order: list[dict[str, Any]]
    cursors: Sequence[str]


@dataclass(frozen=True)
class Pool:
    """The rows that questions are about, by object, each by the names of the model; and places to go on from."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    walks: Mapping[str, Sequence[Walk]] = field(default_factory=dict)


@dataclass
class Chance:
    """What Hypothesis decides, in the words of this generator; the simplest answer to everything is the first."""

    draw: Callable[[Any], Any]

    def happens(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def number(self, least: int, most: int) -> int:
        return int(self.draw(st.integers(least, most)))

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))


class Values:
    """Draws arguments. `permitted` says by which fields of an object one should ask, if one asks sensibly."""

    def __init__(self, chance: Chance, schema: GraphQLSchema, pool: Pool, permitted: Callable[[str, str], bool]):
        self.chance, self.schema, self.pool, self.permitted = chance, schema, pool, permitted

    def arguments(self, object_name: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
        """Some values for the arguments of a field about rows of `object_name`: those of a page contradict each other
        seldom, and those of a row name it in one way mostly."""
        if "groupBy" in given:
            return self._of_groups(object_name or "", given)
        if "where" in given:
            return self._of_list(object_name or "", given)
        if "id" in given:
            return self._of_row(object_name or "", [*given])
        return {name: self._plain(str(get_named_type(each.type))) for name, each in given.items() if self._wanted(each)}

    def _wanted(self, argument: Any) -> bool:
        return str(argument.type).endswith("!") or self.chance.happens(50)

    def _of_row(self, name: str, names: Sequence[str]) -> dict[str, Any]:
        row = self._row(name)
        keys = [each for each in names if each != "id"]
        if self.chance.happens(5):
            return {each: self._key(name, each, row) for each in names if self.chance.happens(50)}
        if keys and self.chance.happens(50):
            return {each: self._key(name, each, row) for each in keys}
        return {"id": self.identity(name, row)}

    def _key(self, name: str, argument: str, row: Mapping[str, Any]) -> Any:
        """One part of a natural key: `studentNo` of a sheet is that of its student, `batch` the code of its batch."""
        if argument == "id":
            return self.identity(name, row)
        exposed = registry()[name]
        for part in exposed.entity.natural_key:
            member = exposed[part]
            if not isinstance(member, ToOne):
                if member.graphql == argument:
                    return row.get(part, "x")
                continue
            target = registry()[member.target]
            inner = target.columns[target.entity.natural_key[0]]
            if argument in (inner.graphql, member.graphql):
                found = [each for each in self.pool.rows.get(member.target, ()) if each["id"] == row.get(member.column)]
                return found[0][inner.name] if found else "x"
        return "x"

    def _of_list(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self.chance.happens(45):
            made["where"] = self.where(name)
        if self.chance.happens(35):
            made["orderBy"] = self.order(name)
        if "search" in given and self.chance.happens(15):
            made["search"] = self.search(name)
        if "first" not in given:
            return made
        return made | self._page(name)

    def _of_groups(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        keys = get_named_type(given["groupBy"].type)
        assert isinstance(keys, GraphQLEnumType)
        known = [each for each in keys.values if self._may_group(name, each)] or [*keys.values]
        made: dict[str, Any] = {"groupBy": [Word(self.chance.one_of(known)) for _ in range(self.chance.number(1, 3))]}
        if self.chance.happens(40):
            made["where"] = self.where(name)
        for argument, rows in (("part", name), ("since", "Clearance")):
            if argument in given and self.chance.happens(95):  # much of what is selected says nothing without
                made[argument] = self.where(rows) if self.chance.happens(20) else {}
        for argument in ("having", "orderBy"):
            if self.chance.happens(25):
                drawn = self._any(get_named_type(given[argument].type))
                made[argument] = [drawn] if argument == "orderBy" else drawn
        if self.chance.happens(20):
            made["limit"] = self.size()
        return made

    def _may_group(self, name: str, key: str) -> bool:
        """`COLLEGE_CODE` is of the relation `college`, `CREATED_AT_DAY` of the column `createdAt`."""
        members = [
            each for each in registry()[name].members if _upper(each) == key or key.startswith(f"{_upper(each)}_")
        ]
        return all(self.permitted(name, each) for each in members)

    def _any(self, kind: Any) -> Any:
        """One member of an input, and of what is in it."""
        if isinstance(kind, GraphQLEnumType):
            return Word(self.chance.one_of([*kind.values]))
        if not isinstance(kind, GraphQLInputObjectType):
            return self._plain(kind.name)
        name = self.chance.one_of([*kind.fields])
        drawn = self._any(get_named_type(kind.fields[name].type))
        return {name: [drawn] if str(kind.fields[name].type).startswith("[") else drawn}

    def _page(self, name: str) -> dict[str, Any]:
        size, made = self.size(), dict[str, Any]()
        if self.chance.happens(60):
            made["last" if self.chance.happens(30) else "first"] = size
        if self.chance.happens(10) and "last" not in made:
            made["offset"] = self.size()
        elif self.pool.walks.get(name) and self.chance.happens(30):
            walk = self.chance.one_of(self.pool.walks[name])
            made |= {"orderBy": walk.order, "after": self.chance.one_of(walk.cursors)}
            if self.chance.happens(30):
                made["before"] = self.chance.one_of(walk.cursors)
            if self.chance.happens(40):
                made["before"] = made.pop("after")
        if self.chance.happens(3):
            made |= {self.chance.one_of(("first", "after", "before")): None}
        return made

    def size(self) -> int:
        return int(self.chance.one_of(SIZES if self.chance.happens(10) else SIZES[:6]))

    # --- where

    def where(self, name: str, depth: int = 0) -> dict[str, Any]:
        """A filter of an object, of one or two conditions."""
        return {key: value for _ in range(self.chance.number(1, 2)) for key, value in [self._condition(name, depth)]}

    def _condition(self, name: str, depth: int) -> tuple[str, Any]:
        if depth < DEEPEST and self.chance.happens(20):
            word = self.chance.one_of(("not", "and", "or"))
            inner = [self.where(name, depth + 1) for _ in range(self.chance.number(1, 2))]
            return word, inner[0] if word == "not" else inner
        members = [each for each in self._filter(name).fields if each not in ("and", "or", "not", "isNull")]
        known = [each for each in members if self.permitted(name, each)]
        key = self.chance.one_of(members if not known or self.chance.happens(2) else known)
        member = registry()[name].members[key]
        if isinstance(member, ToOne):
            if depth >= DEEPEST or self.chance.happens(25):
                return key, {"isNull": self.chance.happens(50)}
            return key, self.where(member.target, depth + 1)
        if isinstance(member, ToMany):
            side = self.chance.one_of(("some", "none", "every"))
            return key, {side: {} if depth >= DEEPEST else self.where(member.target, depth + 1)}
        return key, self._compared(name, key, member.name)

    def _compared(self, name: str, key: str, column: str) -> dict[str, Any]:
        operators = get_named_type(self._filter(name).fields[key].type)
        assert isinstance(operators, GraphQLInputObjectType)
        operator = self.chance.one_of([*operators.fields])
        kind = get_named_type(operators.fields[operator].type)
        if operator == "isNull":
            return {operator: self.chance.happens(50)}
        if operator in ("in", "notIn"):
            return {operator: [self._value(name, column, kind) for _ in range(self.chance.number(0, 3))]}
        if self.chance.happens(1):
            return {operator: None}
        value = self._value(name, column, kind)
        if operator in ("contains", "startsWith"):
            start = 0 if operator == "startsWith" else self.chance.number(0, 2)
            value = value[start : start + self.chance.number(1, 6)]
        return {operator: value}

    def _value(self, name: str, column: str, kind: Any) -> Any:
        row = self._row(name)
        if kind.name == "ID":
            return self.identity(name, row)
        if isinstance(kind, GraphQLEnumType):
            value = row.get(column)
            known = isinstance(value, Enum) and value.name in kind.values
            return Word(value.name if known else self.chance.one_of([*kind.values]))
        value = row.get(column)
        if value is None or self.chance.happens(8):
            return self._plain(kind.name)
        return value.isoformat() if isinstance(value, dt.datetime) else value

    def _plain(self, kind: str) -> Any:
        if kind == "Boolean":
            return self.chance.happens(50)
        if kind == "Float":
            return self.chance.number(-1, 9) / 2
        return self.chance.one_of({"Int": NUMBERS, "DateTime": MOMENTS, "Date": DATES}.get(kind, TEXTS))

    def identity(self, name: str, row: Mapping[str, Any]) -> str:
        """The global id of a row; seldom of another object's, of none, or no id."""
        if self.chance.happens(4):
            return str(self.chance.one_of((ids.encode(name, 10**6), ids.encode("College", 1), "nonsense", "")))
        return ids.encode(name, int(row.get("id", 1)))

    def _row(self, name: str) -> Mapping[str, Any]:
        rows = self.pool.rows.get(name) or ({},)
        found: Mapping[str, Any] = self.chance.one_of(rows)
        return found

    def _filter(self, name: str) -> GraphQLInputObjectType:
        found = self.schema.type_map[f"{name}Filter"]
        assert isinstance(found, GraphQLInputObjectType)
        return found

    # --- orders and searches

    def order(self, name: str) -> list[dict[str, Any]]:
        return [self._key_of(name, 0) for _ in range(self.chance.number(0, 3))]

    def _key_of(self, name: str, depth: int) -> dict[str, Any]:
        kind = self.schema.type_map[f"{name}Order"]
        assert isinstance(kind, GraphQLInputObjectType)
        columns = {key: get_named_type(each.type) for key, each in kind.fields.items()}
        known = [key for key in columns if self.permitted(name, key)] or ["id"]
        key = self.chance.one_of([*columns] if self.chance.happens(2) else known)
        if isinstance(columns[key], GraphQLEnumType):
            return {key: Word("DESC" if self.chance.happens(50) else "ASC")}
        target = columns[key].name.removesuffix("Order")
        return {key: self._key_of(target, depth + 1) if depth < 2 else {"id": Word("ASC")}}

    def search(self, name: str) -> str:
        """A word or the beginning of one, of a row of the object or of any other."""
        texts = [value for value in self._row(name).values() if isinstance(value, str) and not isinstance(value, Enum)]
        text = self.chance.one_of(texts) if texts and self.chance.happens(60) else self.chance.one_of(TEXTS)
        return str(text)[: self.chance.number(1, 10)]


def _upper(name: str) -> str:
    """`createdAt` as `CREATED_AT`."""
    return re.sub("([A-Z])", r"_\1", name).upper()


def literal(value: Any) -> str:
    """A value as a document writes it."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as the variables of a request hold it."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Word) else value
