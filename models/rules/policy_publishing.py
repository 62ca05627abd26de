"""Which version of the policy table is in force, and replacing it; what a table says is not known here."""

from __future__ import annotations

from dataclasses import dataclass

from models import database
from models.database_url import Dialect
from models.policy_versions import PolicyHead, PolicyVersion
from models.rules.refusals import Code, Refused

HEAD = 1

#: PostgreSQL tells whoever listens on this channel, at commit, that another version is in force.
CHANNEL = "policy_head"


@dataclass(frozen=True, slots=True)
class InForce:
    """The version in force; number 0 when none was ever published."""

    number: int
    sha256: str


NONE = InForce(0, "")

IN_FORCE = """
SELECT head.number, version.sha256 FROM policy_head head JOIN policy_version version ON version.number = head.number
WHERE head.id = ?1
"""


async def in_force() -> InForce:
    """One small read. Inside a transaction it is the version that holds for that transaction's decisions: whoever
    publishes meanwhile waits until it ends (on SQLite, the transaction's own lock sees to that)."""
    held = database.in_transaction() and database.dialect() is Dialect.POSTGRESQL
    rows = await database.fetch(f"{IN_FORCE} FOR SHARE OF head" if held else IN_FORCE, [HEAD])
    return InForce(*rows[0]) if rows else NONE


async def body_of(number: int) -> str | None:
    """The stored text of a version; None when there is no such version."""
    rows = await database.fetch("SELECT body FROM policy_version WHERE number = ?1", [number])
    return str(rows[0][0]) if rows else None


async def publish(body: str, sha256: str, *, expected: int, author_id: int | None, comment: str) -> int:
    """Puts a new version in force if `expected` still is; gives its number.

    Refuses with CONFLICT when somebody else published meanwhile: the second of two is told, never overwrites.
    """

    async def work() -> int:
        number = expected + 1
        if not await _advance(expected, number):
            raise Refused(Code.CONFLICT, argument="expectedVersion", expected=expected)
        await PolicyVersion.create(
            number=number, parent=expected or None, author_id=author_id, comment=comment, body=body, sha256=sha256
        )
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
