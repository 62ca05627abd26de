"""Whom setClearances is about: ranges, classes, ticked rows, numbers, a whole filter."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from tests import factories as make
from tests.api import OpenDesk, member
from tests.graphql_api.clearing import PENDING, Scene


async def test_a_range_of_200_passes_and_201_is_refused(scene: Scene) -> None:
    await make.crowd(scene.season.batch, 3)
    allowed = await scene.set(select={"range": {"from": "20230001", "to": "20230200"}})
    assert allowed["applied"] == 3
    error = await scene.refused(status="PENDING", select={"range": {"from": "20230001", "to": "20230201"}})
    assert error["code"] == "RANGE_TOO_LARGE"
    assert error["message"] == "学号范围共 201 个,超过上限 200。请缩小范围,或按班级、粘贴名单办理。"
    assert error["violations"] == [
        {"path": ["input", "select", "range"], "code": "RANGE_TOO_LARGE", "params": {"count": 201, "limit": 200}}
    ]


async def test_a_range_of_two_shapes_is_refused(scene: Scene) -> None:
    error = await scene.refused(select={"range": {"from": "20230001", "to": "2023002"}})
    assert error["message"] == "起止学号长度或前缀不同,不能组成范围。"


async def test_a_class_by_the_colleges_code(scene: Scene) -> None:
    await make.crowd(scene.season.batch, 2, class_name="计科1班")
    await make.crowd(scene.season.batch, 2, prefix="2024", class_name="计科2班")
    result = await scene.set(select={"className": {"college": "15", "className": "计科1班"}})
    assert result["applied"] == 2
    error = await scene.refused(select={"className": {"college": "99", "className": "计科1班"}})
    assert (error["code"], error["message"]) == ("NOT_FOUND", "未找到学院 99,请核对学院代码。")
    assert error["violations"][0]["path"] == ["input", "select", "className", "college"]


async def test_ticked_rows_by_id_and_ids_of_something_else(scene: Scene) -> None:
    sheet = await make.sheet(scene.season.batch)
    wrong = [ids.encode("Student", sheet.id), "nonsense", ids.encode("Sheet", 10_000)]
    result = await scene.set(select={"sheetIds": [ids.encode("Sheet", sheet.id), *wrong]}, errorPolicy="APPLY_VALID")
    assert [row["code"] for row in result["rows"]] == [None, "NOT_FOUND", "NOT_FOUND"]


@pytest.mark.parametrize("select", [{}, {"studentNos": [], "sheetIds": []}, {"studentNos": ["1"], "sheetIds": ["x"]}])
async def test_exactly_one_way_of_selecting(scene: Scene, select: dict[str, Any]) -> None:
    assert (await scene.refused(select=select))["code"] == "BAD_INPUT"


@pytest.mark.parametrize("select", [{"studentNos": []}, {"sheetIds": []}, {"allExcept": []}])
async def test_an_empty_selection_selects_nobody_rather_than_everybody(scene: Scene, select: dict[str, Any]) -> None:
    error = await scene.refused(select=select)
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "select"])


@pytest.mark.parametrize("select", [{"where": {"className": {"eq": "计科1班"}}}, {"allExcept": ["20230001"]}])
async def test_a_whole_filter_is_a_right_of_its_own(scene: Scene, select: dict[str, Any]) -> None:
    await make.crowd(scene.season.batch, 2)
    error = await scene.refused(select=select)
    assert error["code"] == "FORBIDDEN"
    assert error["params"]["action"] == "bulk_filter"
    assert error["message"].startswith(
        '您当前身份为"学校离校办理人员(图书馆)",不能一次办理全部查询结果。以下身份之一可以:导师、学生离校工作主管部门。'
    )


async def test_a_whole_filter_means_what_its_reader_may_see(api: OpenDesk) -> None:
    where = await make.university()
    season = await make.season(where)
    await member("boss", "office")
    mine = await make.crowd(season.batch, 2, class_name="计科1班")
    others = await make.crowd(season.batch, 2, prefix="2024", class_name="计科2班")
    scene = Scene(where, season, await api(as_="boss"))
    result = await scene.set(
        select={"where": {"className": {"eq": "计科1班"}}},
        status="NOT_REQUIRED",
        reason="SPECIAL_APPROVAL",
        dryRun=True,
    )
    assert {row["studentNo"] for row in result["rows"]} == {"20230001", "20230002"}
    assert await make.statuses([*mine, *others], "BOOKS") == [PENDING] * 4
