from __future__ import annotations

import base64

import pytest

from graphql_api import ids
from graphql_api.errors import ApiError


def test_an_id_names_object_and_row_and_comes_back():
    assert ids.encode("Sheet", 12) == "U2hlZXQ6MTI"
    assert ids.split("U2hlZXQ6MTI") == ("Sheet", 12)
    assert ids.decode("Sheet", "U2hlZXQ6MTI") == 12


def plain(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "U2hlZXQ6MTI=",  # padded
        "U2hlZXQ6MTJ",  # other bits behind the last letter
        "学号",
        plain("Sheet"),
        plain("Sheet:"),
        plain("Sheet:-1"),
        plain("Sheet:012"),
        plain("Sheet:١٢"),
        plain("Sheet:1\x00"),
        plain("Sheet:99999999999"),
        plain("Sheet:2147483648"),
        plain("Item:12"),
    ],
)
def test_anything_else_is_bad_input_that_points_at_the_argument(text):
    with pytest.raises(ApiError) as refused:
        ids.decode("Sheet", text, "where", "id", "eq")
    assert refused.value.extensions == {
        "code": "BAD_INPUT",
        "params": {"problem": "BAD_ID", "argument": "where.id.eq", "object": "Sheet"},
        "violations": [{"path": ["where", "id", "eq"], "code": "BAD_ID", "params": {"object": "Sheet"}}],
    }
