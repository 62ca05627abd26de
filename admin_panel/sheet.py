"""One student's sheet on screen: what is still needed and whom to ask, what is done, and what staff may do now.

What may be done is data (`moves`, `progress`, `certificateState`): this module sorts it for the eye, decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from admin_panel.client import Json
from admin_panel.columns import Objects, label_at, reads, selection
from admin_panel.metadata import Choice
from admin_panel.show import in_language
from admin_panel.visit import Viewer, execute, one, signed_in

SHEET_FIELDS = (
    "version", "leaveType", "state", "lateUntil", "major", "className", "level",
    "batch.code", "batch.name", "batch.nameEn", "batch.status",
    "student.studentNo", "student.name", "student.nameLatin", "student.idNoMasked", "student.phone", "student.gender",
    "student.politicalStatus", "student.enrolmentStatus", "student.room",
    "college.code", "college.name", "college.nameEn",
    "building.name", "building.nameEn",
)  # fmt: skip
CLEARANCE_FIELDS = (
    "version", "status", "note", "internalNote", "reason", "hold", "decidedBy", "decidedAt", "decidedUser",
    "onBehalfOf", "prerequisiteReopened",
    "item.code", "item.name", "item.nameEn", "item.kind", "item.handledBy", "item.instruction", "item.instructionEn",
    "item.place", "item.order", "item.department.name", "item.department.nameEn",
)  # fmt: skip
CERTIFICATE_FIELDS = ("kind", "number", "status", "issuedAt", "collection")
INFORMATION_FIELDS = ("code", "name", "nameEn", "instruction", "instructionEn", "order")

REFUSAL = "{ code message blockers { itemCode itemName department contact } }"
COMPUTED_OF_SHEET = """progress { settled required }
  certificateState { code message place issued }
  contacts { itemCode whom { zh en } place phone hours }"""
MOVES = f"moves {{ status action refusal {REFUSAL} }}"
WHY_NOT = f"whyNot {REFUSAL}"


@dataclass(frozen=True, slots=True)
class Move:
    """A step to `status`, by the right `action`: open, open for a reason, or refused."""

    status: str
    action: str
    refusal: Json | None

    @property
    def open(self) -> bool:
        return self.refusal is None

    @property
    def needs_reason(self) -> bool:
        """The API refuses the step only for want of a reason, which the form can give."""
        return self.refusal is not None and self.refusal["code"] in ("REASON_REQUIRED", "WAY_NOT_ALLOWED")

    @property
    def mine(self) -> bool:
        """Whether it is this viewer's to take at all, be it now or after something else."""
        return self.refusal is None or self.refusal["code"] != "FORBIDDEN"


class ItemLine:
    """One item on the sheet."""

    def __init__(self, row: Json, contact: Json | None) -> None:
        self.row, self.contact = row, contact
        self.item: Json = row.get("item") or {}
        self.status: str = row["status"]
        moves = [Move(each["status"], each["action"], each["refusal"]) for each in row.get("moves") or ()]
        self.moves = {move.status: move for move in moves}

    @property
    def name(self) -> str:
        return in_language(self.item)

    @property
    def instruction(self) -> str:
        return in_language(self.item, "instruction")

    @property
    def optional(self) -> bool:
        return self.item.get("kind") == "OPTIONAL"

    @property
    def on_behalf(self) -> Move | None:
        """代签: to pass in the supervisor's place, where that is how this viewer passes it (R13)."""
        return next((move for move in self.moves.values() if move.action == "sign_on_behalf" and move.mine), None)

    @property
    def decided(self) -> bool:
        """Whether there is anything to tell of how the present status came about: an item that waits since the sheet
        was made has no story."""
        return self.status != "PENDING" or self.row.get("decidedBy") not in (None, "RULE")

    def told_by(self, words: SheetWords) -> str:
        """Who decided, or by what, as far as this viewer reads it; with a dot before the time."""
        person = (self.row.get("decidedUser") or {}).get("displayLabel")
        who = str(person or words.decidedBy.get(self.row.get("decidedBy") or "", ""))
        behalf = (self.row.get("onBehalfOf") or {}).get("displayLabel")
        if behalf:
            who += f" ({words.label_clearance('onBehalfOf')} {behalf})"
        return f"{who} · " if who and self.row.get("decidedAt") else who

    @property
    def mine(self) -> bool:
        return any(move.mine for move in self.moves.values())

    @property
    def plain_steps(self) -> list[Move]:
        """To pass or to revoke: a button that works, or a disabled one with its reason beside it."""
        found = [self.moves[status] for status in ("CLEARED", "PENDING") if status in self.moves]
        return [move for move in found if move.mine and not move.needs_reason and move is not self.on_behalf]

    @property
    def reasoned_steps(self) -> list[Move]:
        """What is done with a reason: to set as not required, to act beside the item's ways."""
        return [
            move
            for move in self.moves.values()
            if (move.needs_reason or (move.status == "NOT_REQUIRED" and move.open)) and move is not self.on_behalf
        ]

    @property
    def refusals(self) -> list[Json]:
        """Why the buttons that are disabled are, each reason once."""
        return list({move.refusal["message"]: move.refusal for move in self.plain_steps if move.refusal}.values())

    @property
    def acts(self) -> bool:
        """Whether there is any step beside signing on behalf."""
        return bool(self.plain_steps or self.reasoned_steps)


@dataclass(frozen=True)
class SheetPage:
    """A sheet as the page shows it."""

    row: Json

    @cached_property
    def lines(self) -> list[ItemLine]:
        contacts = {each["itemCode"]: each for each in self.row.get("contacts") or ()}
        rows = sorted(self.row.get("clearances") or (), key=lambda row: (row["item"].get("order") or 0, row["id"]))
        return [ItemLine(row, contacts.get(row["item"]["code"])) for row in rows]

    def of(self, status: str) -> list[ItemLine]:
        return [line for line in self.lines if line.status == status]

    @property
    def mine(self) -> list[ItemLine]:
        """The items that this viewer handles and that concern the student; what is still needed stands first."""
        found = [line for line in self.lines if line.mine and line.status != "NOT_REQUIRED"]
        return sorted(found, key=lambda line: line.status != "PENDING")

    @property
    def supervisors(self) -> list[Json]:
        """In whose place a graduate secretary may sign (R13); empty for everybody else."""
        found = (self.row.get("student") or {}).get("supervisions") or ()
        return [each["supervisor"] for each in found if each["supervisor"]]

    @property
    def information(self) -> list[Json]:
        found: Iterable[Json] = self.row.get("batch", {}).get("items") or ()
        return sorted(found, key=lambda item: item.get("order") or 0)

    @property
    def progress(self) -> Json | None:
        """`settled` and `required`, for whoever reads how the items stand."""
        return self.row.get("progress")

    @property
    def left(self) -> int:
        """How many required items are still needed."""
        return self.progress["required"] - self.progress["settled"] if self.progress else 0

    @property
    def done(self) -> bool:
        return self.progress is not None and self.left <= 0

    @property
    def who(self) -> str:
        student = self.row.get("student") or {}
        return " ".join(str(part) for part in (student.get("studentNo"), student.get("name")) if part)


def read_sheet(objects: Objects, sheet_id: str) -> SheetPage:
    """The whole sheet in one document. Raises 404 when it is not there or not visible."""
    document = f"query Sheet($id: ID!) {{ one: sheet(id: $id) {{ {sheet_selection(objects, signed_in())} }} }}"
    return SheetPage(one(document, sheet_id))


def sheet_selection(objects: Objects, viewer: Viewer) -> str:
    """What this viewer reads of a sheet, its clearances and certificates."""
    staff = not viewer.is_student
    clearances = f"{readable(objects, viewer, 'Clearance', CLEARANCE_FIELDS)} {MOVES if staff else ''}"
    certificates = f"{readable(objects, viewer, 'Certificate', CERTIFICATE_FIELDS)} {WHY_NOT if staff else ''}"
    parts = [readable(objects, viewer, "Sheet", SHEET_FIELDS), COMPUTED_OF_SHEET]
    if viewer.reads("Clearance"):
        parts.append(f"clearances {{ {clearances} }}")
    if viewer.may("Clearance", "sign_on_behalf") and viewer.reads("Supervision"):
        parts.append("student { supervisions { supervisor { id displayLabel } } }")
    if viewer.reads("Certificate"):
        parts.append(f"certificates {{ {certificates} }}")
    if viewer.reads("Item"):
        information = readable(objects, viewer, "Item", INFORMATION_FIELDS)
        parts.append(f"batch {{ items(where: {{ kind: {{ eq: INFO }} }}) {{ {information} }} }}")
    return " ".join(parts)


def readable(objects: Objects, viewer: Viewer, object_name: str, paths: Iterable[str]) -> str:
    """The selection of those of `paths` that this viewer reads."""
    return selection(objects, object_name, [path for path in paths if reads(viewer, objects, object_name, path)])


def words_of(objects: Objects, object_name: str, field: str) -> Mapping[str, Choice]:
    """The members of a closed set with their words, by value, for templates."""
    info = objects[object_name].fields.get(field) if object_name in objects else None
    return {choice.value: choice for choice in info.choices} if info else {}


class SheetWords:
    """The API's own words for the closed sets and columns that a sheet shows."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.state = words_of(objects, "Sheet", "state")
        self.level = words_of(objects, "Sheet", "level")
        self.leaveType = words_of(objects, "Sheet", "leaveType")
        self.politicalStatus = words_of(objects, "Student", "politicalStatus")
        self.kind = words_of(objects, "Certificate", "kind")
        self.certificate = words_of(objects, "Certificate", "status")
        self.collection = words_of(objects, "Certificate", "collection")
        self.reason = words_of(objects, "Clearance", "reason")
        self.decidedBy = words_of(objects, "Clearance", "decidedBy")
        self.status = words_of(objects, "Clearance", "status")
        self.states = {**self.state, **self.certificate, **words_of(objects, "Batch", "status"), **self.status}
        self.cause = words_of(objects, "Event", "cause")

    def label(self, path: str) -> str:
        return str(label_at(self._objects, "Sheet", path))

    def label_clearance(self, path: str) -> str:
        return str(label_at(self._objects, "Clearance", path))


def read_events(objects: Objects, sheet_id: str) -> list[Json]:
    """The newest changes of a sheet, where this viewer reads them."""
    viewer = signed_in()
    if not viewer.reads("Event"):
        return []
    shown = readable(objects, viewer, "Event", ("at", "item", "before", "after", "cause", "actor"))
    document = (
        "query History($id: ID!) { events(where: { sheet: { id: { eq: $id } } }, "
        f"orderBy: [{{ id: DESC }}], first: 30) {{ nodes {{ {shown} }} }} }}"
    )
    return list(execute(document, {"id": sheet_id})["events"]["nodes"])
