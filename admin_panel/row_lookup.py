"""Finding one row of an object that has too many for a select box, while one types or with a button; what is found is
what the viewer may read."""

from __future__ import annotations

from typing import Any

from flask import abort, jsonify, request
from flask_admin import expose

from admin_panel.client import ApiFailure
from admin_panel.columns import Objects
from admin_panel.metadata import ObjectInfo
from admin_panel.pages import Page
from admin_panel.scanned import normalised
from admin_panel.visit import Viewer, execute, signed_in

#: What a form sends for a row, by object; the id of any other.
NAMED_BY = {"Student": "studentNo", "User": "username"}
MOST_FOUND = 10
LONGEST = 100


def matches(info: ObjectInfo, typed: str) -> list[tuple[str, str]]:
    """Key and words of the first rows that a text finds; none of an empty one."""
    text = normalised(typed)[:LONGEST]
    if not text or not info.searchable:
        return []
    key = NAMED_BY.get(info.name, "id")
    document = (
        f"query Find($search: String!, $first: Int!) {{ page: {info.plural}(search: $search, first: $first) "
        f"{{ nodes {{ key: {key} displayLabel }} }} }}"
    )
    try:
        rows = execute(document, {"search": text, "first": MOST_FOUND})["page"]["nodes"]
    except ApiFailure as failure:
        if failure.code == "UNAUTHENTICATED":
            raise
        return []
    return [(row["key"], _words(row["key"], row["displayLabel"])) for row in rows if row["key"]]


def _words(key: str, label: str | None) -> str:
    return label if label and key in label else f"{label or ''} ({key})".strip()


class RowLookup(Page):
    """What a field asks for while somebody types into it."""

    title, icon, group = "find_row", "search", ""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        super().__init__("lookup")

    def shown_to(self, viewer: Viewer) -> bool:
        return True

    @expose("/")
    def index(self) -> Any:
        """The rows as JSON. 404 for an object that nobody searches so, or that the viewer reads nothing of."""
        wanted = request.args.get("object", "")
        info = self.objects.get(wanted)
        if info is None or not info.searchable or not signed_in().reads(wanted):
            abort(404)
        found = matches(info, request.args.get("q", ""))
        return jsonify(rows=[{"key": key, "words": words} for key, words in found])
