"""Every version of the policy table, which one is in force, and what is being written; what the rows mean is the
business of `policies`."""

from __future__ import annotations

from typing import ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation, ForeignKeyRelation
from tortoise.models import Model

from models.accounts import User
from models.base import Row
from models.declare import Entity, Words, label


class PolicyHead(Model):
    """The one row that says which version is in force; publishing is a compare-and-swap on it."""

    id = fields.IntField(primary_key=True)
    number = fields.IntField()

    entity: ClassVar[Entity] = Entity(
        Words("权限版本指针", "Policy head"), Words("权限版本指针", "Policy head"), exposed=False
    )

    class Meta:
        table = "policy_head"


class PolicyVersion(Row):
    """One published table: `body` is canonical JSON, `sha256` its checksum."""

    number = label(fields.IntField(unique=True), "版本号", "Number", writable=False)
    parent = label(fields.IntField(null=True), "上一版本", "Parent", writable=False)
    author: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="policy_versions", null=True, on_delete=fields.RESTRICT),
        "发布人",
        "Author",
        writable=False,
    )
    comment = label(fields.CharField(255, default=""), "说明", "Comment", writable=False)
    body = label(fields.TextField(), "权限表", "Table", internal=True)
    sha256 = label(fields.CharField(64), "校验和", "Checksum", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("权限版本", "Policy version"),
        Words("权限版本", "Policy versions"),
        natural_key=("number",),
        list_columns=("number", "author", "comment", "created_at"),
        order=("-number",),
        label_fields=("number",),
    )

    class Meta:
        table = "policy_version"


class PolicyDraft(Row):
    """The next table as one administrator is writing it: `base` is the version it began from."""

    author: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="policy_drafts", unique=True, on_delete=fields.RESTRICT),
        "编写人",
        "Author",
    )
    base = label(fields.IntField(), "依据版本", "Based on")
    comment = label(fields.CharField(255, default=""), "说明", "Comment")
    body = label(fields.TextField(), "权限表", "Table", internal=True)

    entity: ClassVar[Entity] = Entity(
        Words("权限草稿", "Policy draft"), Words("权限草稿", "Policy drafts"), exposed=False
    )

    class Meta:
        table = "policy_draft"
