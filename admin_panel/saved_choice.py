"""A saved filter as a way of choosing whom a bulk act is for: its conditions as they are, under the acting role."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, current_app

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.visit import execute, one, signed_in
from admin_panel.whole_filter import TO_SHEETS

NAME = "SavedFilter"
MOST_OFFERED = 200
ROW = "id name object where fault { code message }"


@dataclass(frozen=True, slots=True)
class Choosable:
    """One whose rows lead to sheets: its id, its name, and what its rows are called."""

    id: str
    name: str
    rows: str


def choosable() -> list[Choosable]:
    """Those that this viewer can use, whoever saved them."""
    if not signed_in().reads(NAME):
        return []
    document = (
        "query Choosable($where: SavedFilterFilter, $first: Int)"
        f" {{ page: savedFilters(where: $where, first: $first) {{ nodes {{ {ROW} }} }} }}"
    )
    asked = {"where": {"object": {"in": list(TO_SHEETS)}}, "first": MOST_OFFERED}
    rows = execute(document, asked)["page"]["nodes"]
    objects: Objects = current_app.extensions["lixiao_objects"]
    return [Choosable(row["id"], row["name"], str(objects[row["object"]].label)) for row in rows if not row["fault"]]


def sheets_of(row_id: str) -> Json | None:
    """The condition on sheets that one of them means; None for every sheet. 404 for what is not there, or leads to no
    sheets. Raises ApiFailure with the reason where this viewer cannot use it."""
    row = one(f"query Chosen($id: ID!) {{ one: savedFilter(id: $id) {{ {ROW} }} }}", row_id)
    if row["object"] not in TO_SHEETS:
        abort(404)
    if row["fault"]:
        raise ApiFailure({"message": row["fault"]["message"], "extensions": {"code": "BAD_INPUT"}})
    return TO_SHEETS[row["object"]](row["where"]) if row["where"] else None
