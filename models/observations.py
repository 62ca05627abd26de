"""What other systems said about a student and an item, kept even when the clearance did not change (B6)."""

from __future__ import annotations

from typing import ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyRelation

from models.base import Row
from models.declare import Entity, Words, label
from models.people import Student
from models.season import Item


class SyncObservation(Row):
    """数据同步: the newest word of one source; late and repeated deliveries are harmless."""

    source = label(fields.CharField(32), "数据来源", "Source", writable=False)
    item: ForeignKeyRelation[Item] = label(
        fields.ForeignKeyField("models.Item", related_name="observations", on_delete=fields.RESTRICT),
        "环节",
        "Item",
        writable=False,
    )
    student: ForeignKeyRelation[Student] = label(
        fields.ForeignKeyField("models.Student", related_name="observations", on_delete=fields.RESTRICT),
        "学生",
        "Student",
        writable=False,
    )
    settled = label(fields.BooleanField(), "对方认定已办结", "Settled there", writable=False)
    observed_at = label(fields.DatetimeField(), "核对时间", "Observed at", writable=False)
    value = label(fields.CharField(255, default=""), "说明", "Value", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("同步记录", "Observation"),
        Words("同步记录", "Observations"),
        natural_key=("source", "item", "student"),
        list_columns=("source", "item", "student", "settled", "observed_at"),
        order=("-id",),
        label_fields=("source", "item"),
    )

    class Meta:
        table = "sync_observation"
        unique_together = (("source", "item", "student"),)
        indexes = (("item",), ("student",))
