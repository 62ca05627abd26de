"""The page of one deed: a form read from the schema, one mutation, and what became of it; the same for every object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import value_at
from admin_panel.deeds import DEEDS, LOOKED_UP, PASSWORDS, ROLE_FIELDS, Deed
from admin_panel.filters import edge_of_day
from admin_panel.inputs import InputField, MutationInfo
from admin_panel.metadata import ObjectInfo
from admin_panel.pages import OwnView
from admin_panel.registry import SMALL
from admin_panel.show import in_language, moment
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import both, say

MOST_CHOICES = 200
#: Periods are asked by day: a field with such a name means the first moment of its day, any other the last.
FIRST_MOMENTS = frozenset({"validFrom"})

Group = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Control:
    """One field as the page shows it. `look`: text, password, number, day, tick, select or many; `groups`: the choices
    of a select box, under their headings ("" for none)."""

    field: InputField
    look: str
    value: Any
    groups: list[Group]
    wrong: str = ""


class DeedViews(OwnView):
    """What every object's pages have besides: its deeds, each at `do/<mutation>`."""

    info: ObjectInfo
    objects: Mapping[str, ObjectInfo]

    def get_one(self, id: str) -> Json:  # noqa: A002  # Flask-Admin's name for it
        """One row with every readable field; 404 when it is not there or not visible."""
        raise NotImplementedError

    def deeds(self, row: Json | None = None) -> list[tuple[str, str, Deed]]:
        """Words, address and deed of each button: of the list without a row, else of the row."""
        found = [each for each in DEEDS.get(self.info.name, ()) if each.offered(signed_in(), self.info.name, row)]
        asked = {"id": row["id"]} if row else {}
        return [(say(each.words), self.get_url(".do", mutation=each.mutation, **asked), each) for each in found]

    @expose("/do/<mutation>", methods=("GET", "POST"))
    def do(self, mutation: str) -> Any:
        """The form, and carrying it out. 404 for what is no deed of this object; 403 where the right is lacking."""
        deed = next((each for each in DEEDS.get(self.info.name, ()) if each.mutation == mutation), None) or abort(404)
        row = self.get_one(request.args.get("id") or abort(404)) if deed.row else None
        if not deed.offered(signed_in(), self.info.name, row):
            abort(403 if deed.when is None or row is None else 409)
        if request.method == "GET":
            return self._deed_form(deed, row)
        try:
            answer = execute(_mutation(deed).document, _mutation(deed).variables(_given(deed, row)))["done"]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            return self._deed_form(deed, row, failure), 409 if failure.code == "CONFLICT" else 400
        except ValueError as wrong:
            flash(say("bad_value", value=str(wrong)[:40]), "error")
            return self._deed_form(deed, row), 400
        return self._deed_done(deed, row, answer)

    def _deed_form(self, deed: Deed, row: Json | None, failure: ApiFailure | None = None) -> str:
        asked = asked_of(deed)
        return str(
            self.render(
                "panel/deed.html",
                deed=deed,
                title=both(deed.words),
                row=row,
                controls=[_control(deed, each, row, failure, choices(self.objects, asked)) for each in asked],
                failure=failure,
                back=self._back(row),
            )
        )

    def _deed_done(self, deed: Deed, row: Json | None, answer: Any) -> Any:
        """Tells it and goes back; what is shown only once has a page of its own, which no browser keeps."""
        secret = answer.get(deed.once) if deed.once and isinstance(answer, dict) else None
        if not secret:
            flash(say("deed_done", what=say(deed.words)), "success")
            return redirect(self._back(row), 303)
        page = self.render("panel/once.html", title=both(deed.words), secret=secret, row=row, back=self._back(row))
        return page, {"Cache-Control": "no-store"}

    def _back(self, row: Json | None) -> str:
        return self.get_url(".details_view", id=row["id"]) if row else self.get_url(".index_view")


def _mutation(deed: Deed) -> MutationInfo:
    found: MutationInfo = current_app.extensions["lixiao_mutations"][deed.mutation]
    return found


def asked_of(deed: Deed) -> list[InputField]:
    """What the form asks: what neither the row nor the deed itself says."""
    known = {*deed.row, *deed.hidden, *deed.fixed}
    return [each for each in _mutation(deed).fields if each.name not in known]


# --- reading the form


def _given(deed: Deed, row: Json | None) -> Json:
    """The arguments of the mutation. What is left empty is left out, or emptied where the row started it."""
    given: Json = {**deed.fixed, **{name: value_at(row, column) for name, column in deed.row.items()}}
    for each in asked_of(deed):
        value = _value(each)
        if value is not None:
            given[each.name] = value
        elif each.name in deed.starts:
            given[each.name] = "" if each.kind == "String" and not each.many else None
    return given


def _value(field: InputField) -> Any:
    """The form's text as a JSON value; None where nothing was entered. Raises ValueError."""
    if field.many:
        return [each for each in request.form.getlist(field.name) if each] or None
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


# --- showing it


def choices(objects: Mapping[str, ObjectInfo], asked: list[InputField]) -> Mapping[str, list[Group]]:
    """The choices of every select box of the form, in one document."""
    viewer = signed_in()
    wanted = {name: [each for each in LOOKED_UP.get(name, ()) if viewer.reads(each)] for name in _names(asked)}
    parts = [
        _part(objects[each], viewer) for each in dict.fromkeys(each for found in wanted.values() for each in found)
    ]
    rows = execute(f"query Choices {{ {' '.join(parts)} }}") if parts else {}
    found = {
        name: [(str(objects[each].label), _pairs(rows[f"of{each}"]["nodes"])) for each in some]
        for name, some in wanted.items()
        if some
    }
    return found | {name: [("", _roles(objects))] for name in _names(asked) if name in ROLE_FIELDS}


def _names(asked: list[InputField]) -> list[str]:
    return [each.name for each in asked]


def _part(info: ObjectInfo, viewer: Viewer) -> str:
    batch = viewer.batch.code if viewer.batch and viewer.batch.code.replace("-", "").isalnum() else None
    where = f', where: {{ batch: {{ code: {{ eq: "{batch}" }} }} }}' if info.name == "Item" and batch else ""
    naming = "name nameEn" if "nameEn" in info.fields else "name"
    return (
        f"of{info.name}: {info.plural}(first: {MOST_CHOICES}{where}) {{ nodes {{ key: {SMALL[info.name]} {naming} }} }}"
    )


def _pairs(rows: list[Json]) -> list[tuple[str, str]]:
    return [(row["key"], f"{in_language(row)} ({row['key']})") for row in rows]


def _roles(objects: Mapping[str, ObjectInfo]) -> list[tuple[str, str]]:
    return [(each.value, str(each.label)) for each in objects["RoleAssignment"].fields["role"].choices]


def _control(
    deed: Deed, field: InputField, row: Json | None, failure: ApiFailure | None, found: Mapping[str, list[Group]]
) -> Control:
    groups = found.get(field.name) or (
        [("", [(value, str(words)) for value, words in field.values])] * bool(field.values)
    )
    return Control(field, _look(field, groups), _shown(deed, field, row), groups, _wrong(field, failure))


def _look(field: InputField, groups: list[Group]) -> str:
    if groups:
        return "many" if field.many else "select"
    if field.name in PASSWORDS:
        return "password"
    return {"Boolean": "tick", "Int": "number", "DateTime": "day", "Date": "day"}.get(field.kind, "text")


def _shown(deed: Deed, field: InputField, row: Json | None) -> Any:
    """What was entered, when the form comes back; else what the row holds. Never a password."""
    if field.name in PASSWORDS:
        return ""
    if request.method == "POST":
        return request.form.getlist(field.name) if field.many else request.form.get(field.name, "")
    value = value_at(row, deed.starts[field.name]) if field.name in deed.starts else None
    if field.kind == "DateTime" and value:
        at = moment(value)
        return at.date().isoformat() if at else ""
    return value if value is not None else [] if field.many else ""


def _wrong(field: InputField, failure: ApiFailure | None) -> str:
    """What the API said about this very field; the sentence itself stands above the form."""
    named = failure.violations if failure else []
    return failure.message if failure and any(each["path"][-1:] == [field.name] for each in named) else ""
