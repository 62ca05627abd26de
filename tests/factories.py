"""Makes what tests stand on: a small university, a batch with items, students with sheets. Plain inserts, no verbs.

Every function has defaults and takes the columns it should set otherwise: `await student(has_loan=True)`.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models import (
    Batch,
    Building,
    Certificate,
    Clearance,
    College,
    Department,
    Event,
    Item,
    Operation,
    Prerequisite,
    Sheet,
    Student,
    Supervision,
    User,
)
from models import database as db
from models.enums import (
    BatchStatus,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    Gender,
    HandledBy,
    ItemKind,
    LeaveType,
    Level,
    SheetOrigin,
    SheetState,
    Way,
)
from models.rules import counters
from models.rules.actor import Actor
from models.rules.applicability import Condition, student_facts

NUMBERS = itertools.count(1)
PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus


# --- the university


@dataclass(frozen=True, slots=True)
class University:
    """Two colleges, three departments, two buildings, two people of the desk."""

    college: College
    other_college: College
    library: Department
    finance: Department
    dorms: Department
    building: Building
    other_building: Building
    clerk: User
    colleague: User

    @property
    def actor(self) -> Actor:
        """李敏 of the library."""
        return acting(self.clerk)

    @property
    def other_actor(self) -> Actor:
        """王芳 of the library."""
        return acting(self.colleague)


def acting(who: User, role: str = "operator") -> Actor:
    return Actor(who.id, who.name, role)


async def university() -> University:
    return University(
        college=await college(
            "15",
            "计算机与信息科学学院",
            name_en="School of Computer and Information Science",
            office_place="计算机楼102",
            office_phone="8215",
            secretary_phone="8315",
            certificate_place="计算机楼201",
            certificate_phone="8415",
        ),
        other_college=await college("02", "文学院", office_place="文学楼101", office_phone="8202"),
        library=await department("TSG", "图书馆", name_en="Library", place="一层服务台", phone="8105"),
        finance=await department("CWC", "财务处", name_en="Finance", place="行政楼105", phone="8106"),
        dorms=await department("GYZX", "学生公寓管理中心", name_en="Dormitory centre", place="竹园1舍", phone="8107"),
        building=await building("BAMBOO3", "竹园3舍"),
        other_building=await building("PINE1", "松园1舍"),
        clerk=await user("limin", "李敏"),
        colleague=await user("wangfang", "王芳"),
    )


async def college(code: str | None = None, name: str = "学院", **columns: Any) -> College:
    return await College.create(code=code or f"C{next(NUMBERS)}", name=name, **columns)


async def department(code: str | None = None, name: str = "部门", **columns: Any) -> Department:
    return await Department.create(code=code or f"D{next(NUMBERS)}", name=name, **columns)


async def building(code: str | None = None, name: str = "公寓", **columns: Any) -> Building:
    return await Building.create(code=code or f"B{next(NUMBERS)}", name=name, **{"houses": Gender.M, **columns})


async def user(username: str | None = None, name: str = "某人", **columns: Any) -> User:
    return await User.create(username=username or f"user{next(NUMBERS)}", name=name, **columns)


# --- a season


async def batch(code: str = "2026-06", *, status: BatchStatus = BatchStatus.OPEN, **columns: Any) -> Batch:
    return await Batch.create(code=code, name=columns.pop("name", f"{code}批次"), status=status, **columns)


async def item(of: Batch, code: str, owner: Department | None = None, **columns: Any) -> Item:
    """A required item of a department, which may be passed in every way. `after`: codes that come first; `reopens`:
    codes that come first and re-open this one."""
    after, reopens = columns.pop("after", ()), columns.pop("reopens", ())
    columns = {
        "name": code,
        "ways": [way.value for way in Way],
        "order": next(NUMBERS),
        "department": owner or await _any_department(),
        **columns,
    }
    made = await Item.create(batch=of, code=code, **columns)
    for first in [*after, *reopens]:
        required = await Item.get(batch=of, code=first)
        await Prerequisite.create(item=made, requires=required, reopen=first in reopens)
    return made


async def _any_department() -> Department:
    return await Department.all().order_by("id").first() or await department()


@dataclass(frozen=True, slots=True)
class SeasonOf:
    """A batch and its items by code."""

    batch: Batch
    items: Mapping[str, Item]

    def __getitem__(self, code: str) -> Item:
        return self.items[code]


async def season(of: University, code: str = "2026-06", **columns: Any) -> SeasonOf:
    """BOOKS, DORM and FEES, then CARD after BOOKS and DORM, the supervisors' SIGN, the college's PARTY, the optional
    CAREER, the hint NET, and FINAL."""
    made = await batch(code, **columns)
    library, finance, dorms = of.library, of.finance, of.dorms
    items = [
        await item(made, "BOOKS", library, name="图书清还", name_en="Library books"),
        await item(made, "DORM", dorms, name="公寓退宿", applies_to="is_resident", place="竹园3舍值班室"),
        await item(made, "FEES", finance, name="学费结清", ways=[Way.SYNC.value]),
        await item(made, "CARD", finance, name="校园卡注销", after=["BOOKS", "DORM"]),
        await item(made, "SIGN", library, name="导师签字", handled_by=HandledBy.SUPERVISOR, applies_to="level == M"),
        await item(
            made,
            "PARTY",
            library,
            name="组织关系转移",
            handled_by=HandledBy.COLLEGE,
            applies_to="political_status in [中共党员, 中共预备党员]",
        ),
        await item(made, "CAREER", finance, name="毕业去向登记", kind=ItemKind.OPTIONAL),
        await item(made, "NET", finance, name="网络账号", kind=ItemKind.INFO, ways=[]),
        await item(made, "FINAL", library, name="院系离校", kind=ItemKind.FINAL, handled_by=HandledBy.COLLEGE),
    ]
    return SeasonOf(made, {each.code: each for each in items})


# --- people and their sheets


async def student(number: str | None = None, **columns: Any) -> Student:
    columns = {"name": "张三", "gender": Gender.M, "level": Level.UG, "is_resident": True, **columns}
    if "college" not in columns and "college_id" not in columns:
        columns["college"] = await College.all().order_by("id").first() or await college()
    return await Student.create(student_no=number or f"2022{next(NUMBERS):07}", **columns)


async def supervise(who: Student, *supervisors: User) -> None:
    for each in supervisors:
        await Supervision.create(student=who, supervisor=each)


async def sheet(
    of: Batch,
    who: Student | None = None,
    *,
    statuses: Mapping[str, ClearanceStatus] | None = None,
    settled: bool = False,
    **columns: Any,
) -> Sheet:
    """One sheet with its clearances, counted. `statuses` by item code; the others are born by their rule, or with
    `settled` all CLEARED."""
    who = who or await student()
    [made] = await sheets(of, [who], statuses=statuses, settled=settled, **columns)
    return made


async def sheets(
    of: Batch,
    people: Sequence[Student],
    *,
    statuses: Mapping[str, ClearanceStatus] | None = None,
    settled: bool = False,
    **columns: Any,
) -> list[Sheet]:
    """A sheet for each of these students, as `sheet` makes it."""
    made = [await Sheet.create(**{**_copies(of, who), **columns}) for who in people]
    items = [each for each in await Item.filter(batch=of, withdrawn_at=None).order_by("id") if each.kind.has_state]
    facts = {who.id: {name: getattr(who, name) for name in student_facts()} for who in people}
    await Clearance.bulk_create(
        Clearance(
            sheet_id=each.id,
            item_id=one.id,
            status=(statuses or {}).get(one.code)
            or (CLEARED if settled else _born(one, {**facts[who.id], "leave_type": each.leave_type})),
        )
        for each, who in zip(made, people, strict=True)
        for one in items
    )
    await counters.count_sheets([each.id for each in made if each.state is SheetState.ACTIVE], sign=1)
    return made


def _copies(of: Batch, who: Student) -> dict[str, Any]:
    return {
        "batch_id": of.id,
        "student_id": who.id,
        "leave_type": LeaveType.GRADUATION,
        "origin": SheetOrigin.ROSTER,
        "college_id": who.college_id,  # type: ignore[attr-defined]  # Tortoise makes it beside the relation
        "major": who.major,
        "class_name": who.class_name,
        "level": who.level,
        "building_id": who.building_id,  # type: ignore[attr-defined]  # the same
        "holder": who.person_id or who.id,  # type: ignore[attr-defined]  # the same
        "verify_token": secrets.token_hex(8),
    }


def _born(one: Item, facts: Mapping[str, Any]) -> ClearanceStatus:
    applies = one.kind is not ItemKind.OPTIONAL and Condition.parse(one.applies_to).matches(facts)
    return PENDING if applies or one.kind is ItemKind.FINAL else NOT_REQUIRED


async def crowd(of: Batch, count: int, *, prefix: str = "2023", **columns: Any) -> list[Sheet]:
    """`count` students numbered `prefix` + 0001 … with their sheets; `columns` are the students'."""
    people = [await student(f"{prefix}{n:04}", **columns) for n in range(1, count + 1)]
    return await sheets(of, people)


async def certificate(of: Sheet, kind: CertificateKind = CertificateKind.GRADUATION, **columns: Any) -> Certificate:
    """PRINTED, with a number of its own, counted."""
    columns = {
        "status": CertificateStatus.PRINTED,
        "number": f"99999{next(NUMBERS):010}",
        "printed_at": datetime.now(UTC),
        **columns,
    }
    made = await Certificate.create(sheet=of, kind=kind, **columns)
    moves = counters.Moves()
    moves.certificate(of.batch_id, of.college_id, kind, None, made.status)  # type: ignore[attr-defined]  # relations' ids
    await counters.move(moves)
    return made


# --- looking at what became of it


async def clearance(of: Sheet, code: str) -> Clearance:
    return await Clearance.get(sheet_id=of.id, item__code=code)


async def status(of: Sheet, code: str) -> ClearanceStatus:
    return (await clearance(of, code)).status


async def statuses(of: Iterable[Sheet], code: str) -> list[ClearanceStatus]:
    return [await status(each, code) for each in of]


async def recorded() -> tuple[int, int]:
    """How many operations and events there are."""
    return await Operation.all().count(), await Event.all().count()


async def contents(*tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in these tables: equal before and after when nothing was changed."""
    return {name: [tuple(row) for row in await db.fetch(f"SELECT * FROM {name} ORDER BY id")] for name in tables}
