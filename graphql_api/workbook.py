"""Excel files, read and written. Read: bytes become rows of cells with their addresses; what the cells mean, the
imports say. Written: sheets (`workbook_sheets`) become bytes.

Both are done in processes of their own: a hostile file may abort the parser (`workbook_reading`) and no more, and a
long one is written (`workbook_writing`) while the server answers others and holds one page of it at a time.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio import StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import orjson

from graphql_api.workbook_checks import Unreadable
from graphql_api.workbook_sheets import Row, Rows, Sheet, sheet_names

AT_ONCE = 2  # readers beside each other; further ones wait
PATIENCE = 60  # seconds, after which a reader is stopped
ROOT = Path(__file__).parents[1]
READER = ("-m", "graphql_api.workbook_reading")
WRITER = ("-m", "graphql_api.workbook_writing")
PIECE = 1_000  # rows that are written at once where they do not come in pages
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
    async with _running(*READER) as process:
        try:
            async with asyncio.timeout(PATIENCE):
                answer, _ = await process.communicate(content)
        except TimeoutError:
            raise Unreadable("TOO_HARD") from None
        if process.returncode:
            raise Unreadable("TOO_HARD")
        return answer


@asynccontextmanager
async def _running(*module: str) -> AsyncIterator[Process]:
    """A process of ours that knows nothing of the server's settings, and does not outlive whoever waits for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *module,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _workbook(answer: bytes) -> Workbook:
    said: list[Any] = [orjson.loads(line) for line in answer.splitlines()]
    if not said or not isinstance(said[-1], dict):
        raise Unreadable("TOO_HARD")
    if "problem" in said[-1]:
        raise Unreadable(said[-1]["problem"], **said[-1]["facts"])
    about, *rows = said[:-1]
    return Workbook(about["sheet"], tuple(about["others"]), tuple(Line(row[0], row[1:]) for row in rows))


async def written(sheets: Sequence[Sheet]) -> bytes:
    """The .xlsx file of these sheets; what reads their rows may raise what it likes, and nothing is left behind then.
    Raises RuntimeError when the writing process fails."""
    async with _running(*WRITER) as process:
        pipe, count = cast(StreamWriter, process.stdin), 0
        try:
            for name, sheet in zip(sheet_names(each.name for each in sheets), sheets, strict=True):
                pipe.write(_line(sheet.described(name)))
                async for page in _pages(sheet.rows):
                    pipe.write(b"".join(_line(row) for row in page))
                    count += len(page)
                    await pipe.drain()
            pipe.write(_line({"rows": count}))
        except (BrokenPipeError, ConnectionResetError):
            raise RuntimeError("the process that writes workbooks ended early") from None
        content, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"the process that writes workbooks ended with {process.returncode}")
        return content


def _line(said: Any) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


async def _pages(rows: Rows) -> AsyncIterator[Sequence[Row]]:
    if isinstance(rows, AsyncIterable):
        async for page in rows:
            yield page
    else:
        for page in _pieces(rows):
            yield page


def _pieces(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while piece := list(islice(left, PIECE)):
        yield piece
