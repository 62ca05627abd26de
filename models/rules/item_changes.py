"""One change of one item: checked against the batch's other items, written, and recorded with all it does to sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from models import database
from models.declare import Words
from models.enums import ItemKind, OperationKind, OperationState, Outcome, RequestKind
from models.portable_sql import table
from models.rules.actor import Actor
from models.rules.applicability import Condition
from models.rules.facts import Dependant, ItemFacts, Season
from models.rules.item_drafts import FROZEN, ItemDraft
from models.rules.item_effects import Effect, Foreseen, foresee, season_with, write_effects
from models.rules.journal import PRESENT, event, short
from models.rules.loading import WAY
from models.rules.naming import department_called
from models.rules.prerequisites import Edge, circle
from models.rules.recording import Entry, EventEntry, Head, start, write_events, write_rows
from models.rules.reevaluation import answered
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult, RowOutcome
from models.season import Item

WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class ItemResult(ActResult):
    """The answer to a change of an item: its first row is the item, the others stand on sheets."""

    effect: Effect = field(default_factory=Effect)
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item, by its code, and what is to become of it."""

    kind: RequestKind
    code: str
    draft: ItemDraft
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What else the same operation changes: the request that was decided."""

    entries: Sequence[Entry] = ()
    events: Sequence[EventEntry] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


async def change_items(
    actor: Actor, season: Season, change: ItemChange, *, dry_run: bool, company: Company | None = None
) -> ItemResult:
    """Changes the item and every sheet that it concerns, as one operation. To be called with the batch locked
    exclusively; with `dry_run` it writes nothing at all and only says what would happen.

    Refuses with NOT_FOUND (item, owner), DUPLICATE (the code is taken), CONFLICT (`expected_version`), BAD_INPUT with
    the field at fault: prerequisites in a circle or on items that cannot come first, a second FINAL, a kind that cannot
    become another one, withdrawing FINAL.
    """
    now = datetime.now(UTC)
    planned = await _plan(season, change, now)
    item = planned.item
    if not dry_run and planned.changes:
        item = replace(item, id=await _write_item(season, planned, now))
    after = season_with(season, item, planned.first)
    foreseen = Foreseen(item, after)
    if planned.concerns_sheets:
        foreseen = await foresee(after, item, change.kind, actor, now)
    entries = [_item_entry(planned, item), *(company.entries if company else ()), *foreseen.entries()]
    if dry_run:
        rows, cascaded = answered(entries)
        return ItemResult(None, True, rows, cascaded, effect=foreseen.effect, item_id=item.id or None)
    return await _record(actor, planned, foreseen, entries, company, now)


# --- checking


@dataclass(frozen=True, slots=True)
class Planned:
    """The item as it will be (id 0 when it is new), the columns to be written, and what will come before it: None when
    that stays."""

    change: ItemChange
    item: ItemFacts
    columns: Mapping[str, Any]
    first: tuple[Dependant, ...] | None

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.columns) or self.first is not None

    @property
    def concerns_sheets(self) -> bool:
        """Whether rules read what changes: new instructions concern no sheet."""
        frozen = not FROZEN.isdisjoint(self.columns) or self.first is not None
        return frozen or self.change.kind is not RequestKind.CHANGE


async def _plan(season: Season, change: ItemChange, now: datetime) -> Planned:
    columns = dict(change.draft.columns)
    if change.draft.department is not None:
        columns["department_id"] = await department_called(change.draft.department, argument="proposal.department")
    first = _first(season, change)
    if change.kind is RequestKind.ADD:
        planned = _plan_new(season, change, columns, first)
    else:
        planned = await _plan_existing(season, change, columns, first, now)
    _check_together(season, planned)
    return planned


def _plan_new(
    season: Season, change: ItemChange, columns: Mapping[str, Any], first: tuple[Dependant, ...] | None
) -> Planned:
    if any(each.code == change.code for each in season.items.values()):
        raise Refused(Code.DUPLICATE, argument="proposal.code", item=change.code)
    name = str(columns["name"])
    item = ItemFacts(0, change.code, Words(name, name))
    return Planned(change, _as_it_will_be(item, columns), columns, first or ())


async def _plan_existing(
    season: Season,
    change: ItemChange,
    columns: Mapping[str, Any],
    first: tuple[Dependant, ...] | None,
    now: datetime,
) -> Planned:
    there = next((each for each in season.items.values() if each.code == change.code and not each.withdrawn), None)
    row = await Item.get_or_none(id=there.id) if there is not None else None
    if there is None or row is None:
        raise Refused(Code.NOT_FOUND, argument="item", item=change.code)
    if change.expected_version not in (None, row.version):
        raise Refused(Code.CONFLICT, argument="expectedVersion", version=row.version)
    if change.kind is RequestKind.REMOVE:
        if there.kind is ItemKind.FINAL:
            raise Refused(Code.BAD_INPUT, argument="item", problem="FINAL", item=change.code)
        return Planned(change, there, {"withdrawn_at": now}, None)
    different = {name: value for name, value in columns.items() if getattr(row, name) != value}
    _check_kind(there, different.get("kind"))
    same = first is not None and set(first) == _before(season, there)
    return Planned(change, _as_it_will_be(there, different), different, None if same else first)


def _as_it_will_be(item: ItemFacts, columns: Mapping[str, Any]) -> ItemFacts:
    """The columns that rules read."""
    known = {name: columns[name] for name in ("kind", "handled_by", "order", "place") if name in columns}
    if "applies_to" in columns:
        known["applies_to"] = Condition.parse(columns["applies_to"])
    if "ways" in columns:
        known["ways"] = frozenset(WAY[way] for way in columns["ways"])
    return replace(item, **known)


def _check_kind(item: ItemFacts, wanted: ItemKind | None) -> None:
    """An item with states cannot become a text, nor any become FINAL: withdraw it and add another."""
    exchangeable = (ItemKind.NORMAL, ItemKind.OPTIONAL)
    if wanted is not None and not (wanted in exchangeable and item.kind in exchangeable):
        raise Refused(Code.BAD_INPUT, argument="proposal.kind", problem="NEVER_CHANGES", value=wanted.value)


def _first(season: Season, change: ItemChange) -> tuple[Dependant, ...] | None:
    """What shall come first, by id. Neither a text nor the final sign-off can."""
    if change.draft.prerequisites is None:
        return None
    there = {each.code: each for each in season.items.values() if not each.withdrawn}
    found = []
    for wanted in change.draft.prerequisites:
        item = there.get(wanted.code)
        if item is None or item.kind in (ItemKind.INFO, ItemKind.FINAL):
            raise Refused(Code.BAD_INPUT, argument="proposal.prerequisites", problem="NOT_FOUND", value=wanted.code)
        found.append(Dependant(item.id, wanted.reopen))
    return tuple(found)


def _before(season: Season, item: ItemFacts) -> set[Dependant]:
    """What comes before an item now."""
    edges = ((each.id, edge) for each in season.items.values() for edge in each.dependants)
    return {Dependant(first_id, edge.reopen) for first_id, edge in edges if edge.item_id == item.id}


def _check_together(season: Season, planned: Planned) -> None:
    """No circle (invariant 15), and one final sign-off at most."""
    items = season_with(season, planned.item, planned.first).items
    found = circle(Edge(item.id, first) for item in items.values() for first in item.requires)
    if found:
        path = " → ".join(items[each].code for each in found)
        raise Refused(Code.BAD_INPUT, argument="proposal.prerequisites", problem="CIRCLE", circle=path)
    finals = [item for item in items.values() if item.kind is ItemKind.FINAL and not item.withdrawn]
    if len(finals) > 1:
        raise Refused(Code.BAD_INPUT, argument="proposal.kind", problem="TWO_FINALS", value=finals[0].code)


# --- writing


async def _write_item(season: Season, planned: Planned, now: datetime) -> int:
    item_id = planned.item.id
    if planned.change.kind is RequestKind.ADD:
        item_id = (await Item.create(batch_id=season.batch.id, **dict(planned.columns))).id
    else:
        version = (await Item.get(id=item_id)).version
        await Item.filter(id=item_id).update(**dict(planned.columns), version=version + 1, updated_at=now)
    if planned.first is not None:
        edges = table((item_id, each.item_id, each.reopen) for each in planned.first)
        await database.execute("DELETE FROM prerequisite WHERE item_id = ?1", [item_id])
        await database.execute(INSERT_EDGES, [edges, now])
    return item_id


INSERT_EDGES = """
INSERT INTO prerequisite (item_id, requires_id, reopen, created_at, updated_at)
SELECT item_id, requires_id, reopen, ?2, ?2 FROM ROWS(?1: item_id int, requires_id int, reopen boolean) AS edge
"""

BEFORE_AND_AFTER = {
    RequestKind.ADD: (None, PRESENT),
    RequestKind.CHANGE: (PRESENT, PRESENT),
    RequestKind.REMOVE: (PRESENT, WITHDRAWN),
}


def _item_entry(planned: Planned, item: ItemFacts) -> Entry:
    before, after = BEFORE_AND_AFTER[planned.change.kind]
    outcome = Outcome.APPLIED if planned.changes else Outcome.UNCHANGED
    row = RowOutcome(outcome, "", item_code=item.code, object_id=item.id or None, before=before, after=after)
    return Entry(row, "Item", {"status": before} if before else None, {"status": after})


async def _record(
    actor: Actor, planned: Planned, foreseen: Foreseen, entries: Sequence[Entry], company: Company | None, now: datetime
) -> ItemResult:
    """A decided request changes items; everything else is an edit."""
    item, change = foreseen.item, planned.change
    kind = OperationKind.EDIT if company is None else OperationKind.CHANGE_ITEMS
    more, told = (company.parameters, company.events) if company is not None else ({}, ())
    parameters = {"change": change.kind.value, "fields": sorted(change.draft.mentioned), **more}
    head = Head(kind, actor, foreseen.season.batch.id, item.id, parameters=parameters)
    operation_id = await start(head, entries, OperationState.APPLIED, now)
    await write_rows(operation_id, entries)
    await write_events(operation_id, actor, [*_item_events(planned, item), *told], now)
    await write_effects(foreseen, operation_id, actor, now)
    rows, cascaded = answered(entries)
    return ItemResult(operation_id, False, rows, cascaded, effect=foreseen.effect, item_id=item.id)


def _item_events(planned: Planned, item: ItemFacts) -> list[EventEntry]:
    if not planned.changes:
        return []
    before, after = BEFORE_AND_AFTER[planned.change.kind]
    reordered = planned.first is not None and (planned.first or planned.change.kind is RequestKind.CHANGE)
    changed = [*planned.columns, *(["prerequisites"] if reordered else [])]
    return [event("Item", item.id, *short(changed), before=before, after=after, item_id=item.id)]
