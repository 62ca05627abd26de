"""Whether the counters know the answer to a question for groups, and the same question asked of them.

All rules are here. The counters know how many clearances stand at each status by item and college, or by item and
building; and how many certificates by batch, college, kind and status; on sheets in progress alone. So a question must
ask for sheets in progress, for counts alone, and of the rows, by its conditions, its keys and the caller's rights,
nothing but these. A sheet's batch is its item's. Whatever is not understood is counted row by row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import reduce
from operator import and_, or_
from typing import Any

from tortoise.expressions import Q
from tortoise.models import Model

from graphql_api.filters import ALWAYS, NEVER
from graphql_api.group_conditions import conjuncts, points_at
from graphql_api.group_identity import told
from graphql_api.group_size import told_apart
from graphql_api.group_source import Source
from graphql_api.grouping import COUNT, KeyAsked, Leg, Question
from graphql_api.registry import ToOne, registry
from models import CertificateCounter, Item, ItemBuildingCounter, ItemCollegeCounter, Sheet
from models.enums import SheetState
from policies.filters import FoundIn

#: The clearances of sheets without a building are known as the difference.
WITHOUT_BUILDING = """SELECT item_id, building_id, status, n FROM item_building_counter
    UNION ALL SELECT item_id, NULL, status, sum(n) FROM (
      SELECT item_id, status, n FROM item_college_counter
      UNION ALL SELECT item_id, status, -n FROM item_building_counter) AS apart
    GROUP BY item_id, status HAVING sum(n) <> 0"""


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter and the rows it counts. `own`: their columns that it has, `of_sheet`: those of their sheets, by name.
    `batch`: the relation that leads to the batch, itself or over the item."""

    counts: str
    source: Source
    own: frozenset[str]
    of_sheet: frozenset[str]
    batch: str


COUNTERS = (
    Counter(
        "Clearance",
        Source(ItemCollegeCounter, n="n"),
        frozenset({"item_id", "status"}),
        frozenset({"college_id", "batch_id"}),
        "item",
    ),
    Counter(
        "Clearance",
        Source(ItemBuildingCounter, WITHOUT_BUILDING, n="n"),
        frozenset({"item_id", "status"}),
        frozenset({"building_id", "batch_id"}),
        "item",
    ),
    Counter(
        "Certificate",
        Source(CertificateCounter, n="n"),
        frozenset({"kind", "status"}),
        frozenset({"college_id", "batch_id"}),
        "batch",
    ),
)


class _Unknown(Exception):
    """Something that the counter does not know."""


def counted(question: Question) -> tuple[Question, Source] | None:
    """The question as a counter can be asked, and that counter; None when every row must be looked at."""
    if question.measures != (COUNT,) or told_apart(question) or not _in_progress(question):
        return None
    for counter in COUNTERS:
        if counter.counts == question.exposed.name:
            try:
                asked = _asked_of(counter, question)
            except _Unknown:
                continue
            return asked, replace(counter.source, grouped=_each_a_group(counter, asked))
    return None


def _each_a_group(counter: Counter, question: Question) -> bool:
    """Whether no two counters are in the same group, so that nothing is left to add up."""
    if question.counting:
        return False
    model, known = counter.source.model, told(question)
    return {_foreign_key(model, name) for name in model._meta.unique_together[0]} <= known


def _foreign_key(model: type[Model], name: str) -> str:
    return model._meta.fields_db_projection.get(name, f"{name}_id")


def _in_progress(question: Question) -> bool:
    """Whether the conditions say that every sheet is in progress."""
    return any(
        _state_is_active(each)
        for condition in question.conditions
        for part in conjuncts(condition, opened=True)
        if points_at(part, "sheet_id", Sheet) and isinstance(part, FoundIn)
        for said in part.conditions
        for each in conjuncts(said, opened=True)
    )


def _state_is_active(condition: Q) -> bool:
    return not condition._is_negated and list(condition.filters.items()) == [("state", SheetState.ACTIVE.value)]


def _asked_of(counter: Counter, question: Question) -> Question:
    of_rows, of_sheets = _OfRows(counter), _OfSheets(counter)
    conditions = tuple(of_rows.said(each) for each in question.conditions)
    keys = tuple(_key(each, of_rows, of_sheets) for each in question.keys)
    return replace(question, conditions=conditions, keys=keys)


def _key(asked: KeyAsked, of_rows: _OfRows, of_sheets: _OfSheets) -> KeyAsked:
    legs = asked.legs
    if not legs:
        of_rows.check(asked.key.column.column)
        return replace(asked, looked_at=of_rows.right(asked.looked_at))
    if legs[0].one.target != "Sheet":
        of_rows.check(legs[0].one.column)
        first = replace(legs[0], looked_at=of_rows.right(legs[0].looked_at))
        return replace(asked, legs=(first, *legs[1:]))
    if len(legs) < len(("sheet", "its college")):
        raise _Unknown
    to_sheet, further = legs
    rights = (of_rows.right(to_sheet.looked_at), of_sheets.right(to_sheet.visible), of_sheets.right(further.looked_at))
    looked_at = reduce(and_, filter(None, rights), Q())
    return replace(asked, legs=of_sheets.way(further, looked_at))


# --- conditions, said of a counter's rows


class _OfRows:
    """Says a condition on the counted rows of the counter; raises _Unknown."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    def check(self, column: str) -> None:
        if column not in self.counter.own:
            raise _Unknown

    def right(self, condition: Q) -> Q:
        """A right, of which nothing said is everything."""
        return self.said(condition) if condition else Q()

    def said(self, condition: Q) -> Q:
        if not condition or condition is ALWAYS:
            return ALWAYS
        if isinstance(condition, FoundIn):
            return self.found_in(condition)
        if condition.filters:
            found = reduce(and_, (self.compared(condition, *each) for each in condition.filters.items()))
        else:
            joined = and_ if condition.join_type == Q.AND else or_
            found = reduce(joined, [self.said(each) for each in condition.children if each])
        return _not(found) if condition._is_negated else found

    def found_in(self, condition: FoundIn) -> Q:
        if points_at(condition, "sheet_id", Sheet):
            of_sheets = _OfSheets(self.counter)
            return reduce(and_, [of_sheets.said(each) for each in condition.conditions], ALWAYS)
        self.check(condition.column)
        return condition

    def compared(self, condition: Q, name: str, value: Any) -> Q:
        """One comparison; `condition` is that one alone when it is a Compared of the API."""
        if (name, value) == ("id__in", []):
            return NEVER
        if (name, value) == ("id__not_in", []):
            return ALWAYS
        self.check(_column(name))
        return _alone(condition, name, value)


class _OfSheets(_OfRows):
    """The same for a condition on their sheets, all of which are in progress."""

    def check(self, column: str) -> None:
        if column not in self.counter.of_sheet:
            raise _Unknown

    def found_in(self, condition: FoundIn) -> Q:
        self.check(condition.column)
        return self._placed(condition, condition.column)

    def compared(self, condition: Q, name: str, value: Any) -> Q:
        if _column(name) == "state":
            return ALWAYS if _holds(name, value) else NEVER
        found = super().compared(condition, name, value)
        return found if found in (ALWAYS, NEVER) else self._placed(found, _column(name))

    def _placed(self, condition: Q, column: str) -> Q:
        """What is said of a sheet's batch is said of the item's, where the counter goes by items."""
        if column != "batch_id" or self.counter.batch == "batch":
            return condition
        return FoundIn("item_id", Item.filter(condition))

    def way(self, leg: Leg, looked_at: Q) -> tuple[Leg, ...]:
        """From the counter to what stands one step behind a sheet."""
        self.check(leg.one.column)
        if leg.one.column != "batch_id" or self.counter.batch == "batch":
            return (replace(leg, looked_at=looked_at),)
        item: ToOne = registry()["Clearance"].ones["item"]
        return Leg(item, looked_at, Q()), replace(leg, looked_at=Q())


def _column(name: str) -> str:
    return name.partition("__")[0]


def _alone(condition: Q, name: str, value: Any) -> Q:
    """The comparison by itself, not negated; one of the API keeps what fills its hole."""
    if not condition._is_negated and len(condition.filters) == 1:
        return condition
    found: Mapping[str, Any] = {name: value}
    return Q(**found)


def _holds(name: str, value: Any) -> bool:
    """Whether a condition on the state holds for a sheet in progress. Raises _Unknown."""
    match name.partition("__")[2]:
        case "":
            return bool(_value(value) == SheetState.ACTIVE.value)
        case "in":
            return SheetState.ACTIVE.value in map(_value, value)
        case "not_in":
            return SheetState.ACTIVE.value not in map(_value, value)
        case "not":
            return bool(_value(value) != SheetState.ACTIVE.value)
        case "isnull":
            return not value
    raise _Unknown


def _value(state: Any) -> Any:
    return state.value if isinstance(state, Enum) else state


def _not(condition: Q) -> Q:
    if condition is ALWAYS:
        return NEVER
    return ALWAYS if condition is NEVER else ~condition
