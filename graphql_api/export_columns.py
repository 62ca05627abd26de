"""The columns of a file: a dotted path of the schema (`sheet.student.studentNo`) becomes a heading, what to select, and
cells that people read: words of a closed set, names of related rows, moments in the university's time.

Which columns may leave is not decided here, see `exporting`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql_api import export_cells
from graphql_api.context import Context
from graphql_api.export_cells import Shown
from graphql_api.registry import Column, Exposed, Kind, Member, ToOne, registry
from graphql_api.values import bad
from graphql_api.workbook_sheets import CellValue
from graphql_api.workbook_sheets import Column as SheetColumn
from graphql_api.workbook_sheets import Kind as SheetKind
from models.declare import Words
from policies.access import Access

MOST_COLUMNS = 50
MOST_STEPS = 4
BETWEEN_STEPS = " › "

KINDS = {Kind.NUMBER: SheetKind.NUMBER, Kind.MOMENT: SheetKind.MOMENT}


@dataclass(frozen=True, slots=True)
class Computed:
    """What rules work out, in a file: its heading, what to select for it, and the text of the cell."""

    label: Words
    selection: str
    text: Callable[[Any, str], str]


COMPUTED: Mapping[tuple[str, str], Computed] = {
    ("Sheet", "progress"): Computed(Words("进度", "Progress"), "progress { settled required }", export_cells.progress),
    ("Sheet", "certificateState"): Computed(
        Words("证书状态", "Certificates"), "certificateState { message }", lambda value, _: str(value["message"])
    ),
    ("Item", "prerequisites"): Computed(
        Words("前置环节", "Comes first"), "prerequisites { requires { displayLabel } }", export_cells.coming_first
    ),
}


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: what the workbook knows of it, and the cell of a row as the API answered it."""

    path: str
    about: SheetColumn
    cell: Callable[[Mapping[str, Any]], CellValue]


def columns_of(context: Context, exposed: Exposed, paths: Sequence[str]) -> list[ExportColumn]:
    """The columns of these paths in their order. Raises BAD_INPUT (NO_COLUMNS, COLUMNS_TWICE, NO_COLUMN)."""
    place = ("input", "columns")
    if not 0 < len(paths) <= MOST_COLUMNS:
        raise bad(place, "NO_COLUMNS" if not paths else "MANY_COLUMNS", limit=MOST_COLUMNS)
    doubled = next((path for path, count in Counter(paths).items() if count > 1), None)
    if doubled is not None:
        raise bad(place, "COLUMN_TWICE", column=doubled[:100])
    found = [_found(context, exposed, path, index) for index, path in enumerate(paths)]
    short = Counter(each.short.zh for each in found)
    return [each.column(context, full=short[each.short.zh] > 1) for each in found]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a path leads to. `short`: what it is called by itself; `full`: with the way to it."""

    path: str
    short: Words
    full: Words
    member: Member | None
    shown: Shown
    help: Words | None
    changeable: bool = False

    def column(self, context: Context, *, full: bool) -> ExportColumn:
        steps = self.path.split(".")
        choices = export_cells.choices_of(self.member) if isinstance(self.member, Column) else {}
        kind = KINDS.get(self.member.kind, SheetKind.TEXT) if isinstance(self.member, Column) else SheetKind.TEXT
        allowed = _joined(list(choices.values())) if choices else None
        about = SheetColumn(
            self.full if full else self.short,
            kind,
            meaning=self.help or (self.full if len(steps) > 1 else None),
            allowed=allowed,
            choices=tuple(each[context.locale] for each in choices.values()) if self.changeable else (),
            changeable=self.changeable,
        )
        shown, locale = self.shown, context.locale

        def cell(row: Mapping[str, Any]) -> CellValue:
            value: Any = row
            for step in steps:
                value = value.get(step) if value else None
            return None if value is None or value == "" else shown(value, locale)

        return ExportColumn(self.path, about, cell)


def _found(context: Context, exposed: Exposed, path: str, index: int) -> _Found:
    """Raises BAD_INPUT (NO_COLUMN) for what the object does not have, or is a list of rows."""
    steps = path.split(".")
    labels: list[Words] = []
    owner: Exposed | None = exposed
    member: Member | None = None
    for step in steps[:MOST_STEPS]:
        told = COMPUTED.get((owner.name, step)) if owner is not None else None
        if told is not None and step == steps[-1] and len(steps) == 1:
            return _Found(path, told.label, told.label, None, told.text, None)
        member = owner.members.get(step) if owner is not None else None
        if not isinstance(member, Column | ToOne):
            break
        labels.append(member.note.label)
        owner = registry()[member.target] if isinstance(member, ToOne) else None
    if not isinstance(member, Column | ToOne) or len(labels) != len(steps):
        raise bad(("input", "columns", str(index)), "NO_COLUMN", column=path[:100], object=exposed.entity.label)
    short = labels[-2] if len(labels) > 1 and steps[-1] == "code" else labels[-1]
    full = Words(BETWEEN_STEPS.join(each.zh for each in labels), BETWEEN_STEPS.join(each.en for each in labels))
    shown = export_cells.shown(member, state=exposed.name == "Event" and path in ("before", "after"))
    changeable = len(steps) == 1 and _changeable(context.access, exposed, member)
    return _Found(path, short, full, member, shown, member.note.hint, changeable)


def _changeable(access: Access, exposed: Exposed, member: Column | ToOne) -> bool:
    """Whether an import by this caller could change it."""
    plain = member.note.writable and not member.note.fixed and "update" in exposed.entity.plain_editing
    return plain and access.can(exposed.name, "update", member.name)


def _joined(words: Sequence[Words]) -> Words:
    return Words("、".join(each.zh for each in words), ", ".join(each.en for each in words))


# --- what is asked


def selection_of(context: Context, exposed: Exposed, paths: Sequence[str]) -> str:
    """What these columns take and no more: whatever is shown must be one that may be exported."""
    tree: dict[str, list[str]] = {}
    for path in paths:
        head, _, tail = path.partition(".")
        tree.setdefault(head, []).append(tail)
    return " ".join(_selected(context, exposed, head, tails) for head, tails in tree.items())


def _selected(context: Context, exposed: Exposed, head: str, tails: list[str]) -> str:
    if (exposed.name, head) in COMPUTED:
        return COMPUTED[exposed.name, head].selection
    member = exposed.members[head]
    if not isinstance(member, ToOne):
        return head
    target, below = registry()[member.target], [tail for tail in tails if tail]
    named = ["nameEn"] if context.locale.startswith("en") and _has_english_name(context.access, target) else []
    label = ["displayLabel", *named] if "" in tails else []
    return f"{head} {{ {' '.join([*label, selection_of(context, target, below)]).strip()} }}"


def _has_english_name(access: Access, target: Exposed) -> bool:
    """Whether rows of this object are called by an English name, which this caller may have in a file."""
    known = "nameEn" in target.members
    return known and all(access.can(target.name, action, "name_en") for action in ("read", "export"))
