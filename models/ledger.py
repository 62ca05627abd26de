"""What was done: operations with their rows, the append-only events, the counters kept with them, keys applied once."""

from __future__ import annotations

from typing import Any, ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation, ForeignKeyRelation
from tortoise.models import Model

from models.accounts import User
from models.base import Row, choice, code
from models.declare import Entity, Words, label
from models.enums import (
    Cause,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    OperationKind,
    OperationState,
    Outcome,
)
from models.organisation import Building, College
from models.season import Batch, Item, Sheet


class Operation(Row):
    """操作: one human or machine act. `parameters` is what was asked for, `selector` on whom; neither holds personal
    data beyond student numbers."""

    kind = label(choice(OperationKind), "操作", "Operation", writable=False)
    state = label(choice(OperationState, default=OperationState.RUNNING), "操作状态", "State", writable=False)
    actor: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="operations", null=True, on_delete=fields.RESTRICT),
        "操作人",
        "Actor",
        writable=False,
    )
    role = label(fields.CharField(32, default=""), "操作身份", "Acting as", writable=False)
    batch: ForeignKeyNullableRelation[Batch] = label(
        fields.ForeignKeyField("models.Batch", related_name="operations", null=True, on_delete=fields.RESTRICT),
        "离校批次",
        "Leaving batch",
        writable=False,
    )
    item: ForeignKeyNullableRelation[Item] = label(
        fields.ForeignKeyField("models.Item", related_name="operations", null=True, on_delete=fields.RESTRICT),
        "环节",
        "Item",
        writable=False,
    )
    selector = label(fields.JSONField[dict[str, Any]](default=dict), "选择方式", "Selection", writable=False)
    parameters = label(fields.JSONField[dict[str, Any]](default=dict), "操作内容", "Parameters", writable=False)
    applied = label(fields.IntField(default=0), "已办理", "Applied", writable=False)
    unchanged = label(fields.IntField(default=0), "无变化", "Unchanged", writable=False)
    refused = label(fields.IntField(default=0), "不能办理", "Refused", writable=False)
    progress = label(fields.IntField(default=0), "进度", "Progress", writable=False)
    undo_of: ForeignKeyNullableRelation[Operation] = label(
        fields.ForeignKeyField("models.Operation", related_name="undone_by", null=True, on_delete=fields.RESTRICT),
        "撤回的操作",
        "Undoes",
        writable=False,
    )
    finished_at = label(fields.DatetimeField(null=True), "完成时间", "Finished at", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("操作记录", "Operation"),
        Words("操作记录", "Operations"),
        list_columns=("created_at", "kind", "actor", "role", "item", "applied", "unchanged", "refused", "state"),
        order=("-id",),
        label_fields=("kind", "item"),
    )

    class Meta:
        table = "operation"
        indexes = (("actor", "id"), ("item", "id"))


class OperationRow(Model):
    """One row of an operation: the frozen set of a dry run, and what undo needs (`version_after`)."""

    id = fields.IntField(primary_key=True)
    operation: ForeignKeyRelation[Operation] = label(
        fields.ForeignKeyField("models.Operation", related_name="rows", on_delete=fields.RESTRICT), "操作", "Operation"
    )
    sheet: ForeignKeyNullableRelation[Sheet] = label(
        fields.ForeignKeyField("models.Sheet", related_name="operation_rows", null=True, on_delete=fields.RESTRICT),
        "离校单",
        "Clearance sheet",
    )
    object = label(fields.CharField(32), "对象", "Object")
    object_id = label(fields.IntField(null=True), "对象编号", "Object id")
    student_no = label(fields.CharField(32, default=""), "学号", "Student no.")
    before = label(fields.JSONField[dict[str, Any]](null=True), "原值", "Before")
    after = label(fields.JSONField[dict[str, Any]](null=True), "新值", "After")
    version_after = label(fields.IntField(null=True), "之后版本", "Version after")
    cascaded = label(fields.BooleanField(default=False), "级联", "Cascaded")
    outcome = label(choice(Outcome), "结果", "Outcome")
    refusal = label(fields.CharField(32, default=""), "原因代码", "Refusal")
    facts = label(fields.JSONField[dict[str, Any]](null=True), "说明", "Facts")

    entity: ClassVar[Entity] = Entity(
        Words("操作明细", "Operation row"), Words("操作明细", "Operation rows"), exposed=False
    )

    class Meta:
        table = "operation_row"
        indexes = (("operation", "outcome"), ("object", "object_id"))


class Event(Model):
    """变更记录: append-only, exactly one per effective change, in the same transaction (B10). Holds no personal data:
    `changed` names the columns, `before` and `after` only a status. `id` is the feed's sequence, see
    `models.rules.event_feed`; `xid` is PostgreSQL's transaction id."""

    id = label(fields.BigIntField(primary_key=True), "序号", "Sequence")
    operation: ForeignKeyRelation[Operation] = label(
        fields.ForeignKeyField("models.Operation", related_name="events", on_delete=fields.RESTRICT),
        "操作",
        "Operation",
    )
    object = label(fields.CharField(32), "对象", "Object")
    object_id = label(fields.IntField(), "对象编号", "Object id")
    sheet: ForeignKeyNullableRelation[Sheet] = label(
        fields.ForeignKeyField("models.Sheet", related_name="events", null=True, on_delete=fields.RESTRICT),
        "离校单",
        "Clearance sheet",
    )
    item: ForeignKeyNullableRelation[Item] = label(
        fields.ForeignKeyField("models.Item", related_name="events", null=True, on_delete=fields.RESTRICT),
        "环节",
        "Item",
    )
    changed = label(fields.CharField(128, default="status"), "变更字段", "Changed")
    before = label(fields.CharField(32, null=True), "原状态", "Before")
    after = label(fields.CharField(32, null=True), "新状态", "After")
    cause = label(choice(Cause, default=Cause.ACT), "起因", "Cause")
    actor: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="events", null=True, on_delete=fields.RESTRICT),
        "操作人",
        "Actor",
    )
    role = label(fields.CharField(32, default=""), "操作身份", "Acting as")
    at = label(fields.DatetimeField(), "时间", "At")
    xid = label(fields.BigIntField(null=True), "事务号", "Transaction", internal=True)

    entity: ClassVar[Entity] = Entity(
        Words("变更记录", "Event"),
        Words("变更记录", "Change history"),
        list_columns=("at", "sheet", "item", "before", "after", "cause", "actor", "role"),
        order=("-id",),
        label_fields=("object", "after"),
    )

    class Meta:
        table = "event"
        indexes = (("sheet", "id"), ("operation",), ("actor", "id"), ("item", "id"))


class ItemCollegeCounter(Model):
    """How many clearances of one item stand at one status in one college; changed in the write's own transaction."""

    id = fields.IntField(primary_key=True)
    item: ForeignKeyRelation[Item] = fields.ForeignKeyField(
        "models.Item", related_name=False, on_delete=fields.RESTRICT
    )
    college: ForeignKeyRelation[College] = fields.ForeignKeyField(
        "models.College", related_name=False, on_delete=fields.RESTRICT
    )
    status = code(ClearanceStatus)
    n = fields.IntField()

    entity: ClassVar[Entity] = Entity(Words("学院计数", "Counter"), Words("学院计数", "Counters"), exposed=False)

    class Meta:
        table = "item_college_counter"
        unique_together = (("item", "college", "status"),)


class ItemBuildingCounter(Model):
    """The same by dormitory building; sheets without a building are not counted here."""

    id = fields.IntField(primary_key=True)
    item: ForeignKeyRelation[Item] = fields.ForeignKeyField(
        "models.Item", related_name=False, on_delete=fields.RESTRICT
    )
    building: ForeignKeyRelation[Building] = fields.ForeignKeyField(
        "models.Building", related_name=False, on_delete=fields.RESTRICT
    )
    status = code(ClearanceStatus)
    n = fields.IntField()

    entity: ClassVar[Entity] = Entity(Words("公寓计数", "Counter"), Words("公寓计数", "Counters"), exposed=False)

    class Meta:
        table = "item_building_counter"
        unique_together = (("item", "building", "status"),)


class CertificateCounter(Model):
    """How many certificates of one kind stand at one status in one batch and college."""

    id = fields.IntField(primary_key=True)
    batch: ForeignKeyRelation[Batch] = fields.ForeignKeyField(
        "models.Batch", related_name=False, on_delete=fields.RESTRICT
    )
    college: ForeignKeyRelation[College] = fields.ForeignKeyField(
        "models.College", related_name=False, on_delete=fields.RESTRICT
    )
    kind = choice(CertificateKind)
    status = choice(CertificateStatus)
    n = fields.IntField()

    entity: ClassVar[Entity] = Entity(Words("证书计数", "Counter"), Words("证书计数", "Counters"), exposed=False)

    class Meta:
        table = "certificate_counter"
        unique_together = (("batch", "college", "kind", "status"),)


class IdempotencyKey(Model):
    """A caller's key applies once: the fingerprint of mutation and input, and the answer, stored with the change."""

    id = fields.IntField(primary_key=True)
    caller = fields.CharField(64)
    key = fields.CharField(128)
    fingerprint = fields.CharField(64)
    operation: ForeignKeyNullableRelation[Operation] = fields.ForeignKeyField(
        "models.Operation", related_name=False, null=True, on_delete=fields.RESTRICT
    )
    result = fields.JSONField[dict[str, Any]](null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    entity: ClassVar[Entity] = Entity(
        Words("幂等键", "Idempotency key"), Words("幂等键", "Idempotency keys"), exposed=False
    )

    class Meta:
        table = "idempotency_key"
        unique_together = (("caller", "key"),)
