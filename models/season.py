"""One leaving season: the batch, its items and what comes first, each student's sheet and the clearances on it."""

from __future__ import annotations

from typing import ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation, ForeignKeyRelation

from models.accounts import User
from models.base import Row, choice, code
from models.declare import Entity, Words, label
from models.enums import (
    BatchStatus,
    ClearanceStatus,
    DecidedBy,
    HandledBy,
    ItemKind,
    LeaveType,
    Level,
    Reason,
    RequestKind,
    RequestState,
    SheetOrigin,
    SheetState,
)
from models.organisation import Building, College, Department
from models.people import Student


class Batch(Row):
    """离校批次: one leaving season with its window and deadlines."""

    code = label(fields.CharField(16, unique=True), "批次代码", "Batch code", fixed=True)
    name = label(fields.CharField(64), "批次名称", "Batch name")
    name_en = label(fields.CharField(64, default=""), "英文名称", "English name")
    status = label(choice(BatchStatus, default=BatchStatus.PREPARING), "批次状态", "Batch status", writable=False)
    opens_at = label(fields.DatetimeField(null=True), "开始办理", "Opens at")
    closes_at = label(fields.DatetimeField(null=True), "截止办理", "Closes at")
    request_deadline = label(fields.DatetimeField(null=True), "流程项申请截止", "Item request deadline")
    range_limit = label(fields.IntField(default=200), "学号范围上限", "Number range limit")
    accepts_applications = label(fields.BooleanField(default=False), "接受自助申请", "Accepts applications")

    entity: ClassVar[Entity] = Entity(
        Words("离校批次", "Leaving batch"),
        Words("离校批次", "Leaving batches"),
        natural_key=("code",),
        list_columns=("code", "name", "status", "opens_at", "closes_at"),
        search=("code", "name"),
        order=("-code",),
        label_fields=("name",),
        lists=("items",),
        plain_editing=("create", "update", "delete"),
    )

    class Meta:
        table = "batch"


class Item(Row):
    """环节: one thing to clear in one batch. Withdrawn, never deleted. Frozen once the batch is open (invariant 16),
    except instruction and place."""

    batch: ForeignKeyRelation[Batch] = label(
        fields.ForeignKeyField("models.Batch", related_name="items", on_delete=fields.RESTRICT),
        "离校批次",
        "Leaving batch",
        fixed=True,
    )
    code = label(fields.CharField(32), "环节代码", "Item code", fixed=True)
    name = label(fields.CharField(64), "环节", "Item")
    name_en = label(fields.CharField(128, default=""), "英文名称", "English name")
    kind = label(choice(ItemKind, default=ItemKind.NORMAL), "环节性质", "Kind")
    department: ForeignKeyRelation[Department] = label(
        fields.ForeignKeyField("models.Department", related_name="items", on_delete=fields.RESTRICT),
        "主管部门",
        "Owner",
    )
    handled_by = label(choice(HandledBy, default=HandledBy.DEPARTMENT), "办理方", "Handled by")
    ways = label(fields.JSONField[list[str]](default=list), "办理方式", "Ways")
    applies_to = label(
        fields.CharField(255, default="all"),
        "适用对象",
        "Applies to",
        hint=(
            "例:all;level in [M, D];has_loan;not is_international",
            "e.g. all; level in [M, D]; not is_international",
        ),
    )
    instruction = label(fields.TextField(default=""), "办理说明", "How to clear", multiline=True)
    instruction_en = label(fields.TextField(default=""), "办理说明(英文)", "How to clear (English)", multiline=True)
    place = label(fields.CharField(128, default=""), "办理地点", "Place")
    order = label(fields.IntField(default=0), "顺序", "Order")
    withdrawn_at = label(fields.DatetimeField(null=True), "停用时间", "Withdrawn at", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("环节", "Item"),
        Words("环节", "Items"),
        natural_key=("batch", "code"),
        list_columns=("order", "name", "kind", "department", "handled_by", "ways", "applies_to"),
        search=("code", "name"),
        order=("order", "id"),
        label_fields=("name",),
        lists=("prerequisites",),
        plain_editing=("create", "update"),
    )

    class Meta:
        table = "item"
        unique_together = (("batch", "code"),)


class Prerequisite(Row):
    """前置环节: `item` may be passed only while `requires` is settled. `reopen`: a re-opened `requires` re-opens `item`
    too; otherwise the item keeps its state with a flag (B5)."""

    item: ForeignKeyRelation[Item] = label(
        fields.ForeignKeyField("models.Item", related_name="prerequisites", on_delete=fields.RESTRICT),
        "环节",
        "Item",
        fixed=True,
    )
    requires: ForeignKeyRelation[Item] = label(
        fields.ForeignKeyField("models.Item", related_name="dependants", on_delete=fields.RESTRICT),
        "前置环节",
        "Comes first",
        fixed=True,
    )
    reopen = label(fields.BooleanField(default=False), "随之撤销", "Re-opens with it")

    entity: ClassVar[Entity] = Entity(
        Words("前置环节", "Prerequisite"),
        Words("前置环节", "Prerequisites"),
        natural_key=("item", "requires"),
        list_columns=("item", "requires", "reopen"),
        label_fields=("requires",),
        plain_editing=("create", "update", "delete"),
    )

    class Meta:
        table = "prerequisite"
        unique_together = (("item", "requires"),)


class Sheet(Row):
    """离校单: one student's form in one batch, with the season's own copy of college, major, class, level and building.

    The row is the mutex of everything on the sheet. `holder` is the person (the id of the person's first number)
    while the sheet is ACTIVE in a batch that is not archived, else null: its unique index is invariant 1.
    """

    batch: ForeignKeyRelation[Batch] = label(
        fields.ForeignKeyField("models.Batch", related_name="sheets", on_delete=fields.RESTRICT),
        "离校批次",
        "Leaving batch",
        writable=False,
    )
    student: ForeignKeyRelation[Student] = label(
        fields.ForeignKeyField("models.Student", related_name="sheets", on_delete=fields.RESTRICT),
        "学生",
        "Student",
        writable=False,
    )
    leave_type = label(choice(LeaveType, default=LeaveType.GRADUATION), "离校类别", "Leaving type", writable=False)
    state = label(choice(SheetState, default=SheetState.ACTIVE), "离校单状态", "Sheet state", writable=False)
    origin = label(choice(SheetOrigin, default=SheetOrigin.ROSTER), "来源", "Origin", writable=False)
    college: ForeignKeyRelation[College] = label(
        fields.ForeignKeyField("models.College", related_name="sheets", on_delete=fields.RESTRICT),
        "学院",
        "College",
        writable=False,
    )
    major = label(fields.CharField(64, default=""), "专业", "Major", writable=False)
    class_name = label(fields.CharField(64, default=""), "班级", "Class", writable=False)
    level = label(choice(Level), "培养层次", "Level", writable=False)
    building: ForeignKeyNullableRelation[Building] = label(
        fields.ForeignKeyField("models.Building", related_name="sheets", null=True, on_delete=fields.RESTRICT),
        "公寓楼",
        "Building",
        writable=False,
    )
    late_until = label(fields.DatetimeField(null=True), "补办截止", "Late until", writable=False)
    moved_to: ForeignKeyNullableRelation[Sheet] = label(
        fields.ForeignKeyField("models.Sheet", related_name="moved_from", null=True, on_delete=fields.RESTRICT),
        "转入离校单",
        "Moved to",
        writable=False,
    )
    holder = label(fields.IntField(null=True, unique=True), "持有人", "Holder", internal=True)
    verify_token = label(
        fields.CharField(32, unique=True), "验证码", "Verification code", internal=True, sensitive=True
    )

    entity: ClassVar[Entity] = Entity(
        Words("离校单", "Clearance sheet"),
        Words("离校单", "Clearance sheets"),
        natural_key=("batch", "student"),
        list_columns=("student", "college", "major", "class_name", "level", "leave_type", "state"),
        search=("student__student_no", "student__name"),
        order=("id",),
        label_fields=("student", "batch"),
        lists=("clearances", "certificates"),
    )

    class Meta:
        table = "sheet"
        unique_together = (("batch", "student"),)
        indexes = (
            ("batch", "college", "class_name"),
            ("batch", "building"),
            # what the scopes of the policies filter by, with what they look up there
            ("college", "state", "student"),
            ("building", "state"),
            ("batch", "state", "student"),
            ("student",),
            ("state",),
        )


class Clearance(Row):
    """环节办理状态: one item on one sheet. Only three statuses are stored; "blocked" and "overdue" are derived.

    `hold`: 暂缓办理, still red, says what is missing (B16). `prerequisite_reopened`: 前置环节已撤销 since (B5).
    """

    sheet: ForeignKeyRelation[Sheet] = label(
        fields.ForeignKeyField("models.Sheet", related_name="clearances", on_delete=fields.RESTRICT),
        "离校单",
        "Clearance sheet",
        writable=False,
    )
    item: ForeignKeyRelation[Item] = label(
        fields.ForeignKeyField("models.Item", related_name="clearances", on_delete=fields.RESTRICT),
        "环节",
        "Item",
        writable=False,
    )
    status = label(code(ClearanceStatus, default=ClearanceStatus.PENDING), "办理状态", "Status", writable=False)
    note = label(fields.CharField(255, default=""), "办理备注(学生可见)", "Note (the student sees it)", writable=False)
    internal_note = label(fields.CharField(255, default=""), "内部备注", "Internal note", writable=False)
    reason = label(choice(Reason, null=True), "原因", "Reason", writable=False)
    hold = label(fields.CharField(255, default=""), "暂缓原因", "On hold because", writable=False)
    decided_by = label(choice(DecidedBy, default=DecidedBy.RULE), "依据", "Decided by", writable=False)
    decided_at = label(fields.DatetimeField(null=True), "办理时间", "Decided at", writable=False)
    decided_user: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="decisions", null=True, on_delete=fields.RESTRICT),
        "办理人",
        "Decided by (person)",
        writable=False,
    )
    on_behalf_of: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="signed_by_others", null=True, on_delete=fields.RESTRICT),
        "代签",
        "On behalf of",
        writable=False,
    )
    prerequisite_reopened = label(
        fields.BooleanField(default=False), "前置环节已撤销", "Prerequisite re-opened", writable=False
    )

    entity: ClassVar[Entity] = Entity(
        Words("环节办理状态", "Clearance"),
        Words("环节办理状态", "Clearances"),
        natural_key=("sheet", "item"),
        list_columns=("sheet", "item", "status", "note", "decided_at", "decided_user"),
        search=("sheet__student__student_no", "sheet__student__name"),
        order=("id",),
        label_fields=("item", "sheet"),
    )

    class Meta:
        table = "clearance"
        unique_together = (("sheet", "item"),)
        indexes = (("item", "status"), ("decided_user", "decided_at"))


class ItemRequest(Row):
    """流程项申请: a department asks to add, remove or change an item of a batch; the graduation office decides (R11).

    `proposal` holds the item's fields as they should become, by field name.
    """

    batch: ForeignKeyRelation[Batch] = label(
        fields.ForeignKeyField("models.Batch", related_name="requests", on_delete=fields.RESTRICT),
        "离校批次",
        "Leaving batch",
    )
    department: ForeignKeyRelation[Department] = label(
        fields.ForeignKeyField("models.Department", related_name="requests", on_delete=fields.RESTRICT),
        "申请部门",
        "Department",
    )
    kind = label(choice(RequestKind), "申请类型", "Kind")
    item: ForeignKeyNullableRelation[Item] = label(
        fields.ForeignKeyField("models.Item", related_name="requests", null=True, on_delete=fields.RESTRICT),
        "环节",
        "Item",
    )
    proposal = label(fields.JSONField[dict[str, object]](default=dict), "申请内容", "Proposal")
    reason = label(fields.CharField(255), "申请理由", "Why")
    state = label(choice(RequestState, default=RequestState.SUBMITTED), "申请状态", "State", writable=False)
    requested_by: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="requests", on_delete=fields.RESTRICT),
        "申请人",
        "Requested by",
        writable=False,
    )
    decided_user: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="decided_requests", null=True, on_delete=fields.RESTRICT),
        "审批人",
        "Decided by",
        writable=False,
    )
    decided_at = label(fields.DatetimeField(null=True), "审批时间", "Decided at", writable=False)
    decision_reason = label(fields.CharField(255, default=""), "审批意见", "Reason of the decision", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("流程项申请", "Item request"),
        Words("流程项申请", "Item requests"),
        list_columns=("batch", "department", "kind", "item", "reason", "state", "decided_at"),
        order=("-id",),
        label_fields=("kind", "department"),
    )

    class Meta:
        table = "item_request"
