"""Putting another table in force, and going back to an old one: what would go wrong, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from models import database
from models.rules import policy_publishing
from models.rules.actor import SYSTEM
from models.rules.holdings import anybody_holds
from models.rules.refusals import Code, Refused
from policies import store
from policies.access import Access
from policies.assurances import Broken, broken
from policies.caller import Caller
from policies.drafts import COMMENT_LENGTH
from policies.engine import Snapshot
from policies.rules import PolicyTable, Problem, dump

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
    """What speaks against putting this table in force now; without a publisher (the shell) only a table by which nobody
    could tune any more is a lockout."""
    snapshot = Snapshot(0, table)
    return Verdict(broken(snapshot), await _lockout(snapshot, publisher))


async def _lockout(snapshot: Snapshot, publisher: Caller | None) -> Lockout | None:
    if not await anybody_holds(snapshot.roles_with(*TUNING), datetime.now(UTC)):
        return "NOBODY"
    return "PUBLISHER" if publisher is not None and not Access(snapshot, publisher).can(*TUNING) else None


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
    body = dump(table)
    checksum = store.checksum(body)

    async def work() -> int:
        await policy_publishing.lock_head()
        if caller is not None:
            await store.permit(caller, *TUNING)()
        await policy_publishing.require(expected)
        if (await policy_publishing.in_force()).sha256 == checksum:
            return expected
        against = await verdict(table, publisher=caller)
        if not against.good:
            raise NotPublishable(against)
        actor = caller.actor if caller is not None else SYSTEM
        return await policy_publishing.publish(actor, body, checksum, expected=expected, comment=comment, **parameters)

    number = await database.atomically(work)
    if not database.in_transaction():
        await store.STORE.refresh()  # the publisher's own process reads by it at once
    return number
