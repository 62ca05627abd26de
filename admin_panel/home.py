"""首页: where somebody lands. A student's is the own sheet; staff find their work and how the batch's items stand."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask_admin import AdminIndexView, expose

from admin_panel.language import lazy
from admin_panel.pages import OwnView, menu
from admin_panel.standing import Standing, standings
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
        work = [entry for _group, entries in menu(self.admin, viewer, self)[:1] for entry in entries if not entry.here]
        return self.render("panel/home.html", work=work, counts=counts(viewer), opens=viewer.reads("Clearance"))


def counts(viewer: Viewer) -> list[Standing]:
    """The items' counts, for whoever may see or count clearances."""
    if viewer.batch is None or not viewer.reads("Item"):
        return []
    return standings(viewer.batch.code)
