"""Versions in the database: who sees a new one when, what a broken one does, and that of two publishers one is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from types import ModuleType, SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from models import PolicyHead, PolicyVersion, RoleAssignment
from models.rules import policy_publishing
from models.rules.refusals import Code, Refused
from policies import store
from policies.caller import Caller
from policies.rules import InvalidPolicy, PolicyTable, dump, parse_csv, read_csv
from policies.store import PolicyStore, permit, publish_default, put_in_force
from tests import factories


async def office() -> Caller:
    """Somebody of the graduation office."""
    user = await factories.user("office", "办公室")
    await RoleAssignment.create(user=user, role="office")
    return Caller(user.id, user.username, user.name, "office")


def table(*lines: str) -> PolicyTable:
    return parse_csv(lines or ["office,Student,name,read,all,allow,"])


async def published(expected: int, *lines: str) -> int:
    return await put_in_force(table(*lines), expected=expected, comment="test")


@pytest.fixture
async def mine(database: ModuleType) -> PolicyStore:
    """A store of a process that has just started."""
    return PolicyStore()


async def look(at: PolicyStore) -> int:
    """The version a read gets once the delay is over."""
    at._looked_at = float("-inf")
    return (await at.for_read()).version


async def test_without_a_version_nothing_is_permitted(mine: PolicyStore):
    assert await look(mine) == 0
    assert mine.snapshot.decision("office", "Student", "read").grants == {}
    assert (
        mine.degraded
        == "policy version 0 cannot be used: table: there is no such version; `lixiao seed` publishes the first"
    )


async def test_the_shipped_table_is_published_once(mine: PolicyStore):
    assert [await publish_default(), await publish_default()] == [1, 1]
    assert await look(mine) == 1
    assert mine.degraded is None
    assert set(mine.snapshot.table.rules) == set(read_csv().rules)
    assert await PolicyVersion.all().values_list("number", "parent", "author_id", "comment") == [
        (1, None, None, "出厂权限表 · Shipped default")
    ]


async def test_reads_look_at_the_head_at_most_twice_a_second(
    mine: PolicyStore, database: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    seconds = 100.0
    monkeypatch.setattr(store, "time", SimpleNamespace(monotonic=lambda: seconds))
    await published(0)
    assert (await mine.for_read()).version == 1
    await published(1)
    seconds += 0.5
    with database.statements() as sent:
        assert (await mine.for_read()).version == 1
    assert sent == []
    for statements in (2, 1):
        seconds += 0.51
        with database.statements() as sent:
            assert (await mine.for_read()).version == 2
        assert len(sent) == statements


async def test_a_write_sees_a_new_version_at_once(mine: PolicyStore, database: ModuleType):
    await published(0)
    await mine.for_read()
    await published(1)
    async with database.transaction():
        assert (await mine.for_write()).version == 2


async def test_nobody_takes_the_old_version_while_another_task_reads_the_new(
    mine: PolicyStore, monkeypatch: pytest.MonkeyPatch
):
    await published(0)
    await mine.for_write()
    await published(1)
    both_reading, real = asyncio.Barrier(2), policy_publishing.stored

    async def slow(number: int) -> tuple[str, str] | None:
        await both_reading.wait()
        return await real(number)

    monkeypatch.setattr(policy_publishing, "stored", slow)
    async with asyncio.timeout(60):
        found = await asyncio.gather(mine.for_write(), mine.for_write())
    assert [snapshot.version for snapshot in found] == [2, 2]


async def test_an_unpublished_version_of_another_transaction_is_not_seen(mine: PolicyStore, database: ModuleType):
    await published(0)
    rolled_back = database.transaction()
    await rolled_back.__aenter__()
    await published(1)
    await rolled_back.__aexit__(RuntimeError, RuntimeError(), None)
    assert await look(mine) == 1


async def test_the_second_of_two_publishers_is_told(database: ModuleType):
    await published(0)
    assert await published(1, "office,Student,level,read,all,allow,") == 2
    with pytest.raises(Refused) as refused:
        await published(1, "office,Student,grade,read,all,allow,")
    assert refused.value.refusal.code is Code.CONFLICT
    assert await PolicyVersion.all().count() == 2
    assert [head.number for head in await PolicyHead.all()] == [2]
    assert (await PolicyVersion.get(number=2)).parent == 1


async def test_two_first_publishers(database: ModuleType):
    await published(0)
    with pytest.raises(Refused) as refused:
        await published(0)
    assert refused.value.refusal.code is Code.CONFLICT
    assert await PolicyVersion.all().count() == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": dump(table()).replace("all", "own_college")}, "table: its checksum does not match"),
        ({"sha256": "0" * 64}, "table: its checksum does not match"),
        (
            {"body": (body := '{"rules": [], "parents": []}'), "sha256": store.checksum(body)},
            "table: has no rows",
        ),
    ],
)
async def test_a_version_that_cannot_be_used_leaves_the_last_good_one(
    mine: PolicyStore, change: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
):
    await published(0)
    assert await look(mine) == 1
    await published(1)
    await PolicyVersion.filter(number=2).update(**change)
    assert [await look(mine), await look(mine)] == [1, 1]
    assert mine.snapshot.decision("office", "Student", "read").grants
    assert mine.degraded == f"policy version 2 cannot be used: {reason}"
    told = [record.getMessage() for record in caplog.records if record.name == store.__name__]
    assert told == [f"{mine.degraded}; version 1 stays in force"]

    fresh = PolicyStore()
    assert await look(fresh) == 0
    assert fresh.snapshot.decision("office", "Student", "read").grants == {}
    assert fresh.degraded == mine.degraded

    await published(2)
    assert [await look(mine), await look(fresh)] == [3, 3]
    assert [each.degraded for each in (mine, fresh)] == [None, None]


async def test_a_repaired_version_is_taken_up(mine: PolicyStore):
    await published(0)
    good = (await PolicyVersion.get(number=1)).body
    await PolicyVersion.filter(number=1).update(body="x")
    assert await look(mine) == 0
    await PolicyVersion.filter(number=1).update(body=good)
    assert await look(mine) == 1


async def test_a_permit_is_resolved_under_the_version_that_holds_then(
    database: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "STORE", PolicyStore())
    await published(0, "office,Clearance,*,clear|bulk,all,allow,", "office,Sheet,*,read,all,allow,")
    asked = permit(await office(), "Clearance", "clear", "bulk")
    async with database.transaction():
        assert not (await asked()).permitted
    await published(1, "office,Clearance,*,clear,all,allow,", "secretary,Clearance,*,bulk,all,allow,")
    with pytest.raises(Refused) as refused:
        async with database.transaction():
            await asked()
    assert refused.value.refusal.code is Code.FORBIDDEN
    assert refused.value.refusal.facts == {
        "role": "office",
        "object": "Clearance",
        "action": "bulk",
        "roles": "secretary",
    }


# --- days


async def of_the_day(at: PolicyStore, day: date) -> set[str]:
    """The fields that the office reads on that day, once the delay is over."""
    at.today = lambda: day  # type: ignore[method-assign]  # the day of the test
    await look(at)
    return set(at.snapshot.decision("office", "Student", "read").grants)


async def test_a_rule_ends_with_its_last_day(mine: PolicyStore, database: ModuleType):
    await published(
        0,
        "office,Student,name,read,all,allow,",
        "office,Student,phone,read,all,allow,,2026-07-31",
        "office,Student,level,read,all,allow,,2026-08-01",
    )
    assert await of_the_day(mine, date(2026, 7, 31)) == {"name", "phone", "level"}
    with database.statements() as sent:
        assert await of_the_day(mine, date(2026, 8, 1)) == {"name", "level"}
    assert len(sent) == 1  # the table is not read again
    first = mine.snapshot
    assert await of_the_day(mine, date(2026, 8, 1)) == {"name", "level"}
    assert mine.snapshot is first
    assert await of_the_day(mine, date(2026, 8, 2)) == {"name"}
    last = mine.snapshot
    assert await of_the_day(mine, date(2026, 12, 31)) == {"name"}
    assert mine.snapshot is last
    assert mine.snapshot.version == 1
    assert await of_the_day(mine, date(2026, 7, 30)) == {"name", "phone", "level"}  # the clock was set back


async def test_days_pass_for_the_last_good_version_too(mine: PolicyStore):
    await published(0, "office,Student,name,read,all,allow,", "office,Student,phone,read,all,allow,,2026-07-31")
    assert await of_the_day(mine, date(2026, 7, 31)) == {"name", "phone"}
    await published(1)
    await PolicyVersion.filter(number=2).update(sha256="0" * 64)
    assert await of_the_day(mine, date(2026, 7, 31)) == {"name", "phone"}
    assert await of_the_day(mine, date(2026, 8, 1)) == {"name"}
    assert mine.degraded == "policy version 2 cannot be used: table: its checksum does not match"
    assert (mine.number, mine.snapshot.version) == (1, 1)


def test_the_day_is_the_universitys(monkeypatch: pytest.MonkeyPatch):
    late = datetime(2026, 7, 31, 16, 30, tzinfo=UTC)
    monkeypatch.setattr(store, "datetime", SimpleNamespace(now=late.astimezone))
    mine = PolicyStore()
    assert mine.today() == date(2026, 8, 1)
    mine.zone = ZoneInfo("Europe/London")
    assert mine.today() == date(2026, 7, 31)


# --- any version


async def test_the_table_of_any_version(mine: PolicyStore):
    await published(0)
    await published(1, "office,Student,level,read,all,allow,,2026-07-31")
    assert (await store.read_table(1)).rules == table().rules
    assert [rule.until for rule in (await store.read_table(2)).rules] == [date(2026, 7, 31)]
    with pytest.raises(Refused) as refused:
        await store.read_table(3)
    assert refused.value.refusal.code is Code.NOT_FOUND
    await PolicyVersion.filter(number=1).update(body="{}")
    with pytest.raises(InvalidPolicy, match="checksum"):
        await store.read_table(1)


# --- two tasks


async def test_a_task_that_read_an_older_version_does_not_bring_it_back(
    mine: PolicyStore, monkeypatch: pytest.MonkeyPatch
):
    """It saw the head at 2 and was overtaken by another that took 3 up."""
    await published(0)
    await look(mine)
    await published(1)
    reading, go, real = asyncio.Event(), asyncio.Event(), policy_publishing.stored

    async def slow(number: int) -> tuple[str, str] | None:
        if number == 2:
            reading.set()
            await go.wait()
        return await real(number)

    monkeypatch.setattr(policy_publishing, "stored", slow)
    slowly = asyncio.create_task(mine.refresh())
    await reading.wait()
    await published(2)
    assert (await mine.refresh()).version == 3
    go.set()
    assert (await slowly).version == 3
    assert (mine.number, mine.snapshot.version) == (3, 3)


async def test_every_snapshot_that_takes_over_is_told_of(mine: PolicyStore):
    swapped: list[int] = []
    mine.swapped = lambda snapshot: swapped.append(snapshot.version)
    await published(0)
    await look(mine)
    await look(mine)
    await published(1)
    await look(mine)
    assert swapped == [1, 2]
