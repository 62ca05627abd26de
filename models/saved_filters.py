"""Questions that people keep: a filter of one object's rows under a name, for themselves or for others (B11)."""

from __future__ import annotations

from typing import Any, ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyRelation

from models.accounts import User
from models.base import Row, choice
from models.declare import Entity, Words, label
from models.enums import Share


class SavedFilter(Row):
    """已存查询: whoever uses it asks under his own rights, never under its owner's. `where` is the GraphQL filter, so
    that any client can use it; `parameters` is what the panel's list adds: search, columns, order. `role`: to whom it
    is shared where `share` says to a role, and empty otherwise."""

    owner: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="saved_filters", on_delete=fields.RESTRICT),
        "保存人",
        "Saved by",
        writable=False,
    )
    object = label(
        fields.CharField(64),
        "对象",
        "Object",
        hint=("接口中的对象名,如 Sheet", "The object's name in the API, such as Sheet"),
        fixed=True,
    )
    name = label(fields.CharField(64), "名称", "Name")
    share = label(choice(Share, default=Share.PRIVATE), "共享范围", "Shared with")
    role = label(fields.CharField(32, default=""), "共享给身份", "Shared with the role", writable=False)
    where = label(
        fields.JSONField[dict[str, Any]](null=True),
        "条件",
        "Conditions",
        hint=("接口的条件,即该对象的 Filter;不超过 16 kB", "The API's filter of that object; at most 16 kB"),
    )
    parameters = label(
        fields.JSONField[dict[str, Any]](default=dict),
        "列表参数",
        "The list's parameters",
        hint=(
            "列表地址中的参数:搜索、显示的列、排序等",
            "What stands in the list's address: search, columns, order and so on",
        ),
    )

    entity: ClassVar[Entity] = Entity(
        Words("已存查询", "Saved filter"),
        Words("已存查询", "Saved filters"),
        list_columns=("name", "object", "share", "role", "owner", "updated_at"),
        search=("name",),
        order=("name",),
        label_fields=("name",),
        plain_editing=("create", "update", "delete"),
    )

    class Meta:
        table = "saved_filter"
        unique_together = (("owner", "object", "name"),)
        indexes = (("object", "share"),)
