"""Values that each request brings to a statement whose text is kept: a hole in the text, and the way from the request's
arguments to what fills it.

The first run of a plan finds and cleans every value while it writes the statement, and notes each as a step. A later
run takes the same steps through its own arguments: what is malformed there is refused as it would have been at first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term

Arguments = Mapping[str, Any]
Variables = Mapping[str, Any]
#: How a field's arguments follow from the variables of a request.
Site = Callable[[Variables], Arguments]

MOST_VALUES = 5_000  # that all filters of a request compare with


class Stale(Exception):
    """A kept plan that does not fit this request's values: it must be planned anew."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Stands among a statement's parameters for the value number `place` of each run."""

    place: int


#: Stands there for the ids of the rows that a statement is about: known only when those rows have been read.
IDS = Hole(-1)


class Open(Term):
    """A hole where SQL expects a value."""

    def __init__(self, hole: Hole) -> None:
        super().__init__()
        self._hole = hole

    def get_sql(self, ctx: SqlContext) -> str:
        if ctx.parameterizer is None:
            raise TypeError("values are always parameters")
        return ctx.parameterizer.create_param(self._hole).get_sql(ctx)


@dataclass(frozen=True, slots=True)
class Step:
    """From the arguments of a field to values: the member at `path`, cleaned. `several`: cleaning gives a list, one
    value for each hole; `counted`: the member is a list, and counts as so many values."""

    site: int
    path: tuple[str | int, ...]
    clean: Callable[[Any], Any]
    several: bool = False
    counted: bool = False


@dataclass(slots=True)
class Amount:
    """How many conditions and values all filters of a request have had so far."""

    conditions: int = 0
    values: int = 0


@dataclass(slots=True)
class Given:
    """The values of one plan's first run, and the steps by which every later run finds its own.

    `kept` turns False with a value that has no such step: the plan then serves its first run only.
    """

    values: list[Any] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    site: int = 0
    single: int = 0
    kept: bool = True
    amount: Amount = field(default_factory=Amount)

    def at(self, site: Site) -> int:
        """The arguments in which the following paths lie; the number to come back to."""
        before, self.site = self.site, len(self.sites)
        self.sites.append(site)
        return before

    def within(self, found: Callable[[Arguments], Arguments]) -> None:
        """The following paths lie in what `found` makes of the arguments."""
        if self.sites:
            site = self.sites[self.site]
            self.at(lambda variables: found(site(variables)))

    def take(self, path: Sequence[str], value: Any, clean: Callable[[Any], Any], *, counted: bool = False) -> Hole:
        """One value found at `path`, cleaned; raises what `clean` raises."""
        self.values.append(clean(value))
        steps = tuple(int(each) if each.isdecimal() else each for each in path)
        self.steps.append(Step(self.site, steps, clean, counted=counted))
        return Hole(len(self.values) - 1)

    def take_all(self, clean: Callable[[Arguments], list[Any]], found: list[Any]) -> list[Hole]:
        """Values worked out from all the arguments of the field; `found` are those of this run."""
        self.steps.append(Step(self.site, (), clean, several=True))
        self.values += found
        return [Hole(place) for place in range(len(self.values) - len(found), len(self.values))]

    def once(self, value: Any) -> Hole:
        """A value that only this run has."""
        self.kept = False
        self.values.append(value)
        return Hole(len(self.values) - 1)

    def again(self, variables: Variables) -> list[Any]:
        """The values of another run. Raises Stale, or what cleaning raises."""
        arguments = [site(variables) for site in self.sites]
        found: list[Any] = []
        counted = self.single
        for step in self.steps:
            value: Any = arguments[step.site]
            for name in step.path:
                value = value[name]
            if step.counted:
                counted += len(value)
            if step.several:
                found += step.clean(value)
            else:
                found.append(step.clean(value))
        if counted > MOST_VALUES:
            raise Stale
        return found
