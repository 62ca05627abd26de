"""What a change of an item does to the sheets there are: new rows, rows judged anew, sign-offs undone; and writing it.

The same judging serves the preview and the deed, so the figures shown are those that come true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from models import database
from models.enums import Cause, ClearanceStatus, ItemKind, Outcome, RequestKind, SheetState
from models.portable_sql import many
from models.rules import counters
from models.rules.actor import Actor
from models.rules.clearing import moves_of
from models.rules.facts import ClearanceFacts, Dependant, ItemFacts, Season, SheetFacts
from models.rules.journal import event
from models.rules.loading import load_sheets
from models.rules.recording import Entry, EventEntry, write_events
from models.rules.reevaluation import ByRule, Changes, by_rule, may_change, reopened_finals
from models.rules.results import RowOutcome
from models.rules.sheets import born, write_clearances


@dataclass(frozen=True, slots=True)
class Effect:
    """In sheets: on how many the item becomes red, on how many it becomes grey, how many lose their final sign-off, and
    how many are past changing because a certificate is out."""

    red: int = 0
    grey: int = 0
    final: int = 0
    issued: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Everything that follows from a change. `new`: the clearances of an added item, by sheet."""

    item: ItemFacts
    season: Season
    changes: Changes = field(default_factory=Changes)
    new: Mapping[int, ClearanceStatus] = field(default_factory=dict)
    issued: int = 0

    @property
    def effect(self) -> Effect:
        """The figures of the preview."""
        own = [each for each in self.changes.touched.values() if each.before.item_id == self.item.id]
        after = [each.after.status for each in own if each.before.status is not each.after.status]
        born_red = sum(status is ClearanceStatus.PENDING for status in self.new.values())
        return Effect(
            red=born_red + after.count(ClearanceStatus.PENDING),
            grey=after.count(ClearanceStatus.NOT_REQUIRED),
            final=reopened_finals(self.changes.touched.values(), self.season),
            issued=self.issued,
        )

    def entries(self) -> list[Entry]:
        """The rows of the operation that stand on sheets."""
        return [*(self._born(sheet_id, status) for sheet_id, status in self.new.items()), *self.changes.entries()]

    def _born(self, sheet_id: int, status: ClearanceStatus) -> Entry:
        sheet = self.changes.sheets[sheet_id]
        code = self.item.code
        row = RowOutcome(Outcome.APPLIED, sheet.student_no, sheet_id, sheet.name, code, after=status.name)
        return Entry(row, "Clearance", after={"status": status.name})


def season_with(season: Season, item: ItemFacts, first: Iterable[Dependant] | None) -> Season:
    """The season as it would be with this item, new or changed. `first`: what comes before it, by id; None: as now."""
    items = {**season.items, item.id: item}
    if first is not None:
        before = {each.item_id: Dependant(item.id, each.reopen) for each in first}
        items = {item_id: _with_dependant(each, item.id, before.get(item_id)) for item_id, each in items.items()}
        items[item.id] = replace(items[item.id], requires=tuple(before))
    return Season(season.batch, items)


def _with_dependant(item: ItemFacts, dependant_id: int, edge: Dependant | None) -> ItemFacts:
    others = tuple(each for each in item.dependants if each.item_id != dependant_id)
    return replace(item, dependants=(*others, edge) if edge is not None else others)


async def foresee(season: Season, item: ItemFacts, kind: RequestKind, actor: Actor, now: datetime) -> Foreseen:
    """Judges every active sheet of the batch; four statements. `season` is the one of `season_with`."""
    ids = [sheet_id for (sheet_id,) in await database.fetch(ACTIVE, [season.batch.id, SheetState.ACTIVE])]
    sheets = await load_sheets(ids, {season.batch.id: season}, items=season.concerned([item.id]))
    judge = by_rule(season, sheets, actor, now)
    new: dict[int, ClearanceStatus] = {}
    for sheet in sheets.values():
        if may_change(sheet, now):
            _judge(judge, sheet, item, kind, new)
    changes = Changes()
    changes.add(judge)
    return Foreseen(item, season, changes, new, sum(sheet.issued is not None for sheet in sheets.values()))


ACTIVE = "SELECT id FROM sheet WHERE batch_id = ?1 AND state = ?2 ORDER BY id"


def _judge(
    judge: ByRule, sheet: SheetFacts, item: ItemFacts, kind: RequestKind, new: dict[int, ClearanceStatus]
) -> None:
    if not item.kind.has_state:
        return
    if kind is RequestKind.ADD:
        new[sheet.id] = born(item, sheet.person)
        sheet.clearances[item.id] = ClearanceFacts(0, 1, sheet.id, item.id, new[sheet.id])
        if new[sheet.id] is ClearanceStatus.PENDING:
            judge.appear(sheet, item)
        return
    clearance = sheet.clearances.get(item.id)
    if clearance is None:
        return
    never_red = kind is RequestKind.REMOVE or item.kind is ItemKind.OPTIONAL
    if never_red and clearance.status is ClearanceStatus.PENDING:
        judge.settle(sheet, item, ClearanceStatus.NOT_REQUIRED)
    elif kind is RequestKind.CHANGE:
        judge.judge(sheet, item)
        judge.check_order(sheet, item)


async def write_effects(foreseen: Foreseen, operation_id: int, actor: Actor, now: datetime) -> None:
    """The clearances with their events, and last the counters."""
    await _write_new(foreseen, operation_id, actor, now)
    await foreseen.changes.write(operation_id, actor, now)
    moves = moves_of(foreseen.changes.touched.values(), foreseen.changes.sheets)
    for sheet_id, status in foreseen.new.items():
        sheet = foreseen.changes.sheets[sheet_id]
        moves.clearance(foreseen.item.id, sheet.college.id, sheet.building_id, None, status)
    await counters.move(moves)


async def _write_new(foreseen: Foreseen, operation_id: int, actor: Actor, now: datetime) -> None:
    item_id = foreseen.item.id
    if not foreseen.new:
        return
    await write_clearances([item_id], {sheet_id: [status] for sheet_id, status in foreseen.new.items()}, now)
    made = await database.fetch(NEW_ROWS, [item_id, many(foreseen.new)])
    await write_events(operation_id, actor, [_born(foreseen, *row) for row in made], now)


NEW_ROWS = "SELECT id, sheet_id FROM clearance WHERE item_id = ?1 AND sheet_id IN LIST(?2) ORDER BY id"


def _born(foreseen: Foreseen, clearance_id: int, sheet_id: int) -> EventEntry:
    after = foreseen.new[sheet_id].name
    item_id = foreseen.item.id
    return event("Clearance", clearance_id, "status", after=after, sheet_id=sheet_id, item_id=item_id, cause=Cause.RULE)
