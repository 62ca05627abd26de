"""Files that come in and go out: uploaded to be imported, or made here to be fetched; kept for a day, in pieces."""

from __future__ import annotations

from typing import Any, ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation, ForeignKeyRelation
from tortoise.models import Model

from models.accounts import ApiToken, User
from models.base import Row, choice
from models.declare import Entity, Words, label
from models.enums import FileState


class File(Row):
    """文件: its owner's alone, in the role that made it; what a token made, that token's and its owner's.

    A file that is WAITING or MAKING belongs to one process (`worker`) until `leased_until`; a lease that has lapsed
    means that the process is gone. `problem` and `facts`: why it FAILED, as a refusal has them. `size` is that of the
    pieces there are, also while it grows.
    """

    owner: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="files", on_delete=fields.RESTRICT), "所有人", "Owner"
    )
    role = label(fields.CharField(32), "身份", "Role")
    token: ForeignKeyNullableRelation[ApiToken] = label(
        fields.ForeignKeyField("models.ApiToken", related_name="files", null=True, on_delete=fields.RESTRICT),
        "接口令牌",
        "Token",
    )
    name = label(fields.CharField(200), "文件名", "Name")
    media_type = label(fields.CharField(100), "类型", "Media type")
    size = label(fields.BigIntField(default=0), "大小(字节)", "Size in bytes")
    sha256 = label(fields.CharField(64, default=""), "校验和", "Checksum")
    rows = label(fields.IntField(null=True), "行数", "Rows")
    state = label(choice(FileState), "文件状态", "State of a file")
    progress = label(fields.SmallIntField(default=0), "进度", "Progress")
    problem = label(fields.CharField(64, default=""), "问题", "Problem")
    facts = label(fields.JSONField[dict[str, Any]](default=dict), "事实", "Facts")
    worker = label(fields.CharField(64, default=""), "进程", "Process", internal=True)
    leased_until = label(fields.DatetimeField(null=True), "占用至", "Leased until", internal=True)
    expires_at = label(fields.DatetimeField(), "保留至", "Kept until")

    entity: ClassVar[Entity] = Entity(Words("文件", "File"), Words("文件", "Files"), exposed=False)

    class Meta:
        table = "file"
        indexes = (("owner", "created_at"), ("expires_at",))


class FilePiece(Model):
    """A part of a file's content, numbered from 0: nothing big is ever one value."""

    id = fields.IntField(primary_key=True)
    file: ForeignKeyRelation[File] = fields.ForeignKeyField(
        "models.File", related_name="pieces", on_delete=fields.RESTRICT
    )
    number = fields.IntField()
    content = fields.BinaryField()

    entity: ClassVar[Entity] = Entity(Words("文件内容", "File piece"), Words("文件内容", "File pieces"), exposed=False)

    class Meta:
        table = "file_piece"
        unique_together = (("file", "number"),)
