"""The policy in force in this process: read from the database, checked, kept until another version is published.

Reads may be `READ_DELAY` behind a publication; a write asks again inside its own transaction, so a right that was just
revoked is never used (B8). A version that cannot be used leaves the last good one in force and shows in /readyz; a
process that never had a good one permits nothing.
"""

from __future__ import annotations

import hashlib
import logging
import time

from models.rules import policy_publishing
from models.rules.actor import Permit, Reach
from models.rules.policy_publishing import NONE, InForce
from models.rules.refusals import Refused
from policies.access import Access
from policies.caller import Caller
from policies.engine import Snapshot
from policies.rules import InvalidPolicy, PolicyTable, dump, load, read_csv

log = logging.getLogger(__name__)

READ_DELAY = 0.5  # seconds between two looks at the head

#: Permits nothing: no row, no inheritance.
DENY_ALL = Snapshot(0, PolicyTable((), ()))


class PolicyStore:
    """`degraded` is why the version in force could not be used, in one line for /readyz; None when all is well."""

    def __init__(self) -> None:
        self.snapshot = DENY_ALL
        self.degraded: str | None = "no policy has been read yet"
        self._known = NONE
        self._looked_at = float("-inf")

    async def for_read(self) -> Snapshot:
        """The snapshot for a request that only looks on: at most READ_DELAY old."""
        if time.monotonic() - self._looked_at > READ_DELAY:
            return await self.refresh()
        return self.snapshot

    async def for_write(self) -> Snapshot:
        """The snapshot that holds in the caller's transaction: call it inside, after the locks."""
        return await self.refresh()

    async def refresh(self) -> Snapshot:
        """Looks at the head; reads and checks the version only when it is another one, or could not be used before.

        What is known changes only together with the snapshot: whoever asks while another task is still reading the new
        version reads it too, and never takes the old one for it.
        """
        head = await policy_publishing.in_force()
        self._looked_at = time.monotonic()
        if head == self._known and self.degraded is None:
            return self.snapshot
        try:
            fresh = Snapshot(head.number, await _table(head))
        except InvalidPolicy as problem:
            self._degrade(f"policy version {head.number} cannot be used: {problem}"[:300])
            return self.snapshot
        self.snapshot, self._known, self.degraded = fresh, head, None
        return fresh

    def _degrade(self, reason: str) -> None:
        if reason != self.degraded:
            kept = (
                f"version {self.snapshot.version} stays in force" if self.snapshot.version else "nothing is permitted"
            )
            log.error("%s; %s", reason, kept)
        self.degraded = reason


async def _table(head: InForce) -> PolicyTable:
    """Raises InvalidPolicy for a version that is missing, tampered with or not understood."""
    body = await policy_publishing.body_of(head.number)
    if body is None:
        raise InvalidPolicy.of("there is no such version; `lixiao seed` publishes the first")
    if checksum(body) != head.sha256:
        raise InvalidPolicy.of("its checksum does not match")
    return load(body)


def checksum(body: str) -> str:
    """What a stored version is checked against when it is read."""
    return hashlib.sha256(body.encode()).hexdigest()


async def publish(table: PolicyTable, *, expected: int, author_id: int | None, comment: str) -> int:
    """Puts a checked table in force if version `expected` still is; gives the new version's number.

    Refuses with CONFLICT when somebody else published meanwhile. Whether the author may, and still could afterwards, is
    asked before.
    """
    body = dump(table)
    return await policy_publishing.publish(
        body, checksum(body), expected=expected, author_id=author_id, comment=comment
    )


async def publish_default(*, author_id: int | None = None, comment: str = "出厂权限表 · Shipped default") -> int:
    """Publishes the shipped table when none is in force; gives the number in force. Safe to repeat."""
    present = await policy_publishing.in_force()
    if present.number:
        return present.number
    try:
        return await publish(read_csv(), expected=0, author_id=author_id, comment=comment)
    except Refused:  # another process was first
        return (await policy_publishing.in_force()).number


STORE = PolicyStore()  # this process's; every request and every write asks it


async def for_read() -> Snapshot:
    """See PolicyStore.for_read."""
    return await STORE.for_read()


async def for_write() -> Snapshot:
    """See PolicyStore.for_write."""
    return await STORE.for_write()


def permit(caller: Caller, object_name: str, *actions: str) -> Permit:
    """What a verb of `models.rules` calls inside its transaction: the caller's reach under the version holding there.

    The verb is refused with FORBIDDEN when one of `actions` is no longer permitted at all.
    """

    async def resolve() -> Reach:
        access = Access(await for_write(), caller)
        for action in actions:
            if not access.can(object_name, action):
                refusal = access.refusal(object_name, action)
                raise Refused(refusal.code, argument=None, **refusal.facts)
        return access.reach(object_name, *actions)

    return resolve
