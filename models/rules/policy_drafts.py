"""The table that an administrator is writing: one draft each, kept until it is published or given up."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.expressions import F

from models import database
from models.policy_versions import PolicyDraft
from models.rules.refusals import Code, Refused


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """`base` is the version it began from; `version` grows with every save (B12)."""

    base: int
    body: str
    comment: str
    version: int


async def read(user_id: int) -> StoredDraft | None:
    """The draft of this account, if it has one."""
    found = await PolicyDraft.filter(author_id=user_id).values("base", "body", "comment", "version")
    return StoredDraft(**found[0]) if found else None


async def save(user_id: int, *, base: int, body: str, comment: str, expected_version: int | None) -> StoredDraft:
    """Keeps a draft in the place of the account's former one; `expected_version` is that one's, None for a first one.

    Refuses with CONFLICT when the draft is another one than expected: it was saved in another window meanwhile.
    """

    async def work() -> StoredDraft:
        if expected_version is None:
            await _create(user_id, base, body, comment)
        elif not await PolicyDraft.filter(author_id=user_id, version=expected_version).update(
            base=base, body=body, comment=comment, version=F("version") + 1
        ):
            await _refuse(user_id, expected_version)
        return StoredDraft(base, body, comment, (expected_version or 0) + 1)

    return await database.atomically(work)


async def _create(user_id: int, base: int, body: str, comment: str) -> None:
    if await PolicyDraft.exists(author_id=user_id):
        await _refuse(user_id, 0)
    await PolicyDraft.create(author_id=user_id, base=base, body=body, comment=comment)


async def _refuse(user_id: int, expected: int) -> None:
    present = await read(user_id)
    raise Refused(
        Code.CONFLICT,
        argument="expectedVersion",
        problem="DRAFT",
        expected=expected,
        version=present.version if present else 0,
    )


async def discard(user_id: int, *, version: int | None = None) -> bool:
    """Gives the account's draft up, with a `version` only if it still is that one; False when there was none such."""
    same = {} if version is None else {"version": version}
    return bool(await PolicyDraft.filter(author_id=user_id, **same).delete())
