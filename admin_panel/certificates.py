"""发放两证: the certificate officer's list, the student's items behind each row, 确认发证 where nothing is against it.

Whether a certificate may be issued is data (`Certificate.whyNot`); the page shows the reason or the button (R19).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from markupsafe import Markup

from admin_panel.acting import RESULT, refusal_words
from admin_panel.client import ApiFailure, Json
from admin_panel.metadata import ObjectInfo
from admin_panel.registry import Entry, Ticked
from admin_panel.scanned import normalised
from admin_panel.security import local_target
from admin_panel.sheet import SheetPage, SheetWords, read_sheet
from admin_panel.sign_for import sign_for_page
from admin_panel.view import ObjectView
from admin_panel.visit import Viewer, signed_in
from admin_panel.visit import execute as ask
from admin_panel.words import both, say

ISSUE = f"mutation Issue($input: IssueCertificatesInput!) {{ issueCertificates(input: $input) {{ {RESULT} }} }}"
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
            "sign_for": self.get_url(".sign_for", **self.list_parameters()),
        }

    def _cell(self, row: Json, path: str, *more: Any) -> Markup:
        """发放两证 beside the state of every row that has not been given everything."""
        shown = super()._cell(row, path, *more)
        if path != "certificateState" or self.shown_now() == "issued":
            return shown
        button = Markup('<span class="row-line">{} <a class="btn small" href="{}">{}</a></span>')
        return button.format(shown, self.get_url(".details_view", id=row["id"]), self.name)

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
            misplaced=[row for row in certificates(page) if row.get("wrongRecipient")],
        )

    @expose("/sign-for/", methods=("GET", "POST"))
    def sign_for(self) -> Any:
        """签领表 of the list as it is asked for, of a class of it, or of ticked rows: a POST that changes nothing."""
        return sign_for_page(self)

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
        return carry_out("issueCertificates", ISSUE, given, "issued_done", self.get_url(".index_view"))

    @expose("/take-back", methods=("POST",))
    def take_back(self) -> Any:
        """撤回发证, with the reason and whether the certificates are back."""
        return take_back(self.get_url(".index_view"))


def take_back(otherwise: str) -> Any:
    """撤回发证 of the certificates that the form names, and 错领 that came back; from the desk or the register."""
    form = request.form
    given: Json = {
        "certificates": form.getlist("certificates"),
        "reason": form.get("reason", "").strip(),
        "recovered": form.get("recovered") == "1",
    }
    return carry_out(
        "undoIssue", UNDO_ISSUE, given, "recovered_done" if form.get("back") else "undo_issue_done", otherwise
    )


def carry_out(mutation: str, document: str, given: Json, words: str, otherwise: str) -> Any:
    """One mutation on certificates, its outcome told in sentences, and back to where the form stood."""
    back = local_target(request.form.get("next")) or otherwise
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
    elif not refused:
        flash(say("certificate_unchanged", who=request.form.get("who", "")), "message")
    return redirect(back, 303)


def collected_by() -> Json:
    """How the certificates reach their owner, as the form says."""
    form = request.form
    boxes = {"name": "collector", "idLast4": "collector_last4", "relation": "relation"}
    written: Json = {name: text for name, box in boxes.items() if (text := form.get(box, "").strip())}
    return written | {"collection": form.get("collection", "IN_PERSON"), "letterChecked": form.get("letter") == "1"}


def certificates(page: SheetPage) -> list[Json]:
    return list(page.row.get("certificates") or ())
