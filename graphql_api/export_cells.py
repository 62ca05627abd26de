"""What stands in the cells of a file: values of the API's answers as people read them, in their language."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from graphql_api import metadata
from graphql_api.registry import Column, Kind, ToOne
from graphql_api.workbook_sheets import CellValue
from models.declare import Words
from models.enums import BatchStatus, CertificateStatus, ClearanceStatus, OperationState, SheetState
from policies.roles import ROLES
from settings import settings

#: What makes a cell of a value that is there, in a language.
Shown = Callable[[Any, str], CellValue]

YES, NO = Words("是", "yes"), Words("否", "no")
#: What stands for a role where nobody signed in acts: the rules themselves, and whoever runs the commands.
NOBODYS_ROLES = {"system": Words("系统", "System"), "command_line": Words("命令行", "Command line")}
#: Of an event: the state of whatever it is about.
STATES = (ClearanceStatus, CertificateStatus, SheetState, BatchStatus, OperationState)


def shown(member: Column | ToOne, *, state: bool = False) -> Shown:
    """How this column's values look. `state`: a state before or after an event, of whatever it is about."""
    if isinstance(member, ToOne):
        return _name
    if state:
        return _state
    if choices := choices_of(member):
        return lambda value, locale: _choice(choices, value, locale)
    return SHOWN.get(member.kind, _text)


def choices_of(member: Column) -> Mapping[str, Words]:
    """The words of a closed set, by what the API calls its members; of a role also those who are nobody."""
    found = _choices(member)
    return {**found, **NOBODYS_ROLES} if member.name == "role" else found


@cache
def _choices(member: Column) -> Mapping[str, Words]:
    return {each.value: Words(each.label.zh, each.label.en) for each in metadata.choices(member) or ()}


def progress(value: Any, locale: str) -> str:
    """In words: a table program takes 6/13 for a day."""
    said = Words("{settled}(共 {required})", "{settled} of {required}")
    return said[locale].format(**value)


def coming_first(value: Any, locale: str) -> str:
    """What comes before an item."""
    return listed((each["requires"]["displayLabel"] for each in value), locale)


def listed(texts: Iterable[str], locale: str) -> str:
    return Words("、", ", ")[locale].join(texts)


def _name(value: Any, _locale: str) -> str:
    return str(value.get("nameEn") or value.get("displayLabel") or "")


def _choice(choices: Mapping[str, Words], value: Any, locale: str) -> str:
    if isinstance(value, list):
        return listed((_choice(choices, each, locale) for each in value), locale)
    return choices[value][locale] if value in choices else str(value)


@cache
def _states() -> Mapping[str, Words]:
    """The first that has such a state says what it is called."""
    found: dict[str, Words] = {role.name: role.label for role in ROLES.values()}
    for kind in reversed(STATES):
        found |= {member.name: member.words for member in kind}
    return found


def _state(value: Any, locale: str) -> str:
    return _choice(_states(), value, locale)


def _moment(value: Any, _locale: str) -> dt.datetime:
    """In the university's time, to the second: no file of cells knows time zones."""
    return dt.datetime.fromisoformat(value).astimezone(settings().timezone).replace(tzinfo=None, microsecond=0)


def _truth(value: Any, locale: str) -> str:
    return (YES if value else NO)[locale]


def _text(value: Any, _locale: str) -> CellValue:
    return value if isinstance(value, str | int | float) else str(value)


def _plain(value: Any, locale: str) -> str:
    """A JSON value in one line: lists as words, objects as `name: value`."""
    if isinstance(value, list):
        return listed((_plain(each, locale) for each in value), locale)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(each, locale)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


SHOWN: Mapping[Kind, Shown] = {
    Kind.YES_NO: _truth,
    Kind.MOMENT: _moment,
    Kind.TEXTS: _plain,
    Kind.JSON: _plain,
}
