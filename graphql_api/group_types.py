"""The types of `xGroups`, generated: keys, what is summed up, conditions on groups, their order, the field itself."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from graphql_api.group_durations import ENDS, durations_of, is_duration
from graphql_api.group_keys import GroupKey, keys_of, measures_of, numbers_of, owner_of
from graphql_api.inputs import PYTHON, empty_class, make_input, many_of
from graphql_api.limits import GROUPS, MOST_GROUPS
from graphql_api.naming import described, description
from graphql_api.registry import Column, Exposed, Kind, Registry
from graphql_api.scalars import Direction
from graphql_api.types import Parameter, Types, planned_field
from models.declare import Words
from policies.access import SMALLEST_GROUP

#: What a condition on groups can say; all of it must hold.
COMPARISONS: dict[str, Words] = {
    "eq": Words("等于", "equal"),
    "ne": Words("不等于(含空值)", "not equal; includes groups without a value"),
    "lt": Words("小于", "less than"),
    "lte": Words("小于或等于", "less than or equal"),
    "gt": Words("大于", "greater than"),
    "gte": Words("大于或等于", "greater than or equal"),
}
#: What is worked out of a group besides its count, and of which columns.
EXTREMES = {"min": Words("最小值", "The least value"), "max": Words("最大值", "The greatest value")}
TOTALS = {
    "sum": Words("合计", "All added up"),
    "avg": Words("平均值", "The average"),
    "median": Words("中位数", "The median: as many values lie below as above"),
    "p90": Words("第 90 百分位数", "The value below which 90 % lie"),
}
COUNT = Words("行数", "How many rows")
PART = Words("其中符合 part 条件的行数", "How many of the rows fulfil part")
SHARE = Words("其中符合 part 条件的占比(0–1)", "The share of the rows that fulfil part, 0 to 1")
SHEETS = Words("涉及的离校单数", "On how many different sheets the rows stand")

REQUIRED = inspect.Parameter.empty

Members = dict[str, tuple[Any, str]]


class GroupTypes:
    """The types of one registry's groups, by the object's name."""

    def __init__(self, exposed: Registry, made: Types) -> None:
        self._made = made
        self._comparisons: dict[str, Any] = {}
        self.key: dict[str, Any] = {}
        self.having: dict[str, Any] = {}
        self.order: dict[str, Any] = {}
        self.group: dict[str, Any] = {}
        for each in exposed:
            self._make_key(each)
            self._make_group(each)
            self._make_having(each)
            self._make_order(each)

    def field(self, exposed: Exposed) -> Any:
        """The root field `xGroups`."""
        name = exposed.name
        arguments = {"where": Parameter(self._made.inputs.filter[name] | None, Words("条件", "Which rows"))}
        if exposed.entity.search:
            arguments["search"] = Parameter(
                str | None, Words("搜索词;数字按开头匹配", "Words, or the start of a number")
            )
        arguments["groupBy"] = Parameter(
            many_of(self.key[name]),
            Words("按什么分组;空列表为合计一组", "What to group by; of nothing, one group of all"),
            REQUIRED,
        )
        arguments["part"] = Parameter(
            self._made.inputs.filter[name] | None,
            Words("part 与 share 所计的行", "The rows that part and share are about"),
            UNSET,
        )
        if name in ENDS:
            arguments["since"] = Parameter(
                self._made.inputs.filter["Clearance"] | None,
                Words(
                    "days 的起点:同一离校单上符合条件的环节中最后一次办理时间",
                    "Where days begin: when the last of the sheet's clearances that are like this was decided",
                ),
                UNSET,
            )
        arguments["having"] = Parameter(self.having[name] | None, Words("分组的条件", "Which groups"), UNSET)
        arguments["orderBy"] = Parameter(
            many_of(self.order[name]) | None, Words("排序;默认按键", "Order; else by the keys")
        )
        arguments["limit"] = Parameter(int | None, _limit_words(), UNSET)
        plural = exposed.entity.plural
        words = Words(f"{plural.zh}的分组统计", f"{plural.en}, grouped and counted")
        return planned_field(
            f"{exposed.singular}Groups", many_of(self.group[name]), described(words, SUPPRESSED), arguments
        )

    # --- output

    def _make_key(self, exposed: Exposed) -> None:
        keys = keys_of(exposed.name).values()
        label = exposed.entity.label
        made: Any = Enum  # of a name and members that are known only now
        kind = made(f"{exposed.name}GroupKey", {key.name: key.name for key in keys})
        words = Words(f"{label.zh}的分组键", f"What {label.en} can be grouped by")
        strawberry.enum(kind, description=described(words))
        for value, key in zip(kind.__strawberry_definition__.values, keys, strict=True):
            value.description = described(key.words)
        self.key[exposed.name] = kind

    def _make_group(self, exposed: Exposed) -> None:
        name, label = exposed.name, exposed.entity.label
        keys: Members = {key.graphql: (_value_of(key) | None, described(key.words)) for key in keys_of(name).values()}
        members: Members = {
            "key": (
                _output(
                    f"{name}GroupKeys",
                    Words("分组的键;仅限 groupBy 中所列", "What its rows have in common: the keys of groupBy"),
                    keys,
                ),
                described(Words("键", "What its rows have in common")),
            ),
            "count": (int, described(COUNT)),
            **{each: (_optional(kind), described(words)) for each, (kind, words) in _of_no_column(exposed).items()},
        }
        for names, columns, kind_of, suffix, words in (
            (EXTREMES, _extremes_of(name), _own_type, "Extremes", Words("最小或最大值", "Least or greatest values")),
            (TOTALS, _totals_of(name), lambda _column: float, "Totals", Words("合计或平均", "Totals or averages")),
        ):
            if columns:
                kind = _output(f"{name}Group{suffix}", words, _measured(columns, kind_of, optional=True))
                members |= {each: (kind, described(said)) for each, said in names.items()}
        words = Words(f"{label.zh}的一组", f"A group of {label.en}")
        self.group[name] = _output(f"{name}Group", words, members)

    # --- input

    def _make_having(self, exposed: Exposed) -> None:
        name = exposed.name
        members: Members = {"count": (self._comparing(int, "Int"), described(COUNT))}
        for each, (kind, said) in _of_no_column(exposed).items():
            members[each] = (self._comparing(kind, "Int" if kind is int else "Float"), described(said))
        for names, columns, comparing, suffix in (
            (EXTREMES, _extremes_of(name), self._comparing_own, "Extremes"),
            (TOTALS, _totals_of(name), lambda _column: self._comparing(float, "Float"), "Totals"),
        ):
            if columns:
                kind = _input(
                    f"{name}GroupHaving{suffix}",
                    Words("分组的条件", "Conditions on groups"),
                    _measured(columns, comparing),
                )
                members |= {each: (kind, described(said)) for each, said in names.items()}
        words = Words("分组的条件(同时成立)", "Conditions on groups that all hold")
        self.having[name] = _input(f"{name}GroupHaving", words, members)

    def _make_order(self, exposed: Exposed) -> None:
        name, words = exposed.name, Words("分组的排序,一次一列", "Order of groups, one column each")
        keys: Members = {key.graphql: (Direction, described(key.words)) for key in keys_of(name).values()}
        members: Members = {
            "count": (Direction, described(COUNT)),
            **{each: (Direction, described(said)) for each, (_kind, said) in _of_no_column(exposed).items()},
            "key": (
                _input(f"{name}GroupKeyOrder", words, keys, one_of=True),
                described(Words("按键", "By a key of groupBy")),
            ),
        }
        for names, columns, suffix in (
            (EXTREMES, _extremes_of(name), "Extremes"),
            (TOTALS, _totals_of(name), "Totals"),
        ):
            if columns:
                ways = _measured(columns, lambda _column: Direction)
                kind = _input(f"{name}Group{suffix}Order", words, ways, one_of=True)
                members |= {each: (kind, described(said)) for each, said in names.items()}
        self.order[name] = _input(f"{name}GroupOrder", words, members, one_of=True)

    def _comparing_own(self, column: Column) -> Any:
        if is_duration(column):
            return self._comparing(float, "Float")
        return self._comparing(PYTHON[column.kind], OWN_NAMES[column.kind])

    def _comparing(self, kind: Any, name: str) -> Any:
        if name not in self._comparisons:
            members: Members = {each: (kind, described(words)) for each, words in COMPARISONS.items()}
            words = Words("条件(同时成立)", "Conditions that all hold")
            self._comparisons[name] = _input(f"{name}GroupComparison", words, members)
        return self._comparisons[name]


OWN_NAMES = {Kind.TEXT: "String", Kind.NUMBER: "Int", Kind.MOMENT: "DateTime"}
SUPPRESSED = Words(
    f"只能统计的身份看不到少于 {SMALLEST_GROUP} 的组",
    f"for those who may only count, groups of fewer than {SMALLEST_GROUP} are left out",
)


def _limit_words() -> Words:
    return Words(
        f"最多几组,1–{MOST_GROUPS},取排序在前的;不填则全部返回,多于 {GROUPS} 组为错误",
        f"At most how many groups, 1 to {MOST_GROUPS}: the first in order; else all, more than {GROUPS} are an error",
    )


def _value_of(key: GroupKey) -> Any:
    if key.bucket is not None:
        return dt.date
    return key.column.choices if key.column.kind is Kind.CHOICE else PYTHON[key.column.kind]


def _own_type(column: Column) -> Any:
    return float if is_duration(column) else PYTHON[column.kind]


def _extremes_of(name: str) -> dict[str, Column]:
    return {**measures_of(name), **durations_of(name)}


def _totals_of(name: str) -> dict[str, Column]:
    return {**numbers_of(name), **durations_of(name)}


def _of_no_column(exposed: Exposed) -> dict[str, tuple[Any, Words]]:
    """What is worked out of the rows of a group as such."""
    found: dict[str, tuple[Any, Words]] = {"part": (int, PART), "share": (float, SHARE)}
    return found | ({"sheets": (int, SHEETS)} if owner_of(exposed) else {})


def _optional(kind: Any) -> Any:
    return kind | None


def _measured(columns: dict[str, Column], kind_of: Callable[[Column], Any], *, optional: bool = False) -> Members:
    return {
        name: (kind_of(each) | None if optional else kind_of(each), description(each.note))
        for name, each in columns.items()
    }


def _output(name: str, words: Words, members: Members) -> Any:
    cls = empty_class(name)
    cls.__annotations__ = {f"{member}_": kind for member, (kind, _) in members.items()}
    for member, (_, text) in members.items():
        setattr(cls, f"{member}_", strawberry.field(name=member, description=text))
    return strawberry.type(cls, name=name, description=described(words))


def _input(name: str, words: Words, members: Members, *, one_of: bool = False) -> Any:
    return make_input(empty_class(name), name, words, members, one_of=one_of)


def output_types(schema_name: str, named: Iterable[str]) -> list[str]:
    """Which of the types of one object's groups there are in a schema, for planting."""
    wanted = [f"{schema_name}Group{suffix}" for suffix in ("", "Keys", "Extremes", "Totals")]
    known = set(named)
    return [name for name in wanted if name in known]
