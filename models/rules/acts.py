"""The frame of an act on sheets: key, batch, sheets, policy, in this order; what is done inside is the verb's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from models import database
from models.rules import selection as selections
from models.rules.actor import Actor, Permit, Reach
from models.rules.facts import Season
from models.rules.idempotency import Idempotency, claim
from models.rules.loading import batch_id_of, load_season, locked_season
from models.rules.locks import lock_sheets
from models.rules.recorded import load_result
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult
from models.rules.selection import Found, Selection


@dataclass(frozen=True, slots=True)
class Act:
    """What every verb on sheets is given. `batch` is a code."""

    actor: Actor
    batch: str
    permit: Permit
    dry_run: bool = False
    idempotency: Idempotency | None = None

    async def run(self, perform: Callable[[Season], Awaitable[ActResult]]) -> ActResult:
        """`perform` in a transaction whose batch is locked; again from the start when another one was in the way. A key
        that was applied before gives the answer of then. A dry run takes no lock, no key and no transaction."""
        if self.dry_run:
            return await perform(await load_season(await batch_id_of(self.batch)))

        async def work() -> ActResult:
            earlier = await claim(self.idempotency) if self.idempotency is not None else None
            if earlier is not None:
                return await load_result(earlier)
            return await perform(await locked_season(await batch_id_of(self.batch)))

        return await database.atomically(work)

    async def find(self, season: Season, selection: Selection) -> tuple[Found, Reach]:
        """The selected sheets, locked, as far as the caller sees them; he is asked for his right only then (B8)."""
        found = await selections.resolve(selection, season.batch)
        if not self.dry_run:
            await lock_sheets(found.sheets)
            found = await selections.still_meant(found, selection, season.batch)
        reach = await self.permit()
        found = found.seen(await selections.visible_among(found.sheets, reach.visible), selection)
        if selection.excluding:
            missing = await selections.unknown_exceptions(selection, season.batch, reach.visible)
            found = replace(found, missing_numbers=missing)
        return found, reach

    def refuse_uncounted(self, season: Season, selection: Selection, found: Found, confirmed: int | None) -> None:
        """Above the limit of a range, a whole filter needs its count typed in (B1), unless a dry run has shown it."""
        count = len(found.sheets)
        if selection.whole and not self.dry_run and count > season.batch.range_limit and confirmed != count:
            raise Refused(Code.COUNT_CONFIRMATION, argument="confirmedCount", count=count)


def not_found(number: str) -> Refusal:
    """A number that is not there, or that the caller does not see: one answer for both."""
    return Refusal(Code.NOT_FOUND, facts={"student_no": number})


def sheet_not_found(sheet_id: int) -> Refusal:
    """A ticked sheet that is not there, or not visible, or not of this batch."""
    return Refusal(Code.NOT_FOUND, facts={"sheet": sheet_id})
