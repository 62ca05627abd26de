"""What became of each scan: a line with its outcome in colour, icon and word, the reason, and its way back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from markupsafe import Markup

from admin_panel.acting import ROW
from admin_panel.client import Json
from admin_panel.scan_mode import Mode
from admin_panel.show import badge, headline
from admin_panel.visit import Viewer, execute
from admin_panel.words import say

SHOWN = 10
SCANNED = f"""query Scanned($where: OperationFilter!) {{
  operations(where: $where, orderBy: [{{ id: DESC }}], first: {SHOWN}) {{ nodes {{
    id state createdAt undoable applied unchanged refused rows(first: 1) {{ {ROW} }} }} }} }}"""
#: Dry runs are no scans.
DONE = {"in": ["APPLIED", "FAILED", "UNDONE"]}
#: Tone, icon and word of what a scan did to the status.
PASSED = {
    "CLEARED": ("green", "check", "cleared"),
    "PENDING": ("green", "check", "scan_revoked"),
    "NOT_REQUIRED": ("green", "check", "scan_waived"),
}
LOOKS = {
    "UNCHANGED": ("grey", "dash", "unchanged"),
    "REFUSED": ("red", "cross", "refused"),
    "REPEATED": ("grey", "dash", "scan_repeated"),
    "UNDONE": ("grey", "undo", "scan_undone"),
    "KEPT": ("amber", "warning", "scan_not_undone"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`look`: a status that was set, or a key of LOOKS. `operation`: what undoes it, empty when nothing can."""

    look: str
    number: str = ""
    name: str = ""
    sheet: str = ""
    text: str = ""
    blockers: list[Json] = field(default_factory=list)
    operation: str = ""
    at: datetime | str | None = None

    @property
    def tone(self) -> str:
        return self._look[0]

    @property
    def badge(self) -> Markup:
        tone, symbol, key = self._look
        return badge(tone, symbol, say(key))

    @property
    def word(self) -> str:
        return say(self._look[2])

    @property
    def _look(self) -> tuple[str, str, str]:
        return PASSED.get(self.look) or LOOKS[self.look]


def refused(text: str, number: str = "") -> Line:
    """A scan that no student answered to."""
    return Line("REFUSED", number=number, text=text, at=datetime.now(UTC))


def repeated(found: Json, text: str) -> Line:
    student = found["student"]
    return Line("REPEATED", student["studentNo"], student["name"], found["id"], text, at=datetime.now(UTC))


def line_of(row: Json, operation: str, at: datetime | str | None, *, undoable: bool) -> Line:
    """The outcome of the one row of an operation."""
    look = row["after"] if row["outcome"] == "APPLIED" else row["outcome"]
    return Line(
        look if look in PASSED or look in LOOKS else "REFUSED",
        row["studentNo"],
        row["name"] or "",
        row["sheetId"] or "",
        headline(row) if row["message"] else "",
        row["blockers"],
        operation if undoable and row["outcome"] == "APPLIED" else "",
        at,
    )


def last_ten(viewer: Viewer, mode: Mode) -> list[Line]:
    """What this person has done to the item since the mode was switched on, newest first, as the API keeps it."""
    since = datetime.fromtimestamp(mode.since, UTC).isoformat()
    where = {
        "actor": {"username": {"eq": viewer.username}},
        "batch": {"code": {"eq": mode.batch}},
        "item": {"code": {"eq": mode.item}},
        "kind": {"eq": "SET_CLEARANCES"},
        "state": DONE,
        "createdAt": {"gte": since},
    }
    found = execute(SCANNED, {"where": where})["operations"]["nodes"]
    return [_line(each) for each in found if each["rows"] and _of_one(each)]


def _of_one(operation: Json) -> bool:
    return sum(operation[name] or 0 for name in ("applied", "unchanged", "refused")) == 1


def _line(operation: Json) -> Line:
    [row] = operation["rows"]
    if operation["state"] == "UNDONE":
        row = {**row, "outcome": "UNDONE", "message": ""}
    return line_of(row, operation["id"], operation["createdAt"], undoable=bool(operation["undoable"]))
