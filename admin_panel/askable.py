"""What a list may be asked about: fields of its object, of what they lead to, and the rows that belong to either.

Everything comes from the schema and the viewer's rights; the API decides again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from admin_panel.columns import Objects
from admin_panel.language import Text
from admin_panel.metadata import FieldInfo, ListInfo
from admin_panel.registry import BOOKKEEPING, SMALL
from admin_panel.visit import NO_RIGHTS, Viewer
from admin_panel.words import both

#: How many relations a field may be away.
STEPS = 2
BETWEEN_STEPS = " › "


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare. `takes`: how many values, `nothing`, `one`, `two` or `many`. `needs`: what the schema must
    have for it."""

    name: str
    words: Text
    takes: str
    needs: str


OPERATORS = {
    each.name: each
    for each in (
        Operator("contains", both("contains"), "one", "contains"),
        Operator("notContains", both("op_not_contains"), "one", "contains"),
        Operator("startsWith", both("starts"), "one", "startsWith"),
        Operator("eq", both("eq"), "one", "eq"),
        Operator("ne", both("op_ne"), "one", "eq"),
        Operator("in", both("op_in"), "many", "in"),
        Operator("notIn", both("op_not_in"), "many", "in"),
        Operator("gte", both("op_gte"), "one", "gte"),
        Operator("lte", both("op_lte"), "one", "lte"),
        Operator("between", both("op_between"), "two", "gte"),
        Operator("isNull", both("op_empty"), "nothing", "isNull"),
        Operator("notNull", both("op_filled"), "nothing", "isNull"),
    )
}
#: By kind, in the order in which they are offered; the first is what a new condition begins with. `eq` and `ne` of a
#: closed set are understood and not offered: `in` says the same.
OFFERED = {
    "text": ("contains", "notContains", "startsWith", "eq", "ne", "in", "notIn", "isNull", "notNull"),
    "number": ("eq", "ne", "gte", "lte", "between", "in", "notIn", "isNull", "notNull"),
    "truth": ("eq", "isNull", "notNull"),
    "choice": ("in", "notIn", "isNull", "notNull"),
    "lookup": ("in", "notIn", "isNull", "notNull"),
    "day": ("between", "gte", "lte", "eq", "ne", "isNull", "notNull"),
    "row": ("isNull", "notNull"),
}
#: Some, none or every of the rows that belong to a row.
SIDES = {"some": both("side_some"), "none": both("side_none"), "every": both("side_every")}


@dataclass(frozen=True, slots=True)
class Askable:
    """Something that a condition may be about. `kind`: text, number, truth, choice, lookup (rows of the small object
    `target`), day, row (a relation that is there or is not), rows (those of `target` that belong to this one)."""

    path: str
    steps: tuple[Text, ...]
    kind: str
    field: FieldInfo | None
    target: str

    @property
    def label(self) -> Text:
        """The words of every step: 学生 › 姓名."""
        return Text(*(BETWEEN_STEPS.join(getattr(step, each) for step in self.steps) for each in ("zh", "en")))

    @property
    def own_label(self) -> Text:
        return self.steps[-1]

    @property
    def operators(self) -> list[Operator]:
        """What is offered, as far as the schema has it."""
        return [OPERATORS[name] for name in OFFERED.get(self.kind, ()) if self.understands(name)]

    def understands(self, name: str) -> bool:
        """Whether a condition about this may compare so."""
        closed = self.kind in ("choice", "lookup") and name in ("eq", "ne")
        if name not in OPERATORS or not (closed or name in OFFERED.get(self.kind, ())):
            return False
        related = self.kind in ("lookup", "row") or self.field is None
        return related or OPERATORS[name].needs in (self.field.operators if self.field else ())


def askable(objects: Objects, viewer: Viewer, object_name: str, path: str) -> Askable | None:
    """What `path` leads to; None where the viewer does not read every step of it, or where it may not be asked."""
    steps: list[Text] = []
    *relations, last = path.split(".")
    if len(relations) > STEPS:
        return None
    for name in relations:
        field = _readable(objects, viewer, object_name, name)
        if field is None or field.kind != "reference":
            return None
        steps.append(field.label)
        object_name = field.target or ""
    return _ending(objects, viewer, object_name, last, path, steps)


def menu(objects: Objects, viewer: Viewer, object_name: str, beside: str = "") -> list[tuple[Text, list[Askable]]]:
    """Everything that may be asked, under headings: the object's own, what belongs to it, then what a relation leads
    to. No step leads back to an object passed on the way, nor to the one `beside` which rows are asked about; a path
    that does is understood all the same where it is written."""
    found = []
    for steps, name in reached(objects, viewer, object_name, (), frozenset({object_name, beside})):
        prefix = "".join(f"{step}." for step in steps)
        info = objects[name]
        names = sorted(info.fields, key=lambda each: each in BOOKKEEPING)
        all_paths = [prefix + each for each in (*names, *info.lists)]
        offered = [each for path in all_paths if (each := askable(objects, viewer, object_name, path))]
        heading = offered[0].steps[:-1] if offered else ()
        words = [BETWEEN_STEPS.join(getattr(step, each) for step in heading) for each in ("zh", "en")]
        if offered:
            found.append((Text(*words) if steps else info.label, offered))
    return found


def reached(
    objects: Objects, viewer: Viewer, object_name: str, steps: tuple[str, ...], passed: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The object itself and those that its relations lead to, the nearest first."""
    yield steps, object_name
    nearest = []
    for name in objects[object_name].fields:
        field = _readable(objects, viewer, object_name, name)
        target = field.target or "" if field and field.kind == "reference" else ""
        if target in objects and target not in passed:
            nearest.append((name, target))
    for name, target in nearest:
        if len(steps) < STEPS:
            yield from reached(objects, viewer, target, (*steps, name), passed | {target})


def _readable(objects: Objects, viewer: Viewer, object_name: str, name: str) -> FieldInfo | None:
    info = objects.get(object_name)
    field = info.fields.get(name) if info else None
    return field if field and name in viewer.rights.get(object_name, NO_RIGHTS).readable else None


def _ending(
    objects: Objects, viewer: Viewer, object_name: str, name: str, path: str, steps: list[Text]
) -> Askable | None:
    info = objects.get(object_name)
    belonging = info.lists.get(name) if info else None
    if belonging is not None:
        asked = Askable(path, (*steps, belonging.label), "rows", None, belonging.target)
        return asked if _reads_rows(objects, viewer, object_name, belonging) else None
    field = _readable(objects, viewer, object_name, name)
    kind = _kind(viewer, field) if field and not field.sensitive else ""
    return Askable(path, (*steps, field.label), kind, field, field.target or "") if field and kind else None


def _reads_rows(objects: Objects, viewer: Viewer, owner: str, belonging: ListInfo) -> bool:
    """Whether the viewer reads these rows, and whose they are."""
    if belonging.target not in objects or not viewer.reads(belonging.target):
        return False
    back = [name for name, field in objects[belonging.target].fields.items() if field.target == owner]
    return any(name in viewer.rights[belonging.target].readable for name in back)


def _kind(viewer: Viewer, field: FieldInfo) -> str:
    """Which conditions suit a field; empty for none."""
    if field.kind == "reference":
        key = SMALL.get(field.target or "")
        return "lookup" if key and key in viewer.rights.get(field.target or "", NO_RIGHTS).readable else "row"
    if not field.operators or field.kind in ("ID", "list"):
        return ""
    if field.choices:
        return "choice"
    kinds = {"Boolean": "truth", "Int": "number", "Date": "day", "DateTime": "day"}
    return kinds.get(field.kind) or ("text" if "contains" in field.operators else "")
