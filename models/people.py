"""Students and who supervises them. A student is a person under one student number; one person may have two numbers."""

from __future__ import annotations

from typing import ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyNullableRelation, ForeignKeyRelation

from models.accounts import User
from models.base import Row, choice
from models.declare import Entity, Words, label
from models.enums import EnrolmentStatus, Gender, IdType, Level, PoliticalStatus
from models.organisation import Building, College


class Student(Row):
    """学生. Present facts about the person; what held in a season is copied to the sheet.

    `person` is the first number of the same person (null on that first number), recognised by the identity document.
    """

    student_no = label(fields.CharField(32, unique=True), "学号", "Student no.")
    name = label(fields.CharField(128, db_index=True), "姓名", "Name")
    name_latin = label(fields.CharField(128, default=""), "英文姓名", "Latin name")
    id_type = label(choice(IdType, default=IdType.RESIDENT_ID), "证件类型", "ID-document type")
    id_no = label(fields.CharField(32, null=True, db_index=True), "身份证件号", "ID-document no.", sensitive=True)
    id_no_masked = label(
        fields.CharField(32, default=""), "身份证件号(掩码)", "ID-document no. (masked)", writable=False
    )
    phone = label(fields.CharField(32, default=""), "手机号", "Phone", sensitive=True)
    gender = label(choice(Gender), "性别", "Gender")
    level = label(choice(Level), "培养层次", "Level")
    college: ForeignKeyRelation[College] = label(
        fields.ForeignKeyField("models.College", related_name="students", on_delete=fields.RESTRICT), "学院", "College"
    )
    major = label(fields.CharField(64, default=""), "专业", "Major")
    class_name = label(fields.CharField(64, default="", db_index=True), "班级", "Class")
    grade = label(fields.CharField(8, default=""), "年级", "Grade")
    building: ForeignKeyNullableRelation[Building] = label(
        fields.ForeignKeyField("models.Building", related_name="students", null=True, on_delete=fields.RESTRICT),
        "公寓楼",
        "Building",
    )
    room = label(fields.CharField(16, default=""), "寝室", "Room")
    political_status = label(choice(PoliticalStatus, default=PoliticalStatus.MASSES), "政治面貌", "Political status")
    nationality = label(fields.CharField(64, default="中国"), "国籍", "Nationality")
    enrolment_status = label(choice(EnrolmentStatus, default=EnrolmentStatus.REGISTERED), "学籍", "Student status")
    is_resident = label(fields.BooleanField(default=False), "住校", "Resident")
    has_loan = label(fields.BooleanField(default=False), "助学贷款", "Student loan")
    has_advance = label(fields.BooleanField(default=False), "个人借款", "Advance")
    has_medical_debt = label(fields.BooleanField(default=False), "校医院欠款", "Hospital debt")
    has_gown = label(fields.BooleanField(default=False), "领用学位服", "Borrowed academic dress")
    uses_lab = label(fields.BooleanField(default=False), "使用实验室", "Uses a laboratory")
    hukou_at_school = label(fields.BooleanField(default=False), "户口在校", "Household register at the university")
    archive_at_school = label(fields.BooleanField(default=True), "档案在校", "Personal file at the university")
    is_international = label(fields.BooleanField(default=False), "国际学生", "International student")
    user: ForeignKeyNullableRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="students", null=True, on_delete=fields.RESTRICT),
        "登录账号",
        "Account",
        writable=False,
    )
    person: ForeignKeyNullableRelation[Student] = label(
        fields.ForeignKeyField("models.Student", related_name="numbers", null=True, on_delete=fields.RESTRICT),
        "第一学号",
        "First number",
        writable=False,
    )

    entity: ClassVar[Entity] = Entity(
        Words("学生", "Student"),
        Words("学生", "Students"),
        natural_key=("student_no",),
        list_columns=("student_no", "name", "college", "major", "class_name", "level"),
        search=("student_no", "name"),
        order=("student_no",),
        label_fields=("student_no", "name"),
        lists=("sheets", "supervisions", "numbers"),
        plain_editing=("create", "update"),
    )

    class Meta:
        table = "student"
        indexes = (("college",), ("building",), ("user",))  # what the scopes of the policies filter by


class Supervision(Row):
    """导师关系: either of several supervisors may sign (R13)."""

    student: ForeignKeyRelation[Student] = label(
        fields.ForeignKeyField("models.Student", related_name="supervisions", on_delete=fields.RESTRICT),
        "学生",
        "Student",
        fixed=True,
    )
    supervisor: ForeignKeyRelation[User] = label(
        fields.ForeignKeyField("models.User", related_name="supervisions", on_delete=fields.RESTRICT),
        "导师",
        "Supervisor",
        fixed=True,
    )

    entity: ClassVar[Entity] = Entity(
        Words("导师关系", "Supervision"),
        Words("导师关系", "Supervisions"),
        natural_key=("student", "supervisor"),
        list_columns=("student", "supervisor"),
        label_fields=("student", "supervisor"),
        plain_editing=("create", "delete"),
    )

    class Meta:
        table = "supervision"
        unique_together = (("student", "supervisor"),)
        indexes = (("supervisor",),)
