"""Workbooks are read cell by cell in a process of their own; what is none, or hostile, is refused in words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from graphql_api import workbook, workbook_checks
from graphql_api.workbook_checks import Unreadable
from tests.graphql_api.odd_files import HEAD, READ, REFUSED, bomb, long, plain
from tests.graphql_api.odd_files import workbook as made

MOST_MEMORY = 300 * 1024  # kB: what the reader may take
#: Runs a command, and prints in the end how much memory it took.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


async def read_cells(content: bytes) -> list[tuple[int, list[tuple[str, str]]]]:
    found = await workbook.read(content)
    return [(line.number, [(line.cell(n).text, line.cell(n).kind) for n in range(len(line))]) for line in found.lines]


@pytest.mark.parametrize("what", REFUSED)
async def test_what_must_not_be_read_is_refused_with_the_reason(what: str) -> None:
    make, problem, facts = REFUSED[what]
    with pytest.raises(Unreadable) as refused:
        await workbook.read(make())
    assert (refused.value.problem, refused.value.facts) == (problem, facts)


@pytest.mark.parametrize("what", READ)
async def test_what_is_odd_is_read_with_what_is_odd_about_it(what: str) -> None:
    make, rows = READ[what]
    assert await read_cells(make()) == rows


async def test_a_reader_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "READER", ("-c", "import os; os.abort()"))
    with pytest.raises(Unreadable, match="TOO_HARD"):
        await workbook.read(plain())


async def test_a_reader_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "READER", ("-c", "import time; time.sleep(3600)"))
    monkeypatch.setattr(workbook, "PATIENCE", 0.2)
    with pytest.raises(Unreadable, match="TOO_HARD"):
        await workbook.read(plain())


async def test_other_sheets_are_named_and_addresses_are_those_of_the_file() -> None:
    content = made(HEAD, ("1",), change=lambda book, _sheet: book.create_sheet("说明"))
    found = await workbook.read(content)
    assert (found.sheet, found.others) == ("名单", ("说明",))
    line = found.lines[1]
    assert [line.address(each) for each in (0, 25, 26, 63)] == ["A2", "Z2", "AA2", "BL2"]
    assert (line.cell(0).text, line.cell(9).text) == ("1", "")


def test_what_unpacks_to_too_much_is_left_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_checks, "MOST_UNPACKED", 8 << 20)
    with pytest.raises(Unreadable) as refused:
        workbook_checks.check(bomb(9))
    assert (refused.value.problem, refused.value.facts) == ("TOO_LARGE_UNPACKED", {"limit": 8})
    workbook_checks.check(bomb(7))


def test_the_reader_stays_below_its_memory() -> None:
    """30,000 rows of 12 columns: the largest file of a whole university has half of them."""
    command = [sys.executable, "-c", PEAK, sys.executable, *workbook.READER]
    done = subprocess.run(command, input=long(30_000, 12), stdout=subprocess.PIPE, cwd=workbook.ROOT, check=True)
    *_, end, peak = done.stdout.splitlines()
    assert end == b'{"rows":30001}'
    assert int(peak) < MOST_MEMORY
