"""Plain changes of many rows of one object, decided and written together: once for an edit, for the frozen set of a dry
run, and for undo. The number of statements does not depend on the number of rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.models import Model

from models import database
from models.database_url import Dialect
from models.enums import BatchStatus, Outcome
from models.in_list import in_list
from models.people import Student
from models.portable_sql import many, table
from models.rules.bulk_values import column_of, declared, field_of, stored
from models.rules.deciding import LastChange
from models.rules.editing_rows import Bounds
from models.rules.loading import moment
from models.rules.locks import lock_batch
from models.rules.operation_rows import among
from models.rules.refusals import Code, Refusal
from models.rules.selection import is_everything
from models.season import Batch, Item

LONGEST_SHOWN = 32


@dataclass(frozen=True, slots=True)
class Wish:
    """One row and what it is to hold, by column as it is kept. `named`: how it was asked for, where nothing was found.
    `expected`: the version that was seen."""

    row_id: int
    wanted: Mapping[str, Any]
    named: str = ""
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one wish; `row`: the row as it was, None where the caller must not know."""

    wish: Wish
    outcome: Outcome
    row: Mapping[str, Any] | None = None
    refusal: Refusal | None = None

    @property
    def before(self) -> dict[str, Any]:
        """What it held in the columns that change."""
        row = self.row or {}
        return {name: row[name] for name, value in self.wish.wanted.items() if row[name] != value}

    @property
    def after(self) -> dict[str, Any]:
        """What it then holds in these."""
        return {name: self.wish.wanted[name] for name in self.before}


@dataclass(slots=True)
class Work:
    """One act on the rows of `model`."""

    model: type[Model]
    wishes: Sequence[Wish]
    reach: Bounds
    now: datetime
    dry_run: bool = False
    judged: list[Judged] = field(default_factory=list)

    async def decide(self) -> list[Judged]:
        """Each wish, in its order: NOT_FOUND, FORBIDDEN, STALE_ROW, what the object asks, UNCHANGED, or APPLIED.

        A row that would leave what the caller may change is refused too, which only writing shows: it is written and
        taken back.
        """
        rows = await self._rows()
        visible = await among(self.model, self.reach.visible, rows)
        permitted = await among(self.model, self.reach.permitted, visible)
        late = [each for each in self.wishes if _is_stale(each, rows.get(each.row_id))]
        changes = await last_changes(self.model, [each.row_id for each in late if each.row_id in permitted])
        refusals = await _refusals(self.model, {each: rows[each] for each in permitted})
        missing = await self._missing_targets()
        self.judged = []
        for wish in self.wishes:
            row = rows.get(wish.row_id)
            if row is None or wish.row_id not in visible:
                self._refuse(wish, Refusal(Code.NOT_FOUND, facts=_named(self.model, wish)))
            elif wish.row_id not in permitted:
                self._refuse(wish, Refusal(Code.FORBIDDEN), row)
            elif _is_stale(wish, row):
                last = changes.get(wish.row_id, LastChange(None, None))
                stale = Refusal(Code.STALE_ROW, facts={"version": row["version"]}, by=last.by, at=last.at)
                self._refuse(wish, stale, row)
            elif wish.row_id in refusals:
                self._refuse(wish, refusals[wish.row_id], row)
            elif gone := [name for name, ids in missing.items() if wish.wanted.get(name) in ids]:
                facts = {"field": field_of(self.model, gone[0]), "problem": "TARGET_GONE"}
                self._refuse(wish, Refusal(Code.BAD_INPUT, facts=facts), row)
            else:
                same = all(row[name] == value for name, value in wish.wanted.items())
                self.judged.append(Judged(wish, Outcome.UNCHANGED if same else Outcome.APPLIED, row))
        if not is_everything(self.reach.permitted):
            await self._refuse_leaving()
        return self.judged

    def _refuse(self, wish: Wish, refusal: Refusal, row: Mapping[str, Any] | None = None) -> None:
        self.judged.append(Judged(wish, Outcome.REFUSED, row, refusal))

    @property
    def changing(self) -> list[Judged]:
        """What is, or would be, written."""
        return [each for each in self.judged if each.outcome is Outcome.APPLIED]

    async def write(self) -> None:
        """Writes what was decided, in one statement."""
        await _put(self.model, self.changing, self.now)

    async def _rows(self) -> dict[int, dict[str, Any]]:
        columns = {name for wish in self.wishes for name in wish.wanted}
        named = {"student_no", "name"} if self.model is Student else set()
        found = self.model.filter(id__in=in_list(wish.row_id for wish in self.wishes))
        return {row["id"]: stored(row) for row in await found.values("id", "version", *(columns | named))}

    async def _missing_targets(self) -> dict[str, set[int]]:
        """Rows that a wish leads to and that are not there any more, or not for this caller; by key column."""
        missing: dict[str, set[int]] = {}
        for name in sorted(self.model._meta.fk_fields):
            column = column_of(self.model, name)
            ids = {wish.wanted[column] for wish in self.wishes if wish.wanted.get(column) is not None}
            if ids:
                field = self.model._meta.fields_map[name]
                target: type[Model] = field.related_model  # type: ignore[attr-defined]  # a relation's
                within = self.reach.named.get(name)
                missing[column] = ids - await _there(target, within, ids)
        return missing

    async def _refuse_leaving(self) -> None:
        """Rows that would not be the caller's to change afterwards (invariant 14)."""
        changing = {each.wish.row_id: each for each in self.changing}
        left: set[int] = set()
        if not changing:
            return
        try:
            async with database.transaction():
                await self.write()
                left = set(changing) - await among(self.model, self.reach.permitted, changing)
                raise _TakenBack
        except _TakenBack:
            pass
        leaving = Refusal(Code.FORBIDDEN, facts={"problem": "LEAVES_SCOPE"})
        self.judged = [
            Judged(each.wish, Outcome.REFUSED, each.row, leaving) if each.wish.row_id in left else each
            for each in self.judged
        ]


async def _there(target: type[Model], within: Q | None, ids: Collection[int]) -> set[int]:
    rows = target.filter(Q() if within is None else within, id__in=in_list(ids))
    return set(await rows.values_list("id", flat=True))  # type: ignore[arg-type]  # flat


class _TakenBack(Exception):
    """Ends a transaction that only tried something."""


def _is_stale(wish: Wish, row: Mapping[str, Any] | None) -> bool:
    return row is not None and wish.expected not in (None, row["version"])


def _named(model: type[Model], wish: Wish) -> dict[str, str | int]:
    if model is Student and wish.named:
        return {"student_no": wish.named[:LONGEST_SHOWN]}
    return {"value": wish.named[:LONGEST_SHOWN]} if wish.named else {"row": wish.row_id}


async def _put(model: type[Model], changing: Sequence[Judged], now: datetime) -> None:
    """What a row does not mention it keeps: its own value goes along."""
    if not changing:
        return
    columns = sorted({name for each in changing for name in each.wish.wanted})
    name = f'"{model._meta.db_table}"'
    sets = ", ".join(f'"{each}" = new."{each}"' for each in columns)
    await database.execute(
        f"UPDATE {name} SET {sets}, version = {name}.version + 1, updated_at = ?2 "  # names of the models
        f"FROM ROWS(?1: {declared(model, columns)}) AS new WHERE {name}.id = new.id",
        [table([each.wish.row_id, *(_held(each, name) for name in columns)] for each in changing), now],
    )


def _held(each: Judged, name: str) -> Any:
    return each.wish.wanted[name] if name in each.wish.wanted else (each.row or {})[name]


# --- before anything is read


async def lock_rows(model: type[Model], ids: Collection[int]) -> None:
    """The rows in the order of their ids; of items their batches first, as every act on items does."""
    if model is Item:
        batches = await database.fetch("SELECT DISTINCT batch_id FROM item WHERE id IN LIST(?1)", [many(ids)])
        for batch_id in sorted(int(each) for (each,) in batches):
            await lock_batch(batch_id, exclusive=True)
    if database.dialect() is Dialect.POSTGRESQL:
        name = model._meta.db_table
        await database.fetch(f'SELECT id FROM "{name}" WHERE id IN LIST(?1) ORDER BY id FOR NO KEY UPDATE', [many(ids)])


# --- who was faster


async def last_changes(model: type[Model], ids: Collection[int]) -> dict[int, LastChange]:
    """Who changed these rows last, and when; asks nothing when there are none."""
    if not ids:
        return {}
    rows = await database.fetch(LAST_CHANGES, [model.__name__, many(ids)])
    return {row_id: LastChange(name, moment(at)) for row_id, name, at in rows}


LAST_CHANGES = """
SELECT row.object_id, account.name, operation.finished_at
FROM operation_row AS row JOIN operation ON operation.id = row.operation_id
LEFT JOIN account ON account.id = operation.actor_id
WHERE row.id IN (
    SELECT max(operation_row.id) FROM operation_row JOIN operation ON operation.id = operation_row.operation_id
    WHERE object = ?1 AND object_id IN LIST(?2) AND outcome = 'APPLIED' AND operation.state IN ('APPLIED', 'UNDONE')
    GROUP BY object_id
)
"""


# --- what single objects ask besides

Checked = Callable[[Mapping[int, Mapping[str, Any]]], Awaitable[Mapping[int, Refusal]]]


async def _refusals(model: type[Model], rows: Mapping[int, Mapping[str, Any]]) -> Mapping[int, Refusal]:
    check = CHECKS.get(model)
    return await check(rows) if check is not None and rows else {}


async def _archived_items(rows: Mapping[int, Mapping[str, Any]]) -> Mapping[int, Refusal]:
    """Withdrawn items are not there any more; those of an archived batch stay as they are."""
    found = await database.fetch(ITEMS, [many(rows)])
    refusals: dict[int, Refusal] = {}
    for item_id, withdrawn_at, code, status in found:
        if withdrawn_at is not None:
            refusals[item_id] = Refusal(Code.NOT_FOUND, facts={"row": item_id})
        elif status == BatchStatus.ARCHIVED.value:
            refusals[item_id] = Refusal(Code.BATCH_NOT_OPEN, facts={"batch": code, "status": status})
    return refusals


ITEMS = """
SELECT item.id, withdrawn_at, batch.code, batch.status FROM item JOIN batch ON batch.id = item.batch_id
WHERE item.id IN LIST(?1)
"""


async def _archived_batches(rows: Mapping[int, Mapping[str, Any]]) -> Mapping[int, Refusal]:
    found = await Batch.filter(id__in=in_list(rows), status=BatchStatus.ARCHIVED).values_list("id", "code")
    return {
        int(batch_id): Refusal(Code.BATCH_NOT_OPEN, facts={"batch": code, "status": "ARCHIVED"})
        for batch_id, code in found
    }


CHECKS: Mapping[type[Model], Checked] = {Item: _archived_items, Batch: _archived_batches}
