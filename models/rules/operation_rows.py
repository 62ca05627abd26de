"""The rows of operations as they were stored, for whoever looks at an operation later; also of dry runs, and of acts
that a refused row stopped. What the reader may see, the caller says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson
from tortoise.expressions import Q
from tortoise.models import Model

from models import database
from models.enums import OperationKind, Outcome, Way
from models.in_list import in_list
from models.people import Student
from models.portable_sql import many
from models.rules.loading import by_value, records
from models.rules.recorded import STORED, outcome_of
from models.rules.results import RowOutcome
from models.rules.selection import is_everything

KIND = by_value(OperationKind)


@dataclass(frozen=True, slots=True)
class Key:
    """Which row, of which operation, about which thing; `object_id` None: about nothing that is there, or that is the
    actor's to touch: then the row says no more than what he asked for."""

    id: int
    operation_id: int
    object: str
    object_id: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """One row as the act answered it. `actor_id` and `role`: whose act it was; `imported`: whether it came in a list
    of clearances."""

    operation_id: int
    kind: OperationKind
    outcome: RowOutcome
    actor_id: int | None = None
    role: str = ""
    imported: bool = False


async def keys_of(operation_ids: Collection[int], outcome: Outcome | None, most: int) -> list[Key]:
    """The rows that were asked for by name, in their order, at most so many of each operation; with `outcome`, those
    that came out so."""
    rows = await database.fetch(KEYS, [many(operation_ids), outcome.value if outcome is not None else None, most])
    return [Key(*row) for row in rows]


KEYS = """
SELECT id, operation_id, object, object_id FROM (
    SELECT id, operation_id, object, CASE WHEN refusal <> 'FORBIDDEN' THEN object_id END AS object_id,
        row_number() OVER (PARTITION BY operation_id ORDER BY id) AS place
    FROM operation_row
    WHERE operation_id IN LIST(?1) AND NOT cascaded AND (CAST(?2 AS VARCHAR(32)) IS NULL OR outcome = ?2)
) AS numbered
WHERE place <= ?3 ORDER BY operation_id, id
"""


async def actors_of(operation_ids: Collection[int]) -> dict[int, int | None]:
    """Who did it, by operation."""
    rows = await database.fetch("SELECT id, actor_id FROM operation WHERE id IN LIST(?1)", [many(operation_ids)])
    return {int(operation_id): actor_id for operation_id, actor_id in rows}


async def progress_of(operation_ids: Collection[int]) -> dict[int, int]:
    """How far each is, in percent, as it is recorded."""
    rows = await database.fetch("SELECT id, progress FROM operation WHERE id IN LIST(?1)", [many(operation_ids)])
    return {int(operation_id): int(percent) for operation_id, percent in rows}


async def among(model: type[Model], rows: Q, ids: Collection[int]) -> set[int]:
    """Which of these rows the filter reaches; not asked where it reaches all."""
    if is_everything(rows) or not ids:
        return set(ids)
    return set(await model.filter(Q(id__in=in_list(ids)) & rows).values_list("id", flat=True))  # type: ignore[arg-type]  # flat


async def numbers_among(rows: Q, numbers: Collection[str]) -> set[str]:
    """Which of these student numbers the filter reaches; not asked where it reaches all."""
    if is_everything(rows) or not numbers:
        return set(numbers)
    found = Student.filter(Q(student_no__in=in_list(numbers, texts=True)) & rows)
    return set(await found.values_list("student_no", flat=True))  # type: ignore[arg-type]  # flat


async def load(keys: Sequence[Key]) -> list[Stored]:
    """These rows, in their order."""
    rows = await records(ROWS, [many(key.id for key in keys)])
    return [
        Stored(
            row["operation_id"],
            KIND[row["kind"]],
            outcome_of(row),
            row["actor_id"],
            row["role"],
            orjson.loads(row["parameters"]).get("way") == Way.IMPORT.value,
        )
        for row in rows
    ]


ROWS = f"""
SELECT stored.*, operation.kind, operation.actor_id, operation.role, operation.parameters
FROM ({STORED} WHERE operation_row.id IN LIST(?1)) AS stored
JOIN operation ON operation.id = stored.operation_id ORDER BY operation_id, stored.id
"""
