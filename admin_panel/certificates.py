"""发放两证: the certificate officer's list, the student's items behind each row, 确认发证 where nothing is against it.

Whether a certificate may be issued is data (`Certificate.whyNot`); the page shows the reason or the button (R19).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from admin_panel.acting import RESULT, refusal_words
from admin_panel.bulk import ISSUE
from admin_panel.client import ApiFailure, Json
from admin_panel.metadata import ObjectInfo
from admin_panel.registry import Entry, Ticked
from admin_panel.scanned import normalised
from admin_panel.security import local_target
from admin_panel.sheet import SheetPage, SheetWords, read_sheet
from admin_panel.view import ObjectView
from admin_panel.visit import Viewer, signed_in
from admin_panel.visit import execute as ask
from admin_panel.words import both, say

UNDO_ISSUE = f"""mutation UndoIssue($input: UndoIssueInput!) {{ undoIssue(input: $input) {{ {RESULT} }} }}"""

ENTRY = Entry(
    group="work",
    icon="issue",
    columns=("student.studentNo", "student.name", "className", "level", "leaveType", "progress", "certificateState"),
    filters=("student.studentNo", "student.name", "college.code", "className", "level", "leaveType", "batch.code"),
    search=("student.studentNo", "student.name"),
    batch="batch.code",
    title="student.studentNo",
    ticked=Ticked.SHEETS,
)
SHOWN: dict[str, Json] = {
    "due": {"certificates": {"some": {"status": {"in": ["EXPECTED", "PRINTED"]}}}},
    "issued": {"certificates": {"some": {"status": {"eq": "ISSUED"}}}},
    "all": {},
}


class IssueDesk(ObjectView):
    """The list of sheets, narrowed to those with a certificate to hand out."""

    list_template = "panel/issue_list.html"

    def __init__(self, objects: Mapping[str, ObjectInfo]) -> None:
        super().__init__(objects, objects["Sheet"], entry=ENTRY, endpoint="issue", title=both("issue_desk"))

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.may("Certificate", "issue")

    def extra_where(self) -> list[Json]:
        narrowed = SHOWN[self.shown_now()]
        return [{"state": {"eq": "ACTIVE"}}] + ([narrowed] if narrowed else [])

    def shown_now(self) -> str:
        wanted = request.args.get("show", "due")
        return wanted if wanted in SHOWN else "due"

    def _for_template(self) -> dict[str, Any]:
        ticking = ENTRY.ticked if signed_in().may("Certificate", "bulk_issue") else None
        return super()._for_template() | {
            "ticking": ticking,
            "tick_target": "bulkissue.index",
            "show_now": self.shown_now(),
            "shows": tuple(SHOWN),
        }

    @expose("/details/")
    def details_view(self) -> Any:
        """The student's items, and the confirmation where it is possible."""
        page = read_sheet(self.objects, request.args.get("id", ""))
        return self.render(
            "panel/issue.html",
            page=page,
            words=SheetWords(self.objects),
            issuable=[row for row in certificates(page) if row["whyNot"] is None],
            refused=[row for row in certificates(page) if row["whyNot"] is not None and row["status"] != "ISSUED"],
            issued=[row for row in certificates(page) if row["status"] == "ISSUED"],
        )

    @expose("/confirm", methods=("POST",))
    def confirm(self) -> Any:
        """确认发证 for the certificates ticked on the page."""
        form = request.form
        given: Json = {
            "batch": form.get("batch", ""),
            "select": {"sheetIds": [form.get("sheet", "")]},
            "kinds": form.getlist("kinds"),
            "collectedBy": collected_by(),
            "confirm": [
                {
                    "studentNo": form.get("student", ""),
                    "number": normalised(form.get("number", "")),
                    "idLast4": normalised(form.get("last4", "")),
                }
            ],
        }
        return self._done("issueCertificates", ISSUE, given, "issued_done")

    @expose("/take-back", methods=("POST",))
    def take_back(self) -> Any:
        """撤回发证, with the reason and whether the certificates are back."""
        form = request.form
        given: Json = {
            "certificates": form.getlist("certificates"),
            "reason": form.get("reason", "").strip(),
            "recovered": form.get("recovered") == "1",
        }
        return self._done("undoIssue", UNDO_ISSUE, given, "undo_issue_done")

    def _done(self, mutation: str, document: str, given: Json, words: str) -> Any:
        back = local_target(request.form.get("next")) or self.get_url(".index_view")
        try:
            result = ask(document, {"input": given})[mutation]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            flash(failure.message, "error")
            return redirect(back, 303)
        refused = [row for row in result["rows"] if row["outcome"] in ("REFUSED", "NOT_APPLIED")]
        for said in dict.fromkeys(refusal_words(row) for row in refused):  # two certificates, one reason: said once
            flash(said, "error")
        if result["applied"]:
            flash(say(words, who=request.form.get("who", "")), "success")
        return redirect(back, 303)


def collected_by() -> Json:
    """How the certificates reach their owner, as the form says."""
    form = request.form
    boxes = {"name": "collector", "idLast4": "collector_last4", "relation": "relation"}
    written: Json = {name: text for name, box in boxes.items() if (text := form.get(box, "").strip())}
    return written | {"collection": form.get("collection", "IN_PERSON"), "letterChecked": form.get("letter") == "1"}


def certificates(page: SheetPage) -> list[Json]:
    return list(page.row.get("certificates") or ())
