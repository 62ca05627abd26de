"""Every question of docs/analysts.md under its heading of questions is one document, answered as plain SQL has it, to
everybody who may ask; and the guide shows the beginning of the analyst's answer.

A question stands there as a `graphql` block, its variables and the beginning of the answer as `json`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from graphql import OperationDefinitionNode, parse

from models import database
from seeds import demo
from tests.analysts_recount import RECOUNTS, recounted
from tests.api import PASSWORD, OpenDesk, api, counted
from tests.test_docs import BLOCK, DOCS, THE_DAY

__all__ = ["api"]

STUDENTS = 300
GUIDE = DOCS / "analysts.md"
HEADING = "## Questions · 十六个问题"
SHOWN = 3  # groups of an answer, at most, in the guide
#: Who does not look at what a question needs: a leader at facts of people, a counsellor at how certificates went out.
REFUSED = {("leader", "Women"), ("leader", "Equally"), ("counsellor", "Collected")}
COUNSELLORS_COLLEGE = "15"


@dataclass(frozen=True)
class Question:
    name: str
    document: str
    variables: dict[str, Any]
    begins: dict[str, Any]


def questions() -> list[Question]:
    text = GUIDE.read_text(encoding="utf-8").partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    blocks = [(each["kind"], each["text"]) for each in BLOCK.finditer(text)]
    assert [kind for kind, _ in blocks] == ["graphql", "json", "json"] * (len(blocks) // 3)
    asked = [text for _, text in blocks]
    return [
        Question(_name_of(document), document, json.loads(variables), json.loads(answer))
        for document, variables, answer in zip(asked[::3], asked[1::3], asked[2::3], strict=True)
    ]


def _name_of(document: str) -> str:
    [operation] = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert len(operation.selection_set.selections) == 1
    return operation.name.value


def test_every_question_is_recounted_and_at_least_fifteen_are_asked() -> None:
    names = [each.name for each in questions()]
    assert names == list(RECOUNTS)
    assert len(names) >= 15


def test_every_question_is_asked_in_both_languages() -> None:
    text = GUIDE.read_text(encoding="utf-8").partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    headings = re.findall(r"^### \d+\. (.+) · (.+\?)$", text, re.MULTILINE)
    assert len(headings) == len(questions())
    assert all(re.search(r"[\u4e00-\u9fff].*?$", zh) and en.isascii() for zh, en in headings)


async def test_every_answer_is_what_plain_sql_finds(api: OpenDesk) -> None:
    await demo.build(students=STUDENTS, password=PASSWORD, today=THE_DAY)
    people = {name: await api(as_=name, locale="en") for name in ("analyst", "leader", "counsellor")}
    for question in questions():
        recount = RECOUNTS[question.name]
        for who, desk in people.items():
            with database.statements() as sent:
                came = await desk.answer(question.document, **question.variables)
            where = (question.name, who)
            if (who, question.name) in REFUSED:
                assert [each["extensions"]["code"] for each in came["errors"]] == ["FORBIDDEN"], where
                continue
            expected = await recounted(
                recount, counting=who != "counsellor", college=COUNSELLORS_COLLEGE if who == "counsellor" else ""
            )
            assert came == {"data": {recount.field: expected}}, where
            assert counted(sent) == 2, where  # who asks, and the groups
            if who == "analyst":
                groups = came["data"][recount.field]
                assert question.begins == {"data": {recount.field: groups[:SHOWN]}}, where
                assert groups, where
