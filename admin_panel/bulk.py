"""批量办理 and 批量发证: first 预检 with every refusal, then the very set it showed is applied as one operation.

The pages only carry what was chosen to the API, which decides every row (R17, R20, B1).
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from admin_panel.choosing import WHOLE, Named, chosen_way, listed, named_list, not_carried, selection, ticked
from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.listed_files import LISTS, file_of_list, named_in_file, numbers_of, without_note
from admin_panel.outcomes import CHECKED, goes_on, is_running, kept, lists, submitted
from admin_panel.pages import Page
from admin_panel.saved_choice import choosable
from admin_panel.sheet import words_of
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import say

CHECK = f"mutation Check($input: SetClearancesInput!) {{ checked: setClearances(input: $input) {{ {CHECKED} }} }}"
CHECK_LIST = (
    f"mutation List($input: ImportClearancesInput!) {{ checked: importClearances(input: $input) {{ {CHECKED} }} }}"
)
CHECK_ISSUE = (
    f"mutation Check($input: IssueCertificatesInput!) {{ checked: issueCertificates(input: $input) {{ {CHECKED} }} }}"
)
WHOM = "batch(code: $batch) { rangeLimit } colleges(first: 200) { nodes { code name nameEn } }"
ITEMS = """items(
  where: { batch: { code: { eq: $batch } }, kind: { ne: INFO } }, orderBy: [{ order: ASC }], first: 100
) { nodes { code name nameEn mayHandle } }"""
STATUSES = ("CLEARED", "PENDING", "NOT_REQUIRED")


class CheckedPage(Page):
    """Choose whom and what, check, submit: the three steps that every bulk act takes."""

    template: str
    choices: str
    ways: tuple[str, ...]
    takes_files = False

    def __init__(self, objects: Objects, endpoint: str) -> None:
        self.objects = objects
        super().__init__(endpoint)

    def check(self, viewer: Viewer) -> Json:
        """The dry run of what the form asks for."""
        raise NotImplementedError

    def more(self, found: Json, viewer: Viewer) -> dict[str, Any]:
        """What the page's own part of the form needs."""
        raise NotImplementedError

    def may_choose(self, viewer: Viewer, way: str) -> bool:
        """Whether this way of choosing is offered; the API decides again."""
        return way in self.ways

    @expose("/")
    def index(self) -> Any:
        """The form; with `operation`, what that one did, would do, or how far it is."""
        operation = request.args.get("operation")
        return self._show(result=kept(operation) if operation else None)

    @expose("/", methods=("POST",))
    def act(self) -> Any:
        """One step: `choose` (rows of a list), `check` (预检) or `submit` (the checked set), which leads to the page of
        what became of it: to load that again submits nothing."""
        step, result, failure = request.form.get("step", "choose"), None, None
        operation = request.form.get("operation", "")
        try:
            if step == "check":
                result = self.check(signed_in())
            elif step == "submit":
                done = submitted(operation, request.form.get("confirmed", "").strip())
                if goes_on(done):
                    return redirect(self.get_url(".index", operation=operation, submitted=1), 303)
                flash(done["message"], "success" if done["applied"] else "warning")
                return redirect(self.get_url(".index", operation=operation), 303)
        except ApiFailure as refused:
            if refused.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            failure = refused
            result = kept(operation) if refused.code == "COUNT_CONFIRMATION" else None
        return self._show(result=result, failure=failure)

    def _show(self, result: Json | None = None, failure: ApiFailure | None = None) -> str:
        viewer = signed_in()
        document = f"query Choices($batch: String!) {{ {self.choices} }}"
        found = execute(document, {"batch": viewer.batch.code}) if viewer.batch else {}
        colleges = found.get("colleges", {}).get("nodes", [])
        limit = (found.get("batch") or {}).get("rangeLimit", 200)
        rows = lists(result)
        way = chosen_way()
        return self.render(
            self.template,
            form=request.form,
            way=way,
            ways=[each for each in self.ways if self.may_choose(viewer, each)],
            ticked=ticked("sheetIds"),
            words=request.form.getlist("words"),
            saved=choosable() if "saved" in self.ways and self.may_choose(viewer, "saved") else [],
            count=sum(result[name] for name in ("applied", "unchanged", "refused")) if result else 0,
            named=named_in_file() or len(listed("\n".join(request.form.getlist(way)))) if way in LISTS else 0,
            takes_files=self.takes_files,
            colleges=colleges,
            college=request.form.get("college") or own_college(viewer, colleges),
            limit=limit,
            counted=bool(result and way in WHOLE and result["applied"] > limit),
            result=result,
            running=is_running(result, submitted=bool(request.args.get("submitted"))),
            failure=failure,
            nobody=nobody_found() if result and result["dryRun"] and not any(rows.values()) else "",
            not_carried=not_carried(),
            **rows,
            **self.more(found, viewer),
        )


class Bulk(CheckedPage):
    """批量办理: one item's status for everybody chosen."""

    title, icon, group, template, choices = "bulk", "bulk", "work", "panel/bulk.html", f"{WHOM} {ITEMS}"
    ways = ("sheetIds", "where", "saved", "range", "className", "studentNos", "allExcept")
    takes_files = True

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.handles_in_bulk

    def may_choose(self, viewer: Viewer, way: str) -> bool:
        return way not in WHOLE or viewer.may("Clearance", "bulk_filter")

    def check(self, viewer: Viewer) -> Json:
        """Refused rows do not stop the others: the page shows them before anything is submitted. A list with names is
        imported, which compares them."""
        form = request.form
        asked: Json = {
            "batch": _batch(viewer),
            "item": form.get("item", ""),
            "status": form.get("status") if form.get("status") in STATUSES else None,
            "reason": form.get("reason") or None,
            "dryRun": True,
            "errorPolicy": "APPLY_VALID",
        }
        note, named, file = form.get("note", "").strip() or None, named_list(), file_of_list()
        if file and chosen_way() == "allExcept":
            return _checked(CHECK, asked | {"select": {"allExcept": numbers_of(file, asked)}, "note": note})
        if file:
            return _checked(CHECK_LIST, asked | {"file": file} | without_note(note))
        if named:
            return _checked(CHECK_LIST, asked | {"rows": [_row(each, note) for each in named]})
        return _checked(CHECK, asked | {"select": selection(), "note": note})

    def more(self, found: Json, viewer: Viewer) -> dict[str, Any]:
        items = [item for item in found.get("items", {}).get("nodes", []) if item["mayHandle"]]
        return {"items": items, "statuses": STATUSES, "reasons": words_of(self.objects, "Clearance", "reason")}


class BulkIssue(CheckedPage):
    """批量发证: everybody chosen who has settled everything; the others are listed with what is still needed (R20)."""

    title, icon, group, template, choices = "issue_bulk", "certificate", "work", "panel/issue_bulk.html", WHOM
    ways = ("sheetIds", "range", "className", "studentNos")

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.may("Certificate", "bulk_issue")

    def check(self, viewer: Viewer) -> Json:
        asked: Json = {
            "batch": _batch(viewer),
            "select": selection(),
            "kinds": request.form.getlist("kinds") or None,
            "collectedBy": {"collection": request.form.get("collection", "VIA_CLASS")},
            "dryRun": True,
        }
        return _checked(CHECK_ISSUE, asked)

    def more(self, found: Json, viewer: Viewer) -> dict[str, Any]:
        collections = words_of(self.objects, "Certificate", "collection")
        return {
            "kinds": words_of(self.objects, "Certificate", "kind"),
            # somebody who collects for another is named at the desk, student by student
            "collections": {value: choice for value, choice in collections.items() if value != "PROXY"},
        }


def _checked(document: str, asked: Json) -> Json:
    given = {name: value for name, value in asked.items() if value is not None}
    checked: Json = execute(document, {"input": given})["checked"]
    return checked


def _row(each: Named, note: str | None) -> Json:
    """A line of the list as a row of an import."""
    named = {"name": each.name} if each.name else {}
    return {"studentNo": each.student_no, "row": each.row} | named | ({"note": note} if note else {})


def own_college(viewer: Viewer, colleges: list[Json]) -> str:
    """The code of the college that the active role is for; empty for a role without any."""
    units = viewer.role.units if viewer.role else ()
    return next((str(each["code"]) for each in colleges if {each["name"], each["nameEn"]} & set(units)), "")


def nobody_found() -> str:
    """What to say where the choice of students holds nobody at all."""
    if chosen_way() == "className":
        return say("no_such_class", name=request.form.get("class", "").strip())
    return say("nobody_in_range" if chosen_way() == "range" else "nobody_chosen")


def _batch(viewer: Viewer) -> str:
    return viewer.batch.code if viewer.batch else ""
