"""The columns every table shares, and the two field constructors that keep wording out of the migrations."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any, TypeVar

from tortoise import fields
from tortoise.models import Model

from models.declare import label

TextEnum = TypeVar("TextEnum", bound=Enum)
NumberEnum = TypeVar("NumberEnum", bound=IntEnum)


class Row(Model):
    """`version` grows by one with every effective change of this row and with nothing else: forms, `expectedVersion`
    and exported files carry it (B12)."""

    id = label(fields.IntField(primary_key=True), "编号", "Id", writable=False)
    version = label(fields.IntField(default=1, db_default=1), "版本", "Version", writable=False)
    created_at = label(fields.DatetimeField(auto_now_add=True), "创建时间", "Created at", writable=False)
    updated_at = label(fields.DatetimeField(auto_now=True), "更新时间", "Updated at", writable=False)

    class Meta:
        abstract = True


def choice(kind: type[TextEnum], **options: Any) -> Any:
    """A text column holding one member of `kind`. Tortoise would copy the members' names into the column's description,
    and so into the migrations; an empty description keeps a new member from rebuilding the table."""
    return fields.CharEnumField(kind, max_length=32, description="", **options)


def code(kind: type[NumberEnum], **options: Any) -> Any:
    """A small number column holding one member of `kind`."""
    return fields.IntEnumField(kind, description="", **options)
