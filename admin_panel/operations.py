"""操作记录: the generated list and details of operations, and undoing one: checked first, then carried out (B1)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import expose

from admin_panel.acting import RESULT
from admin_panel.bulk import SHOWN_ROWS
from admin_panel.client import ApiFailure, Json
from admin_panel.view import ObjectView
from admin_panel.visit import execute

UNDO = f"""mutation Undo($id: ID!, $dryRun: Boolean!) {{
  undoOperation(id: $id, dryRun: $dryRun) {{ {RESULT} }} }}"""


class OperationView(ObjectView):
    details_template = "panel/operation.html"

    def _for_template(self) -> dict[str, Any]:
        return super()._for_template() | {"result": None, "failure": None, "shown": SHOWN_ROWS}

    @expose("/undo", methods=("POST",))
    def undo(self) -> Any:
        """`step`: `check` (what would be undone) or `submit`."""
        operation, step = request.form.get("id", ""), request.form.get("step", "check")
        result: Json | None = None
        failure: ApiFailure | None = None
        try:
            result = execute(UNDO, {"id": operation, "dryRun": step != "submit"})["undoOperation"]
        except ApiFailure as refused:
            if refused.code == "UNAUTHENTICATED":
                raise
            failure = refused
        return self._page(self.get_one(operation), result, failure)

    def _page(self, model: Json, result: Json | None, failure: ApiFailure | None) -> str:
        rows = result["rows"] if result else []
        self._template_args.update(
            result=result,
            failure=failure,
            refused=[row for row in rows if row["outcome"] == "REFUSED"],
            others=[row for row in rows if row["outcome"] != "REFUSED"],
        )
        return self.render(self.details_template, model=model, return_url=self.get_url(".index_view"))
