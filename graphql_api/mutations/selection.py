"""Whom an act is for, as callers say it: exactly one of seven ways (R17, B1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import UNSET

from graphql_api.context import Context
from graphql_api.errors import bad_input
from graphql_api.filters import sheet_filter
from graphql_api.mutations.options import few_enough, local_id
from graphql_api.types import types
from models.enums import Way
from models.rules import selection
from models.rules.naming import college_called

if TYPE_CHECKING:
    SheetFilter = Any  # generated from the model
else:
    SheetFilter = types().inputs.filter["Sheet"]


@strawberry.input(name="NumberRange", description="学号范围 · Both ends included")
class NumberRange:
    from_: str = strawberry.field(name="from")
    to: str


@strawberry.input(description="班级 · A class of one college, by the college's code")
class ClassRef:
    college: str
    class_name: str


@strawberry.input(one_of=True, description="Whom the act is for: exactly one of these")
class Selection:
    sheet_ids: list[strawberry.ID] | None = UNSET
    student_nos: list[str] | None = UNSET
    all_except: list[str] | None = UNSET
    range: NumberRange | None = UNSET
    class_name: ClassRef | None = UNSET
    where: SheetFilter | None = UNSET


async def selected(context: Context, asked: Selection) -> selection.Selection:
    """The selection in the rules' own terms. Raises BAD_INPUT or NOT_FOUND that names the part at fault."""
    if asked.sheet_ids:
        return selection.by_sheets([_sheet(each) for each in few_enough("select.sheetIds", asked.sheet_ids)])
    if asked.student_nos:
        return _naming_somebody(selection.by_numbers(few_enough("select.studentNos", asked.student_nos)), "studentNos")
    if asked.all_except:
        return _naming_somebody(selection.all_except(few_enough("select.allExcept", asked.all_except)), "allExcept")
    if asked.range:
        return selection.by_range(asked.range.from_, asked.range.to)
    if asked.class_name:
        college = await college_called(asked.class_name.college, argument="select.className.college")
        return selection.by_class(college, asked.class_name.class_name)
    if asked.where:
        return selection.by_filter(sheet_filter(context, asked.where))
    raise bad_input("select")


def _naming_somebody(chosen: selection.Selection, argument: str) -> selection.Selection:
    """A list of blanks names nobody; "all except" nobody would be everybody."""
    if not chosen.named:
        raise bad_input(f"select.{argument}", problem="MISSING")
    return chosen


def _sheet(global_id: str) -> int:
    """0, which no row has, for what is no id of a sheet: the row is then refused with NOT_FOUND."""
    return local_id("Sheet", global_id) or 0


def rights_for(chosen: selection.Selection, *, one: str, bulk: str, whole: str) -> tuple[str, ...]:
    """The actions needed for an act of this width: a whole filter is a right of its own (B1)."""
    if chosen.whole:
        return (one, bulk, whole)
    return (one,) if chosen.way is Way.SINGLE else (one, bulk)
