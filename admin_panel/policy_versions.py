"""权限版本: the generated list; its details tell what the version changed, and lead to its CSV and back to it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.language import text_of
from admin_panel.policy_diff import grouped, int_in, last_days, read_difference
from admin_panel.policy_pages import must_tune, tunes
from admin_panel.view import ObjectView
from admin_panel.visit import execute
from admin_panel.words import say

CSV = "query Csv($version: Int, $draft: Boolean!) { table: policyTable(version: $version, draft: $draft) { csv } }"
IN_FORCE = "query InForce { table: policyTable { version } }"
ROLL_BACK = "mutation RollBack($input: RollbackPolicyInput!) { done: rollbackPolicy(input: $input) { number message } }"


class PolicyVersionView(ObjectView):
    """What differs is asked of the API; so is going back."""

    details_template = "panel/policy_version.html"

    @expose("/details/")
    def details_view(self) -> Any:
        row = self.get_one(request.args.get("id") or abort(404))
        found, problem = _changes_of(row)
        return self._page(self.details_template, found, model=row, related=[], problem=problem)

    @expose("/csv")
    def csv(self) -> Response:
        """The table of `number`, or of one's own draft; as it is imported again. Excel takes a file without the mark at
        its beginning for one of another encoding, and spoils every note."""
        of_draft = bool(request.args.get("draft"))
        number = None if of_draft else int_in(request.args, "number")
        text = execute(CSV, {"version": number, "draft": of_draft})["table"]["csv"]
        name = "policy-draft.csv" if of_draft else f"policy-{number}.csv"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text.encode("utf-8-sig"), mimetype="text/csv", headers=disposition)

    @expose("/rollback", methods=("GET", "POST"))
    def rollback(self) -> Any:
        """What going back changes, and doing it; the version in force that the reader saw travels in the form."""
        must_tune()
        to = int_in(request.args, "number") or abort(404)
        if request.method == "GET":
            return self._before_rollback(to)
        comment = request.form.get("comment", "").strip()
        asked = {"to": to, "expectedVersion": int_in(request.form, "expectedVersion"), "comment": comment}
        try:
            done = execute(ROLL_BACK, {"input": asked})["done"]
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return self._before_rollback(to, failure.message), 409 if failure.code == "CONFLICT" else 400
        flash(done["message"], "success")
        return redirect(self.get_url(".index_view"), 303)

    def _before_rollback(self, to: int, problem: str = "") -> str:
        now = in_force()
        found = read_difference({"from": now, "to": to, "draft": False})
        comment = request.form.get("comment", say("policy_roll_back_note", n=to))
        return self._page("panel/policy_rollback.html", found, to=to, now=now, comment=comment, problem=problem)

    def _page(self, template: str, diff: Json | None, **given: Any) -> str:
        tools = {"words": text_of, "last_days": last_days, "tunes": tunes(), "in_force": in_force()}
        back = self.get_url(".index_view")
        return self.render(template, diff=diff, groups=grouped(diff), return_url=back, **tools, **given)


def _changes_of(row: Json) -> tuple[Json | None, str]:
    """What a version changed of the one before it; nothing of the first, and a sentence of one that is damaged."""
    if not row.get("parent"):
        return None, ""
    try:
        return read_difference({"from": row["parent"], "to": row["number"], "draft": False}), ""
    except ApiFailure as failure:
        if failure.code != "BAD_INPUT":
            raise
        return None, failure.message


def in_force() -> int:
    """The number of the version in force."""
    return int(execute(IN_FORCE)["table"]["version"])
