"""Jobs: a long list checked, applied and undone piece by piece; what ends one early, and what a second process does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from models import Event, Job, JobPiece, Operation, OperationRow
from models.enums import JobTask, OperationKind, Outcome
from models.rules import job_work, jobs, operations
from models.rules.actor import Actor, Reach, unrestricted
from models.rules.check import check
from models.rules.clearing import ErrorPolicy
from models.rules.deciding import Change
from models.rules.importing import ClearanceLine
from models.rules.job_work import Told
from models.rules.jobs import Lost, Taken
from models.rules.people_import import PersonRow
from models.rules.refusals import Code, Refused
from models.rules.roster import RosterRow
from models.rules.undoing import undo_operation
from tests import factories as make

CLEARED = make.CLEARED
PEOPLE = 10


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of more than 6 lines are parted, into pieces of 4."""
    monkeypatch.setattr(job_work, "MOST_AT_ONCE", 6)
    monkeypatch.setattr(job_work, "PIECE", 4)


@pytest.fixture
async def season(database: ModuleType) -> make.University:
    """Ten students, numbered 20230001 …"""
    uni = await make.university()
    made = await make.season(uni)
    await make.crowd(made.batch, PEOPLE)
    return uni


def lines(numbers: Sequence[int], item: str = "BOOKS") -> list[ClearanceLine]:
    return [ClearanceLine(f"2023{n:04}", item, Change(status=CLEARED), row=n + 1) for n in numbers]


EVERYBODY = range(1, PEOPLE + 1)
CHECK = Told("2026-06", dry_run=True)
DO = Told("2026-06", dry_run=False)


async def begun(actor: Actor, told: Told, some: Sequence[ClearanceLine]) -> int:
    return (await job_work.begin_list(actor, OperationKind.SET_CLEARANCES, some, told=told, caller={})).operation_id


async def taken(worker: str = "here") -> Taken:
    found = await jobs.take(worker)
    assert found is not None
    return found


async def carried_on(actor: Actor, *, pieces: int | None = None) -> None:
    """The oldest job, to its end or for so many pieces."""
    left = iter([False] * pieces + [True]) if pieces is not None else None
    await job_work.carry_on(await taken(), actor, unrestricted, lambda: next(left) if left else False)


async def told(operation_id: int) -> tuple[str, int, int, int, int]:
    row = await Operation.get(id=operation_id)
    return row.state.value, row.applied, row.unchanged, row.refused, row.progress


async def outcomes(operation_id: int) -> list[str]:
    rows = await OperationRow.filter(operation_id=operation_id, cascaded=False).order_by("id")
    return [row.outcome.value for row in rows]


async def events() -> int:
    return await Event.filter(object="Clearance").count()


async def test_a_list_of_one_transaction_is_checked_and_applied(season: make.University) -> None:
    operation = await begun(season.actor, CHECK, lines(EVERYBODY))
    assert await told(operation) == ("RUNNING", 0, 0, 0, 0)
    await carried_on(season.actor)
    assert await told(operation) == ("PREVIEWED", PEOPLE, 0, 0, 0)
    assert await events() == 0
    assert await job_work.begin_apply(operation, {})
    await carried_on(season.actor)
    assert await told(operation) == ("APPLIED", PEOPLE, 0, 0, 100)
    assert (await events(), await check()) == (PEOPLE, [])
    assert not await job_work.begin_apply(operation, {})


@pytest.mark.usefixtures("short")
async def test_a_longer_list_is_checked_applied_and_undone_piece_by_piece(season: make.University) -> None:
    some = [*lines(EVERYBODY), *lines([1], "DORM"), *lines([99])]
    operation = await begun(season.actor, CHECK, some)
    assert await JobPiece.all().count() == 3
    await carried_on(season.actor)
    assert await told(operation) == ("PREVIEWED", PEOPLE + 1, 0, 1, 0)
    assert await JobPiece.all().count() == 0
    assert await job_work.begin_apply(operation, {})
    await carried_on(season.actor, pieces=1)
    assert (await told(operation))[0] == "RUNNING"
    assert await events() == 4
    await again()
    await carried_on(season.actor)
    assert await told(operation) == ("APPLIED", PEOPLE + 1, 0, 1, 100)
    assert (await events(), await check()) == (PEOPLE + 1, [])
    undo = (await job_work.begin_undo(season.actor, operation, {}, others=False)).operation_id
    await carried_on(season.actor, pieces=1)
    await again()
    await carried_on(season.actor)
    assert await told(undo) == ("APPLIED", PEOPLE + 1, 0, 0, 100)
    assert (await told(operation))[0] == "UNDONE"
    assert (await events(), await check()) == (2 * (PEOPLE + 1), [])


async def again() -> None:
    """What a process left that is gone."""
    await Job.filter(ended_at=None).update(leased_until=datetime.now(UTC) - timedelta(seconds=1))


@pytest.mark.usefixtures("short")
async def test_a_longer_list_is_checked_before_any_of_it_is_applied(season: make.University) -> None:
    operation = await begun(season.actor, DO, lines(EVERYBODY))
    await carried_on(season.actor, pieces=3)
    assert (await events(), await told(operation)) == (0, ("RUNNING", PEOPLE, 0, 0, 40))
    await again()
    await carried_on(season.actor)
    assert (await events(), await told(operation)) == (PEOPLE, ("APPLIED", PEOPLE, 0, 0, 100))
    assert await check() == []


@pytest.mark.usefixtures("short")
async def test_a_sorted_file_is_refused_as_a_whole_over_all_pieces(
    season: make.University, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_work, "MISMATCHES_ALLOWED", 5)
    wrong = [
        ClearanceLine(each.student_no, "BOOKS", each.change, name="李四", row=each.row) for each in lines(EVERYBODY)
    ]
    operation = await begun(season.actor, DO, wrong)
    job = await taken()
    with pytest.raises(Refused) as refused:
        await job_work.carry_on(job, season.actor, unrestricted, lambda: False)
    await jobs.failed(job, refused.value)
    assert (await events(), (await told(operation))[0]) == (0, "FAILED")
    assert await jobs.problems_of([operation]) == {operation: jobs.Problem("ROW_MISMATCH", {"count": 10})}


async def test_reject_all_stops_a_list_of_one_transaction_and_is_refused_for_a_longer_one(
    season: make.University, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = Told("2026-06", dry_run=False, error_policy=ErrorPolicy.REJECT_ALL)
    operation = await begun(season.actor, strict, lines([1, 2, 99]))
    await carried_on(season.actor)
    assert (await events(), (await told(operation))[0]) == (0, "FAILED")
    assert await outcomes(operation) == ["NOT_APPLIED", "NOT_APPLIED", "REFUSED"]
    monkeypatch.setattr(job_work, "MOST_AT_ONCE", 2)
    with pytest.raises(Refused) as refused:
        await begun(season.actor, strict, lines([1, 2, 99]))
    assert refused.value.refusal.facts["problem"] == "REJECT_ALL_TOO_LONG"


# --- ended early


@pytest.mark.usefixtures("short")
async def test_cancelled_in_the_middle_it_says_what_was_applied_and_can_be_undone(season: make.University) -> None:
    operation = await begun(season.actor, CHECK, lines(EVERYBODY))
    await carried_on(season.actor)
    await job_work.begin_apply(operation, {})
    await carried_on(season.actor, pieces=1)
    await operations.cancel_operation(season.actor, operation)
    assert await told(operation) == ("APPLIED", 4, 0, 0, 100)
    assert (await outcomes(operation)).count("NOT_APPLIED") == PEOPLE - 4
    assert await jobs.problems_of([operation]) == {operation: jobs.Problem("CANCELLED", {"applied": 4})}
    assert (await events(), await jobs.take("here"), await check()) == (4, None, [])
    undone = await undo_operation(season.actor, operation)
    assert (undone.count(Outcome.APPLIED), await events(), await check()) == (4, 8, [])


async def test_cancelled_before_its_turn_nothing_was_done(season: make.University) -> None:
    operation = await begun(season.actor, DO, lines(EVERYBODY))
    await operations.cancel_operation(season.actor, operation)
    assert await told(operation) == ("CANCELLED", 0, 0, 0, 0)
    assert (await jobs.take("here"), await events()) == (None, 0)


@pytest.mark.usefixtures("short")
async def test_an_undo_that_was_stopped_leaves_the_rest_to_be_undone(season: make.University) -> None:
    operation = await begun(season.actor, DO, lines(EVERYBODY))
    await carried_on(season.actor)
    undo = (await job_work.begin_undo(season.actor, operation, {}, others=False)).operation_id
    await carried_on(season.actor, pieces=1)
    await operations.cancel_operation(season.actor, undo)
    assert (await told(undo))[:2] == ("APPLIED", 4)
    assert (await told(operation))[0] == "APPLIED"
    undone = await undo_operation(season.actor, operation)
    assert (undone.count(Outcome.APPLIED), undone.count(Outcome.REFUSED)) == (PEOPLE - 4, 4)
    assert await check() == []


async def test_whose_rights_have_ended_his_job_failed_with_the_reason(season: make.University) -> None:
    async def ended() -> Reach:
        raise Refused(Code.FORBIDDEN, problem="ROLE_ENDED", role="operator")

    operation = await begun(season.actor, DO, lines(EVERYBODY))
    job = await taken()
    with pytest.raises(Refused) as refused:
        await job_work.carry_on(job, season.actor, ended, lambda: False)
    await jobs.failed(job, refused.value)
    assert (await told(operation))[0] == "FAILED"
    facts = {"problem": "ROLE_ENDED", "role": "operator"}
    assert await jobs.problems_of([operation]) == {operation: jobs.Problem("FORBIDDEN", facts)}


async def test_what_was_tried_too_often_is_given_up(season: make.University) -> None:
    operation = await begun(season.actor, DO, lines(EVERYBODY))
    for _ in range(jobs.MOST_ATTEMPTS):
        await taken()
        await again()
    assert await jobs.take("here") is None
    assert (await told(operation))[0] == "FAILED"


# --- two processes


async def test_who_lost_the_lease_writes_nothing(season: make.University) -> None:
    operation = await begun(season.actor, DO, lines(EVERYBODY))
    first = await taken("first")
    assert await jobs.take("second") is None
    await again()
    second = await taken("second")
    assert (await jobs.keep(first), await jobs.keep(second)) == (False, True)
    with pytest.raises(Lost):
        await job_work.carry_on(first, season.actor, unrestricted, lambda: False)
    assert (await events(), await outcomes(operation)) == (0, [])
    await job_work.carry_on(second, season.actor, unrestricted, lambda: False)
    assert (await events(), await told(operation)) == (PEOPLE, ("APPLIED", PEOPLE, 0, 0, 100))


async def test_a_job_that_was_put_back_is_free_at_once(season: make.University) -> None:
    await begun(season.actor, DO, lines(EVERYBODY))
    await jobs.put_back(await taken("first"))
    assert (await taken("second")).task is JobTask.LIST
    assert (await Job.first().values_list("attempts", flat=True)) == 1


# --- other lists


@pytest.mark.usefixtures("short")
async def test_people_are_imported_piece_by_piece(season: make.University) -> None:
    rows = [
        PersonRow({"student_no": f"2024{n:04}", "name": "王伟", "gender": "男", "level": "本科生"}, row=n)
        for n in range(1, 10)
    ]
    for dry_run, state, made in ((True, "PREVIEWED", 0), (False, "APPLIED", 9)):
        asked = Told("2026-06", dry_run=dry_run, college="15")
        begun = await job_work.begin_list(season.actor, OperationKind.IMPORT_PEOPLE, rows, told=asked, caller={})
        await carried_on(season.actor)
        assert (await told(begun.operation_id))[:4] == (state, 9, 0, 0)
        assert await make.Student.filter(student_no__startswith="2024").count() == made
    assert await check() == []


@pytest.mark.usefixtures("short")
async def test_a_roster_is_loaded_piece_by_piece(season: make.University) -> None:
    for n in range(1, 10):
        await make.student(f"2025{n:04}")
    rows = [RosterRow(f"2025{n:04}", row=n) for n in range(1, 11)]
    begun = await job_work.begin_list(season.actor, OperationKind.LOAD_ROSTER, rows, told=DO, caller={})
    await carried_on(season.actor)
    assert (await told(begun.operation_id))[:4] == ("APPLIED", 9, 0, 1)
    assert await check() == []
