"""What plain editing in bulk changes in each row, old and new, in the caller's words; only what he reads there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import strawberry

from graphql_api.context import Context
from graphql_api.messages import clock
from graphql_api.registry import Column, Exposed, Kind, ToOne, registry
from models.declare import Words
from models.in_list import in_list
from models.rules.bulk_values import field_of
from models.rules.loading import moment
from models.rules.operation_rows import among
from models.rules.results import RowOutcome

YES, NO = Words("是", "yes"), Words("否", "no")
NOT_SHOWN = Words("(已填写,不显示)", "(filled in; not shown)")


@strawberry.type(description="修改内容 · One field of a row that an edit in bulk changes")
class FieldChange:
    name: str = strawberry.field(description="The field, as the schema names it")
    label: str
    before: str | None = strawberry.field(description="What it held, in words; null: nothing")
    after: str | None = strawberry.field(description="What it holds then, in words; null: nothing")


@dataclass(slots=True)
class Told:
    """What there is to say of one row: how it is called, and what changes in it."""

    object: str
    label: str | None = None
    changes: list[FieldChange] = field(default_factory=list)


RowKey = tuple[str, int]


def key_of(row: RowOutcome) -> RowKey:
    """By object and number; a row that is not there yet by what is told of it, which lives as long as the answer."""
    if row.edited is None:
        return "", 0
    return (row.edited.object, row.object_id) if row.object_id is not None else ("", id(row.edited))


async def told_of(context: Context, rows: Sequence[RowOutcome]) -> dict[RowKey, Told]:
    """By object and number, the rows of edits in bulk among these; a few statements for any number of them."""
    found: dict[RowKey, Told] = {}
    by_object: dict[str, list[RowOutcome]] = {}
    new: dict[str, list[RowOutcome]] = {}
    for row in rows:
        if row.edited is not None and row.object_id is not None and row.edited.object in registry():
            by_object.setdefault(row.edited.object, []).append(row)
        elif row.edited is not None and row.edited.named and row.edited.object in registry():
            new.setdefault(row.edited.object, []).append(row)
    for name, some in by_object.items():
        found |= await _told(context, registry()[name], some)
    for name, some in new.items():
        found |= await _told_of_new(context, registry()[name], some)
    return found


async def _told_of_new(context: Context, exposed: Exposed, rows: Sequence[RowOutcome]) -> dict[RowKey, Told]:
    """Rows that are not there: how they were named, and what they would hold, to whoever may read or write it."""
    names = sorted({field_of(exposed.model, each) for row in rows if row.edited for each in row.edited.after})
    open_to = [
        name for name in names if any(context.access.can(exposed.name, action, name) for action in ("read", "create"))
    ]
    words = await _relations(exposed, open_to, rows)
    found: dict[RowKey, Told] = {}
    for row in rows:
        changes = _changes(exposed, row, open_to, words, context.locale)
        label = row.edited.named if row.edited is not None else None
        found[key_of(row)] = Told(exposed.name, label or None, changes)
    return found


async def _told(context: Context, exposed: Exposed, rows: Sequence[RowOutcome]) -> dict[RowKey, Told]:
    ids = {row.object_id: row for row in rows if row.object_id is not None}
    names = sorted({field_of(exposed.model, each) for row in rows if row.edited for each in row.edited.after})
    called = [each for each in exposed.entity.label_fields if isinstance(exposed[each], Column)]
    plan = context.access.plan(exposed.name, "read", [*names, *called])
    if plan is None:
        return {(exposed.name, each): Told(exposed.name) for each in ids}
    visible = await among(exposed.model, plan.rows, ids)
    shown = {mask: await among(exposed.model, reached, visible) for mask, reached in plan.masks.items()}
    open_to = {name: visible if mask is None else shown[mask] for name, mask in plan.columns.items()}
    labels = await _labels(exposed, [name for name in called if name in open_to], visible)
    words = await _relations(exposed, [name for name in names if name in open_to], rows)
    found: dict[RowKey, Told] = {}
    for number, row in ids.items():
        readable = [name for name in names if number in open_to.get(name, ())]
        changes = _changes(exposed, row, readable, words, context.locale)
        label = labels.get(number) or (row.edited.named if row.edited is not None else "")
        found[exposed.name, number] = Told(exposed.name, label or None, changes)
    return found


async def _labels(exposed: Exposed, names: Sequence[str], ids: set[int]) -> dict[int, str]:
    if not names or not ids:
        return {}
    rows = await exposed.model.filter(id__in=in_list(ids)).values("id", *names)
    return {row["id"]: " ".join(str(row[name]) for name in names if row[name]) for row in rows}


async def _relations(exposed: Exposed, names: Sequence[str], rows: Sequence[RowOutcome]) -> dict[str, dict[Any, Words]]:
    """The rows that relations led and lead to, by relation and id: what they are called."""
    found: dict[str, dict[Any, Words]] = {}
    for name in names:
        member = exposed[name]
        if not isinstance(member, ToOne):
            continue
        model = registry()[member.target].model
        values = {
            side.get(member.column) for row in rows if row.edited for side in (row.edited.before, row.edited.after)
        }
        columns = [each for each in ("name", "name_en") if each in model._meta.fields_map]
        those = model.filter(id__in=in_list(each for each in values if each is not None)).values("id", *columns)
        found[name] = {
            row["id"]: Words(row.get("name", ""), row.get("name_en") or row.get("name", "")) for row in await those
        }
    return found


def _changes(
    exposed: Exposed, row: RowOutcome, names: Sequence[str], words: Mapping[str, Mapping[Any, Words]], locale: str
) -> list[FieldChange]:
    found = []
    for name in names:
        member = exposed[name]
        column = member.column if isinstance(member, ToOne) else name
        if row.edited is None or column not in row.edited.after:
            continue
        if member.note.sensitive:
            there = NOT_SHOWN[locale]
            found.append(FieldChange(name=member.graphql, label=member.note.label[locale], before=None, after=there))
            continue
        before, after = (
            _said(member, side.get(column), words.get(name, {}), locale)
            for side in (row.edited.before, row.edited.after)
        )
        found.append(FieldChange(name=member.graphql, label=member.note.label[locale], before=before, after=after))
    return found


def _said(member: Column | ToOne, value: Any, words: Mapping[Any, Words], locale: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(member, ToOne):
        return words[value][locale] if value in words else None
    if member.kind is Kind.YES_NO:
        return (YES if value else NO)[locale]
    if member.kind is Kind.MOMENT:
        at = moment(value) if not isinstance(value, datetime) else value
        return clock(at) if at else None
    if member.choices is not None:
        chosen = next((each for each in member.choices if each.value == value), None)
        return getattr(chosen, "words", Words(str(value), str(value)))[locale]
    return str(value)
