"""Decides the rows of an act on clearances in memory, one after another, with everything that follows from each (B5);
reads and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from models.enums import ClearanceStatus, DecidedBy, HandledBy, ItemKind, Outcome, Reason, Way
from models.rules.actor import Actor
from models.rules.facts import ClearanceFacts, ItemFacts, Season, SheetFacts
from models.rules.identity import normalise
from models.rules.refusals import Code, Refusal
from models.rules.under_way import in_turns
from models.rules.why_not import unsettled_prerequisites, why_not
from models.season import Clearance

DECIDED_BY = {
    Way.SINGLE: DecidedBy.MANUAL,
    Way.BULK: DecidedBy.MANUAL,
    Way.IMPORT: DecidedBy.IMPORT,
    Way.SYNC: DecidedBy.SYNC,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted of a clearance; None: leave it as it is. `hold` "" lifts a hold; `on_behalf_of` is the supervisor
    in whose place a graduate secretary signs (R13)."""

    status: ClearanceStatus | None = None
    note: str | None = None
    internal_note: str | None = None
    hold: str | None = None
    reason: Reason | None = None
    on_behalf_of: int | None = None


LONGEST_TEXT: int = Clearance._meta.fields_map["note"].max_length  # type: ignore[attr-defined]  # a CharField has one


def fault_of(change: Change) -> str | None:
    """The argument that no clearance could take: a hold on what is settled, a text too long or with a NUL in it."""
    if change.hold and change.status is not None and change.status.settled:
        return "hold"
    texts = {"note": change.note, "internalNote": change.internal_note, "hold": change.hold}
    return next((name for name, text in texts.items() if text and (len(text) > LONGEST_TEXT or "\0" in text)), None)


@dataclass(frozen=True, slots=True)
class Target:
    """One row of an act: which clearance, and what is wanted of it. `refusal`: the row was refused while it was read.
    `expected_status`: what a dry run showed. `name` and `clearance_id`: what the file says besides the number, to be
    compared. `row` and `cell` point into that file, `item_code` is its word for the item, `ignored` are its columns
    that say otherwise and change nothing. `blanket`: nobody named the student; the row came with a class, a range or a
    filter. Of a report: `passed_over` when a newer one counts (`newer`: of when); `objection` speaks against it only
    where it would change something."""

    student_no: str
    sheet_id: int | None
    item_id: int
    change: Change
    expected_version: int | None = None
    expected_status: ClearanceStatus | None = None
    refusal: Refusal | None = None
    name: str | None = None
    clearance_id: int | None = None
    row: int | None = None
    cell: str | None = None
    item_code: str | None = None
    ignored: tuple[str, ...] = ()
    newer: datetime | None = None
    blanket: bool = False
    passed_over: bool = False
    objection: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one row. `before` is None when there is no such clearance."""

    target: Target
    outcome: Outcome
    refusal: Refusal | None = None
    before: ClearanceFacts | None = None
    after: ClearanceFacts | None = None


@dataclass(slots=True)
class Touched:
    """A clearance as it was before the act and as the act leaves it; `cascaded`: nobody asked for it by name."""

    before: ClearanceFacts
    after: ClearanceFacts
    cascaded: bool


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who changed a row last, for a caller whose version of it is stale."""

    by: str | None
    at: datetime | None


class Deciding:
    """`touched` grows with every row decided, and `sheets` follow, so that a row sees what the rows before it did."""

    def __init__(
        self,
        season: Season,
        sheets: Mapping[int, SheetFacts],
        *,
        actor: Actor,
        way: Way,
        now: datetime,
        permitted: Collection[int] | None = None,
        last_changes: Mapping[int, LastChange] | None = None,
    ) -> None:
        self.season = season
        self.sheets = sheets
        self.actor = actor
        self.way = way
        self.now = now
        self.permitted = permitted
        self.last_changes = last_changes or {}
        self.touched: dict[int, Touched] = {}
        self._seen: dict[int, Target] = {}

    def decide(self, targets: Iterable[Target]) -> list[Decision]:
        """One decision a row, in the order of the rows. What is re-opened goes before what is passed, and what comes
        first before what follows, so that a file may hold both in any order."""
        rows = list(targets)
        decided = {n: self._decide(rows[n]) for n in self._order(rows)}
        return [decided[n] for n in range(len(rows))]

    async def decide_in_turns(self, targets: Iterable[Target]) -> list[Decision]:
        """The same, while others get their turns too."""
        rows = list(targets)
        order = self._order(rows)
        decided = dict(zip(order, await in_turns(order, lambda n: self._decide(rows[n])), strict=True))
        return [decided[n] for n in range(len(rows))]

    def _order(self, rows: Sequence[Target]) -> list[int]:
        turns = [self._turn(row) for row in rows]
        return sorted(range(len(rows)), key=turns.__getitem__)  # a stable order: rows of one turn stay as they are

    def _turn(self, target: Target) -> tuple[int, int]:
        rank = self.season.ranks.get(target.item_id, 0)
        return (0, -rank) if target.change.status is ClearanceStatus.PENDING else (1, rank)

    def _decide(self, target: Target) -> Decision:
        sheet = self.sheets.get(target.sheet_id) if target.sheet_id is not None else None
        before = sheet.clearances.get(target.item_id) if sheet is not None else None
        if target.refusal is not None:
            return Decision(target, Outcome.REFUSED, target.refusal, before if self._permitted(before) else None)
        if sheet is None or before is None:
            return Decision(target, Outcome.REFUSED, Refusal(Code.NOT_FOUND, facts={"student_no": target.student_no}))
        refusal = None if self._permitted(before) else Refusal(Code.FORBIDDEN)
        refusal = refusal or disagreement(sheet, before, target) or self._twice(before, target)
        if refusal is not None:
            return Decision(target, Outcome.REFUSED, refusal, before)
        if target.passed_over:
            return Decision(target, Outcome.UNCHANGED, None, before, before)
        self._seen[before.id] = target
        after = changed(before, self._wanted(target, before), way=self.way, actor=self.actor, now=self.now)
        if after is before:
            return Decision(target, Outcome.UNCHANGED, None, before, before)
        refusal = self._stale(target, before) or self._refusal(sheet, target, before, after) or target.objection
        if refusal is not None:
            return Decision(target, Outcome.REFUSED, refusal, before)
        self._put(sheet, before, after, cascaded=False)
        self._follow(sheet, before, after)
        return Decision(target, Outcome.APPLIED, None, before, after)

    def _wanted(self, target: Target, clearance: ClearanceFacts) -> Change:
        """Sync only moves: it leaves notes alone, and to a system that finds nothing open the spared are settled. Nor
        does a whole class or range that is passed turn green who is spared in it: party members are passed class by
        class, and the others of the class did not become any."""
        change = target.change
        optional = self.season.items[target.item_id].kind is ItemKind.OPTIONAL
        spared = clearance.status is ClearanceStatus.NOT_REQUIRED and change.status is ClearanceStatus.CLEARED
        leaves = spared and not optional and (target.blanket or self.way is Way.SYNC)
        return Change() if leaves or (self.way is Way.SYNC and change.status is clearance.status) else change

    def _twice(self, clearance: ClearanceFacts, target: Target) -> Refusal | None:
        first = None if target.passed_over else self._seen.get(clearance.id)
        if first is None:
            return None
        return Refusal(Code.DUPLICATE, facts={"other_row": first.row} if first.row is not None else {})

    def _permitted(self, clearance: ClearanceFacts | None) -> bool:
        return clearance is not None and (self.permitted is None or clearance.id in self.permitted)

    def _stale(self, target: Target, clearance: ClearanceFacts) -> Refusal | None:
        """Changed since the caller read it (B1, B12). What this very act did to the row before is no such change."""
        untouched = self.touched[clearance.id].before if clearance.id in self.touched else clearance
        same_version = target.expected_version in (None, untouched.version)
        if same_version and target.expected_status in (None, untouched.status):
            return None
        last = self.last_changes.get(clearance.id, LastChange(clearance.decided_name, clearance.decided_at))
        return Refusal(Code.STALE_ROW, facts={"version": untouched.version}, by=last.by, at=last.at)

    def _refusal(
        self, sheet: SheetFacts, target: Target, before: ClearanceFacts, after: ClearanceFacts
    ) -> Refusal | None:
        reason = target.change.reason
        no = why_not(sheet, before, after.status, way=self.way, reason=reason, now=self.now)
        if no is not None or target.change.on_behalf_of is None:
            return no
        return why_not_on_behalf(sheet, before, target.change)

    # --- what follows (B5)

    def _follow(self, sheet: SheetFacts, before: ClearanceFacts, after: ClearanceFacts) -> None:
        if before.status.settled and not after.status.settled:
            self._reopened(sheet, self.season.items[after.item_id])
        elif after.status.settled and not before.status.settled:
            self._settled(sheet, self.season.items[after.item_id])

    def _reopened(self, sheet: SheetFacts, item: ItemFacts) -> None:
        """FINAL re-opens with every required item; so do the dependants that say so; the others keep their state with
        a flag: a closed card is not un-closed by a late book."""
        final = self.season.final
        if final is not None and item.kind.required and final.id != item.id:
            self._reopen(sheet, final)
        for dependant in item.dependants:
            follower = self.season.items[dependant.item_id]
            if dependant.reopen and follower.kind is not ItemKind.OPTIONAL:
                self._reopen(sheet, follower)
            else:
                self._flag(sheet, follower, reopened=True)

    def _reopen(self, sheet: SheetFacts, item: ItemFacts) -> None:
        clearance = sheet.clearances.get(item.id)
        if clearance is None or clearance.status is not ClearanceStatus.CLEARED:
            return
        after = replace(
            clearance,
            status=ClearanceStatus.PENDING,
            reason=None,
            decided_by=DecidedBy.CASCADE,
            decided_at=self.now,
            decided_user_id=self.actor.user_id,
            decided_name=self.actor.name,
            on_behalf_of_id=None,
            prerequisite_reopened=False,
        )
        self._put(sheet, clearance, after, cascaded=True)
        self._reopened(sheet, item)

    def _settled(self, sheet: SheetFacts, item: ItemFacts) -> None:
        """The flag falls when everything that comes first is settled again."""
        for dependant in item.dependants:
            follower = self.season.items[dependant.item_id]
            if not unsettled_prerequisites(sheet, follower):
                self._flag(sheet, follower, reopened=False)

    def _flag(self, sheet: SheetFacts, item: ItemFacts, *, reopened: bool) -> None:
        clearance = sheet.clearances.get(item.id)
        if clearance is None or clearance.status is not ClearanceStatus.CLEARED:
            return
        if clearance.prerequisite_reopened is not reopened:
            self._put(sheet, clearance, replace(clearance, prerequisite_reopened=reopened), cascaded=True)

    def _put(self, sheet: SheetFacts, before: ClearanceFacts, after: ClearanceFacts, *, cascaded: bool) -> None:
        """One effective change a row and act, however often the act passes by."""
        earlier = self.touched.get(before.id)
        original = earlier.before if earlier is not None else before
        version = original.version + 1
        grown = after if after.version == version else replace(after, version=version)
        sheet.clearances[grown.item_id] = grown
        if earlier is not None and replace(grown, version=original.version) == original:
            sheet.clearances[grown.item_id] = original
            self.touched.pop(before.id, None)
            return
        self.touched[before.id] = Touched(original, grown, cascaded and (earlier is None or earlier.cascaded))


def disagreement(sheet: SheetFacts, clearance: ClearanceFacts, target: Target) -> Refusal | None:
    """Key, number and name of a row must agree: else somebody sorted a part of the file (R15)."""
    if target.name and normalise(target.name) != normalise(sheet.name):
        return Refusal(Code.ROW_MISMATCH, facts={"argument": "name", "given": target.name, "found": sheet.name})
    if target.clearance_id not in (None, clearance.id):
        return Refusal(Code.ROW_MISMATCH, facts={"argument": "key"})
    return None


def changed(before: ClearanceFacts, change: Change, *, way: Way, actor: Actor, now: datetime) -> ClearanceFacts:
    """The clearance as the change would leave it, permitted or not; `before` itself when nothing would change.

    A note alone leaves the decision with whoever made it. A hold is a decision; lifting it gives the row back to the
    rules, so that sync may settle it again (B6).
    """
    to = change.status or before.status
    note = before.note if change.note is None else change.note
    internal_note = before.internal_note if change.internal_note is None else change.internal_note
    hold = _hold(before, change, to)
    if to is before.status and hold == before.hold:
        if (note, internal_note) == (before.note, before.internal_note):
            return before
        return replace(before, note=note, internal_note=internal_note)
    lifted = to is before.status and not hold
    return replace(
        before,
        version=before.version + 1,
        status=to,
        note=note,
        internal_note=internal_note,
        hold=hold,
        reason=change.reason,
        decided_by=DecidedBy.RULE if lifted else DECIDED_BY[way],
        decided_at=now,
        decided_user_id=actor.user_id,
        decided_name=actor.name,
        on_behalf_of_id=change.on_behalf_of,
        prerequisite_reopened=False,
    )


def _hold(before: ClearanceFacts, change: Change, to: ClearanceStatus) -> str:
    """Only what is red can be on hold (B16)."""
    if to.settled:
        return ""
    if change.hold is not None:
        return change.hold
    return before.hold if before.status is to else ""


def why_not_on_behalf(sheet: SheetFacts, clearance: ClearanceFacts, change: Change) -> Refusal | None:
    """代签: a reason, and a supervisor of this student (R13)."""
    item = sheet.season.items[clearance.item_id]
    if change.reason is None:
        return Refusal(Code.REASON_REQUIRED, facts={"item": item.code})
    supervised = any(each.user_id == change.on_behalf_of for each in sheet.supervisors)
    if item.handled_by is not HandledBy.SUPERVISOR or not supervised:
        return Refusal(Code.BAD_INPUT, facts={"argument": "on_behalf_of"})
    return None
