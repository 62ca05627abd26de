"""自助离校申请: a student without a sheet states batch and leave type, and has the sheet at once (R2)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure
from admin_panel.columns import Objects
from admin_panel.pages import Page
from admin_panel.sheet import words_of
from admin_panel.sheet_view import own_sheet
from admin_panel.visit import Viewer, execute
from admin_panel.words import say

ACCEPTING = """query Accepting {
  batches(where: { acceptsApplications: { eq: true }, status: { eq: OPEN } }, first: 20) {
    nodes { code name nameEn } } }"""
APPLY = """mutation Apply($input: ApplyToLeaveInput!) { applyToLeave(input: $input) { applied unchanged message } }"""


class Apply(Page):
    title, icon, group = "apply", "leave", "work"

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        super().__init__("apply")

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.is_student

    @expose("/")
    def index(self) -> Any:
        if own_sheet() is not None:
            flash(say("apply_again"), "message")
            return redirect(self.get_url("mine.index"))
        return self._show()

    @expose("/", methods=("POST",))
    def apply(self) -> Any:
        given = {"batch": request.form.get("batch", ""), "leaveType": request.form.get("leaveType", "")}
        try:
            result = execute(APPLY, {"input": given})["applyToLeave"]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            return self._show(failure)
        flash(result["message"], "success" if result["applied"] else "message")
        return redirect(self.get_url("mine.index"), 303)

    def _show(self, failure: ApiFailure | None = None) -> str:
        batches = execute(ACCEPTING)["batches"]["nodes"]
        leave_types = words_of(self.objects, "Sheet", "leaveType")
        return self.render("panel/apply.html", batches=batches, leave_types=leave_types, failure=failure)
