"""What one caller may do is kept between requests: for nobody else, for no other unit, and not past the policy."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from models import Sheet
from policies import store
from policies.caller import Caller, TokenLimits, Unit
from policies.rules import parse_csv, read_csv
from policies.store import KEPT_CALLERS, PolicyStore, put_in_force

HERE, THERE = Unit("college", 1, "15"), Unit("college", 2, "02")
SOMEBODY = Caller(7, "zhaowenjing", "赵文静", "counsellor", frozenset({HERE}), None, "en", 3)

OTHERS = {
    "account": replace(SOMEBODY, user_id=8),
    "role": replace(SOMEBODY, role="cert_officer"),
    "unit": replace(SOMEBODY, units=frozenset({THERE})),
    "one unit more": replace(SOMEBODY, units=frozenset({HERE, THERE})),
    "no unit": replace(SOMEBODY, units=frozenset()),
    "code of the unit": replace(SOMEBODY, units=frozenset({replace(HERE, code="16")})),
    "token": replace(SOMEBODY, token=TokenLimits(1)),
    "items of the token": replace(SOMEBODY, token=TokenLimits(1, frozenset({"BOOKS"}))),
    "fields of the token": replace(SOMEBODY, token=TokenLimits(1, frozenset(), frozenset({"student_no"}))),
    "token of the same limits": replace(SOMEBODY, token=TokenLimits(2)),
}


@pytest.fixture
async def mine(database: ModuleType) -> PolicyStore:
    await put_in_force(read_csv(), expected=0, comment="test")
    return PolicyStore()


async def test_requests_of_the_same_rights_share_them(mine: PolicyStore):
    first = await mine.access_for_read(SOMEBODY)
    assert await mine.access_for_read(replace(SOMEBODY)) is first
    for other in (replace(SOMEBODY, locale="zh_CN"), replace(SOMEBODY, default_batch_id=4)):
        assert await mine.access_for_read(other) is first


async def test_nothing_of_a_request_is_kept(mine: PolicyStore):
    kept = (await mine.access_for_read(SOMEBODY)).caller
    assert kept == Caller(7, "", "", "counsellor", frozenset({HERE}), None, "", None)


@pytest.mark.parametrize("other", OTHERS)
async def test_another_caller_has_rights_of_his_own(mine: PolicyStore, other: str):
    first = await mine.access_for_read(SOMEBODY)
    found = await mine.access_for_read(OTHERS[other])
    assert found is not first
    assert found.caller == OTHERS[other].rights
    assert await mine.access_for_read(SOMEBODY) is first


async def test_the_filters_are_those_of_the_caller(mine: PolicyStore):
    """Asked in turn, so that each could have been given the other's."""
    for _ in range(2):
        for each in (SOMEBODY, OTHERS["unit"]):
            rows = (await mine.access_for_read(each)).rows("Sheet", "read")
            assert rows is not None
            [college] = each.colleges
            assert f'"college_id" IN ({college})' in Sheet.filter(rows).sql(params_inline=True)


async def test_another_version_is_another_right_at_once(mine: PolicyStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "READ_DELAY", -1)
    first = await mine.access_for_read(SOMEBODY)
    assert first.can("Sheet", "read")
    await put_in_force(parse_csv(["office,Student,name,read,all,allow,"]), expected=1, comment="test")
    second = await mine.access_for_read(SOMEBODY)
    assert not second.can("Sheet", "read")
    assert second.snapshot is mine.snapshot


async def test_no_more_callers_are_kept_than_so_many(mine: PolicyStore):
    first = await mine.access_for_read(SOMEBODY)
    for number in range(100, 100 + KEPT_CALLERS):
        await mine.access_for_read(replace(SOMEBODY, user_id=number))
    assert mine._access.cache_info().currsize == KEPT_CALLERS
    assert await mine.access_for_read(SOMEBODY) is not first


async def test_a_write_keeps_nothing(mine: PolicyStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "STORE", mine)

    async def held(*_: object, **__: object) -> frozenset[tuple[str, int]]:
        return frozenset({("college", HERE.id)})

    monkeypatch.setattr(store, "still_held", held)
    assert await store.access_for_write(SOMEBODY) is not await store.access_for_write(SOMEBODY)
