"""The input types of reading, generated: operators per kind of column, `XFilter`, `XOrder`."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from graphql_api.naming import described, description
from graphql_api.registry import Column, Exposed, Kind, Member, Registry, ToMany, ToOne
from graphql_api.scalars import Direction
from models.declare import Words

#: What each operator does. `ne` and `notIn` are the exact opposite of `eq` and `in`: rows without a value included.
OPERATORS: dict[str, Words] = {
    "eq": Words("等于", "equal"),
    "ne": Words("不等于(含空值)", "not equal; includes rows without a value"),
    "in": Words("属于", "one of"),
    "notIn": Words("不属于(含空值)", "none of; includes rows without a value"),
    "lt": Words("小于", "less than"),
    "lte": Words("小于或等于", "less than or equal"),
    "gt": Words("大于", "greater than"),
    "gte": Words("大于或等于", "greater than or equal"),
    "contains": Words("包含(不分大小写)", "contains, in any case"),
    "startsWith": Words("开头是(不分大小写)", "starts with, in any case"),
    "isNull": Words("为空", "has no value"),
}
EQUALITY = ("eq", "ne", "in", "notIn", "isNull")
RANGES = ("lt", "lte", "gt", "gte")
OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.ID: ("eq", "ne", "in", "notIn"),
    Kind.TEXT: (*EQUALITY, *RANGES, "contains", "startsWith"),
    Kind.NUMBER: (*EQUALITY, *RANGES),
    Kind.MOMENT: (*EQUALITY, *RANGES),
    Kind.YES_NO: ("eq", "ne", "isNull"),
    Kind.CHOICE: EQUALITY,
}
PYTHON: dict[Kind, Any] = {
    Kind.ID: strawberry.ID,
    Kind.TEXT: str,
    Kind.NUMBER: int,
    Kind.MOMENT: dt.datetime,
    Kind.YES_NO: bool,
}
NAMES: dict[Kind, str] = {
    Kind.ID: "Id",
    Kind.TEXT: "String",
    Kind.NUMBER: "Int",
    Kind.MOMENT: "DateTime",
    Kind.YES_NO: "Boolean",
}
SIDES: dict[str, Words] = {
    "some": Words("至少一行符合", "at least one row is like this"),
    "none": Words("没有一行符合", "no row is like this"),
    "every": Words("每一行都符合", "every row is like this"),
}


def make_input(cls: type, name: str, words: Words, members: dict[str, tuple[Any, str]], *, one_of: bool = False) -> Any:
    """Turn the empty class `cls` into the Strawberry input `name`. `members`: GraphQL name → type and description; all
    are optional. Python keywords get an underscore, which is nobody's business: inputs are read as plain mappings."""
    cls.__annotations__ = {f"{member}_": kind | None for member, (kind, _) in members.items()}
    for member, (_, text) in members.items():
        setattr(cls, f"{member}_", strawberry.field(name=member, default=UNSET, description=text))
    return strawberry.input(cls, name=name, description=described(words), one_of=one_of)


def many_of(kind: Any) -> Any:
    """`list[kind]` for a type that is only known now."""
    return list[kind]


def empty_class(name: str) -> type:
    """What a generated type is made of; relations name it before it is complete."""
    return type(name, (), {"__module__": __name__})


class Inputs:
    """Every filter and order, by the object's name."""

    def __init__(self, registry: Registry) -> None:
        self._operators: dict[str, Any] = {}
        self.filter: dict[str, Any] = {each.name: empty_class(f"{each.name}Filter") for each in registry}
        self.order: dict[str, Any] = {each.name: empty_class(f"{each.name}Order") for each in registry}
        self._sides: dict[str, Any] = {}
        for each in registry:
            self._make_filter(each)
            self._make_order(each)

    def _make_filter(self, exposed: Exposed) -> None:
        own = self.filter[exposed.name]
        rows: Any = many_of(own)
        members: dict[str, tuple[Any, str]] = {
            "and": (rows, described(Words("全部符合", "all of these"))),
            "or": (rows, described(Words("符合任一", "any of these"))),
            "not": (own, described(Words("不符合", "not this"))),
            "isNull": (bool, described(Words("(仅用于关联)未关联", "on a relation only: it is empty"))),
        }
        for name, member in exposed.members.items():
            kind = self._filter_of(member)
            if kind is not None:
                members[name] = (kind, _words_of(member))
        label = exposed.entity.label
        make_input(own, f"{exposed.name}Filter", Words(f"{label.zh}的条件", f"Conditions on {label.en}"), members)

    def _filter_of(self, member: Member) -> Any:
        if isinstance(member, ToOne):
            return self.filter[member.target]
        if isinstance(member, ToMany):
            return self._list_filter(member.target)
        return self._operators_of(member) if member.kind.comparable else None

    def _operators_of(self, column: Column) -> Any:
        if column.note.sensitive:
            return self._operators_named("ExactOperators", ("eq",), str)
        names = OF_KIND[column.kind]
        if column.kind is Kind.CHOICE:
            return self._operators_named(f"{_name_of(column)}Operators", names, column.choices)
        return self._operators_named(f"{NAMES[column.kind]}Operators", names, PYTHON[column.kind])

    def _operators_named(self, name: str, operators: tuple[str, ...], kind: Any) -> Any:
        if name not in self._operators:
            members = {
                each: (
                    many_of(kind) if each in ("in", "notIn") else bool if each == "isNull" else kind,
                    _operator(each),
                )
                for each in operators
            }
            words = Words("条件(同时成立)", "Conditions that all hold")
            self._operators[name] = make_input(empty_class(name), name, words, members)
        return self._operators[name]

    def _list_filter(self, target: str) -> Any:
        if target not in self._sides:
            name = f"{target}ListFilter"
            members = {side: (self.filter[target], described(words)) for side, words in SIDES.items()}
            self._sides[target] = make_input(
                empty_class(name), name, Words("关于各行的条件", "Conditions on the rows of a list"), members
            )
        return self._sides[target]

    def _make_order(self, exposed: Exposed) -> None:
        members: dict[str, tuple[Any, str]] = {}
        for each in exposed.own():
            if isinstance(each, ToOne):
                members[each.graphql] = (self.order[each.target], _words_of(each))
            elif each.kind.comparable and not each.note.sensitive:
                members[each.graphql] = (Direction, _words_of(each))
        label = exposed.entity.label
        words = Words(f"{label.zh}的排序,一次一列", f"Order of {label.en}, one column each")
        make_input(self.order[exposed.name], f"{exposed.name}Order", words, members, one_of=True)


def _operator(name: str) -> str:
    return described(OPERATORS[name])


def _words_of(member: Member) -> str:
    return described(member.label) if isinstance(member, ToMany) else description(member.note)


def _name_of(column: Column) -> str:
    kind: type[Enum] | None = column.choices
    return kind.__name__ if kind else NAMES[column.kind]
