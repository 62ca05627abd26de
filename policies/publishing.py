"""Putting another table in force, and going back to an old one: what would go wrong, and who may."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from models import database
from models.rules import policy_publishing
from models.rules.actor import COMMAND_LINE
from models.rules.holdings import anybody_holds
from models.rules.naming import units_by_code
from models.rules.nearest import nearest
from models.rules.refusals import Code, Refused
from policies import store
from policies.access import Access
from policies.assurances import Broken, broken
from policies.caller import Caller
from policies.drafts import COMMENT_LENGTH
from policies.engine import Snapshot
from policies.rules import PolicyTable, Problem, Rule, dump
from policies.scopes import AT, Scope, scope_named

Lockout = Literal["NOBODY", "PUBLISHER"]

#: The right to publish: object and action.
TUNING = ("PolicyVersion", "tune")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against a table: the assurances it breaks; whom it would lock out of tuning (nobody at all could do
    it any more, or the publisher in the acting role could not); rows that name a unit there is not."""

    broken: tuple[Broken, ...] = ()
    lockout: Lockout | None = None
    unknown_units: tuple[Problem, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the table may be published."""
        return self == Verdict()


class NotPublishable(Refused):
    """BAD_INPUT: something speaks against the table. Fact `problem` is ASSURANCE, LOCKOUT or UNKNOWN_UNIT."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(Code.BAD_INPUT, argument="table", problem=_first(verdict))
        self.verdict = verdict


def _first(verdict: Verdict) -> str:
    if verdict.unknown_units:
        return "UNKNOWN_UNIT"
    return "ASSURANCE" if verdict.broken else "LOCKOUT"


async def verdict(table: PolicyTable, *, publisher: Caller | None) -> Verdict:
    """What speaks against putting this table in force, now or on any later day: a rule that ends may be the one that
    denies, or the last that lets somebody tune. Without a publisher (the shell) only a table by which nobody could tune
    any more is a lockout."""
    return await (await _judged(table)).verdict(publisher)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A table, decided for every day that matters; what remains to be asked of the database is `verdict`."""

    table: PolicyTable
    days: Sequence[Snapshot]
    broken: tuple[Broken, ...]

    async def verdict(self, publisher: Caller | None) -> Verdict:
        return Verdict(self.broken, await _lockout(self.days, publisher), await _unknown_units(self.table))


async def _judged(table: PolicyTable) -> _Judged:
    """The work of a tenth of a second, in a thread and outside of the transaction, which holds up every write."""
    return await asyncio.to_thread(_judge, table, store.today(), store.STORE.snapshot)


def _judge(table: PolicyTable, today: date, decided: Snapshot) -> _Judged:
    days = _each_day(table, today, decided)
    return _Judged(table, days, tuple(dict.fromkeys(each for day in days for each in broken(day))))


def _each_day(table: PolicyTable, today: date, decided: Snapshot) -> list[Snapshot]:
    """Today's snapshot of a table, and those of the days from which on somebody may more, or fewer may tune."""
    ending = [rule for rule in table.rules if rule.effect == "deny" or (rule.object, rule.action) == TUNING]
    ends = {rule.until for rule in ending if rule.until is not None and today <= rule.until < date.max}
    snapshots = []
    for day in [today, *(each + timedelta(days=1) for each in sorted(ends))]:
        decided, older = Snapshot(0, table, day), decided
        decided.take_over(older)
        snapshots.append(decided)
    return snapshots


async def _lockout(days: Sequence[Snapshot], publisher: Caller | None) -> Lockout | None:
    now = datetime.now(UTC)
    for roles in {day.roles_with(*TUNING) for day in days}:
        if not await anybody_holds(roles, now):
            return "NOBODY"
    if publisher is None or all(Access(day, publisher).can(*TUNING) for day in days):
        return None
    return "PUBLISHER"


async def _unknown_units(table: PolicyTable) -> tuple[Problem, ...]:
    narrowed = [(rule, scope) for rule in table.rules if (scope := scope_named(rule.scope)) and scope.code]
    known = await units_by_code() if narrowed else {}
    return tuple(
        _no_such_unit(rule, scope, known[scope.unit])
        for rule, scope in narrowed
        if scope.unit and scope.code not in known[scope.unit]
    )


def _no_such_unit(rule: Rule, scope: Scope, known: Mapping[str, str]) -> Problem:
    near = tuple(f"{scope.base}{AT}{code}" for code in nearest(scope.code or "", known))
    return Problem(rule.row, "scope", rule.scope, f"no such {scope.unit}", near)


async def publish(table: PolicyTable, *, expected: int, caller: Caller | None, comment: str) -> int:
    """Puts a checked table in force in one transaction; gives the number of the version then in force. That is
    `expected` itself, and nothing is written, when the table in force is the same to the last note.

    Without a caller it is the shell's act. Refuses FORBIDDEN (the caller may not tune, or no longer), CONFLICT (another
    version is in force: facts `number`, `by`, `at`), BAD_INPUT (no comment, or too long a one), NotPublishable.
    """
    return await _put_in_force(table, expected, caller, _clean(comment))


async def rollback(to: int, *, expected: int, caller: Caller | None, comment: str) -> int:
    """Puts the table of version `to` in force again, as a new version; gives its number, `expected` when the tables are
    the same. Refuses as `publish` does, and NOT_FOUND for a version there never was; raises InvalidPolicy for one that
    is not usable."""
    clean = _clean(comment)
    return await _put_in_force(await store.read_table(to), expected, caller, clean, back_to=to)


def _clean(comment: str) -> str:
    clean = comment.strip()
    if not clean:
        raise Refused(Code.BAD_INPUT, argument="comment", problem="MISSING")
    if len(clean) > COMMENT_LENGTH:
        raise Refused(Code.BAD_INPUT, argument="comment", length=len(clean), limit=COMMENT_LENGTH)
    return clean


async def _put_in_force(
    table: PolicyTable, expected: int, caller: Caller | None, comment: str, **parameters: int
) -> int:
    body = await asyncio.to_thread(dump, table)
    checksum = store.checksum(body)
    judged = await _judged(table)

    async def work() -> int:
        await policy_publishing.lock_head()
        if caller is not None:
            await store.permit(caller, *TUNING)()
        await policy_publishing.require(expected)
        if await policy_publishing.stored(expected) == (body, checksum):
            return expected
        against = await judged.verdict(caller)
        if not against.good:
            raise NotPublishable(against)
        actor = caller.actor if caller is not None else COMMAND_LINE
        return await policy_publishing.publish(actor, body, checksum, expected=expected, comment=comment, **parameters)

    number = await database.atomically(work)
    if not database.in_transaction():
        with suppress(*database.UNAVAILABLE):  # it is published; whoever reads will look again
            await store.STORE.refresh()  # this process reads by it at once
    return number
