"""A word at one item and nothing else: the note that the student sees, the internal one, and a hold (R7, B16)."""

from __future__ import annotations

from typing import Any

from flask import flash

from admin_panel.acting import SET_CLEARANCES, changed_text, refusal_words
from admin_panel.client import Json
from admin_panel.visit import execute
from admin_panel.words import say

#: The form's field, and the API's name for it.
TEXTS = {"note": "note", "internal_note": "internalNote", "hold": "hold"}


def note_one(form: Any) -> None:
    """Saves the texts that the form shows changed, and flashes what became of it; an emptied one is taken away.
    Raises ApiFailure."""
    who = form.get("who", "")
    written = {name: text for field, name in TEXTS.items() if (text := changed_text(form, field)) is not None}
    if not written:
        flash(say("note_unchanged", item=form.get("item_name", "")), "message")
        return
    asked: Json = written | {
        "batch": form["batch"],
        "item": form["item"],
        "select": {"sheetIds": [form["sheet"]]},
        "expectedVersions": [{"id": form["clearance"], "version": int(form["version"])}],
    }
    row = execute(SET_CLEARANCES, {"input": asked})["setClearances"]["rows"][0]
    if row["outcome"] == "APPLIED":
        flash(say("note_saved", who=who, item=form.get("item_name", "")), "success")
    elif row["outcome"] == "UNCHANGED":
        flash(say("note_unchanged", item=form.get("item_name", "")), "message")
    else:
        flash(refusal_words(row), "error")
