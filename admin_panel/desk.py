"""现场办理: the student box, the one student it opens, what I handled recently. Enter opens and never acts (R6, R9)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_admin import expose

from admin_panel.client import Json
from admin_panel.columns import Objects
from admin_panel.pages import Page
from admin_panel.scanned import is_document, is_number, normalised
from admin_panel.sheet import SheetPage, SheetWords, read_sheet
from admin_panel.standing import own_standings
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import say

ACTIONS = ("clear", "revoke", "waive", "sign_on_behalf")

#: Nothing of a person but number, name and unit: enough to tell two of the same name apart.
FOUND = "totalCount nodes { id displayLabel className student { studentNo name } college { name nameEn } }"
SEARCH = f"""query Desk($where: SheetFilter!) {{ sheets(where: $where, first: 20) {{ {FOUND} }} }}"""
RECENT = """query Recent($batch: String!, $me: String!) {
  clearances(
    where: { decidedUser: { username: { eq: $me } }, sheet: { batch: { code: { eq: $batch } } } }
    orderBy: [{ decidedAt: DESC }], first: 15
  ) { nodes {
    id version status decidedAt moves { status refusal { code } }
    sheet { id student { studentNo name } } item { code name nameEn }
  } }
}"""


class Desk(Page):
    title, icon, group = "desk", "desk", "work"

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        super().__init__("desk")

    def shown_to(self, viewer: Viewer) -> bool:
        return not viewer.is_student and any(viewer.may("Clearance", action) for action in ACTIONS)

    @expose("/")
    def index(self) -> Any:
        """The desk, with the student of `sheet` when one is open."""
        opened = request.args.get("sheet")
        return self._show(page=read_sheet(self.objects, opened) if opened else None)

    @expose("/", methods=("POST",))
    def open(self) -> Any:
        """What the box asks for. A POST, though it changes nothing: a document number must not enter an address."""
        text, viewer = normalised(request.form.get("box", "")), signed_in()
        if not text:
            return redirect(self.get_url(".index"), 303)
        if viewer.batch is None:
            return self._show(problem=say("no_batch_chosen"))
        rows = self._exactly(text, viewer)
        if len(rows) == 1:
            return redirect(self.get_url(".index", sheet=rows[0]["id"]), 303)
        if rows:
            return self._show(found=rows, problem=say("several", n=len(rows), who=text))
        similar = [] if is_document(text) else self._similar(text, viewer)
        if similar:
            return self._show(found=similar, problem=say("several_similar", n=len(similar)))
        return self._show(problem=not_found(text))

    def _exactly(self, text: str, viewer: Viewer) -> list[Json]:
        """By whole number, whole name, or document number where this role may match it."""
        ways: list[Json] = [{"studentNo": {"eq": text}}, {"name": {"eq": text}}]
        if viewer.matches_id_no and is_document(text):
            ways = [{"idNo": {"eq": text.upper()}}, {"studentNo": {"eq": text}}]
        return self._search(viewer, {"or": ways})

    def _similar(self, text: str, viewer: Viewer) -> list[Json]:
        way = {"studentNo": {"startsWith": text}} if is_number(text) else {"name": {"contains": text}}
        return self._search(viewer, way)

    def _search(self, viewer: Viewer, student: Json) -> list[Json]:
        batch = viewer.batch.code if viewer.batch else ""
        where = {"batch": {"code": {"eq": batch}}, "state": {"eq": "ACTIVE"}, "student": student}
        return list(execute(SEARCH, {"where": where})["sheets"]["nodes"])

    def _show(self, **given: Any) -> str:
        known = {"page": None, "found": [], "problem": ""} | given
        return self.render(
            "panel/desk.html", words=SheetWords(self.objects), **known, **_aside(signed_in(), known["page"])
        )


def not_found(text: str) -> str:
    """Message for nobody; what looks like a document number is not repeated."""
    if is_document(text):
        return say("not_found_document")
    return say("not_found_number" if is_number(text) else "not_found_name", number=text)


def _aside(viewer: Viewer, opened: SheetPage | None) -> dict[str, Any]:
    """What stands beside the box: my recent acts in this batch; and, while no student is open, how my items stand
    (counting them at every act would slow the desk)."""
    if viewer.batch is None:
        return {"recent": [], "standings": []}
    recent = execute(RECENT, {"batch": viewer.batch.code, "me": viewer.username})["clearances"]["nodes"]
    for row in recent:
        row["revocable"] = any(move["status"] == "PENDING" and move["refusal"] is None for move in row["moves"])
    return {"recent": recent, "standings": [] if opened else own_standings(viewer)}
