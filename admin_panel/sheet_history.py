"""What happened on one sheet: each change with who, when, in which role, from what to what and why; read on demand."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from markupsafe import Markup

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects, cell, field_at, reads
from admin_panel.language import Text
from admin_panel.metadata import camel
from admin_panel.sheet import readable
from admin_panel.show import named
from admin_panel.visit import execute, signed_in
from admin_panel.words import listed

EVENT_FIELDS = ("at", "item", "object", "before", "after", "changed", "cause", "actor", "role")
OPERATION_FIELDS = ("kind", "parameters")
#: Changes told on one page; who wants older ones finds them in the list of all changes.
TOLD = 200
NOTES = ("note", "internal_note", "hold")
#: What an event is about, where it is no item of the sheet.
ABOUT_ITEM = "Clearance"


def history_page(view: Any) -> str:
    """The changes of a sheet, or with `item` of that item alone; with `part` no more than the list, for a page that
    shows it in its place. 404 for a sheet that is not visible, 403 for who reads no changes."""
    objects, viewer = view.objects, signed_in()
    if not viewer.reads("Event"):
        abort(403)
    sheet_id, item = request.args.get("id") or abort(404), request.args.get("item", "")
    found = _read(objects, sheet_id, item)
    told = [Change(objects, row, view.link) for row in found["events"]["nodes"]]
    template = "panel/sheet_history_part.html" if request.args.get("part") else "panel/sheet_history.html"
    name = next((change.about for change in told if change.of_item), item) if item else ""
    return str(
        view.render(template, sheet=found["one"], told=told, total=found["events"]["totalCount"], item_name=name)
    )


def _read(objects: Objects, sheet_id: str, item: str) -> Json:
    viewer = signed_in()
    whom = readable(objects, viewer, "Sheet", ("student.studentNo", "student.name", "batch.name", "batch.nameEn"))
    where: Json = {"sheet": {"id": {"eq": sheet_id}}}
    if item:
        where["item"] = {"code": {"eq": item}}
    return read_changes(objects, f"sheet(id: $id) {{ {whom} }}", sheet_id, where)


def read_changes(objects: Objects, of: str, row_id: str, where: Json, *more: str) -> Json:
    """The newest changes that are so, with the row `of` that they belong to: one document. 404 where that is not
    visible. `more`: other columns of an event. Operations are asked for only where this viewer reads any."""
    viewer = signed_in()
    shown = readable(objects, viewer, "Event", (*EVENT_FIELDS, *more))
    if viewer.reads("Operation") and reads(viewer, objects, "Event", "operation"):
        shown += f" operation {{ {readable(objects, viewer, 'Operation', OPERATION_FIELDS)} }}"
    document = (
        f"query History($id: ID!, $where: EventFilter!, $first: Int!) {{ one: {of} "
        f"events(where: $where, orderBy: [{{ id: DESC }}], first: $first) {{ totalCount nodes {{ {shown} }} }} }}"
    )
    try:
        found = execute(document, {"id": row_id, "where": where, "first": TOLD})
    except ApiFailure as failure:
        if failure.code != "BAD_INPUT":
            raise
        abort(404)
    return found if found["one"] else abort(404)


class Change:
    """One change as the page tells it."""

    def __init__(self, objects: Objects, row: Json, link: Any) -> None:
        self._objects, self._link = objects, link
        self.row = row
        self.operation: Json | None = row.get("operation")

    def _cell(self, path: str) -> Markup:
        return cell(self._objects, "Event", self.row, path, self._link)

    @property
    def of_item(self) -> bool:
        return bool(self.row.get("item"))

    @property
    def about(self) -> str:
        """The item, or the object: a certificate, the sheet itself."""
        if self.row.get("item"):
            return named(self.row["item"])
        info = self._objects.get(self.row.get("object") or "")
        return str(info.label) if info else ""

    @property
    def whose(self) -> Markup | str:
        """The student's sheet, where the page tells of several."""
        return self._cell("sheet") if self.row.get("sheet") else ""

    @property
    def before(self) -> Markup | str:
        return self._cell("before") if self.row.get("before") else ""

    @property
    def after(self) -> Markup | str:
        return self._cell("after") if self.row.get("after") else ""

    @property
    def moved(self) -> bool:
        return self.row.get("before") != self.row.get("after")

    @property
    def role(self) -> Markup | str:
        return self._cell("role") if self.row.get("role") else ""

    @property
    def cause(self) -> Markup | str:
        """Why, where it was not simply done."""
        return self._cell("cause") if self.row.get("cause") not in (None, "ACT") else ""

    @property
    def also(self) -> str:
        """The other columns that changed, in their own words."""
        columns = [each for each in (self.row.get("changed") or "").split(",") if each not in ("", "status", "state")]
        labels = [self._label(each) for each in columns]
        return listed(dict.fromkeys(str(label) for label in labels if label))

    def _label(self, column: str) -> Text | None:
        field = field_at(self._objects, self.row.get("object") or "", camel(column))
        return field.label if field else None

    @property
    def notes(self) -> list[str]:
        """What was noted with it, as far as this viewer reads the operation."""
        if self.row.get("object") != ABOUT_ITEM or not self.row.get("item"):
            return []
        parameters = (self.operation or {}).get("parameters") or {}
        return [str(parameters[name]) for name in NOTES if parameters.get(name)]

    @property
    def operation_link(self) -> str | None:
        return self._link("Operation", self.operation["id"]) if self.operation else None

    @property
    def operation_name(self) -> str:
        return str((self.operation or {}).get("displayLabel") or "")
