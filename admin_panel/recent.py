"""最近办理: what was handled lately, by me or on my items, each with its way back (R9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from admin_panel.client import Json
from admin_panel.columns import Objects
from admin_panel.sheet import readable, words_of
from admin_panel.standing import Standing
from admin_panel.visit import Viewer, execute

#: The two parts, as the address names them.
MINE, ITEMS = "mine", "items"
PARTS = (MINE, ITEMS)
SHOWN = 15

FIELDS = (
    "version", "status", "note", "decidedAt", "decidedBy", "decidedUser",
    "sheet.id", "sheet.student.studentNo", "sheet.student.name", "item.code", "item.name", "item.nameEn",
)  # fmt: skip
#: What people decided; what rules and other systems did is no handling.
BY_PEOPLE = {"in": ["MANUAL", "IMPORT", "UNDO"]}


@dataclass(frozen=True, slots=True)
class Recent:
    """`part`: one of PARTS."""

    part: str
    rows: list[Json]


def recently(objects: Objects, viewer: Viewer, own: Sequence[Standing]) -> Recent:
    """The part that the address asks for; `own`: the viewer's items, unless they are too many to be one desk's."""
    part = ITEMS if own and request.args.get("recent") == ITEMS else MINE
    if viewer.batch is None:
        return Recent(part, [])
    if part == MINE:
        item = {"batch": {"code": {"eq": viewer.batch.code}}}  # through the sheet it takes five times as long
        where: Json = {"decidedUser": {"username": {"eq": viewer.username}}, "item": item}
    else:
        where = {"item": {"id": {"in": [each.item["id"] for each in own]}}, "decidedBy": BY_PEOPLE}
    return Recent(part, [_told(objects, row) for row in _read(objects, viewer, where)])


def _read(objects: Objects, viewer: Viewer, where: Json) -> list[Json]:
    asked = readable(objects, viewer, "Clearance", FIELDS)
    document = (
        "query Recent($where: ClearanceFilter!) { clearances(where: $where, orderBy: [{ decidedAt: DESC }], "
        f"first: {SHOWN}) {{ nodes {{ {asked} moves {{ status refusal {{ code }} }} }} }} }}"
    )
    return list(execute(document, {"where": where})["clearances"]["nodes"])


def _told(objects: Objects, row: Json) -> Json:
    """With what the list says of it: who, and whether it can be revoked now."""
    person = (row.get("decidedUser") or {}).get("displayLabel")
    kind = words_of(objects, "Clearance", "decidedBy").get(row.get("decidedBy") or "")
    revocable = any(move["status"] == "PENDING" and move["refusal"] is None for move in row["moves"])
    return {**row, "who": person or str(kind or ""), "revocable": revocable}
