"""Whom an act is for: numbers, ticked sheets, a class, a range, all but some, or a whole filter; decides nothing.

A selection only says which sheets; which of them the caller sees is asked inside the act, after the locks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pypika_tortoise.context import SqlContext
from tortoise.expressions import Q

from models.enums import SheetState, Way
from models.in_list import InList, in_list
from models.people import Student
from models.rules.facts import BatchFacts
from models.rules.identity import normalise_number
from models.rules.refusals import Code, Refused
from models.season import Sheet

NUMBER = re.compile(r"([^\W_]*?)([0-9]+)", re.ASCII)
LONGEST_NUMBER: int = Student._meta.fields_map["student_no"].max_length  # type: ignore[attr-defined]  # a CharField
LONGEST_CLASS: int = Sheet._meta.fields_map["class_name"].max_length  # type: ignore[attr-defined]  # the same
LARGEST_SPAN = 20_000  # more than any batch's range limit
ACTIVE = Q(state=SheetState.ACTIVE)


@dataclass(frozen=True, slots=True)
class Selection:
    """`sheets` filters Sheet within the batch. Every number in `named` and every id in `ticked` must be there, else it
    is a refused row; `excluding`: the named ones are those left out. `whole`: a filter that nobody has counted by eye.
    `span`: how many numbers a range holds. `selector` is what the operation remembers."""

    sheets: Q
    named: tuple[str, ...] = ()
    way: Way = Way.BULK
    selector: Mapping[str, Any] = field(default_factory=dict)
    ticked: tuple[int, ...] = ()
    excluding: bool = False
    whole: bool = False
    span: int = 0

    @property
    def blanket(self) -> bool:
        """Nobody in it was chosen in person: a class, a range, a filter, all but some."""
        return self.excluding or not (self.named or self.ticked)


def by_numbers(numbers: Iterable[str]) -> Selection:
    """One number is a single act, several are a pasted list; a number given twice counts once."""
    named = _cleaned(numbers)
    way = Way.SINGLE if len(named) == 1 else Way.BULK
    return Selection(_numbered(named), named, way, {"student_nos": list(named)})


def all_except(numbers: Iterable[str]) -> Selection:
    """Everybody active in the batch but these (R8). A misspelt number would let its student pass: each must exist."""
    named = _cleaned(numbers)
    selector = {"all_except": list(named)}
    return Selection(ACTIVE & ~_numbered(named), named, Way.BULK, selector, excluding=True, whole=True)


def by_sheets(sheet_ids: Iterable[int]) -> Selection:
    """Ticked rows."""
    ticked = tuple(dict.fromkeys(sheet_ids))
    way = Way.SINGLE if len(ticked) == 1 else Way.BULK
    return Selection(Q(id__in=in_list(ticked)), way=way, selector={"sheets": list(ticked)}, ticked=ticked)


def by_class(college_id: int, class_name: str) -> Selection:
    """The active sheets of one class of one college, by the season's own copies. BAD_INPUT for a name too long."""
    if len(class_name) > LONGEST_CLASS:
        raise Refused(
            Code.BAD_INPUT, argument="select.className.className", length=len(class_name), limit=LONGEST_CLASS
        )
    chosen = ACTIVE & Q(college_id=college_id, class_name=class_name)
    return Selection(chosen, selector={"college": college_id, "class_name": class_name})


def by_filter(chosen: Q, selector: Mapping[str, Any] | None = None) -> Selection:
    """The active sheets of a whole filter, which the door has checked against the policy (B1)."""
    return Selection(ACTIVE & chosen, selector=selector or {"filter": True}, whole=True)


def by_range(first: str, last: str, limit: int | None = None) -> Selection:
    """The active sheets whose numbers lie from `first` to `last`, both included (R17).

    Both numbers have the same length and the same letters before their trailing digits, else BAD_INPUT. Holds the range
    more than `limit` numbers: RANGE_TOO_LARGE; without a limit here, the act asks the batch's own.
    """
    low, high = _parted(first, "from"), _parted(last, "to")
    if (low.prefix, len(low.digits)) != (high.prefix, len(high.digits)):
        raise Refused(Code.BAD_INPUT, argument="range", reason="prefix_or_length")
    span = int(high.digits) - int(low.digits) + 1
    if span < 1:
        raise Refused(Code.BAD_INPUT, argument="range", reason="order")
    if limit is not None:
        refuse_large(span, limit)
    return Selection(
        ACTIVE & _numbered(_between(low, high, span)), selector={"from": low.text, "to": high.text}, span=span
    )


def refuse_large(count: int, limit: int) -> None:
    """200 pass, 201 are refused, saying so (R17)."""
    if count > limit:
        raise Refused(Code.RANGE_TOO_LARGE, argument="range", count=count, limit=limit)


# --- numbers


@dataclass(frozen=True, slots=True)
class Parted:
    """A number as the letters before its trailing digits, and these."""

    prefix: str
    digits: str

    @property
    def text(self) -> str:
        return self.prefix + self.digits


def _parted(number: str, argument: str) -> Parted:
    cleaned = normalise_number(number)
    found = NUMBER.fullmatch(cleaned) if len(cleaned) <= LONGEST_NUMBER else None
    if found is None:
        raise Refused(Code.BAD_INPUT, argument=f"range.{argument}", reason="no_number")
    return Parted(found[1], found[2])


def _between(low: Parted, high: Parted, span: int) -> list[str]:
    """The numbers themselves; none of a span that the act is going to refuse."""
    if span > LARGEST_SPAN:
        return []
    return [f"{low.prefix}{n:0{len(low.digits)}}" for n in range(int(low.digits), int(high.digits) + 1)]


def _cleaned(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(normalise_number, numbers))))


def _numbered(numbers: Collection[str]) -> Q:
    return Q(student_id__in=Numbered(numbers, texts=True))


class Numbered(InList):
    """The ids of the students with these numbers. Made without asking the database, as every selection is."""

    def get_sql(self, ctx: SqlContext) -> str:
        return f"(SELECT id FROM student WHERE student_no IN {super().get_sql(ctx)})"


# --- which sheets these are


@dataclass(frozen=True, slots=True)
class Found:
    """Sheets by id with their student numbers, in the order asked for; and what was named and is not there."""

    sheets: Mapping[int, str]
    missing_numbers: tuple[str, ...] = ()
    missing_sheets: tuple[int, ...] = ()

    @property
    def by_number(self) -> dict[str, int]:
        """The sheets by student number."""
        return {number: sheet_id for sheet_id, number in self.sheets.items()}

    def seen(self, visible: Collection[int] | None, selection: Selection) -> Found:
        """What is left of it for somebody who sees only these sheets: what one may not see does not exist."""
        if visible is None:
            return self
        left = {sheet_id: number for sheet_id, number in self.sheets.items() if sheet_id in visible}
        return _found(left, selection) if not selection.excluding else Found(left, self.missing_numbers)


async def resolve(selection: Selection, batch: BatchFacts) -> Found:
    """The sheets of this selection as of now. Refuses with RANGE_TOO_LARGE by the batch's own limit (R17)."""
    refuse_large(selection.span, min(batch.range_limit, LARGEST_SPAN))
    return _found(await _sheets(batch, selection.sheets), selection)


async def still_meant(found: Found, selection: Selection, batch: BatchFacts) -> Found:
    """What of it a class, range or filter still means, once its sheets are locked: while they were waited for, somebody
    may have been moved to another class. Whoever was named or ticked is meant whatever became of him."""
    if not found.sheets or selection.ticked or (selection.named and not selection.excluding):
        return found
    return replace(found, sheets=await _sheets(batch, Q(id__in=in_list(found.sheets)) & selection.sheets))


async def unknown_exceptions(selection: Selection, batch: BatchFacts, visible: Q) -> tuple[str, ...]:
    """The numbers of `all_except` that no visible sheet of the batch has."""
    known = set((await _sheets(batch, _numbered(selection.named) & visible)).values())
    return tuple(number for number in selection.named if number not in known)


async def visible_among(sheet_ids: Collection[int], visible: Q) -> Collection[int] | None:
    """Which of these sheets the caller sees; None when he sees all there are."""
    if is_everything(visible):
        return None
    seen = Sheet.filter(Q(id__in=in_list(sheet_ids)) & visible)
    return set(await seen.values_list("id", flat=True))  # type: ignore[arg-type]  # flat: ids, not tuples


def is_everything(chosen: Q) -> bool:
    """A filter that filters nothing."""
    return not chosen.children and not chosen.filters


async def _sheets(batch: BatchFacts, chosen: Q) -> dict[int, str]:
    rows = await Sheet.filter(Q(batch_id=batch.id) & chosen).order_by("id").values_list("id", "student__student_no")
    return {int(sheet_id): str(number) for sheet_id, number in rows}


def _found(sheets: Mapping[int, str], selection: Selection) -> Found:
    if selection.excluding:
        return Found(sheets)
    if selection.named:
        by_number = {number: sheet_id for sheet_id, number in sheets.items()}
        ordered = {by_number[number]: number for number in selection.named if number in by_number}
        return Found(ordered, tuple(number for number in selection.named if number not in by_number))
    if selection.ticked:
        return Found(sheets, missing_sheets=tuple(each for each in selection.ticked if each not in sheets))
    return Found(sheets)
