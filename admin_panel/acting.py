"""Acts on clearances from a page: one `setClearances`, and its outcome told in sentences. The API decides each row."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template
from markupsafe import Markup

from admin_panel.client import Json
from admin_panel.visit import execute
from admin_panel.words import say

ROW = """sheetId studentNo name itemCode before after outcome code message by at
  label changes { label before after } blockers { itemCode itemName department contact }"""
RESULT = f"operation {{ id }} dryRun applied unchanged refused cascaded message rows {{ {ROW} }}"
SET_CLEARANCES = f"""mutation SetClearances($input: SetClearancesInput!) {{
  setClearances(input: $input) {{ {RESULT} }} }}"""

SIGN = f"mutation Sign($input: SignStudentsInput!) {{ signStudents(input: $input) {{ {RESULT} }} }}"

DONE = {"CLEARED": "done_pass", "PENDING": "done_revoke", "NOT_REQUIRED": "done_waive"}


def set_one(form: Any) -> None:
    """Carry out what one student's form asks for and flash what became of it. Raises ApiFailure."""
    asked: Json = {
        "batch": form["batch"],
        "item": form["item"],
        "select": {"sheetIds": [form["sheet"]]},
        "status": form["status"],
        "note": changed_text(form, "note"),
        "internalNote": changed_text(form, "internal_note"),
        "reason": form.get("reason") or None,
        "expectedVersions": [{"id": form["clearance"], "version": int(form["version"])}],
    }
    result = execute(SET_CLEARANCES, {"input": {name: value for name, value in asked.items() if value is not None}})
    tell(result["setClearances"], form["status"], form.get("item_name", form["item"]))


def changed_text(form: Any, field: str) -> str | None:
    """What the form says of a text that it may have shown before: None where it still says the same."""
    text: str = form.get(field, "").strip()
    return None if text == form.get(f"{field}_was", "").strip() else text


def sign_one(form: Any) -> None:
    """代签: the supervisor's item of one student, in the place of the supervisor chosen, with a reason (R13)."""
    asked: Json = {
        "batch": form["batch"],
        "select": {"sheetIds": [form["sheet"]]},
        "onBehalfOf": form.get("supervisor", ""),
        "reason": form.get("reason") or "ON_BEHALF",
        "note": form.get("note", "").strip() or None,
    }
    result = execute(SIGN, {"input": {name: value for name, value in asked.items() if value is not None}})
    tell(result["signStudents"], "CLEARED", form.get("item_name", ""))


def tell(result: Json, status: str, item: str) -> None:
    """One row's outcome, with the items still needed under a refusal."""
    row = result["rows"][0]
    who = f"{row['studentNo']} {row['name'] or ''}".strip()
    if row["outcome"] == "APPLIED":
        also = say("cascaded", n=result["cascaded"]) if result["cascaded"] else ""
        flash(f"{say(DONE[status], who=who, item=item)} {also}".strip(), "success")
    elif row["outcome"] == "UNCHANGED":
        flash(row["message"] or say("no_change", who=who, item=item), "message")
    else:
        flash(refusal_words(row), "error")


def refusal_words(refusal: Json) -> Markup:
    """The sentence of a refusal, and each item still needed with whom to ask."""
    return Markup(render_template("panel/refusal.html", refusal=refusal))  # noqa: S704  # the template escapes
