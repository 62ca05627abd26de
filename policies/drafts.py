"""The draft of the next policy table that an administrator is writing, as a table rather than as stored text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from models.rules import policy_drafts, policy_publishing
from models.rules.policy_drafts import StoredDraft
from models.rules.refusals import Code, Refused
from policies.rules import PolicyTable, dump, load

COMMENT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Draft:
    """`base` is the version it began from; it is `stale` when another one is in force by now. `version` goes back with
    the next save."""

    base: int
    table: PolicyTable
    comment: str
    version: int
    stale: bool


async def read(user_id: int) -> Draft | None:
    """The draft of this account. Raises InvalidPolicy for one that this version of Lixiao does not understand: give it
    up, or save another table over it."""
    found = await policy_drafts.read(user_id)
    return await _understood(found) if found else None


async def save(user_id: int, table: PolicyTable, *, base: int, comment: str, expected_version: int | None) -> Draft:
    """Keeps a checked table as the account's draft; `expected_version` is that of the draft it replaces, None when
    there is none.

    Refuses with CONFLICT a draft that was saved in another window meanwhile, with BAD_INPUT a comment that is too long,
    with NOT_FOUND a base that was never published.
    """
    if len(comment) > COMMENT_LENGTH:
        raise Refused(Code.BAD_INPUT, argument="comment", length=len(comment), limit=COMMENT_LENGTH)
    if await policy_publishing.stored(base) is None:
        raise Refused(Code.NOT_FOUND, argument="base", version=base)
    body = await asyncio.to_thread(dump, table)
    saved = await policy_drafts.save(
        user_id, base=base, body=body, comment=comment.strip(), expected_version=expected_version
    )
    return await _understood(saved)


async def discard(user_id: int, *, version: int | None = None) -> bool:
    """Gives the account's draft up, with a `version` only if it still is that one; False when there was none such."""
    return await policy_drafts.discard(user_id, version=version)


async def _understood(found: StoredDraft) -> Draft:
    """Work of 15 ms and more: in a thread."""
    in_force = await policy_publishing.in_force()
    table = await asyncio.to_thread(load, found.body)
    return Draft(found.base, table, found.comment, found.version, found.base != in_force.number)
