"""The facts as they are loaded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.declare import Words
from models.enums import BatchStatus, CertificateKind, ClearanceStatus, DecidedBy, HandledBy, ItemKind, Level, Reason
from models.rules.facts import Dependant, Supervisor
from models.rules.loading import batch_id_of, load_season, load_seasons, load_sheets, moment
from models.rules.refusals import Code, Refused
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
pytestmark = pytest.mark.usefixtures("database")


async def test_a_season_with_its_items_and_what_comes_first():
    uni = await factories.university()
    season = await factories.season(uni, range_limit=300)
    card, books = season["CARD"].id, season["BOOKS"].id
    loaded = await load_season(season.batch.id)
    assert (loaded.batch.code, loaded.batch.status, loaded.batch.range_limit) == ("2026-06", BatchStatus.OPEN, 300)
    assert [item.code for item in loaded.items.values()] == list(season.items)
    assert loaded.items[card].requires == (books, season["DORM"].id)
    assert loaded.items[books].dependants == (Dependant(card, reopen=False),)
    dorm = loaded.items[season["DORM"].id]
    assert (dorm.office, dorm.place, dorm.phone) == (
        Words("学生公寓管理中心", "Dormitory centre"),
        "竹园3舍值班室",
        "8107",
    )
    assert loaded.items[books].place == "一层服务台", "the department's, when the item says nothing"
    assert (loaded.items[books].kind, loaded.items[books].handled_by) == (ItemKind.NORMAL, HandledBy.DEPARTMENT)
    assert loaded.final is not None
    assert loaded.final.code == "FINAL"


async def test_ranks_and_what_a_change_concerns():
    uni = await factories.university()
    season = await factories.season(uni)
    loaded = await load_season(season.batch.id)
    ranks = {loaded.items[item_id].code: rank for item_id, rank in loaded.ranks.items()}
    assert (ranks["BOOKS"], ranks["CARD"], ranks["FINAL"]) == (0, 1, 2)
    concerned = {loaded.items[each].code for each in loaded.concerned([season["BOOKS"].id])}
    assert concerned == {"BOOKS", "CARD", "DORM", "FINAL"}, "the card's other condition among them"
    assert loaded.concerned([season["FINAL"].id]) == frozenset(loaded.items)


async def test_a_closed_department_is_answered_for_by_its_successor():
    uni = await factories.university()
    season = await factories.season(uni)
    uni.library.active, uni.library.successor = False, uni.finance
    await uni.library.save(update_fields=["active", "successor_id"])
    loaded = await load_season(season.batch.id)
    assert loaded.items[season["BOOKS"].id].office.zh == "财务处"


async def test_withdrawn_items_gate_nothing():
    uni = await factories.university()
    season = await factories.season(uni)
    for code in ("BOOKS", "FINAL"):
        season[code].withdrawn_at = datetime.now(UTC)
        await season[code].save(update_fields=["withdrawn_at"])
    loaded = await load_season(season.batch.id)
    assert loaded.items[season["CARD"].id].requires == (season["DORM"].id,)
    assert loaded.final is None


async def test_a_sheet_with_everything_on_it():
    uni = await factories.university()
    season = await factories.season(uni)
    who = await factories.student(
        "1", name="李娜", level=Level.M, college=uni.college, building=uni.building, has_loan=True
    )
    await factories.supervise(who, uni.clerk, uni.colleague)
    late = datetime(2026, 7, 1, tzinfo=UTC)
    sheet = await factories.sheet(season.batch, who, late_until=late)
    books = await factories.clearance(sheet, "BOOKS")
    books.status, books.note, books.reason, books.hold = NOT_REQUIRED, "note", Reason.DEFERRED, "hold"
    books.decided_by, books.decided_user, books.decided_at = DecidedBy.MANUAL, uni.clerk, late
    await books.save()
    await factories.certificate(sheet, status="ISSUED", issued_user=uni.colleague, issued_at=late)
    await factories.certificate(sheet, CertificateKind.DEGREE, status="VOID")
    loaded = (await load_sheets([sheet.id], await load_seasons([season.batch.id])))[sheet.id]
    assert (loaded.student_no, loaded.name, loaded.late_until, loaded.building_id) == (
        "1",
        "李娜",
        late,
        uni.building.id,
    )
    assert (loaded.college.name.zh, loaded.college.secretary_phone) == ("计算机与信息科学学院", "8315")
    assert loaded.person["has_loan"]
    assert loaded.person["leave_type"] == "GRADUATION"
    assert loaded.supervisors == (Supervisor(uni.clerk.id, "李敏"), Supervisor(uni.colleague.id, "王芳"))
    facts = loaded.clearances[season["BOOKS"].id]
    assert (facts.status, facts.note, facts.reason, facts.hold) == (NOT_REQUIRED, "note", Reason.DEFERRED, "hold")
    assert (facts.decided_by, facts.decided_name, facts.decided_at) == (DecidedBy.MANUAL, "李敏", late)
    assert [each.kind for each in loaded.certificates] == [CertificateKind.GRADUATION], "void ones are gone"
    assert loaded.issued is not None
    assert (loaded.issued.issued_name, loaded.issued.issued_at) == ("王芳", late)
    assert [item.code for item in loaded.pending()] == ["DORM", "FEES", "CARD", "SIGN", "FINAL"]


async def test_sheets_of_other_seasons_are_not_given():
    uni = await factories.university()
    season = await factories.season(uni)
    sheet = await factories.sheet(season.batch)
    assert await load_sheets([sheet.id], {}) == {}


async def test_an_unknown_batch_is_not_found():
    with pytest.raises(Refused) as refused:
        await batch_id_of("2030-06")
    assert (refused.value.refusal.code, refused.value.argument) == (Code.NOT_FOUND, "batch")


def test_moments_as_the_databases_give_them():
    at = datetime(2026, 6, 20, 10, 32, tzinfo=UTC)
    assert [moment(each) for each in (None, at, "2026-06-20 10:32:00+00:00", "2026-06-20 10:32:00")] == [
        None,
        at,
        at,
        at,
    ]
