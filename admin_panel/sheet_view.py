"""The pages that show one sheet: the staff's details, the student's own, and the address that acts post to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_admin import expose

from admin_panel.acting import set_one, sign_one
from admin_panel.client import ApiFailure
from admin_panel.columns import Objects
from admin_panel.noting import note_one
from admin_panel.pages import Page
from admin_panel.security import local_target
from admin_panel.sheet import SheetPage, SheetWords, read_sheet
from admin_panel.sheet_history import history_page
from admin_panel.view import ObjectView
from admin_panel.visit import Viewer, execute, signed_in

acts = Blueprint("acts", __name__)

OWN_SHEETS = """query OwnSheets { sheets(orderBy: [{ id: DESC }], first: 20) { nodes { id state } } }"""


class SheetView(ObjectView):
    """离校单: the generated list; its details are the sheet itself."""

    @expose("/details/")
    def details_view(self) -> Any:
        sheet_id = request.args.get("id") or abort(404)
        return show_sheet(self, self.objects, read_sheet(self.objects, sheet_id))

    @expose("/history/")
    def history(self) -> Any:
        """What happened on it."""
        return history_page(self)


class MySheet(Page):
    """我的离校单: where a student lands (R1); without a sheet, the application to leave (R2)."""

    title, icon, group = "my_sheet", "sheet", "work"

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        super().__init__("mine")

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.is_student

    @expose("/")
    def index(self) -> Any:
        found = own_sheet()
        if found is None:
            return redirect(self.get_url("apply.index"))
        return show_sheet(self, self.objects, read_sheet(self.objects, found))


def own_sheet() -> str | None:
    """The student's sheet: the active one, else the newest."""
    rows = execute(OWN_SHEETS)["sheets"]["nodes"]
    active = [row for row in rows if row["state"] == "ACTIVE"]
    return next((str(row["id"]) for row in active + rows), None)


def show_sheet(view: Any, objects: Objects, page: SheetPage) -> str:
    """The sheet on screen, and as the paper that the same page prints."""
    now = datetime.now(UTC).isoformat()
    return str(view.render("panel/sheet.html", page=page, words=SheetWords(objects), now=now))


@acts.post("/acts/status")
def set_status() -> Any:
    """One step of one item, from the sheet, the desk or the list of recent acts."""
    return _acted(set_one)


@acts.post("/acts/note")
def note() -> Any:
    """The notes of one item, without a step."""
    return _acted(note_one)


@acts.post("/acts/sign")
def sign() -> Any:
    """代签 of one student."""
    return _acted(sign_one)


def _acted(act: Callable[[Any], None]) -> Any:
    """Carry out the form, tell what stopped it if anything did, and go back to where it was asked."""
    signed_in()
    try:
        act(request.form)
    except ApiFailure as failure:
        if failure.code == "UNAUTHENTICATED":
            raise
        flash(failure.message, "error")
    return redirect(local_target(request.form.get("next")) or url_for("admin.index"), 303)
