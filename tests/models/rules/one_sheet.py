"""One sheet of a season, an act on it, and what came of each row."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

from models.enums import ClearanceStatus, Outcome
from models.rules.clearances import Change, set_clearances
from models.rules.selection import by_numbers
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
NUMBER = "20221503107"
EVERYTHING = ("clearance", "event", "item_college_counter", "item_building_counter")


async def one_sheet(**columns):
    """A university, its season, and 李娜's sheet."""
    uni = await factories.university()
    season = await factories.season(uni)
    who = await factories.student(NUMBER, name="李娜", building=uni.building, college=uni.college)
    return uni, season, await factories.sheet(season.batch, who, **columns)


async def act(uni, item="BOOKS", to=CLEARED, chosen=None, actor=None, **options):
    change = options.pop("change", None) or Change(to, reason=options.pop("reason", None))
    return await set_clearances(
        actor or uni.actor,
        batch="2026-06",
        item=item,
        selection=chosen or by_numbers([NUMBER]),
        change=change,
        **options,
    )


def outcomes(result):
    return [row.outcome for row in result.rows]


def codes(result):
    return [row.refusal.code if row.refusal else None for row in result.rows]
