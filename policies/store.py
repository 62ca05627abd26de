"""The policy in force in this process: read from the database, checked, kept until another version is published.

Reads may be `READ_DELAY` behind a publication; a write asks again inside its own transaction, so a right that was just
revoked, by a publication, by its last day or with the role itself, is never used (B8). A version that cannot be used
leaves the last good one in force and shows in /readyz; a process that never had a good one permits nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from models.rules import policy_publishing
from models.rules.actor import Permit, Reach
from models.rules.holdings import still_held
from models.rules.policy_publishing import NONE, InForce
from models.rules.refusals import Code, Refused
from policies.access import Access
from policies.caller import Caller
from policies.engine import Snapshot
from policies.rules import InvalidPolicy, PolicyTable, dump, load, read_csv

log = logging.getLogger(__name__)

READ_DELAY = 0.5  # seconds between two looks at the head
KEPT_CALLERS = 500  # whose rights are remembered between requests

#: Permits nothing: no row, no inheritance.
DENY_ALL = Snapshot(0, PolicyTable((), ()))


class PolicyStore:
    """`degraded` is why the version in force could not be used, in one line for /readyz; None when all is well.
    `zone`: where the days of a rule's `until` begin and end. `swapped` is told of every snapshot that takes over."""

    def __init__(self) -> None:
        self._take(DENY_ALL)
        self.degraded: str | None = "no policy has been read yet"
        self.zone = ZoneInfo("Asia/Shanghai")
        self.swapped: Callable[[Snapshot], None] | None = None
        self._known = NONE
        self._looked_at = float("-inf")
        self._reading = asyncio.Lock()

    @property
    def number(self) -> int:
        """The version whose snapshot this process uses; 0 before there was a good one."""
        return self._known.number

    def today(self) -> date:
        """The university's day."""
        return datetime.now(self.zone).date()

    async def for_read(self) -> Snapshot:
        """The snapshot for a request that only looks on: at most READ_DELAY old."""
        if time.monotonic() - self._looked_at > READ_DELAY:
            return await self.refresh()
        return self.snapshot

    async def access_for_read(self, caller: Caller) -> Access:
        """What the caller may look at: for all requests in which somebody asks in the same role, with the same units
        and the same token, one and the same, as long as the snapshot is in force. It knows the caller by these alone.
        """
        await self.for_read()
        return self._access(caller.rights)

    async def for_write(self) -> Snapshot:
        """The snapshot that holds in the caller's transaction: call it inside, after the locks."""
        return await self.refresh()

    async def refresh(self) -> Snapshot:
        """Looks at the head; reads and checks the version only when it is another one, or could not be used before.

        What is known changes only together with the snapshot: whoever asks while another task is still reading the new
        version waits for it, and never takes the old one for it.
        """
        before = self._known
        head = await policy_publishing.in_force()
        self._looked_at = time.monotonic()
        if head == self._known and self.degraded is None:
            return self._of_today()
        stored = await policy_publishing.stored(head.number)
        async with self._reading:  # only what needs no connection: those who wait here may hold all there are
            if self._known is not before and self._known.number >= head.number:  # another task was faster
                return self._of_today()
            return await self._read(head, stored)

    async def _read(self, head: InForce, stored: tuple[str, str] | None) -> Snapshot:
        """Takes a version up, or keeps the last good one. Understanding a table is work of 15 ms: in a thread."""
        try:
            table = await asyncio.to_thread(_understood, head, stored)
        except InvalidPolicy as problem:
            self._degrade(f"policy version {head.number} cannot be used: {problem}"[:300])
            return self._of_today()
        fresh = self._swap(head.number, table)
        self._known, self.degraded = head, None
        return fresh

    def _of_today(self) -> Snapshot:
        """The snapshot; another one of the same version when the last day of a rule has passed."""
        kept, today = self.snapshot, self.today()
        if kept.day is None or kept.day <= today <= (kept.good_until or today):
            return kept
        return self._swap(kept.version, kept.table)

    def _swap(self, number: int, table: PolicyTable) -> Snapshot:
        fresh = Snapshot(number, table, self.today())
        fresh.take_over(self.snapshot)
        self._take(fresh)
        if self.swapped is not None:
            self.swapped(fresh)
        return fresh

    def _take(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._access = lru_cache(maxsize=KEPT_CALLERS)(partial(Access, snapshot))

    def _degrade(self, reason: str) -> None:
        if reason != self.degraded:
            kept = (
                f"version {self.snapshot.version} stays in force" if self.snapshot.version else "nothing is permitted"
            )
            log.error("%s; %s", reason, kept)
        self.degraded = reason


# --- versions


def _understood(head: InForce, stored: tuple[str, str] | None) -> PolicyTable:
    """Raises InvalidPolicy for a version that is missing, tampered with or not understood."""
    if stored is None:
        raise InvalidPolicy.of("there is no such version; `lixiao seed` publishes the first")
    return _checked(stored[0], head.sha256)


def _checked(body: str, sha256: str) -> PolicyTable:
    if checksum(body) != sha256:
        raise InvalidPolicy.of("its checksum does not match")
    return load(body)


async def read_table(number: int) -> PolicyTable:
    """The table of any version. Refuses with NOT_FOUND one that there never was; raises InvalidPolicy for one that was
    tampered with or that this version of Lixiao does not understand."""
    stored = await policy_publishing.stored(number)
    if stored is None:
        raise Refused(Code.NOT_FOUND, argument="version", version=number)
    return await asyncio.to_thread(_checked, *stored)


def checksum(body: str) -> str:
    """What a stored version is checked against when it is read."""
    return hashlib.sha256(body.encode()).hexdigest()


async def put_in_force(table: PolicyTable, *, expected: int, comment: str) -> int:
    """Puts a checked table in force if version `expected` still is; gives the new version's number.

    This is how a new installation gets its first one, and nobody's act: it asks for no right, refuses no lockout and
    records no operation; people publish by `policies.publishing`. Refuses with CONFLICT.
    """
    body = dump(table)
    return await policy_publishing.publish(None, body, checksum(body), expected=expected, comment=comment)


async def publish_default(*, comment: str = "出厂权限表 · Shipped default") -> int:
    """Publishes the shipped table when none is in force; gives the number in force. Safe to repeat."""
    present = await policy_publishing.in_force()
    if present.number:
        return present.number
    try:
        return await put_in_force(read_csv(), expected=0, comment=comment)
    except Refused:  # another process was first
        return (await policy_publishing.in_force()).number


# --- this process


STORE = PolicyStore()  # every request and every write asks it


async def for_read() -> Snapshot:
    """See PolicyStore.for_read."""
    return await STORE.for_read()


async def access_for_read(caller: Caller) -> Access:
    """See PolicyStore.access_for_read."""
    return await STORE.access_for_read(caller)


async def for_write() -> Snapshot:
    """See PolicyStore.for_write."""
    return await STORE.for_write()


def today() -> date:
    """See PolicyStore.today."""
    return STORE.today()


async def access_for_write(caller: Caller) -> Access:
    """What the caller may do in this transaction: under the version that holds in it, and in the role and with the
    units that he still holds. Call it inside, after the locks; two small statements.

    Refuses with FORBIDDEN (fact `problem`: ROLE_ENDED) somebody whose role, account or token has ended meanwhile.
    """
    snapshot = await for_write()
    token = caller.token.token_id if caller.token else None
    held = await still_held(caller.user_id, caller.role, datetime.now(UTC), token_id=token)
    if held is None:
        raise Refused(Code.FORBIDDEN, argument=None, problem="ROLE_ENDED", role=caller.role)
    units = frozenset(unit for unit in caller.units if (unit.kind, unit.id) in held)
    return Access(snapshot, caller if units == caller.units else replace(caller, units=units))


def permit(caller: Caller, object_name: str, *actions: str) -> Permit:
    """What a verb of `models.rules` calls inside its transaction: the caller's reach under the rights holding there.

    The verb is refused with FORBIDDEN when one of `actions` is no longer permitted at all.
    """

    async def resolve() -> Reach:
        access = await access_for_write(caller)
        for action in actions:
            if not access.can(object_name, action):
                refusal = access.refusal(object_name, action)
                raise Refused(refusal.code, argument=None, **refusal.facts)
        return access.reach(object_name, *actions)

    return resolve
