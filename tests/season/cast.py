"""Who takes part in the season: the university as it is seeded, its staff with one role each, and eleven students.

The register of students belongs to another system of the university; here it is written down directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from models import Batch, Building, College, Department, Student, User
from models.enums import EnrolmentStatus, Level, PoliticalStatus
from models.rules import tokens
from models.rules.actor import SYSTEM
from models.rules.identity import mask_id
from seeds import university
from tests import factories as make
from tests.api import OpenDesk, member
from tests.season.story import BATCH, Story

COMPUTING, LETTERS = "15", "02"
SOFT, NETWORK, MASTERS, CHINESE = "软件工程2201", "网络工程2201", "计算机硕2301", "汉语言2201"

#: The students by what they stand for.
LI_NA, WANG_WEI, ZHANG_SHAN, LIU_YANG = "20221501001", "20221501002", "20221501003", "20221501004"
CHEN_JING, ZHAO_QIANG = "20221501101", "20221501102"
ZHOU_MIN, WU_LEI, ZHENG_SHUANG = "20221501150", "20221501151", "20221501152"
SUN_YUE = "20220201001"
SU_QING, FANG_WU = "20221501199", "20221501200"
NOBODY = "20229999999"

ROSTER = [
    *(LI_NA, WANG_WEI, ZHANG_SHAN, LIU_YANG, CHEN_JING, ZHAO_QIANG, ZHOU_MIN, WU_LEI, ZHENG_SHUANG),
    SUN_YUE,
]
OF_COMPUTING = [*ROSTER[:-1], SU_QING]
EVERYBODY = [*ROSTER, SU_QING]

PARTY, PROBATION = PoliticalStatus.PARTY_MEMBER, PoliticalStatus.PROBATIONARY_MEMBER
LEAGUE, MASSES = PoliticalStatus.LEAGUE_MEMBER, PoliticalStatus.MASSES


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the register. What decides which items are red: level, political status, resident, the facts."""

    number: str
    name: str
    class_name: str
    political: PoliticalStatus = MASSES
    resident: bool = False
    supervisors: tuple[str, ...] = ()
    account: str | None = None
    facts: tuple[str, ...] = ()
    enrolled: EnrolmentStatus = EnrolmentStatus.REGISTERED


REGISTER = (
    Person(LI_NA, "李娜", SOFT, PARTY, resident=True, account="lina"),
    Person(WANG_WEI, "王伟", SOFT, resident=True, facts=("archive_at_school",)),
    Person(ZHANG_SHAN, "张珊", SOFT, LEAGUE),
    Person(LIU_YANG, "刘洋", SOFT, PROBATION, resident=True),
    Person(CHEN_JING, "陈静", NETWORK, resident=True),
    Person(ZHAO_QIANG, "赵强", NETWORK, facts=("has_loan",)),
    Person(ZHOU_MIN, "周敏", MASTERS, supervisors=("chen",)),
    Person(WU_LEI, "吴磊", MASTERS, PARTY, resident=True, supervisors=("chen", "lin")),
    Person(ZHENG_SHUANG, "郑爽", MASTERS, supervisors=("lin",)),
    Person(SUN_YUE, "孙悦", CHINESE, resident=True),
    Person(SU_QING, "苏晴", SOFT, account="suqing"),
    Person(FANG_WU, "方无", SOFT, account="fangwu", enrolled=EnrolmentStatus.NONE),
)

#: Accounts with their names and their one role; the unit's code follows where the role has one.
STAFF: tuple[tuple[str, str, str, str | None], ...] = (
    ("office", "刘建平", "office", None),
    ("registrar", "郑国栋", "registrar", None),
    ("auditor", "沈慧", "auditor", None),
    ("leader", "许明德", "leader", None),
    ("limin", "李敏", "operator", "TSG"),
    ("wangli", "王丽", "operator", "TSG"),
    ("finance", "王芳", "operator", "CWC"),
    ("dorm", "孙桂兰", "dorm_centre", "GYZX"),
    ("academic", "蒋文", "operator", "JWC"),
    ("aid", "韩梅", "operator", "ZZZX"),
    ("card", "高山", "operator", "YKT"),
    ("chen", "陈志远", "supervisor", None),
    ("lin", "林一帆", "supervisor", None),
    ("counsellor", "赵文静", "counsellor", COMPUTING),
    ("secretary", "钱玉洁", "secretary", COMPUTING),
    ("party", "何红梅", "party_office", COMPUTING),
    ("certofficer", "吴静怡", "cert_officer", COMPUTING),
    ("counsellor02", "冯雪", "counsellor", LETTERS),
    ("certofficer02", "曹雨", "cert_officer", LETTERS),
    ("secretary02", "许晴", "secretary", LETTERS),
)
#: Departments whose items somebody must handle before a batch may open; the archives come later.
OTHER_DESKS = ("BWC", "JYZX", "ZCC", "XYY", "GJC", "XYH")


async def assemble(open_desk: OpenDesk) -> Story:
    """The university with its default policy, a batch with the catalogue's items, accounts, and the register."""
    found, now = university.load(), datetime.now(UTC)
    await university.write_units(found, now)
    await university.write_batch(found, BATCH, now)
    await Batch.all().update(request_deadline=now + timedelta(days=1), accepts_applications=True)
    for username, name, role, unit in STAFF:
        await member(username, role, *await _unit(unit), name=name)
    for code in OTHER_DESKS:
        await member(f"op-{code.lower()}", "operator", await Department.get(code=code))
    for person in REGISTER:
        await _register(person)
    students = {person.account for person in REGISTER if person.account}
    story = Story(open_desk, without_operations=frozenset({*students, "campus-finance", "campus-card"}))
    for source, department, item in (("finance", "CWC", "FIN_FEES"), ("card", "YKT", "CARD")):
        await member(f"campus-{source}", "campus_app", await Department.get(code=department))
        made = await tokens.create_token(SYSTEM, f"campus-{source}", items=[item], source=source)
        story.tokens[f"campus-{source}"] = made.secret
    return story


async def _unit(code: str | None) -> list[Any]:
    if code is None:
        return []
    return [await (College if code.isdigit() else Department).get(code=code)]


async def _register(person: Person) -> None:
    college = LETTERS if person.class_name == CHINESE else COMPUTING
    account = await member(person.account, "student", name=person.name) if person.account else None
    document = f"50010120040101{person.number[-4:]}"
    made: Student = await make.student(
        person.number,
        name=person.name,
        college=await College.get(code=college),
        class_name=person.class_name,
        level=Level.M if person.class_name == MASTERS else Level.UG,
        political_status=person.political,
        is_resident=person.resident,
        building=await Building.get(code="PINE1") if person.resident else None,
        enrolment_status=person.enrolled,
        id_no=document,
        id_no_masked=mask_id(document),
        user=account,
        **{"archive_at_school": False, **dict.fromkeys(person.facts, True)},
    )
    for username in person.supervisors:
        await make.supervise(made, await User.get(username=username))
