"""README and docs: every example is asked for real and answered exactly so, every table equals what it describes.

An example stands in a guide as `<!-- as: library -->` (who asks, in English), a `graphql` block or a `curl` command,
and the whole answer as `json`. In an answer "…" stands for a text that differs from one database to the next.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import pytest

from cli import lixiao
from graphql_api.schema import sdl
from models import database
from models.database_url import Dialect
from models.rules.actor import SYSTEM
from models.rules.tokens import create_token
from policies.assurances import ASSURANCES
from policies.roles import ROLES
from seeds import demo
from seeds.accounts import APPLICANTS, DEMO
from seeds.demo_database import TOKEN_ITEMS
from settings import VARIABLES
from tests.api import PASSWORD, Desk, OpenDesk, api, counted

__all__ = ["api"]

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
SCREENSHOTS = DOCS / "screenshots"

SMALL = 60
THE_DAY = date(2026, 7, 1)


# --- examples


@dataclass(frozen=True, slots=True)
class Example:
    """What somebody asks, and what the guide says comes back. `line` is where it stands; `statements`: how many SQL
    statements the guide says it takes."""

    line: int
    who: str
    statements: int | None
    document: str
    variables: dict[str, Any] | None
    answer: Any


MARK = re.compile(r"<!-- as: (?P<who>[\w-]+)(?:, (?P<statements>[0-9]+) statements)? -->")
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def examples(page: Path) -> Iterator[Example]:
    """In the order in which a reader tries them."""
    text = page.read_text(encoding="utf-8")
    for mark in MARK.finditer(text):
        line = text.count("\n", 0, mark.start()) + 1
        asked, answered = list(BLOCK.finditer(text, mark.end()))[:2]
        assert (asked["kind"] in ("graphql", "bash"), answered["kind"]) == (True, "json"), f"{page.name}:{line}"
        document, variables = _question(asked)
        statements = int(mark["statements"]) if mark["statements"] else None
        yield Example(line, mark["who"], statements, document, variables, json.loads(answered["text"]))


def _question(block: re.Match[str]) -> tuple[str, dict[str, Any] | None]:
    if block["kind"] == "graphql":
        return block["text"], None
    command = block["text"].replace("\\\n", " ").replace("$(date -Iseconds)", datetime.now(UTC).isoformat())
    [body] = [after for before, after in pairwise(shlex.split(command)) if before == "-d"]
    sent = json.loads(body)
    return sent["query"], sent.get("variables")


def agrees(said: Any, came: Any) -> bool:
    """Whether the answer that came has exactly the shape and the values that the guide shows."""
    if said == "…":
        return isinstance(came, str) and came != ""
    if isinstance(said, dict) and isinstance(came, dict):
        return said.keys() == came.keys() and all(agrees(said[key], came[key]) for key in said)
    if isinstance(said, list) and isinstance(came, list):
        return len(said) == len(came) and all(map(agrees, said, came))
    return bool(said == came and type(said) is type(came))


def statements_agree(said: int, sent: int) -> bool:
    """The guides count those on SQLite; PostgreSQL is asked for several relations at once."""
    return sent == said if database.dialect() is Dialect.SQLITE else sent <= said


async def asker(api: OpenDesk, who: str) -> Desk:
    """Everybody signs in but the campus app, which holds a token."""
    if who == "campus-library":
        made = await create_token(SYSTEM, who, items=TOKEN_ITEMS, source="library")
        return await api(token=made.secret, locale="en")
    return await api(as_=who, locale="en")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if MARK.search(page.read_text("utf-8"))], ids=lambda page: page.name
)
async def test_every_example_is_answered_as_it_is_written(page: Path, api: OpenDesk) -> None:
    await demo.build(students=SMALL, password=PASSWORD, today=THE_DAY)
    wrong = []
    for example in examples(page):
        desk = await asker(api, example.who)
        with database.statements() as sent:
            came = await desk.answer(example.document, **(example.variables or {}))
        assert example.statements is None or statements_agree(example.statements, counted(sent)), (
            f"{page.name}:{example.line}"
        )
        if not agrees(example.answer, came):
            wrong.append(f"{page.name}:{example.line}\n{json.dumps(came, ensure_ascii=False, indent=2)}")
    assert not wrong, "\n\n".join(wrong)


def test_the_guides_of_all_who_ask_the_api_have_examples() -> None:
    asked = {page.name: len(list(examples(page))) for page in PAGES}
    assert {name for name, count in asked.items() if count} >= {
        *("README.md", "campus-apps.md", "policy-admins.md", "analysts.md")
    }


# --- tables


def rows_of(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    text = page.read_text(encoding="utf-8")
    _, found, after = text.partition(f"\n{heading}\n")
    assert found, f"{page.name} has no heading {heading!r}"
    lines = after[after.index("\n|") :].lstrip("\n").splitlines()
    table = lines[: next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def commands(group: click.Group, before: str = "lixiao") -> Iterator[tuple[str, str]]:
    """Each command as it is typed, and the first sentence of its help."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
            continue
        named = " ".join(each.make_metavar(click.Context(command)) for each in arguments(command))
        yield f"{before} {name} {named}".strip(), (command.help or "").strip().partition("\n")[0]


def arguments(command: click.Command) -> list[click.Parameter]:
    return [each for each in command.params if isinstance(each, click.Argument)]


def test_the_table_of_commands_is_the_command_line() -> None:
    written = {command.strip("`"): meaning for command, meaning in rows_of(README, "## Commands")}
    assert written == dict(commands(lixiao))


def test_every_option_a_guide_names_exists() -> None:
    """`lixiao serve --workers 4` in any guide: the command and its options are there."""
    known = {
        " ".join(line.split()[: 2 + (line.split()[1] in ("user", "token", "policy"))]) for line, _ in commands(lixiao)
    }
    wrong = []
    for page in PAGES:
        for line in re.findall(r"lixiao (?!demo`)[a-z][^\n`]*", "\n".join(code_of(page))):
            words = f"lixiao {line.removeprefix('lixiao ')}".split()
            command = next((one for one in (" ".join(words[:3]), " ".join(words[:2])) if one in known), None)
            options = {word.partition("=")[0] for word in words if word.startswith("--")}
            if command is None or not options <= options_of(command):
                wrong.append(f"{page.name}: lixiao {line}")
    assert wrong == []


def options_of(command: str) -> set[str]:
    found: click.Command = lixiao
    for name in command.split()[1:]:
        assert isinstance(found, click.Group)
        found = found.commands[name]
    return {option for parameter in found.params for option in parameter.opts} | {"--help"}


def code_of(page: Path) -> list[str]:
    """What is set in a shell block: a reader types it."""
    blocks = [block["text"] for block in BLOCK.finditer(page.read_text(encoding="utf-8")) if block["kind"] == "bash"]
    return [re.sub(r"\\\n\s*", "", block) for block in blocks]


def test_the_table_of_accounts_is_the_demonstrations() -> None:
    roles = {name: ", ".join(ROLES[each.role].label.en for each in held) for name, _, held in DEMO}
    written = {
        account.strip("`"): (name, role)
        for account, name, role, *_ in rows_of(README, "## Accounts of the demonstration")
    }
    expected = {account: (name, roles[account]) for account, name, _ in DEMO}
    applicants = {account: (name, "Student") for account, name in APPLICANTS}
    assert written == expected | applicants | {"campus-library": ("图书管理系统", "Campus app")}


def test_the_table_of_promises_is_the_programs() -> None:
    written = [tuple(row) for row in rows_of(DOCS / "policy-admins.md", "## Promises")]
    assert written == [(each.words.en, each.words.zh) for each in ASSURANCES]


def test_the_example_file_names_every_variable() -> None:
    named = re.findall(r"^#?(LIXIAO_[A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert named == [variable.name for variable in VARIABLES]


def test_every_make_target_a_guide_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert named >= {"demo", "test", "check"}
    assert named <= targets


def test_every_mutation_and_object_the_guides_name_is_in_the_schema() -> None:
    """A word like `setClearances` or `SetClearancesInput` in backticks is a name of the schema, or of the protocol."""
    known = set(re.findall(r"\w+", sdl())) | {"operationName", "documentId", "connectionParams"}
    named = {page.name: set(re.findall(r"`([a-z]+[A-Z]\w*)`", page.read_text(encoding="utf-8"))) for page in PAGES}
    assert {name: words - known for name, words in named.items() if words - known} == {}


# --- links and pictures


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"", text):
        link = unquote(next(filter(None, target)))
        if re.match(r"https?:", link):
            continue
        name, _, anchor = link.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(link)
    assert wrong == []


def anchors(page: Path) -> set[str]:
    """The names that GitHub and others give to headings."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def test_pictures_are_there_used_and_light() -> None:
    pictures = {file.name: file.stat().st_size for file in SCREENSHOTS.glob("*.png")}
    shown = {name for page in PAGES for name in re.findall(r"screenshots/([\w-]+\.png)", page.read_text("utf-8"))}
    assert pictures.keys() == shown
    assert max(pictures.values()) < 250_000
    assert sum(pictures.values()) < 2_000_000


def test_translated_guides_keep_step() -> None:
    """A Chinese guide has the chapters of the English one."""
    translated = sorted(DOCS.glob("*.zh.md"))
    assert {page.name for page in translated} >= {"staff.zh.md", "students.zh.md"}
    for page in translated:
        original = page.with_name(page.name.replace(".zh.md", ".md"))
        assert len(headings_of(page)) == len(headings_of(original)), page.name


def headings_of(page: Path) -> list[str]:
    return re.findall(r"^##+ .+$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
