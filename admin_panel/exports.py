"""A file that takes longer: how far it is, stopping it, fetching it. Without a script the page is loaded again."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.fetched import handed_over
from admin_panel.pages import Page
from admin_panel.security import local_target
from admin_panel.visit import Viewer, execute

FILE = "query File($id: ID!) { file(id: $id) { id name size rows state progress problem } }"
CANCEL = "mutation Cancel($id: ID!) { cancelFile(id: $id) }"
UNDER_WAY = frozenset({"WAITING", "MAKING"})


class Exports(Page):
    """Reached from a list whose file is not there at once; in nobody's menu."""

    title, icon, group = "export", "download", ""

    def __init__(self) -> None:
        super().__init__("exports")

    def shown_to(self, viewer: Viewer) -> bool:
        return True

    @expose("/")
    def index(self) -> Any:
        """The file as it is now."""
        file = _file()
        return self.render("panel/export.html", file=file, running=file["state"] in UNDER_WAY, back=_back())

    @expose("/progress")
    def progress(self) -> Response:
        """State and percent, for the script that shows them."""
        file = _file()
        state = "RUNNING" if file["state"] in UNDER_WAY else file["state"]
        return jsonify({"state": state, "percent": file["progress"]})

    @expose("/fetch")
    def fetch(self) -> Any:
        """The file itself; its page while it is not there."""
        file = _file()
        if file["state"] != "READY":
            return redirect(self.get_url(".index", file=file["id"], next=_back()), 303)
        return handed_over(file["id"])

    @expose("/cancel", methods=("POST",))
    def cancel(self) -> Any:
        """It is not made any more; one that is there already stays."""
        file = request.form.get("file", "")
        try:
            execute(CANCEL, {"id": file})
        except ApiFailure as failure:
            if failure.code != "NOT_FOUND":
                raise
            abort(404)
        return redirect(self.get_url(".index", file=file, next=_back()), 303)


def _file() -> Json:
    """404 for another's file, and for one whose time is over."""
    found = execute(FILE, {"id": request.args.get("file", "")})["file"]
    return found or abort(404)


def _back() -> str:
    """The list that the file was asked from."""
    return local_target(request.values.get("next")) or "/admin/"
