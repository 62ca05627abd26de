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

    title, icon = "policy", "table"

    @expose("/")
    def index(self) -> Any:
        draft = read_draft()
        matrix = execute(MATRIX, {"object": self.object_asked(FIRST_OBJECT), "draft": draft is not None})["matrix"]
        roles, actions = _chosen(matrix)
        return self.page(
            "panel/policy.html",
            draft,
            matrix=matrix,
            names=self.object_names(),
            role=roles[0] if len(roles) == 1 else None,
            action=actions[0] if len(actions) == 1 else None,
            columns=roles if len(roles) > 1 else actions,
            lines=_lines(matrix, roles, actions),
            changed=_changed(draft, matrix["object"]),
        )


def _chosen(matrix: Json) -> tuple[list[Json], list[Json]]:
    """Roles and actions of the page: all roles and one action, or one role and all actions, or one of each; 404 for a
    role that there is not. An action that another object had gives way to the first."""
    role, action = request.args.get("role"), request.args.get("action", "")
    roles = [each for each in matrix["roles"] if role in (each["name"], "", None)] or abort(404)
    actions = [each for each in matrix["actions"] if each["name"] == action]
    if not actions and len(roles) == 1:
        return roles, matrix["actions"]
    first = [each for each in matrix["actions"] if each["name"] == FIRST_ACTION]
    return roles, actions or first or matrix["actions"][:1]


def _lines(matrix: Json, roles: list[Json], actions: list[Json]) -> list[Line]:
    """The row as a whole first, then the fields on which one of the actions can be granted."""
    cells = {(each["role"], each["action"], each["field"]): each for each in matrix["cells"]}
    known = [(WHOLE, say("policy_whole"), False)]
    known += [(each["name"], str(text_of(each["label"])), each["sensitive"]) for each in matrix["fields"]]
    by_role, lines = len(roles) > 1, []
    for name, label, sensitive in known:
        found = {
            (who if by_role else act)["name"]: cells.get((who["name"], act["name"], name), {})
            for who in roles
            for act in actions
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
