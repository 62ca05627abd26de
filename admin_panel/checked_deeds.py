"""What is done to an object only after a look at what it would do (B19, R27): which deeds there are, on whose pages
they stand, and what is told of each; how they are checked and carried out stands in `checked_deed_view`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from admin_panel.client import Json
from admin_panel.columns import value_at
from admin_panel.deeds import Deed
from admin_panel.scanned import normalised


@dataclass(frozen=True, slots=True)
class CheckedDeed(Deed):
    """`effect`: the key of a sentence on what follows from it. `states`: as `when`, of several values. `chosen`: done
    to the sheet of the row, or to those ticked in the list. `lines`: fields that are typed line by line, each with
    what reads a line of it. `within`: what asks for the codes that a select box may offer, by its field; the row's own
    is never offered."""

    effect: str = ""
    states: tuple[str, frozenset[str]] | None = None
    chosen: bool = False
    lines: Mapping[str, Callable[[int, str], Json]] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)

    def fits(self, row: Json | None) -> bool:
        """Whether it makes sense for a row that is as it is."""
        within = row is None or self.states is None or value_at(row, self.states[0]) in self.states[1]
        return within and Deed.fits(self, row)


PARTING = re.compile(r"[\t,;\uff0c\uff1b]")


def leaver(place: int, line: str) -> Json:
    """A line of a roster: the number, then the name and the leaving type where they are given, parted by tabs or
    commas, or else by blanks."""
    parts = PARTING.split(line) if PARTING.search(line) else line.split()
    number, *more = [normalised(part) for part in parts]
    given = dict(zip(("name", "leaveType"), more, strict=False))
    return {"studentNo": number, "row": place, **given}


#: What every act on sheets is asked besides, and no form asks.
UNASKED = frozenset({"batch", "select", "dryRun", "confirmedCount", "idempotencyKey", "errorPolicy"})
OF_SHEETS = {"batch": "batch.code"}
RUNNING = frozenset({"PREPARING", "OPEN"})
BATCH = {"batch": "code", "expectedVersion": "version"}
DRY = frozenset({"dryRun"})
REASON = frozenset({"reason"})
RUNNING_BATCHES = "batches(where: { status: { in: [PREPARING, OPEN] } }, first: 200) { nodes { code } }"
ALL_BATCHES = "batches(first: 200) { nodes { code } }"
ACTIVE_DEPARTMENTS = "departments(where: { active: { eq: true } }, first: 200) { nodes { code } }"

CHECKED: Mapping[str, tuple[CheckedDeed, ...]] = {
    "Sheet": (
        CheckedDeed(
            *("moveSheets", "move", "move_sheets"),
            row=OF_SHEETS,
            when=("state", "ACTIVE"),
            hidden=UNASKED,
            lookups={"to": ("Batch",)},
            within={"to": RUNNING_BATCHES},
            effect="effect_move",
            chosen=True,
        ),
        CheckedDeed(
            *("transferSheets", "transfer", "transfer_sheets"),
            row=OF_SHEETS,
            when=("state", "ACTIVE"),
            hidden=UNASKED,
            lookups={"college": ("College",)},
            effect="effect_transfer",
            chosen=True,
        ),
        CheckedDeed(
            *("setLateUntil", "set_late", "set_late"),
            row=OF_SHEETS,
            when=("state", "ACTIVE"),
            hidden=UNASKED,
            needed=REASON,
            effect="effect_late",
            chosen=True,
        ),
        CheckedDeed(
            *("cancelSheet", "cancel", "cancel_sheet"),
            row=OF_SHEETS,
            when=("state", "ACTIVE"),
            hidden=UNASKED,
            effect="effect_cancel",
            chosen=True,
            danger=True,
        ),
    ),
    "Batch": (
        CheckedDeed(
            *("copyItems", "create", "copy_items"),
            of="Item",
            row={"to": "code"},
            when=("status", "PREPARING"),
            hidden=DRY,
            lookups={"from": ("Batch",)},
            within={"from": ALL_BATCHES},
        ),
        CheckedDeed(
            *("loadRoster", "load_roster", "load_roster"),
            row={"batch": "code"},
            states=("status", RUNNING),
            hidden=UNASKED | {"rows"},
            lines={"rows": leaver},
        ),
        CheckedDeed("openBatch", "open", "open_batch", row=BATCH, when=("status", "PREPARING"), hidden=DRY),
        CheckedDeed("closeBatch", "close", "close_batch", row=BATCH, when=("status", "OPEN"), hidden=DRY),
        CheckedDeed("reopenBatch", "reopen", "reopen_batch", row=BATCH, when=("status", "CLOSED"), hidden=DRY),
        CheckedDeed(
            *("archiveBatch", "archive", "archive_batch"),
            row=BATCH,
            when=("status", "CLOSED"),
            hidden=DRY,
            danger=True,
        ),
    ),
    "Item": (
        CheckedDeed(
            *("withdrawItem", "withdraw", "withdraw_item"),
            row={"batch": "batch.code", "item": "code", "expectedVersion": "version"},
            states=("batch.status", frozenset({"PREPARING"})),
            when=("withdrawnAt", None),
            hidden=DRY,
            danger=True,
        ),
    ),
    "Department": (
        CheckedDeed(
            *("closeDepartment", "close_unit", "close_department"),
            row={"department": "code", "expectedVersion": "version"},
            when=("active", True),
            hidden=DRY,
            lookups={"successor": ("Department",)},
            within={"successor": ACTIVE_DEPARTMENTS},
            danger=True,
        ),
    ),
}
