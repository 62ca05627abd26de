"""Accounts, their roles with units, tokens and sessions. What a role may do is not here but in the policy table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation, ForeignKeyRelation
from tortoise.models import Model

from models.base import Row
from models.declare import Entity, Words, label

if TYPE_CHECKING:
    from models.organisation import Building, College, Department
    from models.season import Batch


class User(Row):
    """账号: a person or a campus app that may sign in. Never deleted; somebody who left is not `active`."""

    username = label(fields.CharField(64, unique=True), "用户名", "Username")
    name = label(fields.CharField(128), "姓名", "Name")
    password_hash = label(fields.CharField(256, null=True), "密码", "Password", internal=True, sensitive=True)
    email = label(fields.CharField(128, default=""), "邮箱", "E-mail", sensitive=True)
    phone = label(fields.CharField(32, default=""), "联系电话", "Phone", sensitive=True)
    active = label(fields.BooleanField(default=True), "启用", "Active")
    last_sign_in_at = label(fields.DatetimeField(null=True), "最近登录", "Last sign-in", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("账号", "Account"),
        Words("账号", "Accounts"),
        natural_key=("username",),
        list_columns=("username", "name", "active", "last_sign_in_at"),
        search=("username", "name"),
        order=("username",),
        label_fields=("name",),
        lists=("assignments", "tokens"),
        plain_editing=("create", "update"),
    )

    class Meta:
        table = "account"  # `user` is a reserved word of PostgreSQL


class RoleAssignment(Row):
    """身份: one role held by one user, with at most one unit; several units are several rows."""

    user: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="assignments", on_delete=fields.RESTRICT), "账号", "Account"
    )
    role = label(fields.CharField(32), "身份", "Role")
    college: ForeignKeyNullableRelation[College] = label(
        fields.ForeignKeyField("models.College", related_name="assignments", null=True, on_delete=fields.RESTRICT),
        "学院",
        "College",
    )
    department: ForeignKeyNullableRelation[Department] = label(
        fields.ForeignKeyField("models.Department", related_name="assignments", null=True, on_delete=fields.RESTRICT),
        "职能部门",
        "Department",
    )
    building: ForeignKeyNullableRelation[Building] = label(
        fields.ForeignKeyField("models.Building", related_name="assignments", null=True, on_delete=fields.RESTRICT),
        "公寓楼",
        "Building",
    )
    valid_from = label(fields.DatetimeField(null=True), "生效时间", "Valid from")
    valid_until = label(fields.DatetimeField(null=True), "失效时间", "Valid until")

    entity: ClassVar[Entity] = Entity(
        Words("身份授予", "Role assignment"),
        Words("身份授予", "Role assignments"),
        list_columns=("user", "role", "college", "department", "building", "valid_until"),
        search=("user__username", "user__name"),
        label_fields=("role",),
        plain_editing=("create", "update", "delete"),
    )

    class Meta:
        table = "role_assignment"
        indexes = (("user",),)


class ApiToken(Row):
    """接口令牌: its right is its role's right, cut down to its items and fields (B13). Only the hash is kept."""

    user: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="tokens", on_delete=fields.RESTRICT), "账号", "Account"
    )
    role = label(fields.CharField(32), "身份", "Role")
    name = label(fields.CharField(64, default=""), "用途", "Purpose")
    prefix = label(fields.CharField(16), "令牌前缀", "Prefix", writable=False)
    token_hash = label(fields.CharField(64, unique=True), "令牌", "Token", internal=True, sensitive=True)
    items = label(fields.JSONField[list[str]](default=list), "限定环节", "Items")
    field_names = label(fields.JSONField[list[str]](default=list), "限定字段", "Fields")
    source = label(fields.CharField(32, default=""), "数据来源", "Source")
    expires_at = label(fields.DatetimeField(null=True), "到期时间", "Expires at")
    last_used_at = label(fields.DatetimeField(null=True), "最近使用", "Last used", writable=False)
    revoked_at = label(fields.DatetimeField(null=True), "吊销时间", "Revoked at", writable=False)

    entity: ClassVar[Entity] = Entity(
        Words("接口令牌", "API token"),
        Words("接口令牌", "API tokens"),
        list_columns=("user", "role", "name", "prefix", "expires_at", "last_used_at", "revoked_at"),
        label_fields=("prefix",),
    )

    class Meta:
        table = "api_token"


class Session(Row):
    """会话: opaque and server-side; the active role and the default batch live here (R3, R12). `place`: a keyed hash of
    the address that it was opened from: whoever signed in there before is not locked out by others' guesses."""

    token_hash = label(fields.CharField(64, unique=True), "会话", "Session", internal=True)
    user: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="sessions", on_delete=fields.RESTRICT), "账号", "Account"
    )
    role = label(fields.CharField(32, default=""), "当前身份", "Acting as")
    batch: ForeignKeyNullableRelation[Batch] = label(
        fields.ForeignKeyField("models.Batch", related_name="sessions", null=True, on_delete=fields.RESTRICT),
        "当前批次",
        "Current batch",
    )
    expires_at = label(fields.DatetimeField(), "到期时间", "Expires at")
    ended_at = label(fields.DatetimeField(null=True), "退出时间", "Ended at")
    place = label(fields.CharField(64, default="", db_default=""), "登录地点", "Place", internal=True)

    entity: ClassVar[Entity] = Entity(Words("会话", "Session"), Words("会话", "Sessions"), exposed=False)

    class Meta:
        table = "session"
        indexes = (("user", "place"),)


class SignInAttempt(Model):
    """A password tried and not yet known to be right: what the throttling of guesses counts, the same for every
    process. `who` is a hash of the username as typed; whoever mistakes a password for a username leaves no trace.
    `place`: from where, as in a session."""

    id = fields.IntField(primary_key=True)
    who = fields.CharField(64, db_index=True)
    at = fields.DatetimeField(db_index=True)
    place = fields.CharField(64, default="", db_default="")

    entity: ClassVar[Entity] = Entity(
        Words("登录尝试", "Sign-in attempt"), Words("登录尝试", "Sign-in attempts"), exposed=False
    )

    class Meta:
        table = "sign_in_attempt"
