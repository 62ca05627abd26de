"""Keeping files: they grow piece by piece, are their owner's alone, and go when their time is over.

What they hold and how much of it an installation allows is not known here (`Room`). A file that is being made belongs
to one process by a lease; when that lapses, the process is gone and the file FAILED.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from models import database
from models.accounts import User
from models.enums import FileState
from models.files import File, FilePiece
from models.rules.refusals import Code, Refused

PIECE = 512 * 1024
MEGABYTE = 1024 * 1024
MOST_FILES = 500
"""Of one person at a time."""
AT_ONCE = 5
"""Of one person, being uploaded or made."""
UNTOUCHED = timedelta(hours=1)
"""So long nothing is taken away to make room for a new file of the same person."""
LEASE = timedelta(seconds=60)
MOST_SWEPT = 20
"""At a time: what somebody waits for is not the end of another's day of work."""

UNFINISHED = [each for each in FileState if each.unfinished]


class Gone(Exception):
    """The file that was being made is not ours any more: cancelled, or given up."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose files: an account's in one role. A token sees what was made with it and nothing else of its owner's, for
    its rights may be fewer."""

    user_id: int
    role: str
    token_id: int | None = None

    @property
    def rows(self) -> Q:
        own = Q(owner_id=self.user_id, role=self.role)
        return own if self.token_id is None else own & Q(token_id=self.token_id)


@dataclass(frozen=True, slots=True)
class Room:
    """What is allowed: the bytes of one file, of all files of one person, and how long they are kept."""

    each: int
    together: int
    lasting: timedelta


class Growing:
    """A file that is being filled; `worker` holds its lease. Bytes come in any size and are kept in PIECEs."""

    def __init__(self, file: File, owner: Owner, room: Room) -> None:
        self.file, self.size = file, 0
        self._owner, self._room = owner, room
        self._number, self._waiting, self._sum, self._told = 0, bytearray(), hashlib.sha256(), _moment(None)

    async def add(self, content: bytes) -> None:
        """Raises Gone, and Refused (BAD_INPUT: FILE_TOO_LARGE, FILES_FULL)."""
        self.size += len(content)
        if self.size > self._room.each:
            raise too_large(self._room)
        for start in range(0, len(content), PIECE):
            self._waiting += content[start : start + PIECE]
            while len(self._waiting) >= PIECE:
                await self._keep(bytes(self._waiting[:PIECE]))
                del self._waiting[:PIECE]
        if _moment(None) - self._told > LEASE / 3:
            await self._tell()

    async def finish(self, *, rows: int | None = None, now: datetime | None = None) -> File:
        """It can be fetched from now on. Raises as `add`."""
        if self._waiting:
            await self._keep(bytes(self._waiting))
            self._waiting.clear()
        changes = {"state": FileState.READY, "progress": 100, "rows": rows, "sha256": self._sum.hexdigest()}
        if not await _own(self.file).update(**changes, leased_until=None, updated_at=_moment(now)):
            raise Gone
        return await File.get(id=self.file.id)

    async def _tell(self) -> None:
        """That it still comes, however slowly."""
        if not await renew(self.file, 0):
            raise Gone
        self._told = _moment(None)

    async def _keep(self, piece: bytes) -> None:
        self._sum.update(piece)

        async def work() -> None:
            changes = {"size": F("size") + len(piece), "leased_until": _moment(None) + LEASE}
            if not await _own(self.file).filter(state=FileState.MAKING).update(**changes):
                raise Gone
            await FilePiece.create(file_id=self.file.id, number=self._number, content=piece)
            await _make_room(self._owner, self._room, 0, 0, _moment(None))

        await database.atomically(work)
        self._number, self._told = self._number + 1, _moment(None)


async def begin(
    owner: Owner,
    name: str,
    media_type: str,
    room: Room,
    *,
    worker: str,
    state: FileState = FileState.MAKING,
    announced: int = 0,
    now: datetime | None = None,
) -> File:
    """A file with nothing in it yet, leased to `worker`; `announced`: how many bytes are to come, as far as is known.
    What has expired goes meanwhile.

    Refuses with BAD_INPUT: FILE_TOO_LARGE, FILES_FULL, FILES_AT_ONCE.
    """
    moment = _moment(now)
    if announced > room.each:
        raise too_large(room)
    await sweep(now=moment)

    async def work() -> File:
        await User.filter(id=owner.user_id).select_for_update().get()  # two of one person would both find room
        unfinished = File.filter(owner_id=owner.user_id, state__in=UNFINISHED, leased_until__gt=moment)
        if await unfinished.count() >= AT_ONCE:
            raise Refused(Code.BAD_INPUT, problem="FILES_AT_ONCE", limit=AT_ONCE)
        await _make_room(owner, room, announced, 1, moment)
        return await File.create(
            owner_id=owner.user_id,
            role=owner.role,
            token_id=owner.token_id,
            name=name,
            media_type=media_type,
            state=state,
            worker=worker,
            leased_until=moment + LEASE,
            expires_at=moment + room.lasting,
        )

    return await database.atomically(work)


async def store(
    owner: Owner,
    name: str,
    media_type: str,
    content: bytes,
    room: Room,
    *,
    rows: int | None = None,
    now: datetime | None = None,
) -> File:
    """A whole file at once. Refuses as `begin`."""
    file = await begin(owner, name, media_type, room, worker="", announced=len(content), now=now)
    growing = Growing(file, owner, room)
    try:
        await growing.add(content)
        return await growing.finish(rows=rows)
    except BaseException:
        await discard(file.id)
        raise


# --- while a file is being made


async def claim(file: File) -> bool:
    """Its turn has come: WAITING → MAKING. False when it is not ours any more."""
    return await _own(file).filter(state=FileState.WAITING).update(state=FileState.MAKING) > 0


async def renew(file: File, progress: int, *, now: datetime | None = None) -> bool:
    """Its process lives and is so far (0–100). False when the file is not ours any more."""
    changes = {"progress": progress, "leased_until": _moment(now) + LEASE}
    return await _own(file).filter(state__in=UNFINISHED).update(**changes) > 0


async def fail(file: File, problem: str, facts: Mapping[str, Any]) -> None:
    """With why, as a refusal says it. One that is not ours any more stays as it is."""

    async def work() -> None:
        changes = {"state": FileState.FAILED, "problem": problem, "facts": dict(facts), "leased_until": None, "size": 0}
        if await _own(file).filter(state__in=UNFINISHED).update(**changes):
            await FilePiece.filter(file_id=file.id).delete()

    await database.atomically(work)


async def cancel(file_id: int, owner: Owner) -> bool:
    """Whoever makes it stops when he next tells how far he is. False when there was nothing to stop."""

    async def work() -> bool:
        unfinished = File.filter(owner.rows, id=file_id, state__in=UNFINISHED)
        changed = await unfinished.update(state=FileState.CANCELLED, leased_until=None, size=0)
        if changed:
            await FilePiece.filter(file_id=file_id).delete()
        return changed > 0

    return await database.atomically(work)


async def discard(file_id: int) -> None:
    """As if it had never been."""

    async def work() -> None:
        await _delete([file_id])

    await database.atomically(work)


# --- reading


async def found(file_id: int, owner: Owner, *, now: datetime | None = None) -> File | None:
    """The file, if it is this owner's and its time is not over. One whose process is gone is shown as FAILED."""
    moment = _moment(now)
    file = await File.get_or_none(owner.rows, id=file_id, expires_at__gt=moment)
    if file is not None and file.state.unfinished and (file.leased_until or moment) <= moment:
        file.state, file.problem, file.facts, file.size = FileState.FAILED, *RESTARTED, 0
    return file


async def pieces(file: File) -> AsyncIterator[bytes]:
    """The content, a piece at a time. Raises LookupError when the file goes meanwhile."""
    number, size = 0, 0
    while size < file.size:
        rows = await database.fetch(
            "SELECT content FROM file_piece WHERE file_id = ?1 AND number = ?2", [file.id, number]
        )
        if not rows:
            raise LookupError(f"file {file.id} has gone")
        piece = bytes(rows[0][0])
        yield piece
        number, size = number + 1, size + len(piece)


# --- going


#: Why a file FAILED whose process is gone: the code, and the facts of its sentence.
RESTARTED: tuple[str, dict[str, Any]] = (Code.CONFLICT.value, {"problem": "FILE_RESTARTED"})


async def sweep(*, most: int = MOST_SWEPT, now: datetime | None = None) -> int:
    """Files whose process is gone become FAILED, and what has expired goes, `most` at a time; gives how many went."""
    moment = _moment(now)
    lapsed = Q(state__in=UNFINISHED, leased_until__lte=moment)
    expired = Q(expires_at__lte=moment)
    if not await File.filter(lapsed | expired).exists():
        return 0

    async def work() -> int:
        ids = await File.filter(lapsed).order_by("id").select_for_update().values_list("id", flat=True)
        if ids:
            code, facts = RESTARTED
            await File.filter(lapsed, id__in=ids).update(
                state=FileState.FAILED, problem=code, facts=facts, leased_until=None, size=0
            )
            await FilePiece.filter(file_id__in=ids).delete()
        old = await File.filter(expired).order_by("id").limit(most).select_for_update().values_list("id", flat=True)
        await _delete([int(str(each)) for each in old])
        return len(old)

    return await database.atomically(work)


async def _make_room(owner: Owner, room: Room, size: int, count: int, now: datetime) -> None:
    """For so many bytes and files more: what this person has had for longest goes first, unless it is of this hour.
    Refuses with BAD_INPUT: FILES_FULL."""
    [(files, together)] = await database.fetch(
        "SELECT count(*), COALESCE(sum(size), 0) FROM file WHERE owner_id = ?1", [owner.user_id]
    )
    count, size = count + int(files), size + int(together)
    if count <= MOST_FILES and size <= room.together:
        return
    old = File.filter(owner_id=owner.user_id, created_at__lte=now - UNTOUCHED).exclude(state__in=UNFINISHED)
    going = []
    for row in await old.order_by("id").values("id", "size"):
        if count <= MOST_FILES and size <= room.together:
            break
        count, size = count - 1, size - int(row["size"])
        going.append(int(row["id"]))
    if count > MOST_FILES or size > room.together:
        limit = room.together // MEGABYTE
        raise Refused(Code.BAD_INPUT, problem="FILES_FULL", count=MOST_FILES, limit=limit)
    await _delete(going)


async def _delete(ids: list[int]) -> None:
    if ids:
        await FilePiece.filter(file_id__in=ids).delete()
        await File.filter(id__in=ids).delete()


def too_large(room: Room) -> Refused:
    return Refused(Code.BAD_INPUT, problem="FILE_TOO_LARGE", limit=room.each // MEGABYTE)


def _own(file: File) -> QuerySet[File]:
    """As long as it is leased to the process that began it."""
    return File.filter(id=file.id, worker=file.worker)


def _moment(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
