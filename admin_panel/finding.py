"""Students of the current batch, by what a scanner or a hand put into a box: exactly, or nearly."""

from __future__ import annotations

from admin_panel.client import Json
from admin_panel.scanned import is_document, is_number
from admin_panel.visit import Viewer, execute
from admin_panel.words import say

#: Nothing of a person but number, name and unit: enough to tell two of the same name apart.
FOUND = "totalCount nodes { id displayLabel className student { studentNo name } college { name nameEn } }"
SEARCH = f"""query Desk($where: SheetFilter!) {{ sheets(where: $where, first: 20) {{ {FOUND} }} }}"""


def exactly(text: str, viewer: Viewer) -> list[Json]:
    """By whole number, whole name, or document number where this role may match it."""
    if viewer.matches_id_no and is_document(text):
        return _search(viewer, {"or": _by_number(text, viewer)})
    return _search(viewer, {"or": [*_by_number(text, viewer), {"name": {"eq": text}}]})


def numbered(text: str, viewer: Viewer) -> list[Json]:
    """By whole number or document number alone: what a card or a scanner says of one person."""
    return _search(viewer, {"or": _by_number(text, viewer)})


def similar(text: str, viewer: Viewer) -> list[Json]:
    """Those whose number begins so, or whose name holds this; nobody for a part of a document number."""
    if is_document(text):
        return []
    return _search(viewer, {"studentNo": {"startsWith": text}} if is_number(text) else {"name": {"contains": text}})


def not_found(text: str) -> str:
    """Message for nobody; what looks like a document number is not repeated."""
    if is_document(text):
        return say("not_found_document")
    return say("not_found_number" if is_number(text) else "not_found_name", number=text)


def _by_number(text: str, viewer: Viewer) -> list[Json]:
    number: list[Json] = [{"studentNo": {"eq": text}}]
    if viewer.matches_id_no and is_document(text):
        return [{"idNo": {"eq": text.upper()}}, *number]
    return number


def _search(viewer: Viewer, student: Json) -> list[Json]:
    batch = viewer.batch.code if viewer.batch else ""
    where = {"batch": {"code": {"eq": batch}}, "state": {"eq": "ACTIVE"}, "student": student}
    return list(execute(SEARCH, {"where": where})["sheets"]["nodes"])
