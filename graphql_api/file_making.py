"""Files that may take long to make: begun at once, waited for a moment, and gone on with whoever hangs up.

    async def export_rows(info: Info, input: ExportRowsInput) -> File:
        question = …                          # check everything that can be refused first: rights, columns, cost

        async def make(progress: Progress) -> Made:
            async for page in pages_of(question):
                …
                progress.reached(done, of=total)      # no statement: it is told once in a while
            return Made(await written(sheets), rows=done)

        return await made(info.context, name="lixiao.xlsx", media_type=XLSX, make=make, wait_seconds=input.wait_seconds)

`made` answers with the file: READY when it was done within `wait_seconds` (PATIENCE unless given), else WAITING or
MAKING; whoever asked looks again with `file(id)`, and stops it with `cancelFile`. What `make` raises within the wait is
raised to the caller, and no file stays; later the file FAILED and says why in the caller's language (ApiError, Refused;
anything else is logged under a number and masked). `make` is cancelled (CancelledError) when its owner cancels, here
or in another process, and when the server ends: a child process or a task that it began must not outlive that.

Each process makes AT_ONCE files beside each other, further ones wait for their turn; a person has at most
`models.rules.files.AT_ONCE` under way (RATE_LIMITED). A file whose process is gone (kill -9) is FAILED, "the server was
restarted, ask again", as soon as its lease has lapsed, at most a minute later; it is not made again by itself, for
nobody knows whether its owner may still see those rows.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass

from graphql import ExecutionResult, GraphQLError

from graphql_api.context import Context
from graphql_api.files import MESSAGE, File, owner_of, room_for_exports, shown, worded
from graphql_api.presenting import answered
from models import files as tables
from models.enums import FileState
from models.rules import files
from models.rules.files import RESTARTED, Gone, Growing, Owner, Room

logger = logging.getLogger("lixiao.graphql_api")

AT_ONCE = 2
PATIENCE = 2.0  # seconds
BEAT = 1.0  # seconds between two looks whether it was cancelled, and two words on how far it is

WORKER = secrets.token_hex(8)  # this process

_turns = asyncio.Semaphore(AT_ONCE)
_UNDER_WAY: dict[int, asyncio.Task[None]] = {}


@dataclass(slots=True)
class Progress:
    """How far a file is made, in per cent; 100 only when it is there."""

    percent: int = 0

    def reached(self, done: int, *, of: int) -> None:
        self.percent = min(99, 100 * done // of) if of > 0 else 0


@dataclass(frozen=True, slots=True)
class Made:
    """What there is to fetch, whole or bit by bit."""

    content: bytes | AsyncIterable[bytes]
    rows: int | None = None


Make = Callable[[Progress], Awaitable[Made]]


async def made(context: Context, *, name: str, media_type: str, make: Make, wait_seconds: float | None = None) -> File:
    """The file, made or being made for the caller. Raises what `make` raises meanwhile, BAD_INPUT (FILES_FULL),
    RATE_LIMITED (FILES_AT_ONCE)."""
    owner, room = owner_of(context), room_for_exports()
    with worded():
        file = await files.begin(owner, name, media_type, room, worker=WORKER, state=FileState.WAITING)
    making = _Making(context, file, owner, room, make)
    task = _UNDER_WAY[file.id] = asyncio.create_task(making.to_its_end())
    task.add_done_callback(lambda ended: _forget(file.id, ended))
    try:
        await asyncio.wait({task}, timeout=PATIENCE if wait_seconds is None else wait_seconds)
    finally:
        making.waited_for = False
    if making.problem is not None:
        await files.discard(file.id)
        raise making.problem
    return shown(await files.found(file.id, owner) or file, context.locale)


def stop(file_id: int) -> None:
    """It is not to be made any more; harmless when it is not made in this process."""
    task = _UNDER_WAY.get(file_id)
    if task is not None:
        task.cancel()


async def begun() -> None:
    """At the start of the server: what expired while nobody was here goes, and what a process left behind FAILED."""
    while await files.sweep() == files.MOST_SWEPT:
        pass


async def ended() -> None:
    """At the end of the server: what is being made is given up, and says so."""
    for task in list(_UNDER_WAY.values()):
        task.cancel()
    await settled()


async def settled() -> None:
    """When nothing is being made any more."""
    while _UNDER_WAY:
        await asyncio.wait(set(_UNDER_WAY.values()))


def _forget(file_id: int, task: asyncio.Task[None]) -> None:
    _UNDER_WAY.pop(file_id, None)
    if not task.cancelled() and task.exception() is not None:
        logger.error("the making of a file ended with an error", exc_info=task.exception())


class _Making:
    """One file on its way. `problem`: what was raised while somebody waited."""

    def __init__(self, context: Context, file: tables.File, owner: Owner, room: Room, make: Make) -> None:
        self._context, self._file, self._owner, self._room, self._make = context, file, owner, room, make
        self._progress = Progress()
        self.waited_for = True
        self.problem: Exception | None = None

    async def to_its_end(self) -> None:
        """Raises nothing but CancelledError; what became of it, the file shows."""
        beating = asyncio.create_task(self._beat(asyncio.current_task()))
        try:
            await self._fill()
        except Gone:
            pass
        except asyncio.CancelledError:
            await files.fail(self._file, *RESTARTED)  # one that was cancelled by its owner stays so
            raise
        except Exception as problem:
            await self._failed(problem)
        finally:
            beating.cancel()

    async def _fill(self) -> None:
        async with _turns:
            if not await files.claim(self._file):
                raise Gone
            result = await self._make(self._progress)
            growing = Growing(self._file, self._owner, self._room)
            if isinstance(result.content, bytes):
                await growing.add(result.content)
            else:
                async for part in result.content:
                    await growing.add(part)
            await growing.finish(rows=result.rows)

    async def _beat(self, task: asyncio.Task[None] | None) -> None:
        while True:
            await asyncio.sleep(BEAT)
            if not await files.renew(self._file, self._progress.percent) and task is not None:
                task.cancel()
                return

    async def _failed(self, problem: Exception) -> None:
        if self.waited_for:
            self.problem = problem
            return
        error = GraphQLError(str(problem), original_error=problem)
        told = (await answered(ExecutionResult(None, [error]), self._context, ran=False)).errors[0]
        facts = {**told["extensions"]["params"], MESSAGE: told["message"]}
        await files.fail(self._file, told["extensions"]["code"], facts)
