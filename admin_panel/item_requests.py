"""流程项申请 (R11): a department asks for a change of a batch's items and sees what became of it; the graduation office
sees what it would do to the sheets there are, and decides."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.deeds import Deed
from admin_panel.item_proposals import ITEM, RULES, by_code, lines
from admin_panel.item_request_form import KINDS, asked, chosen, controls, ground, own_items
from admin_panel.view import ObjectView
from admin_panel.visit import Viewer, execute, one, signed_in
from admin_panel.words import say

ONE = f"""query Request($id: ID!) {{ one: itemRequest(id: $id) {{
  id displayLabel version kind state proposal reason createdAt decidedAt decisionReason
  batch {{ code name nameEn status requestDeadline }} department {{ name nameEn }} item {{ {ITEM} }}
  requestedBy {{ displayLabel }} decidedUser {{ displayLabel }} }} }}"""
NAMES = """query Names($batch: String!) { items(where: { batch: { code: { eq: $batch } } }, first: 200) {
  nodes { code name nameEn } } }"""
ASK = """mutation Ask($input: RequestItemChangeInput!) { requestItemChange(input: $input) {
  message itemRequest { id } } }"""
DECIDE = """mutation Decide($id: ID!, $decision: Decision!, $reason: String!, $dryRun: Boolean!) {
  decideItemRequest(id: $id, decision: $decision, reason: $reason, dryRun: $dryRun) {
    message effect { red grey final issued } } }"""
WITHDRAW = "mutation Withdraw($id: ID!) { withdrawItemRequest(id: $id) }"
WAITING = "query Waiting { itemRequests(where: { state: { eq: SUBMITTED } }, first: 1) { totalCount } }"
DECISIONS = ("APPROVED", "REJECTED")
#: Stands for the reason of a dry run, which keeps none.
NO_REASON = "–"


#: The button that leads to the form.
ASKING = Deed("requestItemChange", "create", "ask_item_change")


def may_ask(viewer: Viewer) -> bool:
    """Who only decides may also ask, in the name of a department."""
    return ASKING.permitted(viewer, "ItemRequest") or viewer.may("ItemRequest", "decide")


def waiting(viewer: Viewer) -> int:
    """How many requests wait for this viewer's decision."""
    return int(execute(WAITING)["itemRequests"]["totalCount"]) if viewer.may("ItemRequest", "decide") else 0


class ItemRequestView(ObjectView):
    """The generated list; asking, a page for each request, deciding and taking back."""

    def deeds(self, row: Json | None = None) -> list[tuple[str, str, Deed]]:
        found = super().deeds(row)
        if row is None and may_ask(signed_in()):
            found.append((str(ASKING.name), self.get_url(".ask"), ASKING))
        return found

    # --- asking

    @expose("/ask/")
    def ask(self) -> Any:
        """First the kind and the item, then the form for these."""
        self._require_asking()
        return self._asking()

    @expose("/ask/", methods=("POST",))
    def file(self) -> Any:
        """Files the request and opens its page."""
        self._require_asking()
        stands = ground(signed_in())
        kind, item = chosen(stands)
        if not kind:
            return self._asking()
        try:
            filed = execute(ASK, {"input": asked(stands, kind, item)})["requestItemChange"]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            return self._asking(failure), 400
        flash(filed["message"], "success")
        return redirect(self.get_url(".details_view", id=filed["itemRequest"]["id"]), 303)

    def _require_asking(self) -> None:
        if not may_ask(signed_in()):
            abort(403)

    def _asking(self, failure: ApiFailure | None = None) -> str:
        stands = ground(signed_in())
        kind, item = chosen(stands)
        fields = controls(self.objects, stands, item, failure) if kind in ("ADD", "CHANGE") else []
        return self.render(
            "panel/item_request_ask.html",
            stands=stands,
            kind=kind,
            item=item,
            fields=[each for each in fields if each.field.name not in RULES],
            rules=[each for each in fields if each.field.name in RULES],
            own=own_items(stands),
            failure=failure,
            kinds={value: self.objects["ItemRequest"].fields["kind"].choice(value) for value in KINDS},
        )

    # --- one request

    @expose("/details/")
    def details_view(self) -> Any:
        """What is asked, field by field; to whoever decides, also what it would do, as a dry run that keeps nothing."""
        return self._request(self._asked_for(request.args.get("id")))

    def _asked_for(self, row_id: str | None) -> Json:
        return one(ONE, row_id or abort(404))

    def _request(self, row: Json, failure: ApiFailure | None = None) -> str:
        viewer = signed_in()
        deciding = row["state"] == "SUBMITTED" and viewer.may("ItemRequest", "decide")
        foreseen, obstacle = _foreseen(row["id"]) if deciding else (None, None)
        names = by_code(execute(NAMES, {"batch": row["batch"]["code"]})["items"]["nodes"])
        return self.render(
            "panel/item_request.html",
            row=row,
            lines=lines(self.objects, row["proposal"] or {}, row["item"], names),
            deciding=deciding,
            withdrawing=row["state"] == "SUBMITTED" and viewer.may("ItemRequest", "withdraw"),
            foreseen=foreseen,
            obstacle=obstacle,
            failure=failure,
            state=self.objects["ItemRequest"].fields["state"].choice(row["state"]),
            kind=self.objects["ItemRequest"].fields["kind"].choice(row["kind"]),
            item_link=self.link("Item", row["item"]["id"]) if row["item"] else None,
        )

    @expose("/decide", methods=("POST",))
    def decide(self) -> Any:
        """同意 or 不同意, with a reason."""
        if not signed_in().may("ItemRequest", "decide"):
            abort(403)
        decision = request.form.get("decision", "")
        if decision not in DECISIONS:
            abort(400)
        row_id, reason = request.form.get("id", ""), request.form.get("reason", "")
        given = {"id": row_id, "decision": decision, "reason": reason, "dryRun": False}
        return self._acted(row_id, lambda: str(execute(DECIDE, given)["decideItemRequest"]["message"]))

    @expose("/withdraw", methods=("POST",))
    def withdraw(self) -> Any:
        """One's own, before it is decided."""
        row_id = request.form.get("id", "")

        def act() -> str:
            execute(WITHDRAW, {"id": row_id})
            return say("request_withdrawn")

        return self._acted(row_id, act)

    def _acted(self, row_id: str, act: Any) -> Any:
        """Tells what was done on the request's page, or there what stopped it."""
        try:
            flash(act(), "success")
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return self._request(self._asked_for(row_id), failure), 409 if failure.code == "CONFLICT" else 400
        return redirect(self.get_url(".details_view", id=row_id), 303)


def _foreseen(row_id: str) -> tuple[Json | None, ApiFailure | None]:
    """What approving would do; or why it is not possible any more."""
    given = {"id": row_id, "decision": "APPROVED", "reason": NO_REASON, "dryRun": True}
    try:
        return dict(execute(DECIDE, given)["decideItemRequest"]), None
    except ApiFailure as failure:
        if failure.code == "UNAUTHENTICATED":
            raise
        return None, failure
