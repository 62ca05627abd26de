"""连续办理: a page that is switched on knowingly, on which each scan acts on the chosen item under the caller's rights.

Only a whole number of one student acts, never a name and never one of two. Works by plain forms; `scan.js` sends the
same forms without leaving the page.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import flash, make_response, redirect, render_template, request
from flask_admin import expose

from admin_panel.acting import RESULT, SET_CLEARANCES
from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.finding import not_found, numbered
from admin_panel.pages import Page
from admin_panel.scan_lines import Line, last_ten, line_of, refused, repeated
from admin_panel.scan_mode import Mode, forget, keep, kept, switched_on
from admin_panel.scanned import is_document, is_number, normalised
from admin_panel.sheet import words_of
from admin_panel.show import in_language
from admin_panel.standing import own_standings
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import say

UNDO = f"mutation UndoScan($id: ID!) {{ undoOperation(id: $id) {{ {RESULT} }} }}"
#: The right that each status needs, and what setting it is called.
STATUSES = {"CLEARED": ("clear", "pass"), "NOT_REQUIRED": ("waive", "waive"), "PENDING": ("revoke", "revoke")}
SCAN_MARK = re.compile(r"[0-9a-f]{16,64}")
OFF = 410
LONGEST_NOTE = 255
CATEGORY = {"green": "success", "red": "error", "amber": "warning"}


class Scan(Page):
    title, icon, group = "scan", "scan", "work"

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        super().__init__("scan")

    def shown_to(self, viewer: Viewer) -> bool:
        return not viewer.is_student and viewer.may("Clearance", "clear")

    @expose("/")
    def index(self) -> Any:
        """The page on which it is on, once after it was switched on or something was scanned; else it is off."""
        viewer, mode = signed_in(), kept()
        if mode is None:
            return self._switched_off(viewer, None)
        if mode.fresh and mode.key == request.args.get("on") and not mode.ended(viewer, time.time()):
            keep(replace(mode, fresh=False))
            return self._switched_on(viewer, mode)
        forget()
        flash(say("scan_is_off"), "message")
        return self._switched_off(viewer, mode)

    @expose("/start", methods=("POST",))
    def start(self) -> Any:
        form, viewer = request.form, signed_in()
        status = form.get("status", "")
        if viewer.batch is None or status not in STATUSES or form.get("item", "") not in self._items(viewer):
            flash(say("scan_choose"), "error")
            return redirect(self.get_url(".index"), 303)
        note, reason = form.get("note", "").strip()[:LONGEST_NOTE], form.get("reason", "")
        mode = switched_on(viewer, time.time(), item=form["item"], status=status, note=note, reason=reason)
        return redirect(self.get_url(".index", on=mode.key), 303)

    @expose("/stop", methods=("POST",))
    def stop(self) -> Any:
        forget()
        return redirect(self.get_url(".index"), 303)

    @expose("/pass", methods=("POST",))
    def scan(self) -> Any:
        """One scan. Sent again with the same `scan` it has the answer of then."""
        viewer, mode = signed_in(), self._mode()
        if mode is None:
            return self._off()
        text = normalised(request.form.get("box", ""))
        if not text:
            return self._back(replace(mode, last=time.time()), None)
        given = request.form.get("scan", "")
        mark = given if SCAN_MARK.fullmatch(given) else secrets.token_hex(16)
        return self._back(*self._scanned(viewer, mode, text, mark))

    @expose("/undo", methods=("POST",))
    def undo(self) -> Any:
        """Takes one scan back, by its operation."""
        mode = self._mode()
        if mode is None:
            return self._off()
        try:
            result = execute(UNDO, {"id": request.form.get("id", "")})["undoOperation"]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            return self._back(mode, replace(refused(failure.message), look="KEPT"))
        [row] = result["rows"][:1] or [{"outcome": "REFUSED", "sheetId": "", "studentNo": "", "name": ""}]
        look, text = ("UNDONE", "") if row["outcome"] == "APPLIED" else ("KEPT", row["message"] or result["message"])
        line = Line(look, row["studentNo"], row["name"] or "", row["sheetId"] or "", text, at=datetime.now(UTC))
        return self._back(mode.without(row["sheetId"] or "", time.time()), line)

    # --- one scan

    def _scanned(self, viewer: Viewer, mode: Mode, text: str, mark: str) -> tuple[Mode, Line]:
        now = time.time()
        shown = "" if is_document(text) else text
        if not (is_number(text) or is_document(text)):
            return replace(mode, last=now), refused(say("scan_only_numbers"), shown)
        found = numbered(text, viewer)
        if len(found) != 1:
            told = say("several_numbers", n=len(found)) if found else not_found(text)
            return replace(mode, last=now), refused(told, shown)
        [sheet] = found
        if mode.repeats(sheet["id"], mark, now):
            return replace(mode, last=now), repeated(sheet, say("scan_repeated_hint"))
        return mode.after(sheet["id"], mark, now), self._act(mode, sheet, mark)

    def _act(self, mode: Mode, sheet: Json, mark: str) -> Line:
        asked = {
            "batch": mode.batch,
            "item": mode.item,
            "select": {"sheetIds": [sheet["id"]]},
            "status": mode.status,
            "note": mode.note or None,
            "reason": mode.reason or None,
            "idempotencyKey": f"scan-{mark}",
        }
        try:
            given = {name: value for name, value in asked.items() if value is not None}
            result = execute(SET_CLEARANCES, {"input": given})["setClearances"]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            student = sheet["student"]
            return replace(refused(failure.message, student["studentNo"]), name=student["name"])
        operation = (result["operation"] or {}).get("id", "")
        return line_of(result["rows"][0], operation, datetime.now(UTC), undoable=bool(operation))

    # --- answers

    def _mode(self) -> Mode | None:
        """What is on, when the form comes from the page it is on for."""
        mode = kept()
        if mode is None or mode.key != request.form.get("key") or mode.ended(signed_in(), time.time()):
            return None
        return mode

    def _off(self) -> Any:
        if _by_script():
            return make_response(say("scan_is_off_now"), OFF)
        forget()
        flash(say("scan_is_off_now"), "warning")
        return redirect(self.get_url(".index"), 303)

    def _back(self, mode: Mode, line: Line | None) -> Any:
        """To the page, or the one line for a script that stays on it."""
        if _by_script():
            keep(mode)
            return render_template("panel/scan_line.html", line=line, mode=mode)
        keep(replace(mode, fresh=True))
        if line is not None:
            told = " · ".join(part for part in (line.word, line.number, line.name, line.text) if part)
            flash(told, CATEGORY.get(line.tone, "message"))
        return redirect(self.get_url(".index", on=mode.key), 303)

    def _items(self, viewer: Viewer) -> dict[str, str]:
        """The items of which this viewer handles any student, by code."""
        return {each.code: in_language(each.item) for each in own_standings(viewer)}

    def _switched_on(self, viewer: Viewer, mode: Mode) -> str:
        name = self._items(viewer).get(mode.item, mode.item)
        what = say(STATUSES[mode.status][1])
        mark = secrets.token_hex(16)
        return self.render("panel/scan.html", mode=mode, item=name, what=what, lines=last_ten(viewer, mode), mark=mark)

    def _switched_off(self, viewer: Viewer, before: Mode | None) -> str:
        may = {status: key for status, (action, key) in STATUSES.items() if viewer.may("Clearance", action)}
        return self.render(
            "panel/scan_off.html",
            items=self._items(viewer),
            statuses=may,
            reasons=words_of(self.objects, "Clearance", "reason"),
            before=before,
        )


def _by_script() -> bool:
    return request.form.get("part") == "1"
