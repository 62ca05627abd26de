"""The number of SQL statements of an act does not grow with its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.expressions import Q

from models import Certificate, Sheet, database
from models.enums import CertificateKind, CertificateStatus, ClearanceStatus, SheetState
from models.rules import display
from models.rules.actor import Reach
from models.rules.certificates import CertificateLine, import_certificates, issue, undo_issue
from models.rules.clearances import Change, ErrorPolicy, set_clearances
from models.rules.importing import ClearanceLine, import_clearances
from models.rules.observations import Observed
from models.rules.operations import apply_operation, undo_operation
from models.rules.selection import by_sheets
from models.rules.sheet_changes import cancel_sheets, set_late_until
from models.rules.syncing import sync_clearances
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
pytestmark = pytest.mark.usefixtures("sound_database")
SIZES = (1, 50, 200)


async def crowds(**statuses):
    """One season with a crowd of each size, everything settled but `statuses`."""
    uni = await factories.university()
    season = await factories.season(uni)
    found = []
    for size in SIZES:
        people = [await factories.student(f"{size:03}{n:05}", building=uni.building) for n in range(size)]
        found.append(await factories.sheets(season.batch, people, settled=True, statuses=statuses))
    return uni, season, found


async def counted(acts):
    """How many statements each of these took."""
    sizes = []
    for act in acts:
        with database.statements() as sent:
            await act()
        sizes.append(len(sent))
    return sizes


def ids(sheets):
    return [each.id for each in sheets]


def setting(uni, item, to, sheets, **options):
    return set_clearances(
        uni.actor,
        batch="2026-06",
        item=item,
        selection=by_sheets(ids(sheets)),
        change=Change(to),
        error_policy=ErrorPolicy.APPLY_VALID,
        **options,
    )


async def some(uni) -> Reach:
    """A reach that is narrower than everything, so that both filters are asked."""
    return Reach(visible=Q(college_id=uni.college.id), permitted=Q(sheet__college_id=uni.college.id))


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("item", "to", "statuses"),
    [
        ("BOOKS", PENDING, {}),
        ("BOOKS", CLEARED, {"BOOKS": PENDING, "CARD": PENDING, "FINAL": PENDING}),
        ("FINAL", CLEARED, {"FINAL": PENDING}),
        ("FINAL", CLEARED, {"FINAL": PENDING, "SIGN": PENDING}),
    ],
)
async def test_setting_clearances(item, to, statuses, dry_run):
    uni, _, found = await crowds(**statuses)

    async def permit() -> Reach:
        return await some(uni)

    one, fifty, many = await counted(
        [lambda sheets=sheets: setting(uni, item, to, sheets, permit=permit, dry_run=dry_run) for sheets in found]
    )
    assert one == fifty == many
    assert many <= 20


async def test_applying_a_dry_run_and_undoing_it():
    uni, _, found = await crowds()
    previews = [(await setting(uni, "BOOKS", PENDING, sheets, dry_run=True)).operation_id for sheets in found]
    one, fifty, many = await counted([lambda each=each: apply_operation(uni.actor, each) for each in previews])
    assert one == fifty == many
    one, fifty, many = await counted([lambda each=each: undo_operation(uni.actor, each) for each in previews])
    assert one == fifty == many


async def test_applying_what_was_shown_of_certificates():
    uni, _, found = await crowds()

    def lines(size):
        kind = CertificateKind.GRADUATION
        return [CertificateLine(f"{size:03}{n:05}", kind, number=f"{size}-{n}", printed=True) for n in range(size)]

    async def shown(act):
        return [(await act(n)).operation_id for n in range(len(SIZES))]

    def importing(n):
        return import_certificates(uni.actor, batch="2026-06", lines=lines(SIZES[n]), dry_run=True)

    def issuing(n):
        return issue(uni.actor, batch="2026-06", selection=by_sheets(ids(found[n])), dry_run=True)

    for act in (importing, issuing):
        previews = await shown(act)
        one, fifty, many = await counted([lambda each=each: apply_operation(uni.actor, each) for each in previews])
        assert one == fifty == many
    assert await Certificate.filter(status=CertificateStatus.ISSUED).count() == sum(SIZES)


async def test_giving_time_and_cancelling():
    uni, _, found = await crowds(BOOKS=PENDING, CARD=PENDING, FINAL=PENDING)
    until = datetime.now(UTC) + timedelta(days=1)

    def late(sheets):
        chosen = by_sheets(ids(sheets))
        return set_late_until(uni.actor, batch="2026-06", selection=chosen, until=until, reason="补办")

    def cancel(sheets):
        return cancel_sheets(uni.actor, batch="2026-06", selection=by_sheets(ids(sheets)), reason="误建")

    for act in (late, cancel):
        one, fifty, many = await counted([lambda each=each, act=act: act(each) for each in found])
        assert one == fifty == many
    assert await Sheet.filter(state=SheetState.CANCELLED).count() == sum(SIZES)


async def test_importing_several_items():
    uni, _, found = await crowds(BOOKS=PENDING, CARD=PENDING, FINAL=PENDING)

    def lines(size):
        return [
            ClearanceLine(f"{size:03}{n:05}", item, Change(CLEARED), name="张三")
            for n in range(size)
            for item in ("FINAL", "BOOKS", "CARD")
        ]

    one, fifty, many = await counted(
        [lambda size=size: import_clearances(uni.actor, batch="2026-06", lines=lines(size)) for size in SIZES]
    )
    assert one == fifty == many
    assert len(found) == len(SIZES)


async def test_synchronising():
    uni, _, _ = await crowds(FEES=PENDING, FINAL=PENDING)
    now = datetime.now(UTC)

    def sync(size):
        rows = [Observed(f"{size:03}{n:05}", True, now) for n in range(size)]
        return sync_clearances(uni.actor, source="FINANCE", batch="2026-06", item="FEES", rows=rows)

    one, fifty, many = await counted([lambda size=size: sync(size) for size in SIZES])
    assert one == fifty == many


async def test_certificates():
    uni, _, found = await crowds()

    def importing(size):
        lines = [
            CertificateLine(f"{size:03}{n:05}", kind, number=f"{kind.value}{size}-{n}", printed=True)
            for n in range(size)
            for kind in (CertificateKind.GRADUATION, CertificateKind.DEGREE)
        ]
        return import_certificates(uni.actor, batch="2026-06", lines=lines)

    one, fifty, many = await counted([lambda size=size: importing(size) for size in SIZES])
    assert one == fifty == many
    results = []

    async def issuing(sheets):
        results.append(await issue(uni.actor, batch="2026-06", selection=by_sheets(ids(sheets))))

    one, fifty, many = await counted([lambda sheets=sheets: issuing(sheets) for sheets in found])
    assert one == fifty == many
    numbers = [[row.object_id for row in result.rows] for result in results]
    one, fifty, many = await counted(
        [lambda each=each: undo_issue(uni.actor, certificates=each, reason="发错", recovered=True) for each in numbers]
    )
    assert one == fifty == many


@pytest.mark.parametrize("question", [display.load, display.progress])
async def test_the_questions_of_the_doors(question):
    _, _, found = await crowds(BOOKS=PENDING, CARD=PENDING, FINAL=PENDING)
    one, fifty, many = await counted([lambda sheets=sheets: question(ids(sheets)) for sheets in found])
    assert one == fifty == many
    assert many <= 8
