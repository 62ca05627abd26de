"""Rows of any object that a list changes or makes, decided and written together: for the list itself, for the frozen
set of a dry run, and for undo. The number of statements does not depend on the number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from models import database
from models.accounts import User
from models.declare import entity_of, note_of
from models.enums import Outcome
from models.in_list import in_list
from models.people import Student
from models.rules.bulk_values import column_of, field_of
from models.rules.bulk_writing import Judged, Wish, Work
from models.rules.editing_checks import CHECKS, Edit
from models.rules.editing_rows import Bounds, unique_keys
from models.rules.editing_values import editable_fields, is_relation
from models.rules.identity import link_people
from models.rules.item_drafts import FROZEN
from models.rules.loading import moment
from models.rules.refusals import Code, Refusal, Refused
from models.rules.row_lists import Asked, why_not_made
from models.rules.row_reach import RowReach, rows_open
from models.rules.selection import is_everything
from models.season import Item

#: What only a verb of its own changes, because of what follows from it: a list says it again, and no more.
BY_VERB: Mapping[type[Model], frozenset[str]] = {Item: FROZEN, User: frozenset({"active"})}
IDENTITY = frozenset({"id_no", "id_type"})
#: How often single lines are refused for what writing shows, before all that may be at fault are.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one line. `row`: the row as it was, None where there is none, or the caller must not know.
    `before` and `after`: the columns that change. `row_id`: of a new row, once it was made."""

    asked: Asked
    outcome: Outcome
    refusal: Refusal | None = None
    row: Mapping[str, Any] | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    row_id: int | None = None

    @property
    def makes(self) -> bool:
        """Whether the line makes a row."""
        return self.outcome is Outcome.APPLIED and self.asked.row_id is None

    @property
    def changes(self) -> bool:
        """Whether the line changes a row that there is."""
        return self.outcome is Outcome.APPLIED and self.asked.row_id is not None

    def refused(self, code: Code, **facts: str | int) -> Verdict:
        """The same line, refused."""
        return replace(self, outcome=Outcome.REFUSED, refusal=Refusal(code, facts=facts))


@dataclass(slots=True)
class RowWork:
    """One list on the rows of `model`."""

    model: type[Model]
    asked: Sequence[Asked]
    reach: RowReach
    now: datetime
    dry_run: bool = False
    verdicts: list[Verdict] = field(default_factory=list)

    async def decide(self) -> list[Verdict]:
        """Each line, in its order: as it was refused while it was read; of a row that there is NOT_FOUND, STALE_ROW,
        what the object asks, FORBIDDEN (a field that is not the caller's to fill in there), UNCHANGED, or APPLIED; of a
        new one BAD_INPUT, NOT_FOUND (the caller makes none), DUPLICATE, FORBIDDEN, or APPLIED.

        A row that would stand outside what the caller may change is refused too, which only writing shows: it is
        written and taken back.
        """
        self.verdicts = [Verdict(each, Outcome.REFUSED, each.refusal) for each in self.asked]
        there = [place for place, each in enumerate(self.asked) if each.refusal is None and each.row_id is not None]
        new = [place for place, each in enumerate(self.asked) if each.refusal is None and each.row_id is None]
        await self._decide_changes(there)
        await self._decide_new(new)
        await self._check_objects()
        for last in (*([False] * ROUNDS), True):
            if not await self._refuse_what_writing_shows(last=last):
                break
        return self.verdicts

    def _put(self, place: int, verdict: Verdict) -> None:
        self.verdicts[place] = verdict

    # --- rows that there are

    async def _decide_changes(self, places: Sequence[int]) -> None:
        wishes = [self._wish(self.asked[place]) for place in places]
        bounds = Bounds(visible=self.reach.visible, named=self.reach.named)
        judged = await Work(self.model, wishes, bounds, self.now, self.dry_run).decide()
        ids = [wish.row_id for wish in wishes]
        updating = await rows_open(self.model, self.reach.updating, ids)
        reading = await rows_open(self.model, self.reach.reading, ids)
        for place, each in zip(places, judged, strict=True):
            self._put(place, self._changed(self.asked[place], each, updating, reading))

    def _wish(self, asked: Asked) -> Wish:
        return Wish(asked.row_id or 0, asked.columns, asked.named, asked.expected)

    def _changed(
        self, asked: Asked, each: Judged, updating: Mapping[str, set[int]], reading: Mapping[str, set[int]]
    ) -> Verdict:
        verdict = Verdict(asked, each.outcome, each.refusal, each.row)
        if each.outcome is Outcome.REFUSED and each.row is not None and not each.before:
            verdict = Verdict(asked, Outcome.UNCHANGED, row=each.row)  # nothing is asked of what stays as it is
        elif each.outcome is Outcome.REFUSED:
            return verdict
        row_id, key = each.wish.row_id, {*entity_of(self.model).natural_key}
        writable = set(editable_fields(self.model, adding=False)) - BY_VERB.get(self.model, frozenset())
        for name in {field_of(self.model, column): None for column in asked.columns}:
            known, mine = row_id in reading.get(name, ()), row_id in updating.get(name, ())
            if name in key or (name in writable and mine) or self._follows(name, asked):
                continue
            if not known:  # whether it says the same is nothing to him either
                return verdict.refused(Code.FORBIDDEN, field=name, problem="NOT_THIS_FIELD")
            if column_of(self.model, name) in each.before:
                code, problem = (
                    (Code.FORBIDDEN, "NOT_THIS_FIELD") if name in writable else (Code.BAD_INPUT, "NOT_BY_LIST")
                )
                return verdict.refused(code, field=name, problem=problem)
        return replace(verdict, before=each.before, after=each.after)

    def _follows(self, name: str, asked: Asked) -> bool:
        """The mask goes with the document's number."""
        return self.model is Student and name == "id_no_masked" and "id_no" in asked.columns

    # --- new rows

    async def _decide_new(self, places: Sequence[int]) -> None:
        if not places:
            return
        for place in places:
            asked = self.asked[place]
            self._put(place, Verdict(asked, Outcome.REFUSED, why_not_made(self.model, self.reach, asked.named)))
        if self.verdicts[places[0]].refusal is not None:
            return
        taken = await self._taken([self.asked[place] for place in places])
        missing = await self._gone([self.asked[place] for place in places])
        for place in places:
            self._put(place, self._made(self.asked[place], taken, missing))

    def _made(self, asked: Asked, taken: Mapping[str, set[Any]], missing: Mapping[str, set[int]]) -> Verdict:
        verdict = Verdict(asked, Outcome.APPLIED, after=asked.columns)
        writable = set(editable_fields(self.model, adding=True)) - BY_VERB.get(self.model, frozenset())
        for column, value in asked.columns.items():
            name = field_of(self.model, column)
            if self._follows(name, asked):
                continue
            if name not in writable:
                return verdict.refused(Code.BAD_INPUT, field=name, problem="NOT_BY_LIST")
            if name not in self.reach.creating:
                return verdict.refused(Code.FORBIDDEN, field=name, problem="NOT_THIS_FIELD")
            if value in missing.get(column, ()):
                return verdict.refused(Code.BAD_INPUT, field=name, problem="TARGET_GONE")
        for columns, values in taken.items():
            names = columns.split(",")
            if tuple(asked.columns.get(each) for each in names) in values:
                name = field_of(self.model, names[-1])
                return verdict.refused(Code.DUPLICATE, field=name, value=asked.named, problem="TAKEN")
        return verdict

    async def _taken(self, new: Sequence[Asked]) -> dict[str, set[Any]]:
        """What other rows have already in the columns that no two rows share; rows that the caller does not see too."""
        found: dict[str, set[Any]] = {}
        for names in unique_keys(self.model):
            last = [each.columns[names[-1]] for each in new if each.columns.get(names[-1]) is not None]
            if last:
                rows = self.model.filter(**{f"{names[-1]}__in": in_list(last, texts=isinstance(last[0], str))})
                found[",".join(names)] = {tuple(row[name] for name in names) for row in await rows.values(*names)}
        return found

    async def _gone(self, new: Sequence[Asked]) -> dict[str, set[int]]:
        """The rows that relations lead to and that are not there any more, or not for this caller; by column."""
        missing: dict[str, set[int]] = {}
        for name in sorted(self.model._meta.fk_fields):
            column, relation = column_of(self.model, name), self.model._meta.fields_map[name]
            ids = {each.columns[column] for each in new if each.columns.get(column) is not None}
            if ids:
                target: type[Model] = relation.related_model  # type: ignore[attr-defined]  # a relation's
                rows = target.filter(self.reach.named.get(name, Q()), id__in=in_list(ids))
                there: Any = await rows.values_list("id", flat=True)
                missing[column] = ids - set(there)
        return missing

    # --- what single objects ask

    async def _check_objects(self) -> None:
        """As for a single edit, each line after those above it: the objects that ask anything have few rows."""
        if self.model not in CHECKS or not self._applied():
            return
        try:
            async with database.transaction():
                for place, each in enumerate(self.verdicts):
                    if each.outcome is Outcome.APPLIED:
                        self._put(place, await self._checked(each))
                raise _TakenBack
        except _TakenBack:
            pass

    async def _checked(self, each: Verdict) -> Verdict:
        row_id, after = each.asked.row_id, typed(self.model, each.after)
        before = None if row_id is None else await self.model.get(id=row_id)
        held = {} if before is None else {name: getattr(before, name) for name in self.model._meta.db_fields}
        try:
            await CHECKS[self.model](Edit(before, {**_defaults(self.model), **held, **after}))
        except Refused as refused:
            facts = {"field": refused.argument or "", **refused.refusal.facts}
            return each.refused(refused.refusal.code, **facts)
        if before is None:
            await self.model.create(**after)
        else:
            await self.model.filter(id=row_id).update(**after)
        return each

    def _applied(self) -> list[Verdict]:
        return [each for each in self.verdicts if each.outcome is Outcome.APPLIED]

    # --- what only writing shows

    async def _refuse_what_writing_shows(self, *, last: bool) -> bool:
        """Whether any line was refused now: rows that would not be the caller's afterwards (invariant 14), and people
        who would have two active sheets (invariant 1). `last`: all lines that say who somebody is, if one is wrong."""
        if not self._applied() or not self._must_be_tried():
            return False
        found: dict[int, Refusal] = {}
        try:
            async with database.transaction():
                written = await self.write()
                found = await self._outside(written) or await self._two_sheets(written, all_of_them=last)
                raise _TakenBack
        except _TakenBack:
            pass
        for place, refusal in found.items():
            self._put(place, replace(self.verdicts[place], outcome=Outcome.REFUSED, refusal=refusal))
        return bool(found)

    def _must_be_tried(self) -> bool:
        rows = [*self.reach.updating.values(), *self.reach.creating.values()]
        return not all(map(is_everything, rows)) or any(self.identifies(each) for each in self._applied())

    def identifies(self, each: Verdict) -> bool:
        """Whether the line says who somebody is: then the numbers of one person are linked anew."""
        applied = each.outcome is Outcome.APPLIED
        return applied and self.model is Student and not IDENTITY.isdisjoint(each.after)

    async def _outside(self, written: Sequence[Verdict]) -> dict[int, Refusal]:
        ids = {each.row_id or 0 for each in written}
        opened = {
            makes: await rows_open(self.model, self.reach.creating if makes else self.reach.updating, ids)
            for makes in {each.asked.row_id is None for each in written if each.outcome is Outcome.APPLIED}
        }
        found: dict[int, Refusal] = {}
        for place, each in enumerate(written):
            if each.outcome is not Outcome.APPLIED:
                continue
            names = [field_of(self.model, column) for column in each.after]
            for name in sorted(names, key=lambda name: not is_relation(self.model, name)):  # what most likely leads out
                if each.row_id not in opened[each.makes].get(name, ()) and not self._follows(name, each.asked):
                    found[place] = Refusal(Code.FORBIDDEN, facts={"field": name, "problem": "LEAVES_SCOPE"})
                    break
        return found

    async def _two_sheets(self, written: Sequence[Verdict], *, all_of_them: bool) -> dict[int, Refusal]:
        found = {each.row_id: place for place, each in enumerate(written) if self.identifies(each)}
        identified = {row_id: place for row_id, place in found.items() if row_id}
        if not identified:
            return {}
        try:
            await link_people(identified)
        except Refused as refused:
            numbers = {str(each) for each in refused.refusal.facts.values()}
            named = [each for each in identified.values() if written[each].asked.named in numbers]
            at_fault = [] if all_of_them else named
            facts = {"field": "id_no", "problem": "TWO_SHEETS"}
            return dict.fromkeys(at_fault or identified.values(), Refusal(Code.DUPLICATE, facts=facts))
        return {}

    # --- writing

    async def write(self) -> list[Verdict]:
        """Writes what was decided, and gives the verdicts with the ids of new rows. What follows is not done here."""
        changing = self.changing()
        await changing.write()
        return [replace(each, row_id=each.asked.row_id) if each.changes else each for each in await self.make()]

    def changing(self) -> Work:
        """The changes of rows that there are, as `bulk_writing` writes them."""
        judged = [
            Judged(Wish(each.asked.row_id or 0, each.after, each.asked.named), each.outcome, each.row)
            for each in self.verdicts
            if each.changes
        ]
        return Work(self.model, [each.wish for each in judged], Bounds(), self.now, self.dry_run, judged)

    async def make(self) -> list[Verdict]:
        """Writes the new rows, and gives the verdicts with their ids."""
        new = [each for each in self.verdicts if each.makes]
        if not new:
            return self.verdicts
        await self.model.bulk_create([self.model(**typed(self.model, each.after)) for each in new])
        names = [column_of(self.model, name) for name in entity_of(self.model).natural_key]
        last = in_list([each.after[names[-1]] for each in new], texts=isinstance(new[0].after[names[-1]], str))
        rows = await self.model.filter(**{f"{names[-1]}__in": last}).values("id", *names)
        ids = {tuple(row[name] for name in names): row["id"] for row in rows}
        return [
            replace(each, row_id=ids[tuple(each.after[name] for name in names)]) if each.makes else each
            for each in self.verdicts
        ]


class _TakenBack(Exception):
    """Ends a transaction that only tried something."""


def typed(model: type[Model], columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as the model holds them, from as they are kept."""
    return {name: _typed(model._meta.fields_map[name], value) for name, value in columns.items()}


def _typed(column: Any, value: Any) -> Any:
    kind = getattr(column, "enum_type", None)
    if value is None or (kind is None and not isinstance(column, fields.DatetimeField)):
        return value
    return moment(value) if kind is None else next(each for each in kind if each.value == value)


def _defaults(model: type[Model]) -> dict[str, Any]:
    found = model._meta.fields_map
    return {name: found[name].default for name in model._meta.db_fields if not callable(found[name].default)}


def shown_never(model: type[Model], column: str) -> bool:
    """Whether an operation keeps nothing of the column once it is applied: it is sensitive, or follows from what is."""
    return note_of(model, column).sensitive or (model is Student and column == "id_no_masked")
