"""What an item is to become, read from plain values and checked field by field; which items are there is not known
here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from models.enums import HandledBy, ItemKind, Way
from models.rules.applicability import Condition, ConditionError
from models.rules.identity import normalise
from models.rules.loading import HANDLED_BY, KIND, WAY
from models.rules.refusals import Code, Refused
from models.season import Item

E = TypeVar("E", bound=Enum)

CODE = re.compile(r"[A-Z][A-Z0-9_]{0,31}")
LARGEST_ORDER = 100_000

#: What no plain edit changes once the batch is open (invariant 16); only a decided request does.
FROZEN = frozenset({"kind", "handled_by", "ways", "applies_to", "prerequisites"})


@dataclass(frozen=True, slots=True)
class First:
    """An item that is to come first, by code."""

    code: str
    reopen: bool = False


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """The fields that are mentioned, by column, as the model holds them. `department` is a code; `prerequisites` None:
    they are not mentioned."""

    columns: Mapping[str, Any]
    department: str | None = None
    prerequisites: tuple[First, ...] | None = None

    @property
    def mentioned(self) -> frozenset[str]:
        """The names of everything mentioned."""
        more = {"department": self.department, "prerequisites": self.prerequisites}
        return frozenset(self.columns) | {name for name, value in more.items() if value is not None}


def read_draft(values: Mapping[str, object], *, adding: bool) -> ItemDraft:
    """The draft that these values spell out, by the field names of Item; enum members by name; `department` a code;
    `prerequisites` a list of codes or of `{"code": …, "reopen": …}`.

    Refuses with BAD_INPUT, the argument naming the field: an unknown field or value, a text too long, a condition that
    cannot be read (with its position), an item with a state and no way. `adding`: code, name and owner must be there.
    """
    columns: dict[str, Any] = {}
    for name, value in values.items():
        if name in READERS:
            columns[name] = READERS[name](name, value)
        elif name not in ("department", "prerequisites"):
            raise _bad(name, problem="UNKNOWN_FIELD")
    department = _text("department", values["department"]) if "department" in values else None
    draft = ItemDraft(columns, department, _prerequisites(values.get("prerequisites")))
    _require_whole(draft, adding=adding)
    return draft


def _require_whole(draft: ItemDraft, *, adding: bool) -> None:
    if not adding and "code" in draft.columns:
        raise _bad("code", problem="NEVER_CHANGES")
    given = {**draft.columns, "department": draft.department}
    for name in ("code", "name", "department"):
        if given.get(name) == "" or (adding and given.get(name) is None):
            raise _bad(name, problem="MISSING")
    kind = draft.columns.get("kind", ItemKind.NORMAL if adding else None)
    if "ways" in draft.columns or adding:
        _require_ways(kind, draft.columns.get("ways", []))


def _require_ways(kind: ItemKind | None, ways: list[str]) -> None:
    if kind is not ItemKind.INFO and kind is not None and not ways:
        raise _bad("ways", problem="MISSING")


def _bad(name: str, **facts: str | int) -> Refused:
    return Refused(Code.BAD_INPUT, argument=f"proposal.{name}", **facts)


# --- one field


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise _bad(name, problem="NOT_TEXT")
    limit = getattr(Item._meta.fields_map[name], "max_length", None)
    text = value.strip() if limit is None else normalise(value)
    if limit is not None and len(text) > limit:
        raise _bad(name, problem="TOO_LONG", value=len(text), limit=limit)
    return text


def _code(name: str, value: object) -> str:
    text = _text(name, value)
    if not CODE.fullmatch(text):
        raise _bad(name, problem="CODE", value=text)
    return text


def _condition(name: str, value: object) -> str:
    text = _text(name, value)
    try:
        Condition.parse(text)
    except ConditionError as error:
        raise _bad(name, value=text, **error.facts) from error
    return text


def _kind(name: str, value: object) -> ItemKind:
    return _member(name, KIND, value)


def _handled_by(name: str, value: object) -> HandledBy:
    return _member(name, HANDLED_BY, value)


def _ways(name: str, value: object) -> list[str]:
    if not isinstance(value, list):
        raise _bad(name, problem="NOT_A_LIST")
    chosen: list[Way] = [_member(name, WAY, each) for each in value]
    return [way.value for way in WAY.values() if way in chosen]


def _member(name: str, members: Mapping[Any, E], value: object) -> E:
    found = members.get(value) if isinstance(value, str) else None
    if found is None:
        raise _bad(name, problem="UNKNOWN_VALUE", value=str(value)[:32])
    return found


def _order(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_ORDER:
        raise _bad(name, problem="NOT_A_NUMBER")
    return value


READERS: Mapping[str, Callable[[str, object], Any]] = {
    "code": _code,
    "name": _text,
    "name_en": _text,
    "kind": _kind,
    "handled_by": _handled_by,
    "ways": _ways,
    "applies_to": _condition,
    "instruction": _text,
    "instruction_en": _text,
    "place": _text,
    "order": _order,
}


def _prerequisites(value: object) -> tuple[First, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise _bad("prerequisites", problem="NOT_A_LIST")
    found = [_first(each) for each in value]
    if len({each.code for each in found}) < len(found):
        raise _bad("prerequisites", problem="TWICE")
    return tuple(found)


def _first(value: object) -> First:
    if isinstance(value, Mapping):
        return First(_code("code", value.get("code")), bool(value.get("reopen", False)))
    return First(_code("code", value))
