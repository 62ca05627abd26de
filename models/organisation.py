"""The units of the university: colleges, departments, dormitory buildings. What anything refers to is never deleted."""

from __future__ import annotations

from typing import ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation

from models.base import Row, choice
from models.declare import Entity, Words, label
from models.enums import Gender


class College(Row):
    """学院: owns its students; handles its items and, last, the FINAL item."""

    code = label(fields.CharField(16, unique=True), "学院代码", "College code", fixed=True)
    name = label(fields.CharField(64), "学院名称", "College name")
    name_en = label(fields.CharField(128, default=""), "英文名称", "English name")
    office_place = label(fields.CharField(128, default=""), "学生工作办公室地点", "Student office")
    office_phone = label(fields.CharField(32, default=""), "学生工作办公室电话", "Student office phone")
    secretary_phone = label(fields.CharField(32, default=""), "研究生秘书电话", "Graduate secretary phone")
    certificate_place = label(fields.CharField(128, default=""), "证书领取地点", "Certificate desk")
    certificate_phone = label(fields.CharField(32, default=""), "证书领取电话", "Certificate desk phone")
    active = label(fields.BooleanField(default=True), "在用", "Active")

    entity: ClassVar[Entity] = Entity(
        Words("学院", "College"),
        Words("学院", "Colleges"),
        natural_key=("code",),
        list_columns=("code", "name", "office_place", "office_phone"),
        search=("code", "name"),
        order=("code",),
        label_fields=("name",),
        plain_editing=("create", "update", "delete"),
    )

    class Meta:
        table = "college"


class Department(Row):
    """职能部门: owns items; says where, when and by which phone they are cleared."""

    code = label(fields.CharField(16, unique=True), "部门代码", "Department code", fixed=True)
    name = label(fields.CharField(64), "部门名称", "Department name")
    name_en = label(fields.CharField(128, default=""), "英文名称", "English name")
    place = label(fields.CharField(128, default=""), "办理地点", "Place")
    phone = label(fields.CharField(32, default=""), "咨询电话", "Phone")
    hours = label(fields.CharField(128, default=""), "办理时间", "Hours")
    active = label(fields.BooleanField(default=True), "在用", "Active")
    successor: ForeignKeyNullableRelation[Department] = label(
        fields.ForeignKeyField("models.Department", related_name="predecessors", null=True, on_delete=fields.RESTRICT),
        "职能承接部门",
        "Successor",
    )

    entity: ClassVar[Entity] = Entity(
        Words("职能部门", "Department"),
        Words("职能部门", "Departments"),
        natural_key=("code",),
        list_columns=("code", "name", "place", "phone", "hours", "active"),
        search=("code", "name"),
        order=("code",),
        label_fields=("name",),
        plain_editing=("create", "update", "delete"),
    )

    class Meta:
        table = "department"


class Building(Row):
    """公寓楼: a dormitory building and its duty room."""

    code = label(fields.CharField(16, unique=True), "楼栋代码", "Building code", fixed=True)
    name = label(fields.CharField(64), "公寓楼", "Building name")
    name_en = label(fields.CharField(128, default=""), "英文名称", "English name")
    houses = label(choice(Gender), "入住性别", "Houses")
    beds = label(fields.IntField(default=0), "床位数", "Beds")
    duty_place = label(fields.CharField(128, default=""), "值班室", "Duty room")
    duty_phone = label(fields.CharField(32, default=""), "值班电话", "Duty phone")

    entity: ClassVar[Entity] = Entity(
        Words("公寓楼", "Building"),
        Words("公寓楼", "Buildings"),
        natural_key=("code",),
        list_columns=("code", "name", "houses", "beds", "duty_place"),
        search=("code", "name"),
        order=("code",),
        label_fields=("name",),
        plain_editing=("create", "update", "delete"),
    )

    class Meta:
        table = "building"
