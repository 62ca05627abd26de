"""权限变更: what a draft, or one version against another, changes in decisions; and publishing the draft.

Whether it may be published, and what speaks against it, is decided by the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.policy_pages import BOTH, RULE, PolicyPage, must_tune, read_draft, save_draft
from admin_panel.visit import execute
from admin_panel.words import say

DIFF = f"""query Diff($from: Int, $to: Int, $draft: Boolean!) {{
  diff: policyDiff(from: $from, to: $to, draft: $draft) {{
  fromVersion toVersion rules {{ added {{ {RULE} }} removed {{ {RULE} }} }}
  changes {{ object objectLabel {BOTH} action field kind inWords {BOTH} roles {{
    after {{ allow }} roleLabel {BOTH} holders rowsBefore rowsAfter uncounted {BOTH} }} }}
  verdict {{ publishable reasons {BOTH} }} }} }}"""
PUBLISH = "mutation Publish($input: PublishPolicyInput!) { done: publishPolicy(input: $input) { number message } }"
DISCARD = "mutation Discard { discardPolicyDraft }"
#: The kinds of change, in the order they are read; what somebody gains is the first thing to look at.
KINDS = ("GAINED", "WIDER", "OTHER", "NARROWER", "LOST")
LARGEST_VERSION = 2**31


class PolicyDiff(PolicyPage):
    """Reached from the draft's bar and from the versions; it has no place in the menu."""

    title, group = "policy_diff", ""

    @expose("/")
    def index(self) -> Any:
        return self._show(read_draft())

    @expose("/publish", methods=("POST",))
    def publish(self) -> Any:
        """Puts the draft in force, as the reader saw it: the version it was compared with travels in the form."""
        must_tune()
        asked = {"expectedVersion": int_in(request.form, "expectedVersion"), "draft": True}
        try:
            done = execute(PUBLISH, {"input": {**asked, "comment": request.form.get("comment", "").strip()}})["done"]
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return self._show(read_draft(), failure.message), 409 if failure.code == "CONFLICT" else 400
        flash(done["message"], "success")
        return redirect(self.get_url("policy.index"), 303)

    @expose("/rebase", methods=("POST",))
    def rebase(self) -> Any:
        """What the draft changes, done to the version that is in force by now."""
        must_tune()
        return self._changed(lambda: say("policy_rebased", n=save_draft({"rebase": True})["base"]), "policydiff.index")

    @expose("/discard", methods=("POST",))
    def discard(self) -> Any:
        must_tune()
        return self._changed(lambda: execute(DISCARD) and say("policy_discarded"), "policy.index")

    def _changed(self, act: Any, back: str) -> Any:
        try:
            flash(act(), "success")
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            flash(failure.message, "error")
        return redirect(self.get_url(back), 303)

    def _show(self, draft: Json | None, problem: str = "") -> str:
        between = {name: int_in(request.args, name) for name in ("from", "to") if request.args.get(name)}
        of_draft = draft is not None and not between
        found = None
        if draft is not None or between:
            found = read_difference({"draft": of_draft, **between})
        given = {
            "of_draft": of_draft,
            "diff": found,
            "groups": grouped(found),
            "last_days": last_days,
            "problem": problem,
        }
        comment = request.form.get("comment", draft["comment"] if draft else "")
        return self.page("panel/policy_diff.html", draft, comment=comment, **given)


def read_difference(asked: Json) -> Json:
    """What differs, with what speaks against the later table. Raises ApiFailure for a version there never was."""
    found: Json = execute(DIFF, asked)["diff"]
    return found


def grouped(diff: Json | None) -> list[tuple[str, list[Json]]]:
    """The changes by kind, in the order of KINDS."""
    changes = diff["changes"] if diff else []
    found = [(kind, [each for each in changes if each["kind"] == kind]) for kind in KINDS]
    return [(kind, some) for kind, some in found if some]


def last_days(diff: Json, change: Json) -> list[str]:
    """The days with which rows end that come and that this decision goes by."""
    scopes = {scope for role in change["roles"] if role["after"] for scope in role["after"]["allow"]}
    rows = [each for each in diff["rules"]["added"] if each["until"] and each["scope"] in scopes]
    same = [each for each in rows if all(each[key] == change[key] for key in ("object", "action"))]
    return sorted({each["until"] for each in same if each["field"] in (change["field"], "*")})


def int_in(given: Mapping[str, str], name: str) -> int:
    """A version number of the address or the form; 404 for what is none."""
    text = given.get(name, "")
    if not (text.isascii() and text.isdigit()) or int(text[:12]) >= LARGEST_VERSION:
        abort(404)
    return int(text)
