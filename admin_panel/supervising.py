"""我的学生: a supervisor's own students over all open batches; signs one at once, or many after a check (R13).

A batch is checked, submitted and undone by itself: an operation of the API is always about one batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from admin_panel.acting import SIGN, tell
from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.outcomes import CHECKED, submitted
from admin_panel.pages import Page, page_asked, pages_of, supervises
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import say

PAGE = 20
OPEN: Json = {"batch": {"status": {"eq": "OPEN"}}, "state": {"eq": "ACTIVE"}}
#: What still waits for a signature.
UNSIGNED: Json = {"clearances": {"some": {"item": {"handledBy": {"eq": "SUPERVISOR"}}, "status": {"eq": "PENDING"}}}}
STUDENTS = """query Students($where: SheetFilter, $unsigned: SheetFilter, $first: Int, $offset: Int) {
  page: sheets(where: $where, first: $first, offset: $offset, orderBy: [{ batch: { code: DESC } }, { id: ASC }]) {
    totalCount nodes { id className leaveType batch { code name nameEn } student { studentNo name }
      progress { settled required }
      clearances(where: { item: { handledBy: { eq: SUPERVISOR } } }) {
        id version status decidedAt decidedUser { displayLabel } item { code name nameEn }
        moves { status refusal { message } } } } }
  unsigned: sheets(where: $unsigned) { totalCount }
  batches(where: { status: { eq: OPEN } }, first: 20) { nodes { code name nameEn } } }"""
CHECK = f"mutation Check($input: SignStudentsInput!) {{ checked: signStudents(input: $input) {{ {CHECKED} }} }}"


@dataclass(frozen=True, slots=True)
class Check:
    """The dry run of one batch; or why there is none."""

    batch: Json
    result: Json | None = None
    problem: str = ""


class OwnStudents(Page):
    title, icon, group = "own_students", "student", "work"

    def __init__(self, objects: Objects, endpoint: str) -> None:
        self.objects = objects
        super().__init__(endpoint)

    def shown_to(self, viewer: Viewer) -> bool:
        return supervises(viewer)

    @expose("/")
    def index(self) -> Any:
        """The students, a page of them; `show=unsigned`: those alone who wait for a signature."""
        show, page = request.args.get("show", "all"), page_asked()
        unsigned = {"and": [OPEN, UNSIGNED]}
        asked = {"where": unsigned if show == "unsigned" else OPEN, "unsigned": unsigned}
        found = execute(STUDENTS, asked | {"first": PAGE, "offset": page * PAGE})
        count = found["page"]["totalCount"]
        return self.render(
            "panel/own_students.html",
            students=found["page"]["nodes"],
            count=count,
            unsigned=found["unsigned"]["totalCount"],
            show="unsigned" if show == "unsigned" else "all",
            page=page,
            pages=pages_of(count, PAGE),
            several=len(found["batches"]["nodes"]) > 1,
            mine=sign_state,
        )

    @expose("/sign", methods=("POST",))
    def sign(self) -> Any:
        """导师签字 of one student."""
        form = request.form
        given = {"batch": form.get("batch", ""), "select": {"sheetIds": [form.get("sheet", "")]}}
        try:
            tell(execute(SIGN, {"input": given})["signStudents"], "CLEARED", form.get("item", ""))
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            flash(failure.message, "error")
        return redirect(self.get_url(".index", **_where_it_was()), 303)

    @expose("/check", methods=("POST",))
    def check(self) -> Any:
        """预检, batch by batch: of the ticked students, or of all (选择所有学生, across pages)."""
        batches = execute(STUDENTS, {"where": OPEN, "unsigned": OPEN, "first": 0, "offset": 0})["batches"]["nodes"]
        chosen = None if request.form.get("whom") == "all" else _ticked()
        if chosen is not None and not chosen:
            flash(say("tick_something"), "error")
            return redirect(self.get_url(".index", **_where_it_was()), 303)
        checks = [_checked(each, chosen) for each in batches if chosen is None or each["code"] in chosen]
        checks = [each for each in checks if each.problem or _has_rows(each.result)]
        signing = sum(each.result["applied"] for each in checks if each.result)
        return self.render("panel/own_students_checked.html", checks=checks, signing=signing)

    @expose("/submit", methods=("POST",))
    def submit(self) -> Any:
        """Each batch's checked set is one operation; what one refuses does not stop the others."""
        operations = request.form.getlist("operation")
        for each in operations:
            try:
                done = submitted(each)
                flash(done["message"], "success" if done["applied"] else "message")
            except ApiFailure as failure:
                if failure.code == "UNAUTHENTICATED":
                    raise
                flash(failure.message, "error")
        if len(operations) == 1 and signed_in().reads("Operation"):
            return redirect(self.get_url("operation.details_view", id=operations[0]), 303)
        return redirect(self.get_url(".index"), 303)


def sign_state(row: Json) -> Json | None:
    """The supervisor's item of one student: signed by whom, whether it may be signed now, or why not."""
    found: Mapping[str, Any] | None = next(iter(row["clearances"] or ()), None)
    if found is None:
        return None
    move = next((each for each in found["moves"] or () if each["status"] == "CLEARED"), None)
    pending = found["status"] == "PENDING"
    return {
        **found,
        "may": pending and move is not None and move["refusal"] is None,
        "refusal": move["refusal"]["message"] if pending and move and move["refusal"] else "",
    }


def _checked(batch: Json, chosen: Mapping[str, list[str]] | None) -> Check:
    select: Json = {"where": OPEN} if chosen is None else {"sheetIds": chosen[batch["code"]]}
    try:
        given = {"batch": batch["code"], "select": select, "dryRun": True}
        return Check(batch, execute(CHECK, {"input": given})["checked"])
    except ApiFailure as failure:
        if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
            raise
        if failure.code == "NOT_FOUND" and chosen is None:  # a batch without a supervisor's item has nobody to sign
            return Check(batch)
        return Check(batch, problem=failure.message)


def _has_rows(result: Json | None) -> bool:
    return result is not None and any(result[name] for name in ("applied", "unchanged", "refused"))


def _ticked() -> dict[str, list[str]]:
    """The ticked sheets by the code of their batch, as `batch:sheet`."""
    found: dict[str, list[str]] = {}
    for each in dict.fromkeys(request.form.getlist("students")):
        batch, _, sheet = each.rpartition(":")
        found.setdefault(batch, []).append(sheet)
    return found


def _where_it_was() -> Json:
    """The page of the list that the form stood on."""
    form = request.form
    kept = {"page": form.get("page", ""), "show": form.get("show", "")}
    return {name: value for name, value in kept.items() if value and value != "all"}
