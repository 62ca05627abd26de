"""Judging anew what rules decide, when a person's facts or an item have changed (B7): only rows that nobody decided, on
active sheets without an issued certificate; with everything that follows from each (B5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from models import database
from models.enums import BatchStatus, Cause, ClearanceStatus, DecidedBy, OperationKind, OperationState, Outcome, Way
from models.portable_sql import many
from models.rules import counters
from models.rules.actor import Actor
from models.rules.clearing import event, moves_of, state, update_clearances
from models.rules.deciding import Deciding, Touched
from models.rules.facts import ItemFacts, Season, SheetFacts
from models.rules.loading import load_seasons, load_sheets
from models.rules.locks import lock_batch, lock_sheets
from models.rules.recording import Entry, Head, start, write_events, write_rows
from models.rules.results import ActResult, RowOutcome
from models.rules.sheets import born
from models.rules.why_not import sheet_is_frozen, unsettled_prerequisites


class ByRule(Deciding):
    """Decides as the rules do, with the cascades of every other act."""

    def judge(self, sheet: SheetFacts, item: ItemFacts) -> None:
        """The clearance of this item, if the rule decided it and would now decide otherwise."""
        clearance = sheet.clearances.get(item.id)
        if clearance is not None and clearance.decided_by is DecidedBy.RULE and not clearance.hold:
            self.settle(sheet, item, born(item, sheet.person))

    def settle(self, sheet: SheetFacts, item: ItemFacts, to: ClearanceStatus) -> None:
        """The clearance goes to this status by rule, whoever decided it before."""
        before = sheet.clearances[item.id]
        if before.status is to:
            return
        after = replace(
            before,
            status=to,
            reason=None,
            hold="",
            decided_by=DecidedBy.RULE,
            decided_at=self.now,
            decided_user_id=None,
            decided_name=None,
            on_behalf_of_id=None,
            prerequisite_reopened=False,
        )
        self._put(sheet, before, after, cascaded=False)
        self._follow(sheet, before, after)

    def appear(self, sheet: SheetFacts, item: ItemFacts) -> None:
        """A red item is new on the sheet: what had to wait for it is open again."""
        self._reopened(sheet, item)

    def check_order(self, sheet: SheetFacts, item: ItemFacts) -> None:
        """What comes before the item is different now: a cleared one is flagged, or not any more (invariant 6)."""
        self._flag(sheet, item, reopened=bool(unsettled_prerequisites(sheet, item)))


def by_rule(season: Season, sheets: Mapping[int, SheetFacts], actor: Actor, now: datetime) -> ByRule:
    """The judge of one season; `sheets` must hold the clearances of every item that is judged, and what it concerns."""
    return ByRule(season, sheets, actor=actor, way=Way.BULK, now=now)


def may_change(sheet: SheetFacts, now: datetime) -> bool:
    """Whether the rules may still touch this sheet: active, nothing issued, and its batch not over (invariants 5, 13).
    Ask it of sheets read after their locks: one may have been cancelled while its lock was waited for."""
    status = sheet.season.batch.status
    open_now = status in (BatchStatus.PREPARING, BatchStatus.OPEN)
    late = status is BatchStatus.CLOSED and sheet.open_until(now)
    return sheet_is_frozen(sheet) is None and (open_now or late)


# --- a person's facts have changed


async def re_evaluate(actor: Actor, student_ids: Collection[int], *, now: datetime | None = None) -> ActResult:
    """Judges anew every item of these students' active sheets, as one operation; none when nothing changes.

    To be called in the transaction that changed the students' facts. Grey by rule may become red, and the final
    sign-off then re-opens (`cascaded`); decisions by hand, by import and by sync stand.
    """
    moment = now or datetime.now(UTC)

    async def work() -> ActResult:
        seasons, sheets = await _sheets_of(student_ids)
        changes = Changes()
        for batch_id, season in seasons.items():
            own = {each.id: each for each in sheets.values() if each.season.batch.id == batch_id}
            judge = by_rule(season, own, actor, moment)
            for sheet in own.values():
                for item in season.items.values():
                    if may_change(sheet, moment) and not item.withdrawn:
                        judge.judge(sheet, item)
            changes.add(judge)
        if not changes.touched:
            return ActResult(None, False, [])
        only = next(iter(seasons)) if len(seasons) == 1 else None
        head = Head(OperationKind.RE_EVALUATE, actor, only, selector={"students": len(student_ids)})
        return await changes.record(head, moment)

    return await database.atomically(work)


async def _sheets_of(student_ids: Collection[int]) -> tuple[dict[int, Season], dict[int, SheetFacts]]:
    found = await database.fetch(ACTIVE_SHEETS, [many(student_ids)])
    batch_ids = sorted({batch_id for _, batch_id in found})
    for batch_id in batch_ids:
        await lock_batch(batch_id, exclusive=False)
    await lock_sheets(sheet_id for sheet_id, _ in found)
    seasons = await load_seasons(batch_ids)
    return seasons, await load_sheets([sheet_id for sheet_id, _ in found], seasons)


ACTIVE_SHEETS = "SELECT id, batch_id FROM sheet WHERE student_id IN LIST(?1) AND holder IS NOT NULL ORDER BY id"


# --- writing


@dataclass(slots=True)
class Changes:
    """What judging came to: the clearances it touched, with the sheets and items they stand on."""

    touched: dict[int, Touched] = field(default_factory=dict)
    sheets: dict[int, SheetFacts] = field(default_factory=dict)
    items: dict[int, ItemFacts] = field(default_factory=dict)

    def add(self, judge: ByRule) -> None:
        """Takes over what a judge of one season found."""
        self.touched |= judge.touched
        self.sheets |= judge.sheets
        self.items |= judge.season.items

    def entries(self) -> list[Entry]:
        """The rows of the operation."""
        return [self._entry(each) for each in self.touched.values()]

    def _entry(self, touched: Touched) -> Entry:
        before, after = touched.before, touched.after
        sheet = self.sheets[before.sheet_id]
        outcome = RowOutcome(
            Outcome.APPLIED,
            sheet.student_no,
            sheet.id,
            sheet.name,
            self.items[before.item_id].code,
            before.id,
            before.status.name,
            after.status.name,
        )
        return Entry(outcome, "Clearance", state(before), state(after), after.version, touched.cascaded)

    async def record(self, head: Head, now: datetime) -> ActResult:
        """Writes everything as one operation: the rows, one event each, and last the counters."""
        rows = self.entries()
        operation_id = await start(head, rows, OperationState.APPLIED, now)
        await write_rows(operation_id, rows)
        await self.write(operation_id, head.actor, now)
        await counters.move(moves_of(self.touched.values(), self.sheets))
        return ActResult(operation_id, False, *answered(rows))

    async def write(self, operation_id: int, actor: Actor, now: datetime) -> None:
        """Only the clearances and their events."""
        if not self.touched:
            return
        await update_clearances([each.after for each in self.touched.values()], now)
        causes = {True: Cause.CASCADE, False: Cause.RULE}
        events = [event(each, causes[each.cascaded]) for each in self.touched.values()]
        await write_events(operation_id, actor, events, now)


def answered(rows: Sequence[Entry]) -> tuple[list[RowOutcome], int]:
    """The outcomes that were not cascades, and how many items those re-opened."""
    reopened = sum(row.cascaded and row.outcome.before != row.outcome.after for row in rows)
    return [row.outcome for row in rows if not row.cascaded], reopened


def reopened_finals(changes: Iterable[Touched], season: Season) -> int:
    """On how many sheets the final sign-off is undone."""
    final = season.final.id if season.final is not None else None
    return sum(
        each.before.item_id == final and each.before.status.settled and not each.after.status.settled
        for each in changes
    )
