"""The GraphQL documents that an administrator has stored, so that a program may ask them by their hash."""

from __future__ import annotations

from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from models.declare import Entity, Words


class StoredDocument(Model):
    """`sha256`: of the text in UTF-8, in hexadecimal; it is what a request names, so a stored text never changes.
    `name`: where it came from, for whoever reads the list."""

    id = fields.IntField(primary_key=True)
    sha256 = fields.CharField(64, unique=True)
    name = fields.CharField(128)
    text = fields.TextField()
    stored_at = fields.DatetimeField(auto_now_add=True)

    entity: ClassVar[Entity] = Entity(
        Words("已登记的查询", "Stored document"), Words("已登记的查询", "Stored documents"), exposed=False
    )

    class Meta:
        table = "stored_document"
