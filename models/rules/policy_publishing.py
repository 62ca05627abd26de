"""Which version of the policy table is in force, and replacing it; what a table says is not known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models import database
from models.database_url import Dialect
from models.enums import OperationKind, Outcome
from models.policy_versions import PolicyHead, PolicyVersion
from models.rules.actor import SYSTEM, Actor
from models.rules.journal import event, record
from models.rules.recording import Head
from models.rules.refusals import Code, Refused
from models.rules.results import RowOutcome

HEAD = 1

#: PostgreSQL tells whoever listens on this channel, at commit, that another version is in force.
CHANNEL = "policy_head"


@dataclass(frozen=True, slots=True)
class InForce:
    """The version in force; number 0 when none was ever published."""

    number: int
    sha256: str


NONE = InForce(0, "")

#: The checksum is no join: whoever waited here for a publisher finds the new number, but rows joined to the old one.
IN_FORCE = """
SELECT head.number, (SELECT version.sha256 FROM policy_version version WHERE version.number = head.number) AS sha256
FROM policy_head head WHERE head.id = ?1
"""


async def in_force() -> InForce:
    """One small read. Inside a transaction it is the version that holds for that transaction's decisions: whoever
    publishes meanwhile waits until it ends (on SQLite, the transaction's own lock sees to that)."""
    held = database.in_transaction() and database.dialect() is Dialect.POSTGRESQL
    asking = f"{IN_FORCE} FOR SHARE OF head" if held else IN_FORCE
    rows = await database.fetch(asking, [HEAD])
    if rows and rows[0][1] is None and held:  # it waited: the version is younger than the statement, so ask once more
        rows = await database.fetch(asking, [HEAD])
    return InForce(rows[0][0], rows[0][1] or "") if rows else NONE


async def stored(number: int) -> tuple[str, str] | None:
    """The text and the checksum of a version; None when there is no such version."""
    rows = await database.fetch("SELECT body, sha256 FROM policy_version WHERE number = ?1", [number])
    return (str(rows[0][0]), str(rows[0][1])) if rows else None


async def lock_head() -> None:
    """For whoever is about to publish, first of all: from now to the end of the transaction nobody else publishes, and
    no write is decided under the version that is about to go. Two who only shared the head would deadlock."""
    if not database.in_transaction():
        raise AssertionError("a lock outside a transaction holds nothing: open `transaction()` first")
    if database.dialect() is Dialect.POSTGRESQL:
        await database.fetch("SELECT number FROM policy_head WHERE id = ?1 FOR NO KEY UPDATE", [HEAD])


async def require(expected: int) -> None:
    """Refuses with CONFLICT unless version `expected` is in force (0: none), naming the one that is: facts `number`,
    `by` and `at`, who published it and when."""
    present = await in_force()
    if present.number != expected:
        raise Refused(Code.CONFLICT, argument="expectedVersion", expected=expected, **await _whose(present.number))


async def _whose(number: int) -> dict[str, str | int]:
    found = await PolicyVersion.filter(number=number).values("author__name", "created_at")
    if not found:
        return {"number": number}
    at = found[0]["created_at"].astimezone(UTC).isoformat(timespec="seconds")
    return {"number": number, "by": found[0]["author__name"] or SYSTEM.name, "at": at}


async def publish(
    actor: Actor | None, body: str, sha256: str, *, expected: int, comment: str, **parameters: str | int
) -> int:
    """Puts a new version in force if `expected` still is; gives its number. Recorded as an operation of `actor` with
    these `parameters` and one event; what the shipped table is seeded with, by None, is nobody's act.

    Refuses with CONFLICT (see `require`) when somebody else published meanwhile: the second of two is told, never
    overwrites.
    """

    async def work() -> int:
        number = expected + 1
        if not await _advance(expected, number):
            await require(expected)
        version = await PolicyVersion.create(
            number=number,
            parent=expected or None,
            author_id=actor.user_id if actor else None,
            comment=comment,
            body=body,
            sha256=sha256,
        )
        if actor is not None:
            await _record(actor, version, {"version": number, "comment": comment, **parameters})
        if database.dialect() is Dialect.POSTGRESQL:
            await database.fetch("SELECT pg_notify(?1, ?2)", [CHANNEL, str(number)])
        return number

    return await database.atomically(work)


async def _advance(expected: int, number: int) -> bool:
    """Compare and swap; the first version of all finds no head to compare with."""
    if expected:
        return bool(await PolicyHead.filter(id=HEAD, number=expected).update(number=number))
    made = "INSERT INTO policy_head (id, number) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING"
    return bool(await database.execute(made, [HEAD, number]))


async def _record(actor: Actor, version: PolicyVersion, parameters: Mapping[str, Any]) -> None:
    before, after = str(version.parent or 0), str(version.number)
    row = RowOutcome(Outcome.APPLIED, "", object_id=version.id, before=before, after=after)
    head = Head(OperationKind.PUBLISH_POLICY, actor, parameters=parameters)
    change = event("PolicyVersion", version.id, "number", before=before, after=after)
    await record(head, [row], [change], datetime.now(UTC), about="PolicyVersion")
