"""A process that still holds yesterday's rights for reading never writes by them (B8): whatever took the right away,
and also when it went while the write waited for a lock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from types import ModuleType

import pytest

from models import ApiToken, Clearance, Event, RoleAssignment, User
from models.enums import ClearanceStatus
from models.rules.clearances import Change, set_clearances
from models.rules.locks import lock_sheets
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.selection import by_sheets
from models.rules.sessions import TokenLimits, Unit
from policies import store
from policies.caller import Caller
from policies.publishing import publish, rollback
from policies.rules import PolicyTable, checked, parse_csv, read_csv
from policies.store import PolicyStore
from tests import factories
from tests.models.rules.waiting import held, waits_or_ends

SHIPPED = read_csv()
CLEAR = "operator,Clearance,*,clear,own_department_items,allow,"
PENDING, CLEARED = ClearanceStatus.PENDING, ClearanceStatus.CLEARED
LAST, AFTER = date(2026, 7, 31), date(2026, 8, 1)


def table(*lines: str, without: str = "") -> PolicyTable:
    gone = set(parse_csv([without]).rules) if without else set()
    own = [rule for line in lines for rule in parse_csv([line]).rules]
    return checked([*own, *(rule for rule in SHIPPED.rules if rule not in gone)], SHIPPED.parents)


class Desk:
    """The library's operator with a sheet whose books are not back, and an administrator."""

    def __init__(self, clerk: Caller, admin: Caller, sheet_id: int, assignment_id: int, item_id: int) -> None:
        self.clerk, self.admin, self.sheet_id = clerk, admin, sheet_id
        self.assignment_id, self.item_id = assignment_id, item_id

    async def clear(self, clerk: Caller | None = None) -> ActResult:
        caller = clerk or self.clerk
        return await set_clearances(
            caller.actor,
            batch="2026-06",
            item="BOOKS",
            selection=by_sheets([self.sheet_id]),
            change=Change(CLEARED),
            permit=store.permit(caller, "Clearance", "clear"),
        )

    async def status(self) -> ClearanceStatus:
        return (await Clearance.get(sheet_id=self.sheet_id, item_id=self.item_id)).status


@pytest.fixture
async def desk(database: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(store, "STORE", PolicyStore())
    monkeypatch.setattr(store, "READ_DELAY", 3600.0)  # nobody looks again for reading
    await store.publish_default()
    uni = await factories.university()
    season = await factories.season(uni)
    sheet = await factories.sheet(season.batch, await factories.student("20220001"))
    held_role = await RoleAssignment.create(user=uni.clerk, role="operator", department=uni.library)
    admin = await factories.user("policyadmin", "曹正阳", password_hash="x")
    await RoleAssignment.create(user=admin, role="policy_admin")
    await store.STORE.refresh()
    unit = frozenset({Unit("department", uni.library.id, "TSG")})
    return Desk(
        Caller(uni.clerk.id, "limin", "李敏", "operator", unit),
        Caller(admin.id, "policyadmin", "曹正阳", "policy_admin"),
        sheet.id,
        held_role.id,
        season["BOOKS"].id,
    )


async def refused(act: Awaitable[ActResult]) -> dict[str, str | int]:
    with pytest.raises(Refused) as found:
        await act
    assert found.value.refusal.code is Code.FORBIDDEN
    return dict(found.value.refusal.facts)


NOT_CLEAR = {
    "role": "operator",
    "object": "Clearance",
    "action": "clear",
    "roles": "supervisor,counsellor,party_office,office",
}
ENDED = {"problem": "ROLE_ENDED", "role": "operator"}


async def in_force_elsewhere(wanted: PolicyTable, number: int) -> None:
    """Another process publishes: this one's store is left as it is."""
    await store.put_in_force(wanted, expected=number, comment="x")
    assert store.STORE.snapshot.version == number


async def test_while_the_right_holds_it_is_used(desk: Desk):
    assert len((await desk.clear()).rows) == 1
    assert await desk.status() is CLEARED


async def test_after_a_publication(desk: Desk):
    await in_force_elsewhere(table(without=CLEAR), 1)
    assert (await store.for_read()).decision("operator", "Clearance", "clear").grants
    assert await refused(desk.clear()) == NOT_CLEAR
    assert await desk.status() is PENDING
    assert await Event.all().count() == 0


async def test_after_going_back(desk: Desk):
    """The right is in version 2, and version 3 is version 1 again."""
    await store.put_in_force(table(without=CLEAR), expected=1, comment="x")
    await store.put_in_force(table(), expected=2, comment="x")
    await store.STORE.refresh()
    kept = store.STORE
    store.STORE = PolicyStore()  # another process goes back
    assert await rollback(2, expected=3, caller=desk.admin, comment="x") == 4
    store.STORE = kept
    assert (await store.for_read()).version == 3
    assert await refused(desk.clear()) == NOT_CLEAR


async def test_after_the_last_day(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    until = table(f"{CLEAR},{LAST}", without=CLEAR)
    await store.put_in_force(until, expected=1, comment="x")
    monkeypatch.setattr(store.STORE, "today", lambda: LAST)
    await store.STORE.refresh()
    await desk.clear()
    assert await desk.status() is CLEARED
    monkeypatch.setattr(store.STORE, "today", lambda: AFTER)
    assert (await store.for_read()).decision("operator", "Clearance", "clear").grants
    assert await refused(desk.clear()) == NOT_CLEAR


async def end_role(desk: Desk) -> None:
    await RoleAssignment.filter(id=desk.assignment_id).update(valid_until=datetime.now(UTC))


async def delete_role(desk: Desk) -> None:
    await RoleAssignment.filter(id=desk.assignment_id).delete()


async def disable(desk: Desk) -> None:
    await User.filter(id=desk.clerk.user_id).update(active=False)


async def unpublish(desk: Desk) -> None:
    await store.put_in_force(table(without=CLEAR), expected=1, comment="x")


ENDINGS: list[tuple[Callable[[Desk], Awaitable[None]], dict[str, str]]] = [
    (end_role, ENDED),
    (delete_role, ENDED),
    (disable, ENDED),
    (unpublish, NOT_CLEAR),
]


@pytest.mark.parametrize(("end", "facts"), ENDINGS)
async def test_after_the_role_ended(desk: Desk, end: Callable[[Desk], Awaitable[None]], facts: dict[str, str]):
    await end(desk)
    assert await refused(desk.clear()) == facts
    assert await desk.status() is PENDING


@pytest.mark.parametrize(("end", "facts"), ENDINGS)
async def test_what_ends_while_the_write_waits(
    desk: Desk, end: Callable[[Desk], Awaitable[None]], facts: dict[str, str]
):
    """Whoever holds the sheet lets it go only after the right went."""

    async def sheets() -> None:
        await lock_sheets([desk.sheet_id])
        await end(desk)

    async with held(sheets):
        writing = asyncio.ensure_future(desk.clear())
        await waits_or_ends(writing)
        assert not writing.done()
    assert await refused(writing) == facts
    assert await desk.status() is PENDING
    assert await Event.all().count() == 0


async def test_a_write_that_waits_for_the_publisher_sees_what_he_published(desk: Desk):
    """It waits at the head itself: what it finds there must be the new version, not no version."""

    async def published() -> None:
        await store.put_in_force(table(without=CLEAR), expected=1, comment="x")

    async with held(published):
        writing = asyncio.ensure_future(desk.clear())
        await waits_or_ends(writing)
        assert not writing.done()
    assert await refused(writing) == NOT_CLEAR
    assert store.STORE.degraded is None
    assert await desk.status() is PENDING


async def test_whoever_ends_a_role_waits_for_the_write_that_uses_it(desk: Desk):
    """So that nothing is written by a role after it was said to have ended."""

    async def uses() -> None:
        await store.access_for_write(desk.clerk)

    async with held(uses):
        ending = asyncio.ensure_future(end_role(desk))
        await waits_or_ends(ending)
        assert not ending.done()
    await ending


async def test_asking_again_costs_two_small_statements(desk: Desk, database: ModuleType):
    with database.statements() as sent:
        await store.access_for_write(desk.clerk)
    assert ["policy_head" in sent[0], "role_assignment" in sent[1], len(sent)] == [True, True, 2]


async def test_one_of_two_units_that_ended_is_not_acted_for(desk: Desk):
    finance = await factories.department("OTHER")
    both = Caller(
        desk.clerk.user_id,
        "limin",
        "李敏",
        "operator",
        desk.clerk.units | {Unit("department", finance.id, "OTHER")},
    )
    access = await store.access_for_write(both)
    assert access.caller.units == desk.clerk.units
    assert (await store.access_for_write(desk.clerk)).caller is desk.clerk


async def test_a_token_that_was_revoked_is_not_used(desk: Desk):
    token = await ApiToken.create(user_id=desk.clerk.user_id, role="operator", prefix="lx_1", token_hash="x")
    program = Caller(
        desk.clerk.user_id, "limin", "李敏", "operator", desk.clerk.units, TokenLimits(token.id, source="X")
    )
    await desk.clear(program)
    await ApiToken.filter(id=token.id).update(revoked_at=datetime.now(UTC))
    assert await refused(desk.clear(program)) == ENDED


async def test_what_two_processes_publish(desk: Desk):
    """The stale one is told, and writes by the new version from then on."""
    await in_force_elsewhere(table(without=CLEAR), 1)
    with pytest.raises(Refused) as conflict:
        await publish(table(), expected=1, caller=desk.admin, comment="x")
    assert conflict.value.refusal.code is Code.CONFLICT
    assert store.STORE.snapshot.version == 2
