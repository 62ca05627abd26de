"""The form of a deed: what it asks, how each field looks and what it starts with, and reading it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects, value_at
from admin_panel.deeds import LOOKED_UP, PASSWORDS, ROLE_FIELDS, Deed
from admin_panel.filters import edge_of_day
from admin_panel.inputs import InputField, MutationInfo
from admin_panel.metadata import ObjectInfo
from admin_panel.registry import SMALL
from admin_panel.show import in_language, moment
from admin_panel.visit import execute, signed_in

MOST_CHOICES = 200
#: Periods are asked by day: a field with such a name means the first moment of its day, any other the last.
FIRST_MOMENTS = frozenset({"validFrom"})
#: Which version of the row the reader saw: it travels in the form, so that a change meanwhile is noticed.
VERSION = "expectedVersion"
LOOKS = {"Boolean": "tick", "Int": "number", "DateTime": "day", "Date": "day"}

Group = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Control:
    """One field as the page shows it. `look`: text, password, number, day, tick, select or many; `groups`: the choices
    of a select box, under their headings ("" for none)."""

    field: InputField
    look: str
    value: Any
    groups: list[Group]
    wrong: bool


def mutation_of(deed: Deed) -> MutationInfo:
    """What the schema says of the deed's mutation."""
    found: MutationInfo = current_app.extensions["lixiao_mutations"][deed.mutation]
    return found


def asked_of(deed: Deed) -> list[InputField]:
    """What the form asks: what neither the row nor the deed itself says."""
    known = {*deed.row, *deed.hidden, *deed.fixed}
    return [each for each in mutation_of(deed).fields if each.name not in known]


# --- reading it


def given(deed: Deed, row: Json | None) -> Json:
    """The arguments of the mutation. What is left empty is left out, or emptied where the row started it. Raises
    ValueError with the text that is no value of its field."""
    found: Json = {**deed.fixed, **{name: value_at(row, column) for name, column in deed.row.items()}}
    if VERSION in found:
        found[VERSION] = int(request.form.get(VERSION, ""))
    for each in asked_of(deed):
        value = _checked(each)
        if value is not None:
            found[each.name] = value
        elif each.name in deed.starts:
            found[each.name] = "" if each.kind == "String" and not each.many else None
    return found


def _checked(field: InputField) -> Any:
    try:
        return _value(field)
    except ValueError:
        raise ValueError(request.form.get(field.name, "")) from None


def _value(field: InputField) -> Any:
    """The form's text as a JSON value; None where nothing was entered."""
    if field.many:
        return _several(request.form.getlist(field.name))
    text = request.form.get(field.name, "")
    if field.kind == "Boolean":
        return bool(text)
    if field.name in PASSWORDS:
        return text or None
    text = text.strip()
    if not text:
        return None
    if field.kind == "Int":
        return int(text)
    if field.kind in ("DateTime", "Date"):
        return edge_of_day(text, last=field.name not in FIRST_MOMENTS, moment=field.kind == "DateTime")
    return text


def _several(texts: list[str]) -> list[str] | None:
    """Ticked values, or words that were typed with commas between them."""
    return [word for text in texts for each in text.replace("，", ",").split(",") if (word := each.strip())] or None


# --- showing it


def controls(deed: Deed, objects: Objects, row: Json | None, failure: ApiFailure | None) -> list[Control]:
    """The fields of the form, with what was entered when it comes back."""
    asked = asked_of(deed)
    found = _choices(objects, [each.name for each in asked])
    wrong = {each["path"][-1] for each in failure.violations if each["path"]} if failure else set()
    return [_control(deed, each, row, found.get(each.name, _fixed_choices(each)), each.name in wrong) for each in asked]


def _control(deed: Deed, field: InputField, row: Json | None, groups: list[Group], wrong: bool) -> Control:
    look = ("many" if field.many else "select") if groups else LOOKS.get(field.kind, "text")
    return Control(field, "password" if field.name in PASSWORDS else look, _shown(deed, field, row), groups, wrong)


def _fixed_choices(field: InputField) -> list[Group]:
    return [("", [(value, str(words)) for value, words in field.values])] if field.values else []


def _shown(deed: Deed, field: InputField, row: Json | None) -> Any:
    """What was entered, when the form comes back; else what the row holds. Never a password."""
    if field.name in PASSWORDS:
        return ""
    if request.method == "POST":
        return request.form.getlist(field.name) if field.many else request.form.get(field.name, "")
    value = value_at(row, deed.starts[field.name]) if field.name in deed.starts else None
    if field.kind == "DateTime":
        at = moment(value)
        return at.date().isoformat() if at else ""
    return value or ([] if field.many else "")


def _choices(objects: Objects, names: list[str]) -> Mapping[str, list[Group]]:
    """The choices of the select boxes whose values are rows, all in one document; and of those that ask for a role."""
    viewer = signed_in()
    wanted = {name: [each for each in LOOKED_UP.get(name, ()) if viewer.reads(each)] for name in names}
    targets = dict.fromkeys(target for some in wanted.values() for target in some)
    rows = _rows([objects[target] for target in targets])
    found = {
        name: [(str(objects[target].label), _pairs(rows[f"of{target}"]["nodes"])) for target in some]
        for name, some in wanted.items()
        if some
    }
    roles = [(each.value, str(each.label)) for each in objects["RoleAssignment"].fields["role"].choices]
    return found | {name: [("", roles)] for name in names if name in ROLE_FIELDS}


def _rows(wanted: list[ObjectInfo]) -> Json:
    batch = signed_in().batch
    narrowed = bool(batch) and any(each.name == "Item" for each in wanted)
    parts = " ".join(_part(each, narrowed and each.name == "Item") for each in wanted)
    if not parts:
        return {}
    head = "query Choices($batch: String!)" if narrowed else "query Choices"
    return execute(f"{head} {{ {parts} }}", {"batch": batch.code} if narrowed and batch else None)


def _part(info: ObjectInfo, of_batch: bool) -> str:
    where = ", where: { batch: { code: { eq: $batch } } }" if of_batch else ""
    naming = "name nameEn" if "nameEn" in info.fields else "name"
    return (
        f"of{info.name}: {info.plural}(first: {MOST_CHOICES}{where}) {{ nodes {{ key: {SMALL[info.name]} {naming} }} }}"
    )


def _pairs(rows: list[Json]) -> list[tuple[str, str]]:
    return [(row["key"], f"{in_language(row)} ({row['key']})") for row in rows]
