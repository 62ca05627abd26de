"""批量办理 and 批量发证: first 预检 with every refusal, then the very set it showed is applied as one operation.

The pages only carry what was chosen to the API, which decides every row (R17, R20, B1).
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import expose

from admin_panel.acting import RESULT, SET_CLEARANCES
from admin_panel.choosing import chosen_way, selection
from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.pages import Page
from admin_panel.sheet import words_of
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import say

APPLY = f"mutation Apply($id: ID!) {{ applyOperation(id: $id) {{ {RESULT} }} }}"
ISSUE = f"mutation Issue($input: IssueCertificatesInput!) {{ issueCertificates(input: $input) {{ {RESULT} }} }}"
WHOM = "batch(code: $batch) { rangeLimit } colleges(first: 200) { nodes { code name nameEn } }"
ITEMS = """items(
  where: { batch: { code: { eq: $batch } }, kind: { ne: INFO } }, orderBy: [{ order: ASC }], first: 100
) { nodes { code name nameEn mayHandle } }"""
STATUSES = ("CLEARED", "PENDING", "NOT_REQUIRED")
#: A page shows no more rows than this of one kind; the operation keeps all.
SHOWN_ROWS = 300


class CheckedPage(Page):
    """Choose whom and what, check, submit: the three steps that every bulk act takes."""

    template: str
    choices: str

    def __init__(self, objects: Objects, endpoint: str) -> None:
        self.objects = objects
        super().__init__(endpoint)

    def check(self, viewer: Viewer) -> Json:
        """The dry run of what the form asks for."""
        raise NotImplementedError

    def more(self, found: Json, viewer: Viewer) -> dict[str, Any]:
        """What the page's own part of the form needs."""
        raise NotImplementedError

    @expose("/")
    def index(self) -> Any:
        return self._show()

    @expose("/", methods=("POST",))
    def act(self) -> Any:
        """One step: `choose` (rows ticked in a list), `check` (预检) or `submit` (the checked set)."""
        step, result, failure = request.form.get("step", "choose"), None, None
        try:
            if step == "check":
                result = self.check(signed_in())
            elif step == "submit":
                result = execute(APPLY, {"id": request.form.get("operation", "")})["applyOperation"]
        except ApiFailure as refused:
            if refused.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            failure = refused
        return self._show(result=result, failure=failure)

    def _show(self, result: Json | None = None, failure: ApiFailure | None = None) -> str:
        viewer = signed_in()
        document = f"query Choices($batch: String!) {{ {self.choices} }}"
        found = execute(document, {"batch": viewer.batch.code}) if viewer.batch else {}
        rows = result["rows"] if result else []
        colleges = found.get("colleges", {}).get("nodes", [])
        dry_run = bool(result and result["dryRun"])
        return self.render(
            self.template,
            form=request.form,
            way=chosen_way(),
            ticked=list(dict.fromkeys(request.form.getlist("sheetIds"))),
            colleges=colleges,
            college=request.form.get("college") or own_college(viewer, colleges),
            limit=(found.get("batch") or {}).get("rangeLimit", 200),
            result=result,
            failure=failure,
            nobody=nobody_found() if result and not rows else "",
            changing=[row for row in rows if dry_run and row["outcome"] == "APPLIED"],
            refused=[row for row in rows if row["outcome"] == "REFUSED"],
            others=[
                row for row in rows if row["outcome"] != "REFUSED" and not (dry_run and row["outcome"] == "APPLIED")
            ],
            shown=SHOWN_ROWS,
            **self.more(found, viewer),
        )


class Bulk(CheckedPage):
    """批量办理: one item's status for everybody chosen."""

    title, icon, group, template, choices = "bulk", "bulk", "work", "panel/bulk.html", f"{WHOM} {ITEMS}"

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.handles_in_bulk

    def check(self, viewer: Viewer) -> Json:
        """Refused rows do not stop the others: the page shows them before anything is submitted."""
        form = request.form
        asked: Json = {
            "batch": _batch(viewer),
            "item": form.get("item", ""),
            "select": selection(),
            "status": form.get("status") if form.get("status") in STATUSES else None,
            "note": form.get("note", "").strip() or None,
            "reason": form.get("reason") or None,
            "dryRun": True,
            "errorPolicy": "APPLY_VALID",
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return dict(execute(SET_CLEARANCES, {"input": given})["setClearances"])

    def more(self, found: Json, viewer: Viewer) -> dict[str, Any]:
        items = [item for item in found.get("items", {}).get("nodes", []) if item["mayHandle"]]
        return {"items": items, "statuses": STATUSES, "reasons": words_of(self.objects, "Clearance", "reason")}


class BulkIssue(CheckedPage):
    """批量发证: everybody chosen who has settled everything; the others are listed with what is still needed (R20)."""

    title, icon, group, template, choices = "issue_bulk", "certificate", "work", "panel/issue_bulk.html", WHOM

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.may("Certificate", "bulk_issue")

    def check(self, viewer: Viewer) -> Json:
        asked: Json = {
            "batch": _batch(viewer),
            "select": selection(),
            "kinds": request.form.getlist("kinds") or None,
            "collectedBy": {"collection": request.form.get("collection", "VIA_CLASS")},
            "dryRun": True,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return dict(execute(ISSUE, {"input": given})["issueCertificates"])

    def more(self, found: Json, viewer: Viewer) -> dict[str, Any]:
        collections = words_of(self.objects, "Certificate", "collection")
        return {
            "kinds": words_of(self.objects, "Certificate", "kind"),
            # somebody who collects for another is named at the desk, student by student
            "collections": {value: choice for value, choice in collections.items() if value != "PROXY"},
        }


def own_college(viewer: Viewer, colleges: list[Json]) -> str:
    """The code of the college that the active role is for; empty for a role without any."""
    units = viewer.role.units if viewer.role else ()
    return next((str(each["code"]) for each in colleges if {each["name"], each["nameEn"]} & set(units)), "")


def nobody_found() -> str:
    """What to say where the choice of students holds nobody at all."""
    if chosen_way() == "className":
        return say("no_such_class", name=request.form.get("class", "").strip())
    return say("nobody_in_range")


def _batch(viewer: Viewer) -> str:
    return viewer.batch.code if viewer.batch else ""
