"""When things happened in a demonstrated season: working hours as numbered slots, and the days of the four batches.

The acts of the main season lie between 2026-05-20 and 2026-06-24, whatever the day of the demonstration; only when that
day is earlier does everything move back by whole days, so that nothing lies in the future. What is yet to come (the end
of the open season, the season in preparation) is counted from the day of the demonstration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.enums import BatchStatus

ZONE = ZoneInfo("Asia/Shanghai")
#: An act begins in one of these hours; the hour's minutes order the items, see `seeds.manners`.
HOURS = (time(8, 30), time(9, 30), time(10, 30), time(14), time(15), time(16))
LAST_ACTS = date(2026, 6, 24)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of the university's clock, in UTC."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class SeasonDates:
    """The days of one batch. `slots` are the beginnings of its working hours, in order; none in a season to come."""

    code: str
    status: BatchStatus
    roster: datetime
    opens: datetime
    closes: datetime
    request_deadline: datetime
    slots: tuple[datetime, ...]

    @property
    def name(self) -> str:
        year, month = self.code.split("-")
        return f"{year}年{int(month)}月离校"

    @property
    def name_en(self) -> str:
        return f"Leaving {date.fromisoformat(f'{self.code}-01'):%B %Y}"

    def at(self, slot: int, minute: int, second: int = 0) -> datetime:
        return self.slots[slot] + timedelta(minutes=minute, seconds=second)

    def slot_of(self, share: float) -> int:
        """The slot after this share of the season."""
        return min(len(self.slots) - 1, int(share * len(self.slots)))


def working_hours(first: date, last: date) -> tuple[datetime, ...]:
    """The beginnings of all working hours from `first` to `last`, weekends left out."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(
        datetime.combine(day, hour, ZONE).astimezone(UTC) for day in days if day.weekday() < 5 for hour in HOURS
    )


@dataclass(frozen=True, slots=True)
class Timetable:
    """The four batches of the demonstration, as seen on one day."""

    archived: SeasonDates
    closed: SeasonDates
    open: SeasonDates
    preparing: SeasonDates

    @property
    def seasons(self) -> tuple[SeasonDates, ...]:
        return (self.archived, self.closed, self.open, self.preparing)


def timetable(today: date) -> Timetable:
    """The calendar of the demonstration when it is built on `today`."""
    back = max(timedelta(0), LAST_ACTS - (today - timedelta(days=1)))
    return Timetable(
        archived=_past("2025-06", BatchStatus.ARCHIVED, date(2025, 5, 20) - back, date(2025, 6, 24) - back),
        closed=_past("2025-12", BatchStatus.CLOSED, date(2025, 11, 19) - back, date(2025, 12, 24) - back),
        open=_open(date(2026, 5, 20) - back, LAST_ACTS - back, today),
        preparing=_preparing(date(2026, 6, 15) - back, today),
    )


def _past(code: str, status: BatchStatus, first: date, last: date) -> SeasonDates:
    return SeasonDates(
        code=code,
        status=status,
        roster=moment(first - timedelta(days=8), 10),
        opens=moment(first, 8),
        closes=moment(last + timedelta(days=6), 18),
        request_deadline=moment(first - timedelta(days=5), 18),
        slots=working_hours(first, last),
    )


def _open(first: date, last: date, today: date) -> SeasonDates:
    """It stays open for another month, so that whoever builds the demonstration can work in it."""
    past = _past("2026-06", BatchStatus.OPEN, first, last)
    closes = max(past.closes, moment(today + timedelta(days=30), 18))
    return SeasonDates(past.code, past.status, past.roster, past.opens, closes, past.request_deadline, past.slots)


def _preparing(roster: date, today: date) -> SeasonDates:
    """It opens in forty days at the earliest; departments may ask for changes for another month."""
    opens = max(date(2026, 11, 18), today + timedelta(days=40))
    return SeasonDates(
        code="2026-12",
        status=BatchStatus.PREPARING,
        roster=moment(roster, 10),
        opens=moment(opens, 8),
        closes=moment(opens + timedelta(days=42), 18),
        request_deadline=moment(opens - timedelta(days=5), 18),
        slots=(),
    )
