"""Whom a bulk act is for, as a form says it: ticked rows, a pasted list, a number range, a class, all rows of a list's
conditions or of a saved filter, everybody but a list (R17, B1). The API decides who that is, and who of them the caller
may act on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from flask import request

from admin_panel.client import Json
from admin_panel.saved_choice import sheets_of
from admin_panel.scanned import normalised

WAYS = ("sheetIds", "where", "saved", "range", "className", "studentNos", "allExcept")
#: Those that nobody has counted by eye: a right of its own, and the count is typed in.
WHOLE = ("where", "saved", "allExcept")
#: Between two numbers of a pasted list; also the full-width comma and semicolon.
BETWEEN = re.compile(r"[\s,;、\uff0c\uff1b]+")
#: What a pasted table calls its columns.
HEADINGS = frozenset({"学号", "姓名", "student", "no.", "no", "name", "number"})
#: A field longer than this is not carried along with a set that is frozen already.
LONGEST_CARRIED = 2_000
#: A filter that everybody passes; an empty one would be no way of choosing.
EVERYBODY: Json = {"state": {"eq": "ACTIVE"}}


@dataclass(frozen=True, slots=True)
class Named:
    """One line of a pasted list: the number, and the name that it must belong to."""

    student_no: str
    name: str
    row: int


def chosen_way() -> str:
    """How the students are chosen: as the form says, else by what it holds, else by range."""
    given = request.form.get("way", "")
    if given in WAYS:
        return given
    return next((name for name in ("where", "sheetIds", "studentNos") if request.form.getlist(name)), "range")


def ticked(field: str) -> list[str]:
    """The ids of ticked rows, each once."""
    return list(dict.fromkeys(request.form.getlist(field)))


def selection() -> Json:
    """The one way of choosing that the form names, as the API's `Selection`."""
    form, way = request.form, chosen_way()
    if way == "sheetIds":
        return {"sheetIds": ticked("sheetIds")}
    if way in ("studentNos", "allExcept"):
        return {way: listed("\n".join(form.getlist(way)))}
    if way == "where":
        return {"where": condition(form.get("where", "")) or EVERYBODY}
    if way == "saved":
        return {"where": sheets_of(form.get("saved", "")) or EVERYBODY}
    if way == "className":
        return {"className": {"college": form.get("college", ""), "className": form.get("class", "").strip()}}
    return {"range": {"from": normalised(form.get("from", "")), "to": normalised(form.get("to", ""))}}


def condition(text: str) -> Json | None:
    """The GraphQL condition that a form carries; a forged one the API refuses. None for what is no condition."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {"or": []}  # nobody
    return found if isinstance(found, dict) else None


def listed(text: str) -> list[str]:
    """The numbers of a pasted list, each once, in their order; of lines with names the number alone."""
    named = {each.row: each for each in lines(text)}
    found: list[str] = []
    for place, line in enumerate(text.splitlines(), start=1):
        found += [named[place].student_no] if place in named else numbers(line)
    return list(dict.fromkeys(found))


def numbers(line: str) -> list[str]:
    return [part for part in parted(line) if part.lower() not in HEADINGS]


def parted(text: str) -> list[str]:
    """The parts of a pasted list, made comparable."""
    return [part for part in map(normalised, BETWEEN.split(text)) if part]


def lines(text: str) -> list[Named]:
    """The lines of a pasted list that hold one number and a name: "20221503107 张三"."""
    found = []
    for place, line in enumerate(text.splitlines(), start=1):
        first, *rest = numbers(line) or [""]
        if has_digit(first) and rest and not any(has_digit(part) for part in rest):
            found.append(Named(first, " ".join(rest), place))
    return found


def named_list() -> list[Named]:
    """The pasted list as numbers with names, where any line has one; a line without is checked by its number alone."""
    text = "\n".join(request.form.getlist("studentNos"))
    named = {each.row: each for each in lines(text)} if chosen_way() == "studentNos" else {}
    if not named:
        return []
    found: list[Named] = []
    for place, line in enumerate(text.splitlines(), start=1):
        found += [named[place]] if place in named else [Named(number, "", place) for number in numbers(line)]
    return found


def has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def not_carried() -> list[str]:
    """The fields of the form that are too long to be carried along once the set is frozen."""
    return [name for name, values in request.form.lists() if sum(map(len, values)) > LONGEST_CARRIED]
