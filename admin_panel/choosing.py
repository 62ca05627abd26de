"""Whom a bulk act is for, as a form says it: ticked rows, a pasted list, a number range, a class (R17)."""

from __future__ import annotations

import re

from flask import request

from admin_panel.client import Json
from admin_panel.scanned import normalised

WAYS = ("sheetIds", "studentNos", "range", "className")
#: Between two numbers of a pasted list; also the full-width comma and semicolon.
BETWEEN = re.compile(r"[\s,;、\uff0c\uff1b]+")


def chosen_way() -> str:
    """How the students are chosen: as the form says, else by the rows that were ticked, else by range."""
    given = request.form.get("way", "")
    if given in WAYS:
        return given
    return next((name for name in ("sheetIds", "studentNos") if request.form.getlist(name)), "range")


def selection() -> Json:
    """The one way of choosing that the form names, as the API's `Selection`."""
    form, way = request.form, chosen_way()
    if way == "sheetIds":
        return {"sheetIds": list(dict.fromkeys(form.getlist("sheetIds")))}
    if way == "studentNos":
        return {"studentNos": listed("\n".join(form.getlist("studentNos")))}
    if way == "className":
        return {"className": {"college": form.get("college", ""), "className": form.get("class", "").strip()}}
    return {"range": {"from": normalised(form.get("from", "")), "to": normalised(form.get("to", ""))}}


def listed(text: str) -> list[str]:
    """The numbers of a pasted list, each once, in their order."""
    parts = (normalised(part) for part in BETWEEN.split(text))
    return list(dict.fromkeys(part for part in parts if part))
