"""The protocol's own client, of npm's `graphql-ws`, subscribes to the running server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx

from tests.conformance.conftest import Node
from tests.served import Served

GUIDE = Path(__file__).parents[2] / "docs" / "campus-apps.md"
LIBRARY = ("--user", "campus-library", "--items", "LIB_BOOKS", "--source", "library")


def test_a_change_is_told_and_after_a_pause_the_one_that_was_missed(served: Served, node: Node) -> None:
    token = served.command("token", "create", *LIBRARY)
    found = json.loads(node("subscribe.mjs", ADDRESS=f"{served.base}/graphql", TOKEN=token))
    cleared = {"before": "PENDING", "after": "CLEARED"}
    assert found["told"] == [[student_no, "CLEARED", cleared] for student_no in found["asked"]]
    assert found["wrong"] == ["BAD_INPUT"]
    refused = "Forbidden: the API token is not valid, expired or revoked"
    assert found["nobody"] == [4403, refused]


def test_the_example_of_the_guide_goes_on_after_a_cursor(served: Served, node: Node) -> None:
    """As it is written, but for the address, and that it ends with the first change it is told of."""
    token = served.command("token", "create", *LIBRARY)
    where = '{object: {eq: "Clearance"}, item: {code: {eq: "LIB_BOOKS"}}}'
    question = {"query": f"{{ events(where: {where}, first: 2) {{ edges {{ cursor node {{ before after }} }} }} }}"}
    asked = httpx.post(f"{served.base}/graphql", json=question, headers={"Authorization": f"Bearer {token}"}).json()
    first, second = asked["data"]["events"]["edges"]
    [text] = re.findall(r"```js\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    text = text.replace("ws://127.0.0.1:8000", served.base.replace("http://", "ws://"))
    text = text.replace("after = data.clearanceChanged.cursor;", "process.exit();")
    told = json.loads(node("guide.mjs", text=text, TOKEN=token, AFTER=first["cursor"]))
    assert told["cursor"] == second["cursor"]
    assert {name: told["event"][name] for name in ("before", "after")} == second["node"]
