"""Excel files, read: bytes become rows of cells with their addresses. What the cells mean, the imports say.

The parser runs in a process of its own (`workbook_reading`), which a hostile file may abort and no more.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from graphql_api.workbook_checks import Unreadable

AT_ONCE = 2  # readers beside each other; further ones wait
PATIENCE = 60  # seconds, after which a reader is stopped
ROOT = Path(__file__).parents[1]
READER = ("-m", "graphql_api.workbook_reading")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_turns = asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell. `kind`: empty for a text; else number, date, truth, formula, error or merged."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is not empty, with its number in the file. Columns count from 0; a row is as long as its last cell
    that holds something."""

    number: int
    _raw: list[str | list[str]]

    def __len__(self) -> int:
        return len(self._raw)

    def cell(self, column: int) -> Cell:
        """The cell of a column, an empty text beyond the last one."""
        raw = self._raw[column] if column < len(self._raw) else ""
        return Cell(raw) if isinstance(raw, str) else Cell(raw[1], raw[0])

    def address(self, column: int) -> str:
        """`C37`, as people see it."""
        return f"{letters(column)}{self.number}"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The first visible sheet; `others`: the names of those that were not read."""

    sheet: str
    others: tuple[str, ...]
    lines: tuple[Line, ...]


def letters(column: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    found = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        found = LETTERS[letter] + found
    return found


async def read(content: bytes) -> Workbook:
    """The first sheet of an .xlsx or .xls file. Raises Unreadable."""
    async with _turns:
        answer = await _answer(content)
    return await asyncio.to_thread(_workbook, answer)  # a long file takes seconds


async def _answer(content: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *READER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")},
    )
    try:
        async with asyncio.timeout(PATIENCE):
            answer, _ = await process.communicate(content)
    except TimeoutError:
        raise Unreadable("TOO_HARD") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Unreadable("TOO_HARD")
    return answer


def _workbook(answer: bytes) -> Workbook:
    said: list[Any] = [orjson.loads(line) for line in answer.splitlines()]
    if not said or not isinstance(said[-1], dict):
        raise Unreadable("TOO_HARD")
    if "problem" in said[-1]:
        raise Unreadable(said[-1]["problem"], **said[-1]["facts"])
    about, *rows = said[:-1]
    return Workbook(about["sheet"], tuple(about["others"]), tuple(Line(row[0], row[1:]) for row in rows))
