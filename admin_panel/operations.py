"""操作记录: the generated list and details of operations; how far one is that is under way, and stopping it; all of its
rows; undoing it: checked first, then carried out (B1)."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, jsonify, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.giving import ROOM
from admin_panel.operation_changes import changes_page, undone_by
from admin_panel.operation_words import told
from admin_panel.outcomes import (
    CANCEL,
    CHECKED,
    PAGE,
    PARTS,
    PATIENCE,
    PROGRESS,
    SUMS,
    every_row,
    goes_on,
    is_running,
    kept,
    lists,
    some_rows,
    submitted,
)
from admin_panel.pages import page_asked, pages_of
from admin_panel.view import ObjectView
from admin_panel.visit import execute, one, signed_in
from admin_panel.words import listed, say
from graphql_api.csv_text import MARK, guarded, lines

UNDO = f"""mutation Undo($id: ID!, $wait: Float) {{ undoOperation(id: $id, waitSeconds: $wait) {{ {SUMS} }} }}"""
CHECK_UNDO = f"mutation CheckUndo($id: ID!) {{ undoOperation(id: $id, dryRun: true) {{ {CHECKED} }} }}"


class OperationView(ObjectView):
    details_template = "panel/operation.html"
    details_besides = "undoable"

    def _for_template(self) -> dict[str, Any]:
        given = super()._for_template()
        plain = given["plain_cell"]
        return given | {"plain_cell": lambda row, path: told(self.objects, path, row.get(path)) or plain(row, path)}

    @expose("/details/")
    def details_view(self) -> Any:
        """The operation with what became of each of its rows."""
        model = self.get_one(request.args.get("id") or abort(404))
        return self._told(model, kept(model["id"]))

    @expose("/changes/")
    def changes(self) -> Any:
        """The changes that it made."""
        return changes_page(self)

    # --- while it is under way

    @expose("/progress")
    def progress(self) -> Response:
        """State and percent, for the script that shows them."""
        found = one(PROGRESS, request.args.get("id", ""))
        return jsonify({"state": found["state"], "percent": found["progress"] or 0})

    @expose("/submit", methods=("POST",))
    def submit(self) -> Any:
        """A dry run of one's own that was not submitted, or whose submitting was cut off; again is harmless."""
        operation = request.form.get("id", "")
        try:
            done = submitted(operation, request.form.get("confirmed", "").strip())
        except ApiFailure as refused:
            return self._failed(operation, refused)
        if goes_on(done):
            return redirect(self.get_url(".details_view", id=operation, submitted=1), 303)
        flash(done["message"], "success" if done["applied"] else "warning")
        return redirect(self.get_url(".details_view", id=operation), 303)

    @expose("/stop", methods=("POST",))
    def stop(self) -> Any:
        """停止并恢复原状: all that was done so far is taken back; what has ended already stays."""
        operation = request.form.get("id", "")
        try:
            execute(CANCEL, {"id": operation})
        except ApiFailure as refused:
            if refused.code != "CONFLICT":
                return self._failed(operation, refused)
            flash(say("too_late_to_stop"), "warning")
        else:
            flash(say("stopped"), "success")
        return redirect(self.get_url(".details_view", id=operation), 303)

    # --- all rows

    @expose("/rows")
    def rows(self) -> Any:
        """A page of the rows that came out as `outcome`."""
        outcome, page = _outcome(), page_asked()
        found = some_rows(request.args.get("id", ""), outcome, PAGE, page * PAGE)
        sums = {"APPLIED": found["applied"], "UNCHANGED": found["unchanged"], "REFUSED": found["refused"]}
        pages = pages_of(sums[outcome] or 0, PAGE)
        return self.render(
            "panel/operation_rows.html", operation=found, sums=sums, outcome=outcome, page=page, pages=pages
        )

    @expose("/rows.csv")
    def rows_csv(self) -> Response:
        """The same rows, all of them, for a table program."""
        return ROOM.give(self._rows_file)

    def _rows_file(self) -> Response:
        operation, outcome = request.args.get("id", ""), _outcome()
        heading = [say(key) for key in ("student_no", "name", "item", "why", "still_needed")]
        rows = ([guarded(each) for each in _cells(row)] for row in every_row(operation, outcome))
        disposition = {"Content-Disposition": f'attachment; filename="operation-{outcome.lower()}.csv"'}
        return Response(MARK + lines([heading, *rows]), mimetype="text/csv", headers=disposition)

    # --- undoing

    @expose("/undo", methods=("POST",))
    def undo(self) -> Any:
        """`step`: `check` (what would be undone) or `submit`, which leads to the operation that undid it."""
        operation, step = request.form.get("id", ""), request.form.get("step", "check")
        try:
            if step != "submit":
                result = execute(CHECK_UNDO, {"id": operation})["undoOperation"]
                return self._told(self.get_one(operation), result, undoing=True)
            done = execute(UNDO, {"id": operation, "wait": PATIENCE * 4})["undoOperation"]
        except ApiFailure as refused:
            return self._failed(operation, refused)
        flash(done["message"], "success" if done["applied"] else "warning")
        target = operation if done["operation"] is None else done["operation"]["id"]
        return redirect(self.get_url(".details_view", id=target), 303)

    def _failed(self, operation: str, refused: ApiFailure) -> str:
        if refused.code == "UNAUTHENTICATED":
            raise refused
        return self._told(self.get_one(operation), None, failure=refused)

    def _told(
        self, model: Json, result: Json | None, failure: ApiFailure | None = None, *, undoing: bool = False
    ) -> str:
        """`undoing`: the result is the dry run of undoing the operation, rather than its own."""
        related, back = self._related(model), self.get_url(".index_view")
        if model.get("applied") and signed_in().reads("Event"):
            related = [*related, (say("changes_of_operation"), self.get_url(".changes", id=model["id"]))]
        self._template_args.update(undone_by=undone_by(model))
        running = not undoing and is_running(result, submitted=bool(request.args.get("submitted")))
        self._template_args.update(result=result, failure=failure, undoing=undoing, running=running, **lists(result))
        return self.render(self.details_template, model=model, return_url=back, related=related)


def _outcome() -> str:
    found = request.args.get("outcome", "REFUSED")
    return found if found in PARTS else abort(404)


def _cells(row: Json) -> list[str]:
    needed = listed(
        " ".join(filter(None, (each["itemName"], each["department"], each["contact"]))) for each in row["blockers"]
    )
    return [row["studentNo"], row["name"] or "", row["itemCode"] or "", row["message"] or "", needed]
