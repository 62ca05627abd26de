"""Certificates: being entitled to one means having an EXPECTED row, which comes from the registrar's list only."""

from __future__ import annotations

from typing import ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation, ForeignKeyRelation

from models.accounts import User
from models.base import Row, choice
from models.declare import Entity, Words, label
from models.enums import CertificateKind, CertificateStatus, Collection
from models.season import Sheet


class Certificate(Row):
    """证书: numbers are imported and checked, never invented. At most one per sheet and kind is not VOID (a partial
    index, see `models.extra_objects`)."""

    sheet: ForeignKeyRelation[Sheet] = label(
        fields.ForeignKeyField("models.Sheet", related_name="certificates", on_delete=fields.RESTRICT),
        "离校单",
        "Clearance sheet",
        writable=False,
    )
    kind = label(choice(CertificateKind), "证书种类", "Certificate kind", writable=False)
    number = label(fields.CharField(32, null=True), "证书编号", "Certificate number", writable=False)
    status = label(
        choice(CertificateStatus, default=CertificateStatus.EXPECTED), "证书状态", "Certificate status", writable=False
    )
    printed_at = label(fields.DatetimeField(null=True), "制证时间", "Printed at", writable=False)
    issued_at = label(fields.DatetimeField(null=True), "发放时间", "Issued at", writable=False)
    issued_user: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="issued_certificates", null=True, on_delete=fields.RESTRICT),
        "发证人",
        "Issued by",
        writable=False,
    )
    collection = label(choice(Collection, null=True), "领取方式", "Collected", writable=False)
    collector_name = label(fields.CharField(64, default=""), "代领人", "Collector", writable=False, sensitive=True)
    collector_id_last4 = label(
        fields.CharField(4, default=""), "代领人证件后四位", "Collector's ID, last four", writable=False, sensitive=True
    )
    collector_relation = label(fields.CharField(32, default=""), "与学生关系", "Relation", writable=False)
    letter_checked = label(
        fields.BooleanField(default=False), "已核验委托书", "Letter of authority checked", writable=False
    )
    wrong_recipient = label(
        fields.BooleanField(default=False), "错领待收回", "Handed to the wrong person", writable=False
    )
    void_reason = label(fields.CharField(255, default=""), "作废原因", "Void because", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("证书", "Certificate"),
        Words("证书", "Certificates"),
        list_columns=("sheet", "kind", "number", "status", "issued_at", "issued_user"),
        search=("number", "sheet__student__student_no", "sheet__student__name"),
        order=("id",),
        label_fields=("kind", "number"),
    )

    class Meta:
        table = "certificate"
        unique_together = (("kind", "number"),)
        indexes = (("sheet", "kind"), ("status", "kind"))
