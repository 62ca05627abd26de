"""Files that take long: waited for, gone on with, cancelled, given up at the end of the server; and `file(id)`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_api import file_making, files
from graphql_api.context import Context, Credentials
from graphql_api.errors import ApiError
from graphql_api.file_making import Made, Make, Progress, made
from graphql_api.files import File
from models import files as tables
from models.enums import FileState
from models.rules.files import AT_ONCE
from models.rules.refusals import Code, Refused
from policies.caller import Caller
from tests.api import Desk, OpenDesk, member

LOOK = "query ($id: ID!) { file(id: $id) { name state progress rows size problem } }"
CANCEL = "mutation ($id: ID!) { cancelFile(id: $id) }"
QUICK = 0.0
RESTARTED = "生成文件期间服务器重启,文件没有生成。请重新导出;上传中断的请重新上传。"


@dataclass
class Slow:
    """Makes a file when it is told to `go`; `begun` when it has begun, `ended` however it ended."""

    content: Any = b"abc"
    problem: Exception | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def make(self, progress: Progress) -> Made:
        progress.reached(2, of=5)
        self.begun.set()
        try:
            await self.go.wait()
            if self.problem is not None:
                raise self.problem
            return Made(self.content, rows=5)
        finally:
            self.ended.set()


@dataclass
class Operator:
    """Somebody who has files made, and looks at them through the API."""

    context: Context
    desk: Desk

    async def make(self, make: Make, wait: float | None = None) -> File:
        return await made(self.context, name="a.csv", media_type="text/csv", make=make, wait_seconds=wait)

    async def look(self, file: File) -> dict[str, Any]:
        return dict((await self.desk.query(LOOK, id=file.id))["file"])

    async def at_the_end(self, file: File) -> dict[str, Any]:
        """When nothing is made any more."""
        await file_making.settled()
        return await self.look(file)


def params(error: ApiError) -> dict[str, Any]:
    assert error.extensions is not None
    return dict(error.extensions["params"])


@pytest.fixture
async def operator(api: OpenDesk) -> AsyncIterator[Operator]:
    user = await member("limin", "office")
    caller = Caller(user.id, "limin", "limin", "office")
    yield Operator(Context(Credentials(), "zh_CN", signed_in=caller), await api(as_="limin"))
    await file_making.ended()


async def test_what_is_made_at_once_is_ready(operator: Operator) -> None:
    slow = Slow()
    slow.go.set()
    file = await operator.make(slow.make)
    assert (file.state, file.progress, file.rows, file.size, file.problem) == (FileState.READY, 100, 5, 3, None)
    assert (await files.content_of(operator.context, file.id)).content == b"abc"


async def test_what_takes_longer_goes_on_and_tells_how_far_it_is(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_making, "BEAT", 0.001)
    slow = Slow()
    file = await operator.make(slow.make, QUICK)
    assert file.state.unfinished
    while (looked := await operator.look(file))["progress"] == 0:  # noqa: ASYNC110  # told through the database
        await asyncio.sleep(0)
    assert looked == {"name": "a.csv", "state": "MAKING", "progress": 40, "rows": None, "size": 0, "problem": None}
    with pytest.raises(ApiError) as told:
        await files.content_of(operator.context, file.id)
    assert (told.value.code, params(told.value)) == (
        "CONFLICT",
        {"problem": "FILE_MAKING", "progress": 40},
    )
    slow.go.set()
    ready = {"name": "a.csv", "state": "READY", "progress": 100, "rows": 5, "size": 3, "problem": None}
    assert await operator.at_the_end(file) == ready


async def test_content_may_come_bit_by_bit(operator: Operator) -> None:
    async def bits() -> AsyncIterator[bytes]:
        for each in (b"a", b"", b"bc"):
            yield each

    slow = Slow(bits())
    slow.go.set()
    file = await operator.make(slow.make)
    assert (await files.content_of(operator.context, file.id)).content == b"abc"


async def test_whoever_hangs_up_stops_nothing(operator: Operator) -> None:
    slow = Slow()
    asking = asyncio.create_task(operator.make(slow.make, 60))
    await slow.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    slow.go.set()
    await file_making.settled()
    assert [(each.state, each.size) for each in await tables.File.all()] == [(FileState.READY, 3)]


async def test_who_hung_up_finds_why_there_is_none(operator: Operator) -> None:
    slow = Slow(problem=Refused(Code.BAD_INPUT, problem="FILE_EMPTY"))
    asking = asyncio.create_task(operator.make(slow.make, 60))
    await slow.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    slow.go.set()
    await file_making.settled()
    assert [(each.state, each.problem) for each in await tables.File.all()] == [(FileState.FAILED, "BAD_INPUT")]


# --- when it fails


async def test_what_fails_while_somebody_waits_is_his_error_and_leaves_no_file(operator: Operator) -> None:
    slow = Slow(problem=ApiError("FORBIDDEN", problem="STORED_ONLY"))
    slow.go.set()
    with pytest.raises(ApiError) as told:
        await operator.make(slow.make)
    assert told.value is slow.problem
    assert await tables.File.all().count() == 0


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (
            ApiError("FORBIDDEN", problem="STORED_ONLY"),
            "您当前身份只能执行已登记的查询:请以 documentId 指明其哈希,或请系统管理员登记(lixiao documents add)。",
        ),
        (Refused(Code.BAD_INPUT, problem="FILE_EMPTY"), "文件是空的,没有接收。请检查后重新上传。"),
    ],
)
async def test_what_fails_later_says_why(operator: Operator, problem: Exception, words: str) -> None:
    slow = Slow(problem=problem)
    file = await operator.make(slow.make, QUICK)
    slow.go.set()
    failed = {"name": "a.csv", "state": "FAILED", "progress": 0, "rows": None, "size": 0, "problem": words}
    assert await operator.at_the_end(file) == failed
    with pytest.raises(files.NeverMade):
        await files.content_of(operator.context, file.id)


async def test_an_unexpected_error_is_logged_under_its_number_and_masked(
    operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Slow(problem=ValueError("a secret of ours"))
    file = await operator.make(slow.make, QUICK)
    slow.go.set()
    failed = await operator.at_the_end(file)
    assert "secret" not in failed["problem"]
    row = await tables.File.get()
    assert (row.state, row.problem) == (FileState.FAILED, "INTERNAL")
    assert row.facts["correlation"] in failed["problem"]
    assert row.facts["correlation"] in caplog.text
    assert "a secret of ours" in caplog.text


# --- when it is stopped


async def test_its_owner_cancels_it(operator: Operator) -> None:
    slow = Slow()
    file = await operator.make(slow.make, QUICK)
    await slow.begun.wait()
    assert [await operator.desk.query(CANCEL, id=file.id) for _ in range(2)] == [
        {"cancelFile": True},
        {"cancelFile": False},
    ]
    await slow.ended.wait()
    assert (await operator.at_the_end(file))["state"] == "CANCELLED"
    with pytest.raises(ApiError) as told:
        await files.content_of(operator.context, file.id)
    assert params(told.value) == {"problem": "FILE_CANCELLED"}


async def test_it_is_cancelled_in_another_process(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_making, "BEAT", 0.001)
    slow = Slow()
    file = await operator.make(slow.make, QUICK)
    await slow.begun.wait()
    await tables.File.all().update(state=FileState.CANCELLED)
    await slow.ended.wait()
    assert (await operator.at_the_end(file))["state"] == "CANCELLED"


async def test_the_end_of_the_server_gives_it_up(operator: Operator) -> None:
    slow, waiting = Slow(), Slow()
    made_files = [await operator.make(each.make, QUICK) for each in (slow, waiting)]
    await slow.begun.wait()
    await file_making.ended()
    assert slow.ended.is_set()
    for file in made_files:
        looked = await operator.look(file)
        assert (looked["state"], looked["problem"]) == ("FAILED", RESTARTED)


async def test_after_a_crash_it_says_that_the_server_was_restarted(operator: Operator) -> None:
    slow = Slow()
    file = await operator.make(slow.make, QUICK)
    await tables.File.all().update(worker="a process that is gone", leased_until=datetime.now(UTC))
    for _ in range(2):  # as it is found, and as the next start leaves it
        looked = await operator.look(file)
        assert (looked["state"], looked["problem"]) == ("FAILED", RESTARTED)
        await file_making.begun()
    assert await tables.File.filter(state=FileState.FAILED).count() == 1


# --- how many


async def test_some_are_made_at_once_and_the_others_wait_for_their_turn(operator: Operator) -> None:
    first, second, third = Slow(), Slow(), Slow()
    made_files = [await operator.make(each.make, QUICK) for each in (first, second, third)]
    await second.begun.wait()
    assert [(await operator.look(each))["state"] for each in made_files] == ["MAKING", "MAKING", "WAITING"]
    first.go.set()
    await third.begun.wait()
    for each in (second, third):
        each.go.set()
    await file_making.settled()
    assert [(await operator.look(each))["state"] for each in made_files] == ["READY", "READY", "READY"]


async def test_one_that_waits_is_cancelled_and_never_begins(operator: Operator) -> None:
    first, second, third = Slow(), Slow(), Slow()
    made_files = [await operator.make(each.make, QUICK) for each in (first, second, third)]
    await second.begun.wait()
    await operator.desk.query(CANCEL, id=made_files[2].id)
    for each in (first, second):
        each.go.set()
    await file_making.settled()
    assert not third.begun.is_set()
    assert (await operator.look(made_files[2]))["state"] == "CANCELLED"


async def test_a_person_has_so_many_under_way(operator: Operator) -> None:
    slow = [Slow() for _ in range(AT_ONCE)]
    for each in slow:
        await operator.make(each.make, QUICK)
    with pytest.raises(ApiError) as told:
        await operator.make(Slow().make, QUICK)
    assert told.value.code == "RATE_LIMITED"
    assert params(told.value) == {"problem": "FILES_AT_ONCE", "limit": AT_ONCE, "seconds": 2}
