"""One cell of the matrix: what holds and why, who can, and the form that changes it in one's own draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.language import text_of
from admin_panel.policy_pages import BOTH, RULE, PolicyPage, must_tune, read_draft, save_draft
from admin_panel.policy_units import KINDS, UNITS, units_of
from admin_panel.visit import execute
from admin_panel.words import say

CELL = f"""query Cell($object: String!, $action: String!, $field: String, $draft: Boolean!) {{
  matrix: policyMatrix(object: $object, draft: $draft) {{
    version object objectLabel {BOTH} scopes {{ name label {BOTH} unit }}
    roles {{ name label {BOTH} }} actions {{ name label {BOTH} fields perField }}
    fields {{ name label {BOTH} sensitive }}
    cells {{ role action field grant {{ allow }} inWords {BOTH} own {{ {RULE} }} inherited {{ {RULE} }} }} }}
  who: whoCan(object: $object, action: $action, field: $field, draft: $draft) {{
    roles {{ role roleLabel {BOTH} holders }} }}
  {UNITS} }}"""
EFFECTS = ("allow", "deny")
#: Empty lines of the form besides those that are filled.
SPARE = {"allow": 2, "deny": 1}
MOST_LINES = 20
Kinds = Mapping[str, str | None]
"""The kind of unit that each scope may be narrowed to."""

NOTHING: Json = {"grant": None, "own": [], "inherited": []}


@dataclass(frozen=True, slots=True)
class Place:
    """Which cell, as the address says."""

    object: str
    role: str
    action: str
    field: str

    @classmethod
    def asked(cls) -> Place:
        return cls(*(request.args.get(name) or abort(404) for name in ("object", "role", "action", "field")))


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One line of the form: a scope, the one unit it is narrowed to (`kind:code`), the last day."""

    scope: str = ""
    unit: str = ""
    until: str = ""


class WrongLine(Exception):
    """What was entered makes no row; `str()` says why."""


class CellPages(PolicyPage):
    """The pages of single cells."""

    @expose("/cell", methods=("GET", "POST"))
    def cell(self) -> Any:
        """A POST keeps the change in the draft and goes back to the matrix, or shows the form with what was refused."""
        place, draft = Place.asked(), read_draft()
        found = self._found(place, draft is not None)
        if request.method == "GET":
            return self._show(place, found, draft)
        must_tune()
        try:
            save_draft({"set": [_entered(place, found["matrix"]["scopes"])]})
        except WrongLine as wrong:
            return self._show(place, found, draft, str(wrong)), 400
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return self._show(place, found, read_draft(), failure.message), 409 if failure.code == "CONFLICT" else 400
        flash(say("policy_saved"), "success")
        return redirect(self._back(place), 303)

    def _found(self, place: Place, draft: bool) -> Json:
        """What the API says of the cell; 404 for what there is not."""
        asked = {"object": place.object, "action": place.action, "draft": draft}
        if place.field != "*":
            asked["field"] = place.field
        try:
            found = execute(CELL, asked)
        except ApiFailure as failure:
            if failure.code == "BAD_INPUT":
                abort(404)
            raise
        [action] = [each for each in found["matrix"]["actions"] if each["name"] == place.action] or abort(404)
        if place.field not in ("*", *action["fields"]):
            abort(404)
        return found

    def _show(self, place: Place, found: Json, draft: Json | None, problem: str = "") -> str:
        matrix = found["matrix"]
        known = [each for each in matrix["cells"] if (each["role"], each["action"], each["field"]) == _key(place)]
        cell = known[0] if known else NOTHING
        return self.page(
            "panel/policy_cell.html",
            draft,
            place=place,
            cell=cell,
            names=_names(matrix, place),
            sensitive=any(each["name"] == place.field and each["sensitive"] for each in matrix["fields"]),
            scopes=matrix["scopes"],
            who=found["who"]["roles"],
            groups=units_of(found, {each["unit"] for each in matrix["scopes"]}),
            lines={effect: list(_lines(cell, effect, _kinds(matrix["scopes"]))) for effect in EFFECTS},
            note=request.form.get("note", next((each["note"] for each in cell["own"]), "")),
            problem=problem,
            back=self._back(place),
        )

    def _back(self, place: Place) -> str:
        """The matrix as it was left, of one action, of one role, or of both, at this cell."""
        shown = {"role": {"role": place.role}, "cell": {"role": place.role, "action": place.action}}
        by = shown.get(request.args.get("by", ""), {"action": place.action})
        column = place.action if "role" in by else place.role
        return self.get_url(".index", object=place.object, _anchor=f"{column}-{place.field}", **by)


def _key(place: Place) -> tuple[str, str, str]:
    return place.role, place.action, place.field


def _names(matrix: Json, place: Place) -> Json:
    """What the parts of the cell are called; 404 for a role that there is not."""
    roles, actions, fields = (
        {each["name"]: str(text_of(each["label"])) for each in matrix[part]} for part in ("roles", "actions", "fields")
    )
    if place.role not in roles:
        abort(404)
    field = fields.get(place.field) or say("policy_whole")
    object_label = str(text_of(matrix["objectLabel"]))
    return {"role": roles[place.role], "action": actions[place.action], "object": object_label, "field": field}


def _kinds(scopes: list[Json]) -> Kinds:
    return {each["name"]: each["unit"] for each in scopes}


def _lines(cell: Json, effect: str, kinds: Kinds) -> Iterator[GrantLine]:
    """The lines of the form: what was entered when it comes back, else the role's own rows; and some empty ones."""
    filled = list(_entered_lines(effect)) if request.method == "POST" else list(_own_lines(cell, effect, kinds))
    yield from filled
    yield from [GrantLine()] * (1 if filled else SPARE[effect])


def _own_lines(cell: Json, effect: str, kinds: Kinds) -> Iterator[GrantLine]:
    for each in cell["own"]:
        if each["effect"] == effect:
            scope, _, code = each["scope"].partition("@")
            yield GrantLine(scope, f"{kinds.get(scope)}:{code}" if code else "", each["until"] or "")


# --- reading the form


def _entered_lines(effect: str) -> Iterator[GrantLine]:
    for place in range(MOST_LINES):
        scope, unit, until = (request.form.get(f"{effect}{place}_{part}", "") for part in ("scope", "unit", "until"))
        if scope or unit or until:
            yield GrantLine(scope, unit, until.strip())


def _entered(place: Place, scopes: list[Json]) -> Json:
    """The cell as the mutation takes it; without a line, or with `none` pressed, it has no rows of its own."""
    kinds = _kinds(scopes)
    none = request.form.get("step") == "none"
    rows = {effect: [] if none else [_row(each, kinds) for each in _entered_lines(effect)] for effect in EFFECTS}
    cell = {"role": place.role, "object": place.object, "action": place.action, "field": place.field}
    return {**cell, **rows, "note": request.form.get("note", "").strip()}


def _row(line: GrantLine, kinds: Kinds) -> Json:
    kind, _, code = line.unit.rpartition(":")
    if not line.scope:
        raise WrongLine(say("policy_scope_missing"))
    if code and kind and kinds.get(line.scope) != kind:
        takes = kinds.get(line.scope)
        raise WrongLine(say("policy_unit_kind", kind=say(KINDS[takes])) if takes else say("policy_unit_none"))
    return {"scope": f"{line.scope}@{code}" if code else line.scope, "until": _day(line.until)}


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        raise WrongLine(say("bad_value", value=text[:40])) from None
