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
from admin_panel.visit import Viewer, one, signed_in

SHEET_FIELDS = (
    "version", "leaveType", "state", "lateUntil", "major", "className", "level",
    "batch.code", "batch.name", "batch.nameEn", "batch.status",
    "student.studentNo", "student.name", "student.nameLatin", "student.idNoMasked", "student.phone", "student.gender",
    "student.politicalStatus", "student.enrolmentStatus", "student.room",
    "college.code", "college.name", "college.nameEn",
    "building.name", "building.nameEn",
    "movedTo.batch.name", "movedTo.batch.nameEn",
)  # fmt: skip
CLEARANCE_FIELDS = (
    "version", "status", "note", "internalNote", "reason", "hold", "decidedBy", "decidedAt", "decidedUser",
    "onBehalfOf", "prerequisiteReopened",
    "item.code", "item.name", "item.nameEn", "item.kind", "item.handledBy", "item.instruction", "item.instructionEn",
    "item.place", "item.order", "item.department.name", "item.department.nameEn",
)  # fmt: skip
CERTIFICATE_FIELDS = (
    "kind", "number", "status", "printedAt", "issuedAt", "issuedUser", "collection", "collectorName",
    "collectorIdLast4", "collectorRelation", "letterChecked", "wrongRecipient", "voidReason",
)  # fmt: skip
OTHER_SHEET_FIELDS = ("state", "batch.code", "batch.name", "batch.nameEn", "movedTo")
INFORMATION_FIELDS = ("code", "name", "nameEn", "instruction", "instructionEn", "order")

REFUSAL = "{ code message blockers { itemCode itemName department contact } }"
COMPUTED_OF_SHEET = """progress { settled required }
  certificateState { code message place issued }
  contacts { itemCode whom { zh en } place phone hours }"""
#: How an item came to its status though whoever acted did not ask for it by name.
UNASKED = frozenset({"CASCADE", "UNDO"})
#: Why nothing on a sheet changes any more: told once, above the items, instead of at each of them.
FROZEN = frozenset({"ALREADY_ISSUED", "SHEET_NOT_ACTIVE", "BATCH_NOT_OPEN"})
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
        how = self.row.get("decidedBy") or ""
        who = str(person or words.decidedBy.get(how, ""))
        if person and how in UNASKED:
            who += f" ({words.decidedBy[how]})"
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
        possible = [move for move in found if move.refusal is None or move.refusal["code"] != "NEVER_PENDING"]
        return [move for move in possible if move.mine and not move.needs_reason and move is not self.on_behalf]

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
    def frozen(self) -> Json | None:
        """Why this item cannot be handled any more at all, be it by whoever handles it."""
        refusals = [move.refusal for move in self.moves.values() if move.mine]
        found = [refusal for refusal in refusals if refusal is not None and refusal["code"] in FROZEN]
        return found[0] if found and len(found) == len(refusals) else None

    @property
    def noted(self) -> bool:
        """Whether this viewer may leave a word at the item and do nothing else."""
        return self.mine and self.frozen is None and signed_in().may("Clearance", "note")

    @property
    def acts(self) -> bool:
        """Whether there is any step beside signing on behalf."""
        return bool(self.plain_steps or self.reasoned_steps)


@dataclass(frozen=True, slots=True)
class OtherSheet:
    """Another sheet of the same person. `of_other_number`: under another student number; `goes_on`: the sheet shown was
    moved there."""

    row: Json
    student_no: str
    of_other_number: bool
    goes_on: bool
    shown: str

    @property
    def came_from(self) -> bool:
        """The sheet shown was moved here from it."""
        return (self.row.get("movedTo") or {}).get("id") == self.shown


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
    def marks_mine(self) -> bool:
        """Whether the viewer's items are marked: not for who handles most of them."""
        return len(self.mine) * 2 <= len(self.lines)

    @property
    def frozen(self) -> str:
        """Why this viewer can handle none of the items that he otherwise handles; empty when there is one he can."""
        told = [line.frozen for line in self.lines if line.mine]
        return str(told[0]["message"]) if told and told[0] and all(told) else ""

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
    def others(self) -> list[OtherSheet]:
        """The person's other sheets, the newest first: of earlier batches, where this one was moved to or comes from,
        and under the person's other numbers."""
        student = self.row.get("student") or {}
        first = student.get("person") or {}
        numbers = (student, first, *student.get("numbers", ()), *first.get("numbers", ()))
        known = {each["id"]: each for each in numbers if each}
        moved_to = (self.row.get("movedTo") or {}).get("id")
        found = [
            OtherSheet(row, number["studentNo"], number["id"] != student["id"], row["id"] == moved_to, self.row["id"])
            for number in known.values()
            for row in number.get("sheets") or ()
            if row["id"] != self.row["id"]
        ]
        return sorted(found, key=lambda each: str((each.row.get("batch") or {}).get("code")), reverse=True)

    @property
    def other_numbers(self) -> list[str]:
        """The person's other student numbers that have no sheet here to show."""
        student = self.row.get("student") or {}
        first = student.get("person") or {}
        numbers = [first, *student.get("numbers", ()), *first.get("numbers", ())]
        shown = {student.get("studentNo"), *(each.student_no for each in self.others)}
        return [each["studentNo"] for each in numbers if each and each["studentNo"] not in shown]

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
    if staff:
        parts.append(of_the_person(objects, viewer))
    if viewer.reads("Certificate"):
        parts.append(f"certificates {{ {certificates} }}")
    if viewer.reads("Item"):
        information = readable(objects, viewer, "Item", INFORMATION_FIELDS)
        parts.append(f"batch {{ items(where: {{ kind: {{ eq: INFO }} }}) {{ {information} }} }}")
    return " ".join(parts)


def of_the_person(objects: Objects, viewer: Viewer) -> str:
    """The other sheets of the same person, under this number and under others (B19)."""
    if not reads(viewer, objects, "Sheet", "student.studentNo"):
        return ""
    sheets = f"sheets {{ {readable(objects, viewer, 'Sheet', OTHER_SHEET_FIELDS)} }}"
    if not reads(viewer, objects, "Student", "person"):  # which numbers are one person's
        return f"student {{ {sheets} }}"
    numbers = f"numbers {{ id studentNo {sheets} }}"
    return f"student {{ {sheets} {numbers} person {{ id studentNo {sheets} {numbers} }} }}"


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
