"""What one operation changed: its events, each with whose it was; and the operation that undid it."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from admin_panel.client import Json
from admin_panel.sheet import readable
from admin_panel.sheet_history import Change, read_changes
from admin_panel.visit import execute, signed_in

UNDONE_BY = """query UndoneBy($id: ID!) { operations(
  where: { undoOf: { id: { eq: $id } }, state: { eq: APPLIED } }, orderBy: [{ id: DESC }], first: 1
) { nodes { id displayLabel } } }"""


def changes_page(view: Any) -> str:
    """404 for an operation that is not visible, 403 for who reads no changes."""
    viewer = signed_in()
    if not viewer.reads("Event"):
        abort(403)
    row_id = request.args.get("id") or abort(404)
    shown = readable(view.objects, viewer, "Operation", ("createdAt", "actor", "role"))
    where: Json = {"operation": {"id": {"eq": row_id}}}
    found = read_changes(view.objects, f"operation(id: $id) {{ {shown} }}", row_id, where, "sheet")
    told = [Change(view.objects, row, view.link) for row in found["events"]["nodes"]]
    return str(
        view.render(
            "panel/operation_changes.html", operation=found["one"], told=told, total=found["events"]["totalCount"]
        )
    )


def undone_by(model: Json) -> Json | None:
    """The operation that undid this one, as far as this viewer sees it."""
    if model.get("state") != "UNDONE":
        return None
    found: list[Json] = execute(UNDONE_BY, {"id": model["id"]})["operations"]["nodes"]
    return found[0] if found else None
