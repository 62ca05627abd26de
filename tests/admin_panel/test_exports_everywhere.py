"""Everybody's every list as Excel: the rows and columns that the list query gives him, and nothing that may not leave.

Driven by what the API says of itself: an object, a column or a role that is added is tried without a word here.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest

from tests.served import PASSWORD, PATIENCE, Served

WHO = (
    *("supervisor", "counsellor", "library", "dorm", "datakeeper", "certofficer", "registrar", "partyoffice"),
    *("secretary", "office", "leader", "analyst", "accountadmin", "policyadmin", "auditor"),
)
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { csrfToken } }"
CHOOSE = "mutation ($role: String!) { chooseRole(input: { role: $role }) { role } }"
EXPORT = "mutation ($input: ExportRowsInput!) { exportRows(input: $input) { state rows url } }"
ABOUT = """{
  objects { name plural fields { name type label { zh } choices { value label { zh } } } }
  viewer { roles { role } objects { name canRead canExport fields { name readable exportable } } }
}"""
SCALARS = {"String", "Int", "Boolean", "DateTime"}
ZONE = ZoneInfo("Asia/Shanghai")
#: Rows that are compared; of more, the first by id.
MOST = 200
#: Values that several states share are told by what they are states of; columns whose words the panel tests.
TOLD_ELSEWHERE = {("Event", "before"), ("Event", "after")}
#: What stood in a workbook that was looked at already: many read the same batches and departments.
COMPARED: set[str] = set()


@dataclass(frozen=True, slots=True)
class Asker:
    http: httpx.Client
    token: str

    def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        sent = {"query": document, "variables": variables}
        answer: dict[str, Any] = self.http.post("/graphql", json=sent, headers={"X-CSRF-Token": self.token}).json()
        return answer

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])

    def file(self, **wanted: Any) -> bytes:
        made = self.ask(EXPORT, input={"waitSeconds": PATIENCE} | wanted)["exportRows"]
        assert made["state"] == "READY"
        return self.http.get(made["url"]).content


def signed_in(http: httpx.Client, username: str) -> Asker:
    who = {"username": username, "password": PASSWORD}
    answer = http.post("/graphql", json={"query": SIGN_IN, "variables": {"input": who}}).json()
    return Asker(http, answer["data"]["signIn"]["csrfToken"])


@pytest.mark.parametrize("username", WHO)
def test_what_somebody_may_export_is_what_his_list_shows(served: Served, username: str) -> None:
    with httpx.Client(base_url=served.api, timeout=PATIENCE) as http:
        asker = signed_in(http, username)
        roles = {each["role"] for each in asker.ask("{ viewer { roles { role } } }")["viewer"]["roles"]}
        for role in sorted(roles):
            asker.ask(CHOOSE, role=role)
            about = asker.ask(ABOUT)
            described = {each["name"]: each for each in about["objects"]}
            leaving = {each["name"] for each in about["viewer"]["objects"] if each["canExport"]}
            for rights in about["viewer"]["objects"]:
                if rights["canRead"]:
                    _compare(asker, described[rights["name"]], rights, leaving)


def _compare(asker: Asker, about: dict[str, Any], rights: dict[str, Any], leaving: set[str]) -> None:
    """`leaving`: the objects of which something may be exported; what rows of another are called may not."""
    name, columns = about["name"], _columns(about)
    readable = {each["name"] for each in rights["fields"] if each["readable"]}
    exportable = {each["name"] for each in rights["fields"] if each["exportable"]}
    exportable -= {each.name for each in columns.values() if each.leads_to not in {"", *leaving}}
    may = [each for each in columns if each in readable & exportable]
    kept = next((each for each in columns if each in readable - exportable), None)
    if kept is not None:
        answer = asker.answer(EXPORT, input={"object": name, "columns": [*may[:1], kept]})
        assert [each["extensions"]["code"] for each in answer.get("errors", ())] == ["FORBIDDEN"], (name, kept)
    if not (rights["canExport"] and may):
        return
    selected = " ".join(columns[each].selection for each in may)
    asked = f"page: {about['plural']}(first: {MOST}, orderBy: [{{ id: ASC }}]) {{ totalCount nodes {{ {selected} }} }}"
    page = asker.ask(f"query @export {{ {asked} }}")["page"]
    read = asker.ask(f"query {{ {asked} }}")["page"]
    if page["totalCount"] == read["totalCount"]:
        assert page == read, name
    wanted = {"object": name, "columns": may, "orderBy": [{"id": "ASC"}]}
    nodes = json.loads(asker.file(format="JSON", **wanted))["data"][about["plural"]]["nodes"]
    assert nodes[:MOST] == page["nodes"], name
    assert len(nodes) == page["totalCount"], name
    told = json.dumps([name, nodes])
    if told in COMPARED:
        return
    COMPARED.add(told)
    head, *rows = openpyxl.load_workbook(io.BytesIO(asker.file(**wanted))).worksheets[0].values
    assert len(set(head)) == len(head) == len(may), (name, head)
    assert len(rows) == page["totalCount"], name
    for row, node in zip(rows, page["nodes"], strict=False):
        for cell, column in zip(row, may, strict=True):
            expected = columns[column].shown(node[column])
            assert (name, column) in TOLD_ELSEWHERE or cell == expected, (name, column)


@dataclass(frozen=True, slots=True)
class _Column:
    type: str
    name: str
    words: dict[str, str]

    @property
    def leads_to(self) -> str:
        return "" if self.words or self.type in SCALARS else self.type

    @property
    def selection(self) -> str:
        return f"{self.name} {{ displayLabel }}" if self.leads_to else self.name

    def shown(self, value: Any) -> Any:
        """What a cell must show, written down a second time."""
        if value is None or value in ("", []):
            return None
        if self.words:
            return "、".join(self.words.get(each, each) for each in ([value] if isinstance(value, str) else value))
        if self.type == "DateTime":
            return datetime.fromisoformat(value).astimezone(ZONE).replace(tzinfo=None, microsecond=0)
        if self.type == "Boolean":
            return "是" if value else "否"
        if self.type not in SCALARS:
            return value["displayLabel"] or None
        return "、".join(value) if isinstance(value, list) else value


def _columns(about: dict[str, Any]) -> dict[str, _Column]:
    """The columns of an object that a table can hold as they are. JSON values are left out, and what everybody has of
    every row that he sees: its id and version."""
    system = {"system": "系统", "command_line": "命令行"}
    found = {}
    for each in about["fields"]:
        words = {choice["value"]: choice["label"]["zh"] for choice in each["choices"] or ()}
        if each["type"] not in ("JSON", "ID") and each["name"] != "version":
            words |= system if words and each["name"] == "role" else {}
            found[each["name"]] = _Column(each["type"], each["name"], words)
    return found
