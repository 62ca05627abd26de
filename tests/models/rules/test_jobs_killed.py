"""kill -9 in the middle of a job: nothing of the step under way is there, and another process ends it, once a row."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from models import Event, Job, Operation
from models.enums import OperationKind
from models.rules import job_work
from models.rules.check import check
from models.rules.deciding import Change
from models.rules.importing import ClearanceLine
from models.rules.job_lines import written_value
from models.rules.job_work import Told
from policies import store
from policies.caller import Caller
from tests import factories as make
from tests.api import member

PEOPLE = 10


@contextmanager
def taker(url: str, *, last: int, longest: int = 20_000, piece: int = 4) -> Iterator[subprocess.Popen[str]]:
    """A process that takes jobs, killed at the end."""
    words = [sys.executable, "-m", "tests.models.rules.job_process", url, *map(str, (last, longest, piece))]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
async def operation(database: ModuleType, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    """The library's list of ten students, begun; parted where the test says so."""
    monkeypatch.setattr(job_work, "MOST_AT_ONCE", getattr(request, "param", 20_000))
    monkeypatch.setattr(job_work, "PIECE", 4)
    uni = await make.university()
    season = await make.season(uni)
    await make.crowd(season.batch, PEOPLE)
    await store.publish_default()
    user = await member("office", "office")
    caller = Caller(user.id, user.username, user.name, "office")
    lines = [ClearanceLine(f"2023{n:04}", "BOOKS", Change(status=make.CLEARED), row=n) for n in range(1, PEOPLE + 1)]
    begun = await job_work.begin_list(
        caller.actor,
        OperationKind.SET_CLEARANCES,
        lines,
        told=Told("2026-06", dry_run=False),
        caller={"who": written_value(caller), "right": ["Clearance", "import"]},
    )
    return begun.operation_id


async def stands(operation: int) -> tuple[str, int, int]:
    """The operation's state, what it says it applied, and how many events of it there are."""
    row = await Operation.get(id=operation)
    return row.state.value, row.applied, await Event.filter(operation_id=operation).count()


async def lapsed() -> None:
    """The lease of the process that is gone."""
    await Job.filter(ended_at=None).update(leased_until=datetime.now(UTC) - timedelta(seconds=1))


async def test_killed_in_its_one_transaction_nothing_was_done_and_another_does_it_all(
    operation: int, database_url: str
) -> None:
    with taker(database_url, last=1) as first:
        assert said(first) == "here"
    assert await stands(operation) == ("RUNNING", 0, 0)
    await lapsed()
    with taker(database_url, last=0) as second:
        assert said(second) == "done"
    assert await stands(operation) == ("APPLIED", PEOPLE, PEOPLE)
    assert await check() == []


@pytest.mark.parametrize("operation", [6], indirect=True)
async def test_killed_between_pieces_the_rest_is_done_and_no_row_twice(operation: int, database_url: str) -> None:
    with taker(database_url, last=2, longest=6) as first:
        assert said(first) == "here"
    assert await stands(operation) == ("RUNNING", PEOPLE, 4)
    await lapsed()
    with taker(database_url, last=2, longest=6) as second:
        assert said(second) == "here"
    assert await stands(operation) == ("RUNNING", PEOPLE, 8)
    await lapsed()
    with taker(database_url, last=0, longest=6) as third:
        assert said(third) == "done"
    assert await stands(operation) == ("APPLIED", PEOPLE, PEOPLE)
    assert await check() == []


async def test_what_one_process_holds_another_leaves_alone(operation: int, database_url: str) -> None:
    await Job.filter(ended_at=None).update(worker="another", leased_until=datetime.now(UTC) + timedelta(hours=1))
    with taker(database_url, last=0) as second:
        assert said(second) == "done"
    assert await stands(operation) == ("RUNNING", 0, 0)
