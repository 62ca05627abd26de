"""What a page of a list says, and what the same rows are by the API's own word."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

import httpx

from tests.served import PATIENCE, Person, Served

Row = dict[str, Any]

SHEETS = """query { sheets(where: { batch: { code: { eq: "2026-06" } }, state: { eq: ACTIVE } }, first: 1000) { nodes {
  className leaveType level major lateUntil createdAt college { code name }
  movedTo { id }
  student { studentNo name nameLatin gender grade politicalStatus isResident hasLoan college { code } }
  clearances { status note decidedBy decidedAt item { code } decidedUser { username } }
  certificates { kind status number }
} } }"""


def column(person: Person, label: str) -> list[str]:
    cells = re.findall(rf'<td data-label="{label}"[^>]*>(.*?)</td>', person.text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def headings(person: Person) -> list[str]:
    found = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', person.text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in found if "tickcell" not in each][-20:]


def total(person: Person) -> int:
    found = re.search(r"共 (\d+) 条", person.text)
    assert found is not None, person.words
    return int(found[1])


def tokens(person: Person) -> list[str]:
    """The active conditions, as the page says them."""
    return [html.unescape(each) for each in re.findall(r'class="token">(.*?)<a href', person.text)]


def problems(person: Person) -> list[str]:
    """What the page says against the expression of its address."""
    return [
        html.unescape(each) for each in re.findall(r"<p>(.*?)</p>", _between(person.text, 'note bad" role', "</a>"))
    ]


def _between(text: str, first: str, last: str) -> str:
    return text.partition(first)[2].partition(last)[0]


def q(*parts: Any) -> str:
    """An expression all of whose parts must hold."""
    return json.dumps(["all", *parts], ensure_ascii=False)


def numbers(person: Person, path: str = "/admin/sheet/", **asked: str) -> set[str]:
    """The student numbers of all pages of a list."""
    person.get(path, page_size="200", **asked)
    found = column(person, "学号")
    assert len(found) == total(person)
    return set(found)


def ask(served: Served, user: str, document: str) -> Row:
    """The API's own answer to somebody with a token, straight."""
    bearer = {"Authorization": f"Bearer {served.command('token', 'create', '--user', user)}"}
    reply = httpx.post(f"{served.api}/graphql", json={"query": document}, headers=bearer, timeout=PATIENCE).json()
    assert "errors" not in reply, reply
    return dict(reply["data"])


def those(rows: list[Row], fits: Callable[[Row], bool]) -> set[str]:
    return {row["student"]["studentNo"] for row in rows if fits(row)}
