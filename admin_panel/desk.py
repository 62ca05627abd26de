"""现场办理: the student box, the one student it opens, what was handled lately. Enter opens and never acts (R6, R9)."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from flask_admin import expose

from admin_panel.columns import Objects
from admin_panel.finding import exactly, not_found, similar
from admin_panel.live import drawn, live_part, watched
from admin_panel.pages import Page
from admin_panel.recent import PARTS, recently
from admin_panel.scanned import normalised
from admin_panel.sheet import SheetPage, SheetWords, read_sheet
from admin_panel.standing import GLANCE, own_standings, standings
from admin_panel.visit import Viewer, signed_in
from admin_panel.words import say

ACTIONS = ("clear", "revoke", "waive", "sign_on_behalf")


class Desk(Page):
    title, icon, group = "desk", "desk", "work"

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        super().__init__("desk")

    def shown_to(self, viewer: Viewer) -> bool:
        return not viewer.is_student and any(viewer.may("Clearance", action) for action in ACTIONS)

    @expose("/")
    def index(self) -> Any:
        """The desk, with the student of `sheet` when one is open, and the recent acts that `recent` names."""
        opened = request.args.get("sheet")
        return self._show(page=read_sheet(self.objects, opened) if opened else None)

    @expose("/", methods=("POST",))
    def open(self) -> Any:
        """What the box asks for. A POST, though it changes nothing: a document number must not enter an address."""
        text, viewer = normalised(request.form.get("box", "")), signed_in()
        kept = {"recent": request.args.get("recent")}
        if not text:
            return redirect(self.get_url(".index", **kept), 303)
        if viewer.batch is None:
            return self._show(problem=say("no_batch_chosen"))
        rows = exactly(text, viewer)
        if len(rows) == 1:
            return redirect(self.get_url(".index", sheet=rows[0]["id"], **kept), 303)
        if rows:
            return self._show(found=rows, problem=say("several", n=len(rows), who=text))
        if near := similar(text, viewer):
            return self._show(found=near, problem=say("several_similar", n=len(near)))
        return self._show(problem=not_found(text))

    @expose("/counts")
    def counts(self) -> Any:
        """The counts of the items that the address names, for the page to swap."""
        return drawn(
            lambda viewer: render_template(
                "panel/counts_desk.html", counts=standings(viewer, request.args.getlist("item"))
            )
        )

    def _show(self, page: SheetPage | None = None, **given: Any) -> str:
        known = {"found": [], "problem": ""} | given
        beside = self._beside(signed_in())
        return self.render("panel/desk.html", page=page, words=SheetWords(self.objects), **known, **beside)

    def _beside(self, viewer: Viewer) -> dict[str, Any]:
        """What stands beside the box: recent acts in this batch; how my items stand, unless they are too many."""
        own = own_standings(viewer)
        shown = own if len(own) <= GLANCE else []
        codes = [each.code for each in shown]
        parts = PARTS if shown else PARTS[:1]
        return {
            "recent": recently(self.objects, viewer, shown),
            "recent_parts": parts,
            "counts": shown,
            "counts_at": live_part("desk.counts", viewer, item=codes),
            "counts_of": watched(viewer, codes),
        }
