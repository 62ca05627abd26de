"""导入权限表: a whole table as CSV into one's own draft, every problem told; and a role's shipped rights back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.language import text_of
from admin_panel.policy_pages import BOTH, PolicyPage, must_tune, read_draft, save_draft
from admin_panel.visit import Viewer, execute
from admin_panel.words import say

ROLES = f"""query Roles {{ matrix: policyMatrix(object: "Api") {{ version roles {{ name label {BOTH} }} }} }}"""
#: A page shows no more problems than this; the message tells how many there are.
MOST_PROBLEMS = 200


class PolicyImport(PolicyPage):
    """Reached from the matrix; it has no place in the menu."""

    title, group = "policy_import", ""

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.may("PolicyVersion", "tune")

    @expose("/")
    def index(self) -> Any:
        return self._show()

    @expose("/", methods=("POST",))
    def act(self) -> Any:
        """`step`: `csv` (a table that was pasted or chosen as a file) or `reset` (one role)."""
        must_tune()
        reset = request.form.get("step") == "reset"
        try:
            save_draft({"resetRole": request.form.get("role", "")} if reset else {"csv": entered()})
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return self._show(failure), 409 if failure.code == "CONFLICT" else 400
        flash(say("policy_saved"), "success")
        return redirect(self.get_url("policydiff.index"), 303)

    def _show(self, failure: ApiFailure | None = None) -> str:
        matrix = execute(ROLES)["matrix"]
        return self.page(
            "panel/policy_import.html",
            read_draft(),
            roles=matrix["roles"],
            version=matrix["version"],
            failure=failure,
            problems=problems_of(failure)[:MOST_PROBLEMS],
            csv=request.form.get("csv", ""),
        )


def entered() -> str:
    """The file if one was chosen, else what was pasted. Raises ApiFailure for a file that is no UTF-8: read all the
    same, it would spoil every note of the table and nothing else."""
    file = request.files.get("file")
    if not file or not file.filename:
        return request.form.get("csv", "")
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiFailure({"message": say("policy_not_utf8"), "extensions": {"code": "BAD_INPUT"}}) from None


def problems_of(failure: ApiFailure | None) -> list[Json]:
    """Row, cell, value, nearest names and sentence of each problem of the table, as far as the API told them."""
    found = [each.get("params") or {} for each in failure.violations] if failure else []
    return [{**each, "words": text_of(each)} for each in found if "row" in each]
