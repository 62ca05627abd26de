"""首页: where somebody lands. A student's is the own sheet; staff find their work and how the batch's items stand."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template
from flask_admin import AdminIndexView, expose

from admin_panel.item_requests import waiting
from admin_panel.language import lazy
from admin_panel.live import drawn, live_part, watched
from admin_panel.pages import OwnView, menu, supervises
from admin_panel.standing import standings
from admin_panel.visit import Viewer, signed_in
from admin_panel.words import both


class Home(OwnView, AdminIndexView):
    group, icon = "work", "home"

    def __init__(self) -> None:
        super().__init__(name=lazy(both("home")), url="/")

    def shown_to(self, viewer: Viewer) -> bool:
        return not viewer.is_student

    def is_accessible(self) -> bool:
        signed_in()
        return True

    @expose("/")
    def index(self) -> Any:
        viewer = signed_in()
        if viewer.is_student:
            return redirect(self.get_url("mine.index"))
        if supervises(viewer):
            return redirect(self.get_url("mystudents.index"))
        work = [entry for _group, entries in menu(self.admin, viewer, self)[:1] for entry in entries if not entry.here]
        return self.render(
            "panel/home.html",
            work=work,
            waiting=waiting(viewer),
            counts_at=live_part("admin.standing", viewer),
            counts_of=watched(viewer),
            **_counted(viewer),
        )

    @expose("/standing")
    def standing(self) -> Any:
        """How the items stand, for the page to swap."""
        return drawn(lambda viewer: render_template("panel/counts_home.html", **_counted(viewer)))


def _counted(viewer: Viewer) -> dict[str, Any]:
    return {"counts": standings(viewer), "opens": viewer.reads("Clearance")}
