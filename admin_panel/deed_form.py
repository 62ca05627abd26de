"""The form of a deed: what it asks, how each field looks and what it starts with, and reading it back."""

from __future__ import annotations

import dataclasses
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
from admin_panel.row_lookup import matches
from admin_panel.show import in_language, moment
from admin_panel.visit import NO_RIGHTS, execute, signed_in
from admin_panel.words import listed, say

MOST_CHOICES = 200
#: Periods are asked by day: a field with such a name means the first moment of its day, any other the last.
FIRST_MOMENTS = frozenset({"validFrom", "opensAt"})
#: Which version of the row the reader saw: it travels in the form, so that a change meanwhile is noticed.
VERSION = "expectedVersion"
LONGEST_VERSION = 9
#: Before a field's name: what the form was opened with; and whose value is kept where both were changed.
WAS, TAKE = "was.", "take."
#: Before a field's name: which of the rows that were found is meant; and the button that searches.
PICK, FIND = "pick.", "find"
#: The parameter of an address that narrows a form to one field, as a cell of a list asks for it.
ONLY = "only"
LOOKS = {"Boolean": "tick", "Int": "number", "DateTime": "day", "Date": "day"}

Group = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Control:
    """One field as the page shows it. `look`: text, lines, password, number, day, tick, select, many or find; `groups`:
    the choices of a select box, or what was found, under their headings ("" for none); `marks`: by choice or heading,
    the kinds of unit that it is for; `finds`: the object whose rows are searched."""

    field: InputField
    look: str
    value: Any
    groups: list[Group]
    wrong: bool
    marks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    finds: str = ""


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
    found = [_plainly(deed, each) for each in asked if each.name in writable]
    only = request.args.get(ONLY)
    return [each for each in found if each.name == only] or found


def _plainly(deed: Deed, field: InputField) -> InputField:
    """What cannot be emptied is required also where it may be left as it is, unless the viewer is not shown what it
    holds; a select box needs no hint how to name."""
    named = deed.lookups is not None and field.name in deed.lookups
    shown = not deed.row or field.name in signed_in().rights.get(deed.of, NO_RIGHTS).readable
    return replace(field, required=shown and field.name in deed.needed, hint=None if named else field.hint)


# --- reading it


def refuse_incomplete(deed: Deed, asked: Json) -> None:
    """Raises what the API would say of required fields that are empty, which it says in no language of the visitor's
    where the whole field is missing."""
    missing = [each for each in asked_of(deed) if each.required and each.name not in asked]
    if missing and not deed.row:
        raise _at_fields(say("fill_in", what=listed(each.label for each in missing)), [each.name for each in missing])


def no_value(wrong: NotAValue) -> ApiFailure:
    """A text that is no value of its field, as the API would refuse it."""
    return _at_fields(say("bad_value", value=str(wrong)[:40]), [wrong.name])


def _at_fields(message: str, names: list[str]) -> ApiFailure:
    places = [{"path": ["input", name], "code": "BAD_INPUT"} for name in names]
    return ApiFailure({"message": message, "extensions": {"code": "BAD_INPUT", "violations": places}})


class NotAValue(ValueError):
    """The text, and the field that it is no value of."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        super().__init__(text)


def given(deed: Deed, objects: Objects, row: Json | None) -> Json:
    """The arguments of the mutation. What is left empty is left out, or emptied where the row started it; of plain
    editing, what stayed as it was is left out. Raises ValueError with the text that is no value of its field."""
    found: Json = {**deed.fixed, **{name: value_at(row, column) for name, column in deed.row.items()}}
    if VERSION in found:
        found[VERSION] = _version()
    for each in asked_of(deed):
        if _stays(deed, objects, each, row):
            continue
        value = _checked(each)
        if value is not None:
            found[each.name] = value
        elif each.name in deed.starts:
            found[each.name] = "" if each.kind == "String" and not each.many else None
    return found


def _version() -> int:
    text = request.form.get(VERSION, "")
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_VERSION:
        raise NotAValue(VERSION, text)
    return int(text)


def _stays(deed: Deed, objects: Objects, field: InputField, row: Json | None) -> bool:
    """Whether the field is left as it is: somebody else's value was kept, or it still says what the form was opened
    with, which travels in the form (else: what the row holds)."""
    if request.form.get(TAKE + field.name) == "theirs":
        return True
    if not deed.by_field or row is None:
        return False
    opened = request.form.get(WAS + field.name, as_text(field, _started(deed, objects, field, row)))
    return as_text(field, held_by(field)) == opened


def held_by(field: InputField) -> Any:
    """What the form that was sent holds."""
    if field.many:
        return request.form.getlist(field.name)
    return (request.form.get(PICK + field.name) or request.form.get(field.name, "")).strip()


def as_text(field: InputField, shown: Any) -> str:
    """A value of the form as one text, to be compared, and to travel in the form."""
    if field.many:
        return ",".join(sorted(shown))
    if field.kind == "Boolean":
        return "1" if shown else ""
    return str(shown).replace("\r\n", "\n")


def started_texts(deed: Deed, objects: Objects, row: Json | None) -> list[tuple[str, str]]:
    """What the row holds in each field that the form starts with; of a row that goes, in each that might be edited."""
    if row is None or VERSION not in deed.row:
        return []
    asked = asked_of(deed)
    if not asked:
        return [(name, _plain_text(value_at(row, path))) for name, path in deed.starts.items() if _known(row, path)]
    return [
        (each.name, as_text(each, _started(deed, objects, each, row)))
        for each in asked
        if each.name in deed.starts and _known(row, deed.starts[each.name])
    ]


def opened_with() -> list[tuple[str, str]]:
    """The same as a form that comes back brought it along."""
    return [(name.removeprefix(WAS), value) for name, value in request.form.items() if name.startswith(WAS)]


def theirs_alone(deed: Deed, asked: Json) -> bool:
    """Whether nothing is left to save, because everywhere somebody else's value was kept."""
    kept = [name for name in request.form if name.startswith(TAKE)]
    return bool(kept) and not asked.keys() - {*deed.row, *deed.fixed}


def _known(row: Json, path: str) -> bool:
    """Whether the viewer reads it at all."""
    return path.partition(".")[0] in row


def _plain_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _checked(field: InputField) -> Any:
    try:
        return value_of(field)
    except ValueError:
        raise NotAValue(field.name, request.form.get(field.name, "")) from None


def value_of(field: InputField) -> Any:
    """The form's text as a JSON value; None where nothing was entered."""
    if field.many:
        return _several(request.form.getlist(field.name))
    text = request.form.get(PICK + field.name) or request.form.get(field.name, "")
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
    found = {**_choices(deed, objects, [each.name for each in asked]), **_found(deed, objects)}
    wrong = {each["path"][-1] for each in failure.violations if each["path"]} if failure else set()
    grouped = ((each, found.get(each.name, _fixed_choices(each))) for each in asked)
    return [_control(deed, objects, each, row, groups, each.name in wrong) for each, groups in grouped]


def _control(
    deed: Deed, objects: Objects, asked: InputField, row: Json | None, groups: list[Group], wrong: bool
) -> Control:
    """Several values that are typed stand with commas between them."""
    look, value = _look(deed, objects, asked, groups), _shown(deed, objects, asked, row)
    typed = look != "many" and isinstance(value, list)
    finds = deed.finds.get(asked.name, "") if look == "find" else ""
    marks = _marks(objects, asked, groups)
    return Control(asked, look, ", ".join(value) if typed else value, groups, wrong, marks, finds)


def _marks(objects: Objects, asked: InputField, groups: list[Group]) -> Mapping[str, str]:
    """A role's choices with the kinds of unit it is held for, and the groups of units with their own kind, so that a
    script can offer only units that fit."""
    if asked.name in ROLE_FIELDS:
        return {each.value: " ".join(each.units) for each in objects["RoleAssignment"].fields["role"].choices}
    if asked.name == "unit":
        return {str(objects[target].label): target.lower() for target in LOOKED_UP["unit"]}
    return {}


def _look(deed: Deed, objects: Objects, field: InputField, groups: list[Group]) -> str:
    if field.name in PASSWORDS:
        return "password"
    if field.name in deed.finds and signed_in().reads(deed.finds[field.name]):
        return "find"
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


def _found(deed: Deed, objects: Objects) -> Mapping[str, list[Group]]:
    """What the button beside a field has just found, without any script."""
    name = request.form.get(FIND, "") if request.method == "POST" else ""
    target = deed.finds.get(name, "")
    if not target or not signed_in().reads(target):
        return {}
    return {name: [("", matches(objects[target], request.form.get(name, "")))]}


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
