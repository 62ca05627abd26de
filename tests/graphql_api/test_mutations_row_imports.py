"""Lists of rows of any object through the door: headings in any language, whose rights, words, files, undo."""

from __future__ import annotations

from typing import Any

import pytest

from models import Building, Event
from tests import factories as make
from tests.api import Desk, OpenDesk, member

ROWS = "rows { row cell id label studentNo added outcome code message column changes { name label before after } }"
IMPORT = (
    "mutation ($input: ImportRowsInput!) { done: importRows(input: $input) "
    f"{{ dryRun applied unchanged refused message operation {{ id kind }} {ROWS} }} }}"
)
APPLY = f"mutation ($id: ID!) {{ done: applyOperation(id: $id) {{ applied unchanged refused message {ROWS} }} }}"
UNDO = (
    "mutation ($id: ID!, $dryRun: Boolean!) { done: undoOperation(id: $id, dryRun: $dryRun) "
    f"{{ dryRun applied refused message operation {{ kind }} {ROWS} }} }}"
)


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    await make.university()
    await member("office", "office", name="周主任")
    return await api(as_="office")


async def done(desk: Desk, document: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.query(document, **variables))["done"]
    return answer


def asked(object_name: str, header: list[str], *rows: list[Any], **more: Any) -> dict[str, Any]:
    return {"object": object_name, "header": header, "rows": list(rows), **more}


async def test_checked_applied_and_undone(office: Desk):
    listed = asked(
        "Building",
        ["楼栋代码", "Building name", "houses", "dutyPhone"],
        ["BAMBOO3", "竹园3舍", "男", "8333"],
        ["PINE1", "松园1舍", "", ""],
        ["OAK1", "橡园1舍", "Female", "8120"],
        dryRun=True,
    )
    shown = await done(office, IMPORT, input=listed)
    assert (shown["applied"], shown["unchanged"], shown["refused"]) == (2, 1, 0)
    assert shown["message"] == "预检完成:可办理 2,无变化 1,不能办理 0。确认提交?"
    first, _, last = shown["rows"]
    assert (first["row"], first["label"], first["added"]) == (2, "竹园3舍", False)
    assert first["changes"] == [{"name": "dutyPhone", "label": "值班电话", "before": None, "after": "8333"}]
    assert (last["row"], last["label"], last["added"], last["id"]) == (4, "OAK1", True, None)
    assert last["changes"] == [
        {"name": "code", "label": "楼栋代码", "before": None, "after": "OAK1"},
        {"name": "dutyPhone", "label": "值班电话", "before": None, "after": "8120"},
        {"name": "houses", "label": "入住性别", "before": None, "after": "女"},
        {"name": "name", "label": "公寓楼", "before": None, "after": "橡园1舍"},
    ]
    assert await Building.all().count() == 2
    applied = await done(office, APPLY, id=shown["operation"]["id"])
    assert (applied["applied"], applied["message"]) == (2, "已导入 2 条。可在 操作记录 中撤回本次操作。")
    assert await Building.all().order_by("id").values_list("code", "duty_phone") == [
        ("BAMBOO3", "8333"),
        ("PINE1", ""),
        ("OAK1", "8120"),
    ]
    assert await Event.filter(object="Building").count() == 2
    undone = await done(office, UNDO, id=shown["operation"]["id"], dryRun=False)
    assert (undone["applied"], undone["refused"]) == (1, 1)
    assert (await Building.get(code="BAMBOO3")).duty_phone == ""
