from __future__ import annotations

import pytest

from graphql_api.messages import of_error
from tests.graphql_api.asking import in_role


@pytest.mark.parametrize(
    ("asked", "zh", "en"),
    [
        (
            "{ students(first: 1001) { totalCount } }",
            "参数 first 须在 0 到 1000 之间。",
            "Argument first must lie between 0 and 1000.",
        ),
        (
            '{ sheets(where: {student: {studentNo: {eq: "%s"}}}) { totalCount } }' % ("1" * 33),
            "参数 where.student.studentNo.eq:33 个字太长,上限 32。请缩短后重试。",
            "Argument where.student.studentNo.eq: 33 characters are too many; the limit is 32. Shorten it.",
        ),
        (
            "{ sheet { id } }",
            "请用一种方式指明要查的记录:id | batch + studentNo。",
            "Name the row in exactly one way: id | batch + studentNo.",
        ),
        (
            '{ sheet(id: "x") { id } }',
            "参数 id 不是这类记录的标识,请使用接口给出的 id。",
            "Argument id is no id of such a row; use an id that the API gave.",
        ),
    ],
)
async def test_bad_input_is_said_in_both_languages_and_names_the_argument(database, asked, zh, en):
    error = await in_role("office").refused(asked)
    assert of_error(error["code"], error["params"], "zh_CN") == zh
    assert of_error(error["code"], error["params"], "en") == en
