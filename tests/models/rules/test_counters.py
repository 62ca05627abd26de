"""The counters are the count, after every kind of act; and what is said when they are not (invariants 7, 18)."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

import random

import pytest

from models import CertificateCounter, ItemBuildingCounter, ItemCollegeCounter
from models.enums import CertificateKind, CertificateStatus, ClearanceStatus, Reason
from models.rules import counters
from models.rules.certificates import issue
from models.rules.clearances import Change, ErrorPolicy, set_clearances
from models.rules.selection import by_sheets
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
PRINTED, ISSUED = CertificateStatus.PRINTED, CertificateStatus.ISSUED
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def counted(database):
    """Two colleges and two buildings with some students each, one of them without a building, and one certificate."""
    uni = await factories.university()
    season = await factories.season(uni)
    places = [
        (uni.college, uni.building),
        (uni.college, uni.other_building),
        (uni.other_college, uni.building),
        (uni.other_college, None),
    ]
    people = [await factories.student(college=college, building=building) for college, building in places * 2]
    sheets = await factories.sheets(season.batch, people, settled=True)
    await factories.certificate(sheets[0])
    return uni, season, sheets


async def test_a_fresh_season_counts_right(counted):
    uni, season, _ = counted
    assert await counters.recount() == []
    books = await ItemCollegeCounter.filter(item=season["BOOKS"]).order_by("college_id").values_list("college_id", "n")
    assert books == [(uni.college.id, 4), (uni.other_college.id, 4)]
    books = await ItemBuildingCounter.filter(item=season["BOOKS"]).order_by("building_id").values_list("n", flat=True)
    assert books == [4, 2], "who lives nowhere is in no building"


async def test_a_hundred_random_acts_leave_them_right(counted):
    uni, season, sheets = counted
    dice = random.Random(20260620)
    codes = [code for code in season.items if code != "NET"]
    for _ in range(100):
        await set_clearances(
            uni.actor,
            batch="2026-06",
            item=dice.choice(codes),
            selection=by_sheets([each.id for each in dice.sample(sheets, dice.randint(1, 4))]),
            change=Change(dice.choice(list(ClearanceStatus)), reason=Reason.OTHER),
            error_policy=dice.choice(list(ErrorPolicy)),
        )
    assert await counters.recount() == []
    assert sum(row["n"] for row in await ItemCollegeCounter.all().values("n")) == len(sheets) * len(codes)


async def test_certificates_are_counted_by_kind_and_status(counted):
    uni, season, sheets = counted
    await issue(uni.actor, batch="2026-06", selection=by_sheets([sheets[0].id]))
    rows = await CertificateCounter.all().order_by("id").values_list("batch_id", "college_id", "kind", "status", "n")
    ours = (season.batch.id, uni.college.id, CertificateKind.GRADUATION)
    assert rows == [(*ours, PRINTED, 0), (*ours, ISSUED, 1)]
    assert await counters.recount() == []


async def test_a_sheet_taken_away_is_not_counted(counted):
    _, _, sheets = counted
    await counters.count_sheets([sheets[0].id], sign=-1)
    sheets[0].state, sheets[0].holder = "CANCELLED", None
    await sheets[0].save(update_fields=["state", "holder"])
    assert await counters.recount() == []


async def test_a_wrong_counter_is_named_and_rebuilt(counted):
    _, season, _ = counted
    wrong = await ItemCollegeCounter.filter(item=season["BOOKS"], status=CLEARED).order_by("college_id").first()
    assert wrong is not None
    await ItemCollegeCounter.filter(id=wrong.id).update(n=7)
    await CertificateCounter.all().delete()
    college_id = wrong.college_id
    differences = await counters.recount()
    assert [(each.table, each.off_by) for each in differences] == [
        ("item_college_counter", 3),
        ("certificate_counter", -1),
    ]
    assert differences[0].key == (season["BOOKS"].id, college_id, CLEARED.value)
    await counters.rebuild()
    assert await counters.recount() == []


async def test_nothing_to_move_is_no_statement(counted, database):
    moves = counters.Moves()
    moves.clearance(1, 1, None, PENDING, CLEARED)
    moves.clearance(1, 1, None, CLEARED, PENDING)
    with database.statements() as sent:
        await counters.move(moves)
        await counters.move(counters.Moves())
    assert sent == []
