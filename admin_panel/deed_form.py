"""The form of a deed: what it asks, how each field looks and what it starts with, and reading it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from admin_panel.visit import NO_RIGHTS, execute, signed_in

MOST_CHOICES = 200
#: Periods are asked by day: a field with such a name means the first moment of its day, any other the last.
FIRST_MOMENTS = frozenset({"validFrom", "opensAt"})
#: Which version of the row the reader saw: it travels in the form, so that a change meanwhile is noticed.
VERSION = "expectedVersion"
LOOKS = {"Boolean": "tick", "Int": "number", "DateTime": "day", "Date": "day"}

Group = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Control:
    """One field as the page shows it. `look`: text, lines, password, number, day, tick, select or many; `groups`: the
    choices of a select box, under their headings ("" for none)."""

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
    """What the form asks: what neither the row nor the deed itself says; of plain editing, what the viewer's role may
    write."""
    known = {*deed.row, *deed.hidden, *deed.fixed}
    asked = [each for each in mutation_of(deed).fields if each.name not in known]
    if not deed.by_field:
        return asked
    writable = signed_in().rights.get(deed.of, NO_RIGHTS).writable
    return [_plainly(deed, each) for each in asked if each.name in writable]


def _plainly(deed: Deed, field: InputField) -> InputField:
    """What cannot be emptied is required also where it may be left as it is; a select box needs no hint how to name."""
    named = deed.lookups is not None and field.name in deed.lookups
    return replace(field, required=field.name in deed.needed, hint=None if named else field.hint)


# --- reading it


def given(deed: Deed, objects: Objects, row: Json | None) -> Json:
    """The arguments of the mutation. What is left empty is left out, or emptied where the row started it; of plain
    editing, what stayed as it was is left out. Raises ValueError with the text that is no value of its field."""
    found: Json = {**deed.fixed, **{name: value_at(row, column) for name, column in deed.row.items()}}
    if VERSION in found:
        found[VERSION] = int(request.form.get(VERSION, ""))
    for each in asked_of(deed):
        if (
            deed.by_field
            and row is not None
            and _entered(each) == _comparable(each, _started(deed, objects, each, row))
        ):
            continue
        value = _checked(each)
        if value is not None:
            found[each.name] = value
        elif each.name in deed.starts:
            found[each.name] = "" if each.kind == "String" and not each.many else None
    return found


def _entered(field: InputField) -> Any:
    """What the form holds, to be compared with what it started with."""
    return _comparable(
        field, request.form.getlist(field.name) if field.many else request.form.get(field.name, "").strip()
    )


def _comparable(field: InputField, shown: Any) -> Any:
    if field.many:
        return sorted(shown)
    return bool(shown) if field.kind == "Boolean" else str(shown).replace("\r\n", "\n")


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
    text = text.strip().replace("\r\n", "\n")
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
    found = _choices(deed, objects, [each.name for each in asked])
    wrong = {each["path"][-1] for each in failure.violations if each["path"]} if failure else set()
    grouped = ((each, found.get(each.name, _fixed_choices(each))) for each in asked)
    return [_control(deed, objects, each, row, groups, each.name in wrong) for each, groups in grouped]


def _control(
    deed: Deed, objects: Objects, field: InputField, row: Json | None, groups: list[Group], wrong: bool
) -> Control:
    """Several values that are typed stand with commas between them."""
    look, value = _look(deed, objects, field, groups), _shown(deed, objects, field, row)
    typed = look != "many" and isinstance(value, list)
    return Control(field, look, ", ".join(value) if typed else value, groups, wrong)


def _look(deed: Deed, objects: Objects, field: InputField, groups: list[Group]) -> str:
    if field.name in PASSWORDS:
        return "password"
    if groups:
        return "many" if field.many else "select"
    known = objects[deed.of].fields.get(field.name) if deed.by_field else None
    return "lines" if known and known.multiline else LOOKS.get(field.kind, "text")


def _fixed_choices(field: InputField) -> list[Group]:
    return [("", [(value, str(words)) for value, words in field.values])] if field.values else []


def _shown(deed: Deed, objects: Objects, field: InputField, row: Json | None) -> Any:
    """What was entered, when the form comes back; else what it starts with. Never a password."""
    if field.name in PASSWORDS:
        return ""
    if request.method == "POST":
        return request.form.getlist(field.name) if field.many else request.form.get(field.name, "")
    return _started(deed, objects, field, row)


def _started(deed: Deed, objects: Objects, field: InputField, row: Json | None) -> Any:
    """What the row holds, as the form shows it; in the form of a new row of plain editing, what that will hold."""
    value = value_at(row, deed.starts[field.name]) if field.name in deed.starts else None
    if deed.by_field and row is None:
        value = objects[deed.of].fields[field.name].default
    if field.kind == "DateTime":
        at = moment(value)
        return at.date().isoformat() if at else ""
    return ([] if field.many else "") if value is None else value


def _choices(deed: Deed, objects: Objects, names: list[str]) -> Mapping[str, list[Group]]:
    """The choices of the select boxes whose values are rows, all in one document; and of those that ask for a role."""
    viewer = signed_in()
    looked_up = LOOKED_UP if deed.lookups is None else deed.lookups
    wanted = {name: [each for each in looked_up.get(name, ()) if viewer.reads(each)] for name in names}
    targets = dict.fromkeys(target for some in wanted.values() for target in some)
    rows = _rows([objects[target] for target in targets], deed.keys)
    found = {
        name: [(str(objects[target].label), _pairs(rows[f"of{target}"]["nodes"])) for target in some]
        for name, some in wanted.items()
        if some
    }
    roles = [(each.value, str(each.label)) for each in objects["RoleAssignment"].fields["role"].choices]
    return found | {name: [("", roles)] for name in names if name in ROLE_FIELDS}


def _rows(wanted: list[ObjectInfo], keys: Mapping[str, str]) -> Json:
    batch = signed_in().batch
    narrowed = bool(batch) and any(each.name == "Item" for each in wanted)
    parts = " ".join(_part(each, keys, narrowed and each.name == "Item") for each in wanted)
    if not parts:
        return {}
    head = "query Choices($batch: String!)" if narrowed else "query Choices"
    return execute(f"{head} {{ {parts} }}", {"batch": batch.code} if narrowed and batch else None)


def _part(info: ObjectInfo, keys: Mapping[str, str], of_batch: bool) -> str:
    where = ", where: { batch: { code: { eq: $batch } } }" if of_batch else ""
    naming = "name nameEn" if "nameEn" in info.fields else "name"
    asked = f"key: {keys[info.name]} code: {SMALL[info.name]} {naming}"
    return f"of{info.name}: {info.plural}(first: {MOST_CHOICES}{where}) {{ nodes {{ {asked} }} }}"


def _pairs(rows: list[Json]) -> list[tuple[str, str]]:
    return [(row["key"], f"{in_language(row)} ({row['code']})") for row in rows]
