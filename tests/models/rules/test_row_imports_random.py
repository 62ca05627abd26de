"""Random lists of every object that there are lists of: rows as an export writes them, some cells written anew, some
emptied, some left out. What the rows hold afterwards is what plain Python makes of the list, and undo puts it back."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import pytest
from tortoise import fields
from tortoise.models import Model

from models import Batch, Building, College, Department, Event, Item, Prerequisite, Student, Supervision, User
from models.enums import BatchStatus, Choice
from models.rules.editing_values import editable_fields, is_relation
from models.rules.row_cells import columns_read, follows_by_itself
from models.rules.row_deciding import BY_VERB, shown_never
from models.rules.row_import_undoing import undo_import
from models.rules.row_imports import apply_import, import_rows
from models.rules.row_lists import RowLine
from models.rules.row_references import JOINT, key_paths
from tests import factories as make
from tests.models.rules.row_lines import whole

pytestmark = pytest.mark.usefixtures("sound_database")
OBJECTS: tuple[type[Model], ...] = (
    *(User, College, Department, Building, Student, Supervision, Batch, Item, Prerequisite),
)
#: What other rows or rules stand against: a window, a successor, a document.
LEFT = {
    Batch: {"opens_at", "closes_at", "request_deadline"},
    Department: {"active", "successor"},
    Student: {"student_no", "id_no", "id_type"},
    User: {"username"},
    Item: {"order"},
}
TEXTS = ("一层（南区）", "O'Brien & Co", "@1", "=1+1", "  two  words ", "0012", "-", "é", "(x)")
WORDS = {"email": "a@b.cn", "phone": "010-8100 x1"}
Held = dict[int, dict[str, Any]]


async def held(model: type[Model]) -> Held:
    names = sorted(set(model._meta.db_fields) - {"updated_at", "version"})
    return {row["id"]: row for row in await model.all().values(*names)}


async def some_rows() -> make.University:
    uni = await make.university()
    await make.season(uni, status=BatchStatus.PREPARING)
    await make.season(uni, "2026-12", status=BatchStatus.PREPARING)
    for number in ("0012", "2022001", "X-9"):
        who = await make.student(number, college=uni.college, building=uni.building, major="文 学")
        await make.supervise(who, uni.clerk, uni.colleague)
    return uni


class Writer:
    """Writes rows as cells, and says what they mean."""

    def __init__(self, model: type[Model], dice: random.Random) -> None:
        self.model, self.dice = model, dice
        self.names = [name for name in columns_read(model) if not follows_by_itself(model, name)]
        closed = BY_VERB.get(model, frozenset()) | LEFT.get(model, set()) | {*model.entity.natural_key}
        self.changing = [name for name in editable_fields(model, adding=False) if name not in closed]
        self.targets: dict[str, dict[int, str]] = {}

    async def look_up(self) -> None:
        for name in filter(lambda each: is_relation(self.model, each), self.names):
            target = self.model._meta.fields_map[name].related_model
            paths = key_paths(target)
            rows = await target.all().values("id", *paths)
            self.targets[name] = {row["id"]: JOINT.join(str(row[path]) for path in paths) for row in rows}

    def line(self, row: Mapping[str, Any], place: int) -> tuple[RowLine, dict[str, Any]]:
        """A line about the row, and what the row holds afterwards."""
        after, cells = dict(row), {}
        for name in self.names:
            column = f"{name}_id" if name in self.targets else name
            fresh = name in self.changing and self.dice.random() < 0.4
            if not fresh and name not in self.model.entity.natural_key and self.dice.random() < 0.3:
                continue
            if fresh:
                cells[name], after[column] = self.fresh(name, row[column])
            else:
                cells[name] = self.written(name, row[column])
        return RowLine({name: cell for name, cell in cells.items() if cell != ""}, place), after

    def written(self, name: str, value: Any) -> str:
        if value is None:
            return ""
        if name in self.targets:
            return self.targets[name][value]
        if isinstance(value, bool):
            return self.dice.choice(["是", "yes"] if value else ["否", "no"])
        if isinstance(value, Choice):
            return self.dice.choice([value.words.zh, value.words.en, value.name])
        if isinstance(value, datetime):
            return value.isoformat(" ", self.dice.choice(["seconds", "microseconds"]))
        return "、".join(value) if isinstance(value, list) else str(value)

    def fresh(self, name: str, before: Any) -> tuple[str, Any]:
        column = self.model._meta.fields_map[name]
        kind = getattr(column, "enum_type", None)
        if kind is not None:
            chosen: Enum = self.dice.choice(list(kind))
            return self.written(name, chosen), chosen
        if name in self.targets:
            if column.null and self.dice.random() < 0.3:
                return "(清空)", None
            row_id = self.dice.choice(sorted(self.targets[name]))
            return self.targets[name][row_id], row_id
        if isinstance(column, fields.BooleanField):
            value = self.dice.random() < 0.5
            return self.written(name, value), value
        if isinstance(column, fields.IntField):
            number = self.dice.randint(1, 999)
            return str(number), number
        if column.default == "" and self.dice.random() < 0.3:
            return "(empty)", ""
        text = WORDS.get(name) if self.model is User else None
        fitting = [each for each in TEXTS if len(each) <= (getattr(column, "max_length", None) or 99)]
        return self.meaning(name, text or self.dice.choice(fitting), before)

    def meaning(self, name: str, text: str, before: str) -> tuple[str, str]:
        """What a text becomes: clean, unless it is what stood there in other letters."""
        clean = text.strip() if name.startswith("instruction") else CLEANED.get(text, text)
        if (self.model, name) == (Student, "phone"):
            clean = clean.replace(" ", "")
        alike: Callable[[str], str] = lambda each: CLEANED.get(each, each).replace(" ", "")  # noqa: E731  # used once
        return text, before if alike(clean) == alike(before) else clean


CLEANED = {"一层（南区）": "一层(南区)", "  two  words ": "two words"}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", OBJECTS)
async def test_a_list_does_what_it_says_and_undo_puts_it_back(database, model, seed):
    uni, writer = await some_rows(), Writer(model, random.Random(f"{model.__name__} {seed}"))
    await writer.look_up()
    before = await held(model)
    expected, lines = {}, []
    for place, (row_id, row) in enumerate(before.items(), 2):
        line, expected[row_id] = writer.line(row, place)
        lines.append(line)
    writer.dice.shuffle(lines)
    shown = await import_rows(uni.actor, model, lines, reach=whole(model), dry_run=True)
    assert [row.refusal for row in shown.rows if row.refusal] == []
    assert await held(model) == before
    done = await apply_import(uni.actor, model, shown.operation_id, reach=whole(model))
    after = await held(model)
    assert after == expected
    changed = {row_id for row_id in before if before[row_id] != expected[row_id]}
    assert {row.object_id for row in done.rows if row.outcome.name == "APPLIED"} == changed
    assert await Event.filter(object=model.__name__).count() == len(changed)
    again = await import_rows(uni.actor, model, lines, reach=whole(model))
    assert {row.outcome.name for row in again.rows} == {"UNCHANGED"}
    undone = await undo_import(uni.actor, model, shown.operation_id, reach=whole(model))
    kept = {name for name in model._meta.db_fields if not shown_never(model, name)}
    assert {key: _only(row, kept) for key, row in (await held(model)).items()} == {
        key: _only(row, kept) for key, row in before.items()
    }
    assert {row.refusal.facts["problem"] for row in undone.rows if row.refusal} <= {"NOT_KEPT"}


def _only(row: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in names}
