"""SQLite only: puts back the indexes and unique keys that Tortoise's table rebuild loses without a word.

To change one column it creates a new table from the columns alone, copies the rows and drops the old table; every index
and every key over several columns goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.migrations.schema_editor import SqliteSchemaEditor
from tortoise.models import Model

from models import database

Columns = tuple[str, ...]


async def restore(models: list[type[Model]], editor: SqliteSchemaEditor) -> list[str]:
    """Makes what the models declare and the database lacks; gives `table(column, …)` for each."""
    restored: list[str] = []
    for model in models:
        keys, indexes = await _present(model._meta.db_table)
        for columns in sorted(set(_declared_keys(model)) - keys):
            await editor.add_constraint(model, UniqueConstraint(fields=columns))
            restored.append(f"{model._meta.db_table}({', '.join(columns)})")
        for columns in sorted(set(_declared_indexes(model)) - indexes - keys):
            await editor.add_index(model, Index(fields=columns))
            restored.append(f"{model._meta.db_table}({', '.join(columns)})")
    return restored


async def _present(table: str) -> tuple[set[Columns], set[Columns]]:
    """The columns of the table's unique keys and of its other indexes, partial ones left out."""
    rows = await database.fetch(
        'SELECT i.name, i."unique", c.name FROM pragma_index_list(?1) AS i, pragma_index_info(i.name) AS c'
        " WHERE i.partial = 0 ORDER BY i.name, c.seqno",
        [table],
    )
    columns: dict[tuple[str, bool], list[str]] = {}
    for index, unique, column in rows:
        columns.setdefault((index, bool(unique)), []).append(column)
    keys = {tuple(names) for (_, unique), names in columns.items() if unique}
    return keys, {tuple(names) for (_, unique), names in columns.items() if not unique}


def _declared_keys(model: type[Model]) -> Iterator[Columns]:
    for group in model._meta.unique_together:
        yield columns_of(model, group)
    for name, column in model._meta.fields_db_projection.items():
        field = model._meta.fields_map[name]
        if field.unique and not field.pk:
            yield (column,)


def _declared_indexes(model: type[Model]) -> Iterator[Columns]:
    for index in model._meta.indexes:
        yield columns_of(model, index)
    for name, column in model._meta.fields_db_projection.items():
        field = model._meta.fields_map[name]
        if field.index and not field.pk and not field.unique:
            yield (column,)


def columns_of(model: type[Model], declared: Index | Columns) -> Columns:
    """Database columns of a declared key or index: a relation is declared by its name and stored in `<name>_id`."""
    names = declared.fields if isinstance(declared, Index) else declared
    projection = model._meta.fields_db_projection
    return tuple(projection.get(name) or projection.get(f"{name}_id") or name for name in names)
