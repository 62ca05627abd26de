"""权限矩阵: who may do what to one object, read from the API; each cell leads to a page of its own, see `policy_cell`.

What a cell means and who inherits what is decided by the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from flask_admin import expose

from admin_panel.client import Json
from admin_panel.language import text_of
from admin_panel.policy_cell import CellPages
from admin_panel.policy_pages import BOTH, read_draft
from admin_panel.visit import execute
from admin_panel.words import say

MATRIX = f"""query Matrix($object: String!, $draft: Boolean!) {{ matrix: policyMatrix(object: $object, draft: $draft) {{
  version object
  roles {{ name label {BOTH} }} actions {{ name label {BOTH} fields }} fields {{ name label {BOTH} sensitive }}
  cells {{ role action field grant {{ deny }} inWords {BOTH} own {{ until }} inherited {{ role }} }}
}} }}"""
#: The object and the action that the matrix opens with.
FIRST_OBJECT, FIRST_ACTION = "Student", "read"
WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: a field (or the row as a whole), and what there is to grant, by column."""

    field: str
    label: str
    sensitive: bool
    cells: Mapping[str, Json]


class PolicyMatrix(CellPages):
    """Fields by roles for one action, or fields by actions for one role."""

    title = "policy"

    @expose("/")
    def index(self) -> Any:
        draft = read_draft()
        matrix = execute(MATRIX, {"object": self.object_asked(FIRST_OBJECT), "draft": draft is not None})["matrix"]
        action, role = _chosen(matrix)
        columns = matrix["actions"] if role else matrix["roles"]
        return self.page(
            "panel/policy.html",
            draft,
            matrix=matrix,
            names=self.object_names(),
            action=action,
            role=role,
            columns=columns,
            lines=_lines(matrix, action, role),
            changed=_changed(draft, matrix["object"]),
        )


def _chosen(matrix: Json) -> tuple[Json, Json | None]:
    """The action of the page, and the role when one is looked at alone; 404 for what there is not."""
    actions = {each["name"]: each for each in matrix["actions"]}
    roles = {each["name"]: each for each in matrix["roles"]}
    action, role = request.args.get("action"), request.args.get("role")
    if role and role not in roles:
        abort(404)
    first = FIRST_ACTION if FIRST_ACTION in actions else next(iter(actions))
    return actions.get(action or first) or actions[first], roles.get(role or "")


def _lines(matrix: Json, action: Json, role: Json | None) -> list[Line]:
    """The row as a whole first, then the fields that the action, or any action of the role, can be granted on."""
    cells = {(each["role"], each["action"], each["field"]): each for each in matrix["cells"]}
    known = [(WHOLE, say("policy_whole"), False)]
    known += [(each["name"], str(text_of(each["label"])), each["sensitive"]) for each in matrix["fields"]]
    pairs = [(role, each) for each in matrix["actions"]] if role else [(each, action) for each in matrix["roles"]]
    lines = []
    for name, label, sensitive in known:
        found = {
            (act if role else who)["name"]: cells.get((who["name"], act["name"], name), {})
            for who, act in pairs
            if name == WHOLE or name in act["fields"]
        }
        if found:
            lines.append(Line(name, label, sensitive, found))
    return lines


def _changed(draft: Json | None, object_name: str) -> set[tuple[str, str, str]]:
    """The cells whose own rows the draft adds or removes: role, action, field."""
    changes = draft["changes"] if draft else {"added": [], "removed": []}
    rows = [each for each in [*changes["added"], *changes["removed"]] if each["object"] == object_name]
    return {(each["role"], each["action"], each["field"]) for each in rows}
