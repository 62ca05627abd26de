"""Keeping files: piece by piece, for their owner alone, for so long; and files that are being made, by a lease."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from models import ApiToken, File, FilePiece, User
from models.enums import FileState
from models.rules import files
from models.rules.files import (
    AT_ONCE,
    LEASE,
    MEGABYTE,
    MOST_FILES,
    MOST_SWEPT,
    PIECE,
    RESTARTED,
    UNTOUCHED,
    Gone,
    Growing,
    Owner,
    Room,
)
from models.rules.refusals import Refused

NOW = datetime(2026, 6, 18, 10, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
ROOM = Room(2 * MEGABYTE, 3 * MEGABYTE, DAY)
CSV = "text/csv"
CONTENT = bytes(range(256)) * (PIECE * 5 // 2 // 256) + b"the end"


@pytest.fixture
async def owner(database: ModuleType) -> Owner:
    return Owner((await User.create(username="limin", name="李敏")).id, "office")


async def content_of(file: File) -> bytes:
    return b"".join([piece async for piece in files.pieces(file)])


async def begun(owner: Owner, state: FileState = FileState.MAKING) -> File:
    return await files.begin(owner, "a.csv", CSV, ROOM, worker="w", state=state)


async def state_of(file: File) -> FileState:
    return (await File.get(id=file.id)).state


async def lapse() -> None:
    """Every process is gone."""
    await File.filter(leased_until__not_isnull=True).update(leased_until=datetime.now(UTC))


# --- what is kept


async def test_a_file_is_kept_in_pieces_and_read_as_it_was(owner: Owner) -> None:
    file = await files.store(owner, "a.csv", CSV, CONTENT, ROOM, rows=7)
    assert (file.state, file.size, file.rows, file.progress) == (FileState.READY, len(CONTENT), 7, 100)
    assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()
    sizes = [len(each.content) for each in await FilePiece.filter(file_id=file.id).order_by("number")]
    assert sizes == [PIECE, PIECE, len(CONTENT) - 2 * PIECE]
    assert await content_of(file) == CONTENT


async def test_however_it_comes_in_a_piece_has_its_size(owner: Owner) -> None:
    growing = Growing(await begun(owner), owner, ROOM)
    for start in range(0, len(CONTENT), 100_003):
        await growing.add(CONTENT[start : start + 100_003])
    file = await growing.finish()
    assert await FilePiece.filter(file_id=file.id).count() == 3
    assert await content_of(file) == CONTENT


async def test_an_empty_file_can_be_kept(owner: Owner) -> None:
    file = await files.store(owner, "a.csv", CSV, b"", ROOM)
    assert (file.size, await content_of(file)) == (0, b"")


async def test_reading_a_file_that_goes_meanwhile_says_so(owner: Owner) -> None:
    file = await files.store(owner, "a.csv", CSV, CONTENT, ROOM)
    reading = files.pieces(file)
    assert await anext(reading) == CONTENT[:PIECE]
    await files.discard(file.id)
    with pytest.raises(LookupError):
        await anext(reading)


# --- whose


async def test_only_its_owner_in_its_role_finds_it(owner: Owner) -> None:
    other = await User.create(username="wangfang", name="王芳")
    token = await ApiToken.create(user_id=owner.user_id, role="office", prefix="lx_a", token_hash="a")
    file = await files.store(owner, "a.csv", CSV, b"abc", ROOM)
    by_token = await files.store(Owner(owner.user_id, "office", token.id), "b.csv", CSV, b"abc", ROOM)
    for stranger in (Owner(other.id, "office"), Owner(owner.user_id, "leader"), Owner(owner.user_id, "", None)):
        assert await files.found(file.id, stranger) is None
        assert not await files.cancel(file.id, stranger)
    assert await files.found(file.id, Owner(owner.user_id, "office", token.id)) is None
    assert await files.found(by_token.id, Owner(owner.user_id, "office", token.id)) is not None
    assert [(await files.found(each.id, owner)) is not None for each in (file, by_token)] == [True, True]


# --- how much


async def refused(asking: object) -> dict[str, str | int]:
    with pytest.raises(Refused) as told:
        await asking  # type: ignore[misc]  # any of the verbs
    return dict(told.value.refusal.facts)


async def test_a_file_too_large_is_refused_and_nothing_stays(owner: Owner) -> None:
    facts = {"problem": "FILE_TOO_LARGE", "limit": 2}
    assert await refused(files.store(owner, "a.csv", CSV, bytes(2 * MEGABYTE + 1), ROOM)) == facts
    growing = Growing(await begun(owner), owner, ROOM)
    await growing.add(bytes(2 * MEGABYTE))
    assert await refused(growing.add(b"x")) == facts
    await files.discard(growing.file.id)
    assert (await File.all().count(), await FilePiece.all().count()) == (0, 0)


async def test_the_files_of_a_person_have_so_much_room_together(owner: Owner) -> None:
    await files.store(owner, "a.csv", CSV, bytes(2 * MEGABYTE), ROOM)
    facts = {"problem": "FILES_FULL", "count": MOST_FILES, "limit": 3}
    assert await refused(files.store(owner, "b.csv", CSV, bytes(MEGABYTE + 1), ROOM)) == facts
    elsewhere = Owner(owner.user_id, "leader")
    growing = Growing(await begun(elsewhere), elsewhere, ROOM)
    await growing.add(bytes(MEGABYTE))
    assert await refused(growing.add(bytes(PIECE))) == facts


async def test_the_oldest_goes_to_make_room_when_it_is_not_of_this_hour(owner: Owner) -> None:
    first, second = [await files.store(owner, name, CSV, bytes(MEGABYTE), ROOM) for name in ("1", "2")]
    old = datetime.now(UTC) - UNTOUCHED
    await File.filter(id=first.id).update(created_at=old)
    third = await files.store(owner, "3", CSV, bytes(2 * MEGABYTE), ROOM)
    assert await File.all().order_by("id").values_list("id", flat=True) == [second.id, third.id]


async def test_a_person_has_so_many_files(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 2)
    for name in ("1", "2"):
        await files.store(owner, name, CSV, b"a", ROOM)
    assert await refused(files.store(owner, "3", CSV, b"a", ROOM)) == {
        "problem": "FILES_FULL",
        "count": 2,
        "limit": 3,
    }


async def test_so_many_are_under_way_at_once_also_when_all_come_together(owner: Owner) -> None:
    begun_at_once = await asyncio.gather(*(begun(owner) for _ in range(AT_ONCE + 3)), return_exceptions=True)
    told = [each.refusal.facts for each in begun_at_once if isinstance(each, Refused)]
    assert told == [{"problem": "FILES_AT_ONCE", "limit": AT_ONCE}] * 3
    await lapse()
    await begun(owner)


# --- how long


async def test_what_has_expired_is_not_found_and_goes_a_few_at_a_time(owner: Owner) -> None:
    kept = [await files.store(owner, "a.csv", CSV, b"abc", ROOM, now=NOW) for _ in range(MOST_SWEPT + 1)]
    assert await files.found(kept[0].id, owner, now=NOW + DAY) is None
    assert await files.sweep(now=NOW + DAY - timedelta(seconds=1)) == 0
    assert [await files.sweep(now=NOW + DAY) for _ in range(3)] == [MOST_SWEPT, 1, 0]
    assert (await File.all().count(), await FilePiece.all().count()) == (0, 0)


async def test_a_new_file_sweeps_the_old(owner: Owner) -> None:
    await files.store(owner, "a.csv", CSV, b"abc", ROOM, now=NOW)
    file = await files.store(owner, "b.csv", CSV, b"abc", ROOM, now=NOW + DAY)
    assert await File.all().values_list("id", flat=True) == [file.id]


# --- being made


async def test_a_file_waits_is_claimed_once_and_finished(owner: Owner) -> None:
    file = await begun(owner, FileState.WAITING)
    assert [await files.claim(file), await files.claim(file)] == [True, False]
    assert await files.renew(file, 40)
    found = await files.found(file.id, owner)
    assert found is not None
    assert (found.state, found.progress) == (FileState.MAKING, 40)
    growing = Growing(file, owner, ROOM)
    await growing.add(b"abc")
    assert (await growing.finish(rows=1)).state is FileState.READY
    assert not await files.renew(file, 50)


async def test_a_cancelled_file_is_not_ours_any_more(owner: Owner) -> None:
    growing = Growing(await begun(owner), owner, ROOM)
    await growing.add(bytes(PIECE))
    assert [await files.cancel(growing.file.id, owner) for _ in range(2)] == [True, False]
    assert await FilePiece.all().count() == 0
    for asking in (growing.add(bytes(PIECE)), growing.finish()):
        with pytest.raises(Gone):
            await asking
    assert not await files.renew(growing.file, 90)
    await files.fail(growing.file, *RESTARTED)
    assert await state_of(growing.file) is FileState.CANCELLED
    assert await FilePiece.all().count() == 0


async def test_a_ready_file_is_not_cancelled(owner: Owner) -> None:
    file = await files.store(owner, "a.csv", CSV, b"abc", ROOM)
    assert not await files.cancel(file.id, owner)
    assert await content_of(file) == b"abc"


async def test_a_failed_file_says_why_and_holds_nothing(owner: Owner) -> None:
    growing = Growing(await begun(owner), owner, ROOM)
    await growing.add(bytes(PIECE))
    await files.fail(growing.file, "INTERNAL", {"correlation": "abc"})
    file = await File.get(id=growing.file.id)
    assert (file.state, file.problem, file.facts, file.size) == (
        FileState.FAILED,
        "INTERNAL",
        {"correlation": "abc"},
        0,
    )
    assert await FilePiece.all().count() == 0


@pytest.mark.parametrize("state", [FileState.WAITING, FileState.MAKING])
async def test_a_file_whose_process_is_gone_failed_before_and_after_the_sweep(owner: Owner, state: FileState) -> None:
    file = await begun(owner, state)
    if state is FileState.MAKING:
        await Growing(file, owner, ROOM).add(bytes(PIECE))
    later = datetime.now(UTC) + LEASE + timedelta(seconds=1)
    for _ in range(2):
        found = await files.found(file.id, owner, now=later)
        assert found is not None
        assert (found.state, found.problem, found.facts, found.size) == (FileState.FAILED, *RESTARTED, 0)
        assert await files.sweep(now=later) == 0
    assert await state_of(file) is FileState.FAILED
    assert await FilePiece.all().count() == 0
    with pytest.raises(Gone):
        await Growing(file, owner, ROOM).add(bytes(PIECE))


async def test_a_file_that_comes_slowly_keeps_its_lease(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = Growing(await begun(owner), owner, ROOM)
    monkeypatch.setattr(files, "LEASE", timedelta(0))
    before = (await File.get(id=growing.file.id)).leased_until
    await growing.add(b"a")
    after = (await File.get(id=growing.file.id)).leased_until
    assert before != after
    await files.cancel(growing.file.id, owner)
    with pytest.raises(Gone):
        await growing.add(b"a")
