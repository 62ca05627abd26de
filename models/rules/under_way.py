"""Long acts in this process: others get their turn between the rows, how far each operation is, and which is given up.

A dry run that is being applied is RUNNING for everybody. How far it is this process knows; on PostgreSQL, where others
ask too, the operation's own row is told of it on a connection beside the act's. SQLite's one writer is the act itself,
and there is one process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, ContextVar
from dataclasses import dataclass
from typing import TypeVar

from models import database
from models.database_url import Dialect
from models.enums import OperationState
from models.rules.refusals import Code, Refused

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 100  # rows between two turns of others: a few milliseconds
WORTH_TELLING = 500  # rows; fewer are done before anybody could look
PATIENCE = 0.5  # seconds to wait for a connection to tell it on


@dataclass(slots=True)
class Running:
    """One operation that this process carries out; of a piece of it, the part from `begin` to `end` percent."""

    operation_id: int
    told: bool
    begin: int = 0
    end: int = 100
    percent: int = 0
    given_up: bool = False

    def refuse_given_up(self) -> None:
        """Refuses with CONFLICT, which rolls back what was done so far."""
        if self.given_up:
            raise Refused(Code.CONFLICT, argument="id", state=OperationState.CANCELLED.value)


_RUNNING: dict[int, Running] = {}
_CURRENT: ContextVar[Running | None] = ContextVar("the operation that this task carries out", default=None)


@contextlib.contextmanager
def carrying_out(operation_id: int, rows: int, *, begin: int = 0, end: int = 100) -> Iterator[None]:
    """Makes it known that this task carries out an operation on so many rows, or a piece of one."""
    running = Running(operation_id, told=rows > WORTH_TELLING, begin=begin, end=end, percent=begin)
    token = _CURRENT.set(running)
    _RUNNING[operation_id] = running
    try:
        yield
    finally:
        _CURRENT.reset(token)
        _RUNNING.pop(operation_id, None)


def percents() -> dict[int, int]:
    """How far the operations are that this process carries out."""
    return {each.operation_id: each.percent for each in _RUNNING.values()}


def give_up(operation_id: int) -> None:
    """Asks this process to stop carrying it out at the next row, and to take back what it did so far."""
    running = _RUNNING.get(operation_id)
    if running is not None:
        running.given_up = True


async def reached(percent: int) -> None:
    """A step of an act is done. Gives others their turn. Refuses with CONFLICT when the act is to be given up."""
    running = _CURRENT.get()
    if running is not None:
        running.refuse_given_up()
        running.percent = running.begin + (running.end - running.begin) * percent // 100
        if running.told and database.dialect() is Dialect.POSTGRESQL:
            await _tell(running)
    await asyncio.sleep(0)


async def _tell(running: Running) -> None:
    """Outside of the act's transaction, whose changes nobody sees. Where the row is RUNNING no more, somebody else gave
    the operation up. A row that the act has locked by now is left as it is: to wait for it would be to wait for
    oneself."""

    async def telling() -> bool:
        await database.execute(TELL, [running.operation_id, running.percent])
        found = await database.fetch("SELECT state FROM operation WHERE id = ?1", [running.operation_id])
        return [state for (state,) in found] == [OperationState.RUNNING.value]

    task = asyncio.get_running_loop().create_task(telling(), context=Context())
    with contextlib.suppress(TimeoutError):  # every connection is busy: then nobody is told, this once
        running.given_up = not await asyncio.wait_for(task, PATIENCE) or running.given_up
    running.refuse_given_up()


TELL = (
    "UPDATE operation SET progress = ?2 WHERE id IN"
    " (SELECT id FROM operation WHERE id = ?1 AND state = 'RUNNING' FOR UPDATE SKIP LOCKED)"
)


async def in_turns(rows: Iterable[T], work: Callable[[T], R]) -> list[R]:
    """`[work(row) for row in rows]`, and everybody else gets a turn now and then: thousands of rows at once would stop
    the whole process for a second. Refuses with CONFLICT when the act is to be given up."""
    found: list[R] = []
    running = _CURRENT.get()
    for row in rows:
        found.append(work(row))
        if len(found) % AT_ONCE == 0:
            await asyncio.sleep(0)
            if running is not None:
                running.refuse_given_up()
    return found
