"""Cells of lists and files: text that becomes a value, or is refused with what is wrong (B3). Which cells a list has,
the readers of persons and of other lists say."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import TypeVar

from models.enums import Choice
from models.rules.identity import normalise

YES = frozenset({"是", "有", "y", "yes", "true", "1", "√"})
NO = frozenset({"否", "无", "没有", "n", "no", "false", "0", ""})
LONGEST_SHOWN = 32

E = TypeVar("E", bound=Enum)


class NumberCell(str):
    """A cell that holds a number and no text: an identifier in it may have lost leading zeros or its last digits."""

    __slots__ = ()


class NoTextCell(str):
    """A cell that holds neither text nor number, whatever it shows; `problem` says what: FORMULA_CELL, ERROR_CELL,
    MERGED_CELL, DATE_CELL. It means nothing in any column."""

    problem: str

    @classmethod
    def holding(cls, problem: str, shown: str = "") -> NoTextCell:
        """`shown`: what people see in it."""
        made = cls(shown)
        made.problem = problem
        return made


class BadCell(Exception):
    """A cell that means nothing: its field, what stands there (never of a document or a phone), and why. `choices`:
    the name of the enum of what it may be."""

    def __init__(self, field: str, value: str, problem: str, **more: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.facts: dict[str, str | int] = {"field": field, "value": value, "problem": problem, **more}


def refuse_no_text(field: str, cell: object) -> None:
    """Raises BadCell for a formula, an error, a merged cell or a date."""
    if isinstance(cell, NoTextCell):
        raise BadCell(field, cell[:LONGEST_SHOWN], cell.problem)


def refuse_number(field: str, cell: object) -> None:
    """Raises BadCell for an identifier that a file or a program gave as a number: it may not be what it was (B3)."""
    refuse_no_text(field, cell)
    if isinstance(cell, NumberCell):
        raise BadCell(field, "", "NUMBER_CELL")


def read_choice(kind: type[E], field: str, cell: object, *, only: Collection[E] = ()) -> E:
    """The member that the cell names or calls in either language; of `only`, when some are given. Raises BadCell."""
    refuse_no_text(field, cell)
    wanted = normalise(str(cell)).casefold()
    for member in only or kind:
        if isinstance(member, Choice) and wanted in _spellings(member):
            return member
    raise BadCell(field, str(cell)[:LONGEST_SHOWN], "UNKNOWN_VALUE", choices=kind.__name__)


def _spellings(member: Choice) -> set[str]:
    return {each.casefold() for each in (member.name, member.value, member.words.zh, member.words.en)}


def read_flag(field: str, cell: object) -> bool:
    """Yes or no, in either language. Raises BadCell."""
    refuse_no_text(field, cell)
    if isinstance(cell, bool):
        return cell
    word = normalise(str(cell)).casefold()
    if word in YES or word in NO:
        return word in YES
    raise BadCell(field, str(cell)[:LONGEST_SHOWN], "NO_YES_OR_NO")
