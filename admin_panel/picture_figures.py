"""What a picture is drawn of: numbers and what they are called; and when no picture can be drawn of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from math import isfinite

from admin_panel.words import listed, say

Number = int | float
#: More bars than this are no picture; the table below shows all.
MOST_BARS = 60
#: More parts than this cannot be told apart.
MOST_SERIES = 5
#: The tones of series that have none of their own, in turn.
IN_TURN = ("lake", "amber", "grey", "green", "red")


class Kind(StrEnum):
    """What a report may be drawn as."""

    BAR = "BAR"
    STACKED_BAR = "STACKED_BAR"
    LINE = "LINE"
    NUMBER = "NUMBER"


class Undrawable(ValueError):
    """These numbers make no such picture; its text says why, in this request's language. The table shows them."""


@dataclass(frozen=True, slots=True)
class Series:
    """A number for each label. None is a number too small to be told. `tone`: as the API names it in `choices`."""

    name: str
    values: tuple[Number | None, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """`labels`: what each number is of; days (`date`) for a line. `note`: of what and when, below a picture that stands
    alone."""

    title: str
    labels: tuple[str | date, ...]
    series: tuple[Series, ...]
    note: str = ""

    @property
    def empty(self) -> bool:
        return not self.labels or not self.series

    @property
    def days(self) -> list[date]:
        return [each for each in self.labels if isinstance(each, date)]

    def numbers(self) -> list[Number]:
        """All that may be told."""
        return [value for series in self.series for value in series.values if value is not None]

    def hidden(self) -> int:
        """How many numbers are too small to be told."""
        return sum(series.values.count(None) for series in self.series)

    def first(self, count: int) -> Figures:
        """The same of the first labels only."""
        series = tuple(replace(each, values=each.values[:count]) for each in self.series)
        return replace(self, labels=self.labels[:count], series=series)

    def toned(self) -> Figures:
        """The same, each series in a tone of its own."""
        taken = {each.tone for each in self.series}
        free = iter([tone for tone in IN_TURN if tone not in taken])
        return replace(
            self, series=tuple(each if each.tone else replace(each, tone=next(free)) for each in self.series)
        )


def checked(kind: Kind, figures: Figures) -> Figures:
    """The figures as they are drawn, or Undrawable. Each series must have a number for each label."""
    if any(len(each.values) != len(figures.labels) for each in figures.series):
        raise ValueError(f"{figures.title}: a series has more or fewer numbers than there are labels")
    if any(not isfinite(number) or number < 0 for number in figures.numbers()):
        raise Undrawable(say("picture_below_zero"))
    if len(figures.series) > (MOST_SERIES if kind in (Kind.STACKED_BAR, Kind.LINE) else 1):
        raise Undrawable(say("picture_series", names=listed(each.name for each in figures.series)))
    if kind is Kind.NUMBER and len(figures.labels) > 1:
        raise Undrawable(say("picture_one_number", count=len(figures.labels)))
    if kind is Kind.LINE and not (len(figures.days) == len(figures.labels) and ascending(figures.days)):
        raise Undrawable(say("picture_days"))
    return figures.toned()


def ascending(days: Sequence[date]) -> bool:
    return list(days) == sorted(set(days))


def told(value: Number | None) -> str:
    """A number as people read it: 15,500, 2.75; what is too small to be told as the panel's tables show it."""
    if value is None:
        return "< 5"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def named(label: str | date) -> str:
    return label.isoformat() if isinstance(label, date) else label
