"""Saved filters through the door: tried under the author's rights, used under the user's, shared by the policy."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from models import Event, Operation, SavedFilter
from models.enums import Share
from tests import factories as make
from tests.api import Desk, OpenDesk, member

CREATE = "mutation ($input: CreateSavedFilterInput!) { done: createSavedFilter(input: $input) { ANSWER } }"
CREATE = CREATE.replace("ANSWER", "id message savedFilter { name object share role where parameters mine version }")
UPDATE = (
    "mutation ($id: ID!, $seen: Int!, $input: UpdateSavedFilterInput!) "
    "{ done: updateSavedFilter(id: $id, expectedVersion: $seen, input: $input) { changed message } }"
)
DELETE = "mutation ($id: ID!, $seen: Int!) { done: deleteSavedFilter(id: $id, expectedVersion: $seen) { message } }"
LIST = "{ savedFilters { nodes { name mine share fault { code message field } } } }"

RED = {"object": "Clearance", "name": "本馆未办结", "where": {"status": {"eq": "PENDING"}}}


def gid(number: int) -> str:
    return ids.encode("SavedFilter", number)


async def refused(desk: Desk, document: str, **variables: Any) -> tuple[str, list[str] | None, str]:
    """The code, the path of what is at fault, and the sentence; nothing was written."""
    before = await Operation.all().count(), await Event.all().count(), await SavedFilter.all().order_by("id").values()
    error = await desk.error(document, **variables)
    after = await Operation.all().count(), await Event.all().count(), await SavedFilter.all().order_by("id").values()
    assert after == before
    return error["code"], error["violations"][0]["path"] if error["violations"] else None, error["message"]


async def names(desk: Desk) -> list[str]:
    return [each["name"] for each in (await desk.query(LIST))["savedFilters"]["nodes"]]


@pytest.fixture
async def library(api: OpenDesk) -> Desk:
    place = await make.university()
    await make.season(place)
    await member("library", "operator", place.library, name="李敏")
    await member("finance", "operator", place.finance, name="王芳")
    await member("counsellor", "counsellor", place.college, name="陈老师")
    await member("office", "office", name="周主任")
    await member("analyst", "analyst", name="钱分析")
    return await api(as_="library")


async def test_a_filter_is_saved_and_asked_back(library: Desk):
    done = (await library.query(CREATE, input=RED | {"parameters": {"sort": "3"}}))["done"]
    assert done["message"] == "已新增已存查询。"
    assert done["savedFilter"] == {
        "name": "本馆未办结",
        "object": "Clearance",
        "share": "PRIVATE",
        "role": "",
        "where": {"status": {"eq": "PENDING"}},
        "parameters": {"sort": "3"},
        "mine": True,
        "version": 1,
    }
    found = await library.query(
        "query ($where: ClearanceFilter) { clearances(where: $where) { totalCount } }", where={}
    )
    filtered = await library.query(
        "query ($where: ClearanceFilter) { clearances(where: $where) { totalCount } }",
        where=done["savedFilter"]["where"],
    )
    assert found == filtered == {"clearances": {"totalCount": 0}}


async def test_who_finds_which(library: Desk, api: OpenDesk):
    await library.query(CREATE, input=RED)
    await library.query(CREATE, input=RED | {"name": "给办理人员", "share": "ROLE"})
    office = await api(as_="office")
    await office.query(CREATE, input=RED | {"name": "给全体", "share": "EVERYONE"})
    await office.query(CREATE, input=RED | {"name": "主任自用"})
    assert await names(library) == ["本馆未办结", "给全体", "给办理人员"]
    assert await names(await api(as_="finance")) == ["给全体", "给办理人员"]
    assert await names(await api(as_="counsellor")) == ["给全体"]
    assert sorted(await names(office)) == sorted(["给全体", "给办理人员", "主任自用"])


async def test_each_is_told_what_he_may_do(library: Desk, api: OpenDesk):
    await library.query(CREATE, input=RED | {"share": "ROLE"})
    office, finance = await api(as_="office"), await api(as_="finance")
    await office.query(CREATE, input=RED | {"name": "给全体", "share": "EVERYONE"})
    asked = "{ savedFilters { nodes { name actions } } }"

    async def told(desk: Desk) -> dict[str, list[str]]:
        return {each["name"]: each["actions"] for each in (await desk.query(asked))["savedFilters"]["nodes"]}

    assert await told(library) == {"本馆未办结": ["update", "delete"], "给全体": []}
    assert await told(office) == {"本馆未办结": ["delete"], "给全体": ["update", "delete"]}
    assert await told(finance) == {"本馆未办结": [], "给全体": []}


async def test_sharing_with_everybody_is_the_offices(library: Desk):
    code, path, message = await refused(library, CREATE, input=RED | {"share": "EVERYONE"})
    assert (code, path) == ("FORBIDDEN", ["input", "share"])
    assert message == (
        '您当前身份为"学校离校办理人员(图书馆)",不能这样共享,未保存。您可以只给本人使用,或共享给同一身份;'
        "共享给全体教职工请联系学生离校工作主管部门。"
    )
    made = (await library.query(CREATE, input=RED))["done"]["id"]
    assert (await refused(library, UPDATE, id=made, seen=1, input={"share": "EVERYONE"}))[0] == "FORBIDDEN"
    assert (await library.query(UPDATE, id=made, seen=1, input={"share": "ROLE"}))["done"]["changed"]


async def test_somebody_elses_private_filter_does_not_exist(library: Desk, api: OpenDesk):
    made = (await library.query(CREATE, input=RED))["done"]["id"]
    for who in ("finance", "office"):
        other = await api(as_=who)
        assert await other.query("query ($id: ID!) { savedFilter(id: $id) { name } }", id=made) == {"savedFilter": None}
        assert (await refused(other, UPDATE, id=made, seen=1, input={"name": "x"}))[:2] == ("NOT_FOUND", ["id"])
        assert (await refused(other, DELETE, id=made, seen=1))[:2] == ("NOT_FOUND", ["id"])
        forged = {"where": {"nothing": {"eq": "x"}}}
        assert (await refused(other, UPDATE, id=made, seen=1, input=forged))[:2] == ("NOT_FOUND", ["id"])
    assert (await refused(library, DELETE, id=gid(99), seen=1))[:2] == ("NOT_FOUND", ["id"])
    assert (await refused(library, DELETE, id="x", seen=1))[:2] == ("NOT_FOUND", ["id"])


async def test_shared_filters_are_changed_by_their_owner_and_cleared_away_by_the_office(library: Desk, api: OpenDesk):
    made = (await library.query(CREATE, input=RED | {"share": "ROLE"}))["done"]["id"]
    finance, office = await api(as_="finance"), await api(as_="office")
    assert (await refused(finance, UPDATE, id=made, seen=1, input={"name": "x"}))[:2] == ("FORBIDDEN", ["id"])
    assert (await refused(finance, DELETE, id=made, seen=1))[:2] == ("FORBIDDEN", ["id"])
    assert (await refused(office, UPDATE, id=made, seen=1, input={"name": "x"}))[:2] == ("FORBIDDEN", ["id"])
    assert (await office.query(DELETE, id=made, seen=1))["done"]["message"] == "已删除已存查询。"
    assert await SavedFilter.all().count() == 0


# --- conditions


@pytest.mark.parametrize(
    ("where", "path", "message"),
    [
        (
            {"nothing": {"eq": "x"}},
            ["input", "where", "nothing"],
            '没有"nothing"这一字段(位于 input.where.nothing):可能已改名或删除。请重新设置条件并保存。',
        ),
        (
            {"sheet": {"student": {"password": {"eq": "x"}}}},
            ["input", "where", "sheet", "student", "password"],
            '没有"password"这一字段(位于 input.where.sheet.student.password):可能已改名或删除。请重新设置条件并保存。',
        ),
        (
            {"status": {"eq": "GREEN"}},
            ["input", "where", "status", "eq"],
            "条件写法有误(位于 input.where.status.eq)。请重新设置条件并保存。",
        ),
        (
            {"and": "x"},
            ["input", "where", "and"],
            "条件写法有误(位于 input.where.and)。请重新设置条件并保存。",
        ),
        (
            {"and": [{"status": {"eq": None}}]},
            ["input", "where", "and", "0", "status", "eq"],
            "参数 input.where.and.0.status.eq 不能为 null:不需要的条件请省略,查空值请用 isNull。",
        ),
    ],
)
async def test_conditions_that_are_none(library: Desk, where: Any, path: list[str], message: str):
    assert await refused(library, CREATE, input=RED | {"where": where}) == ("BAD_INPUT", path, message)


async def test_a_field_that_the_author_may_not_look_at_is_refused_by_name(library: Desk, api: OpenDesk):
    phone = {"sheet": {"student": {"politicalStatus": {"eq": "PARTY_MEMBER"}}}}
    code, _path, message = await refused(library, CREATE, input=RED | {"where": phone})
    assert code == "FORBIDDEN"
    assert message == (
        '您当前身份为"学校离校办理人员(图书馆)",不能查看"学生"的"政治面貌"。以下身份之一可以:'
        "辅导员、学院党务、学院数据维护员、学生离校工作主管部门。"
    )
    analyst = await api(as_="analyst")
    assert (await refused(analyst, CREATE, input=RED))[0] == "FORBIDDEN"


async def test_a_document_number_is_kept_nowhere(library: Desk):
    """Not by whoever may search for it either: others would read it in the filter."""
    for where in (
        {"sheet": {"student": {"idNo": {"eq": "110101199001010117"}}}},
        {"or": [{"not": {"sheet": {"student": {"idNo": {"eq": "110101199001010117"}}}}}]},
    ):
        code, path, message = await refused(library, CREATE, input=RED | {"where": where})
        assert (code, path and path[-1]) == ("BAD_INPUT", "idNo")
        assert message == '"身份证件号"属于敏感信息,不能存入查询。请去掉这一条件后再保存。'
    through_list = {"clearances": {"some": {"sheet": {"student": {"idNo": {"eq": "1"}}}}}}
    assert (await refused(library, CREATE, input=RED | {"object": "Sheet", "where": through_list}))[0] == "BAD_INPUT"


async def test_whoever_lacks_a_field_is_told_so_and_gets_no_rows(library: Desk, api: OpenDesk):
    """Saved by the office for everybody; used under the rights of whoever uses it."""
    office = await api(as_="office")
    where = {"sheet": {"student": {"politicalStatus": {"eq": "PARTY_MEMBER"}}}}
    await office.query(CREATE, input=RED | {"name": "党员", "share": "EVERYONE", "where": where})
    [mine] = (await office.query(LIST))["savedFilters"]["nodes"]
    assert mine == {"name": "党员", "mine": True, "share": "EVERYONE", "fault": None}
    [told] = (await library.query(LIST))["savedFilters"]["nodes"]
    assert (told["mine"], told["fault"]["code"], told["fault"]["field"]) == (False, "FORBIDDEN", "politicalStatus")
    assert told["fault"]["message"].startswith('您当前身份为"学校离校办理人员(图书馆)",不能查看"学生"的"政治面貌"。')
    question = "query ($where: ClearanceFilter) { clearances(where: $where) { totalCount nodes { id } } }"
    assert (await library.error(question, where=where))["code"] == "FORBIDDEN"


async def test_a_filter_of_a_field_that_is_gone_is_broken_and_the_others_are_not(library: Desk):
    await library.query(CREATE, input=RED)
    owner = (await SavedFilter.get()).owner_id  # type: ignore[attr-defined]  # the foreign key's own column
    kept = {"owner_id": owner, "share": Share.PRIVATE, "parameters": {}}
    await SavedFilter.create(**kept, object="Clearance", name="a 旧字段", where={"and": [{"colour": {"eq": "red"}}]})
    await SavedFilter.create(**kept, object="Wishes", name="b 旧对象", where={"a": 1})
    nodes = (await library.query(LIST))["savedFilters"]["nodes"]
    assert [(each["name"], each["fault"] and each["fault"]["message"]) for each in nodes] == [
        ("a 旧字段", '没有"colour"这一字段(位于 where.and.0.colour):可能已改名或删除。请重新设置条件并保存。'),
        ("b 旧对象", '没有"Wishes"这一对象,请核对。'),
        ("本馆未办结", None),
    ]


# --- attacks


async def test_what_is_no_json_or_too_much_of_it_changes_nothing(library: Desk):
    large = RED | {"where": {"note": {"in": ["x" * 1000] * 100}}}
    assert await refused(library, CREATE, input=large) == (
        "BAD_INPUT",
        ["input", "where"],
        '"条件"有 100418 字节,上限 16384。请减少条件后重试。',
    )
    huge = await library.post(CREATE, {"input": RED | {"where": {"note": {"eq": "x" * 10_000_000}}}})
    assert huge.status_code == 413
    deep: Any = {"status": {"eq": "PENDING"}}
    for _ in range(300):
        deep = {"not": deep}
    assert (await refused(library, CREATE, input=RED | {"where": deep}))[0] == "QUERY_TOO_COMPLEX"
    for where in ("{", 5, True, [], [1]):
        code, path, _message = await refused(library, CREATE, input=RED | {"name": "", "where": where})
        assert (code, path) == ("BAD_INPUT", ["input", "name"])
    assert (await refused(library, CREATE, input=RED | {"where": {"note": {"eq": "\0"}}}))[0] == "BAD_INPUT"
    assert (await refused(library, CREATE, input=RED | {"parameters": {"\0": "x"}}))[0] == "BAD_INPUT"
    assert await SavedFilter.all().count() == 0


async def test_a_name_is_text_whatever_it_looks_like(library: Desk):
    done = await library.query(CREATE, input=RED | {"name": '<script>alert("1")</script>\u202e'})
    assert done["done"]["savedFilter"]["name"] == '<script>alert("1")</script>'


async def test_nobody_without_an_account_and_no_student_keeps_filters(api: OpenDesk):
    await member("leaver", "student")
    student = await api(as_="leaver")
    assert (await refused(student, CREATE, input=RED))[0] == "FORBIDDEN"
    assert (await student.error(LIST))["code"] == "FORBIDDEN"
    assert (await (await api()).error(LIST))["code"] == "UNAUTHENTICATED"
