"""The calendar: fixed days in the past, days to come counted from today, nothing of the past in the future."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from models.enums import BatchStatus
from seeds.timetable import ZONE, timetable


def test_four_batches_in_their_four_states():
    found = timetable(date(2026, 11, 21))
    assert [(each.code, each.status) for each in found.seasons] == [
        ("2025-06", BatchStatus.ARCHIVED),
        ("2025-12", BatchStatus.CLOSED),
        ("2026-06", BatchStatus.OPEN),
        ("2026-12", BatchStatus.PREPARING),
    ]
    assert found.open.name == "2026年6月离校"
    assert found.open.name_en == "Leaving June 2026"


def test_the_acts_lie_in_working_hours_of_may_and_june():
    slots = [slot.astimezone(ZONE) for slot in timetable(date(2026, 11, 21)).open.slots]
    assert (slots[0], slots[-1]) == (
        datetime(2026, 5, 20, 8, 30, tzinfo=ZONE),
        datetime(2026, 6, 24, 16, tzinfo=ZONE),
    )
    assert len(slots) == 26 * 6
    assert all(slot.weekday() < 5 for slot in slots)


@pytest.mark.parametrize("today", [date(2026, 6, 1), date(2026, 6, 26), date(2026, 11, 21), date(2031, 2, 28)])
def test_the_open_season_has_begun_and_is_not_over(today):
    found = timetable(today)
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    assert found.open.opens < found.open.slots[0] < found.open.slots[-1] < noon
    assert found.open.closes >= noon + timedelta(days=29)
    assert noon < found.preparing.request_deadline < found.preparing.opens < found.preparing.closes
    assert found.closed.closes < noon
    assert found.preparing.roster < noon
