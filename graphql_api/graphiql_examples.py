"""Example documents for each kind of user: one click away in GraphiQL. They stand in `static/examples`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.declare import Words

FOLDER = Path(__file__).parent / "static" / "examples"

#: The file of each kind of user, in the order in which they are shown.
KINDS = {
    "staff": Words("教职工", "Staff"),
    "campus_app": Words("业务系统", "Campus apps"),
    "analyst": Words("数据分析员", "Analysts"),
    "student": Words("学生", "Students"),
}
#: Which examples come first for a role; everybody else is staff.
KIND_OF_ROLE = {"campus_app": "campus_app", "analyst": "analyst", "leader": "analyst", "student": "student"}

#: A document begins with the comment that is its title, `# 中文 / English`, after an empty line.
BEGINNING = re.compile(r"(?:^|\n\n)(?=# )")


@dataclass(frozen=True, slots=True)
class Example:
    """One document, and its title in both languages."""

    title: Words
    document: str


@cache
def examples() -> dict[str, tuple[Example, ...]]:
    """The examples of each kind of user."""
    return {kind: tuple(_examples(kind)) for kind in KINDS}


def first_kind(role: str) -> str:
    """The kind of user that somebody in a role is."""
    return KIND_OF_ROLE.get(role, "staff")


def _examples(kind: str) -> list[Example]:
    text = (FOLDER / f"{kind}.graphql").read_text(encoding="utf-8")
    return [_example(document.strip()) for document in BEGINNING.split(text) if document.strip()]


def _example(document: str) -> Example:
    title = document.partition("\n")[0].removeprefix("#")
    zh, _, en = title.partition("/")
    return Example(Words(zh.strip(), en.strip()), f"{document}\n")
