"""Takes over what another system says of an item (R10, B6): the newest word is kept, and settles the undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tortoise.expressions import Q

from models.enums import ClearanceStatus, ItemKind, OperationKind, Way
from models.in_list import in_list
from models.observations import SyncObservation
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import Act, not_found
from models.rules.clearing import ErrorPolicy, Order, carry_out
from models.rules.deciding import Change, Target
from models.rules.facts import ItemFacts, Season
from models.rules.idempotency import Idempotency
from models.rules.observations import Known, Observed, OpenElsewhere, Word, keep, known_words, listen
from models.rules.recording import LONGEST_NUMBER, Head
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult
from models.rules.selection import Found, by_numbers, is_everything
from models.season import Clearance

LONGEST_SOURCE: int = SyncObservation._meta.fields_map["source"].max_length  # type: ignore[attr-defined]  # a CharField


async def sync_clearances(
    actor: Actor,
    *,
    source: str,
    batch: str,
    item: str,
    rows: Sequence[Observed],
    permit: Permit = unrestricted,
    dry_run: bool = False,
    idempotency: Idempotency | None = None,
) -> ActResult:
    """One row each. Settled: CLEARED; not settled: PENDING again, if sync had settled it. A decision by hand and a hold
    stand (MANUAL_DECISION with who and when, invariant 17), and so does what another source still finds open (CONFLICT
    with which source and when). Late and repeated deliveries are harmless: a late word changes nothing and is told the
    source's newer one (`newer`); the newest word, repeated, settles what it could not settle before, as in a batch
    that has opened since. Of several rows about one student the newest counts.

    Every row with the codes of `why_not`, NOT_FOUND, FORBIDDEN, CONFLICT, DUPLICATE (another word of the same moment),
    BAD_INPUT (a moment without time zone or in the future, a text too long). What is new is kept as an observation even
    where the clearance does not change, but not of what the caller may not change (invariant 14). Refuses the whole act
    with NOT_FOUND (batch, item), BAD_INPUT (no source, no row), IDEMPOTENCY_MISMATCH.
    """
    _check(source, rows)
    act = Act(actor, batch, permit, dry_run, idempotency)
    heard = listen(rows, now=datetime.now(UTC))

    async def perform(season: Season) -> ActResult:
        wanted = season.item(item)
        found, reach = await act.find(season, by_numbers(word.number for word in heard))
        known = await known_words(source, wanted.id, found.sheets.values())
        sheets = found.by_number
        targets = [_target(word, wanted, sheets, known) for word in heard]
        if not dry_run:
            within = await _within(reach.permitted, wanted, found)
            await keep(source, wanted.id, [word for word in heard if word.counts and word.number in within])
        head = Head(
            OperationKind.SYNC,
            actor,
            season.batch.id,
            wanted.id,
            selector={"rows": len(rows)},
            parameters={"source": source, "way": Way.SYNC.value},
        )
        order = Order(
            head, season, targets, Way.SYNC, reach.permitted, ErrorPolicy.APPLY_VALID, dry_run, act.idempotency
        )
        return await carry_out(order)

    return await act.run(perform)


def _check(source: str, rows: Sequence[Observed]) -> None:
    if not source.strip() or len(source) > LONGEST_SOURCE or "\0" in source:
        raise Refused(Code.BAD_INPUT, argument="source")
    if not rows:
        raise Refused(Code.BAD_INPUT, argument="rows")


def _target(word: Word, item: ItemFacts, sheets: Mapping[str, int], known: Known) -> Target:
    sheet_id = sheets.get(word.number)
    if word.refusal is not None or sheet_id is None:
        refusal = word.refusal or not_found(word.number)
        return Target(word.number[:LONGEST_NUMBER], sheet_id, item.id, Change(), refusal=refusal)
    newest = known.own.get(word.number)
    if not word.counts:
        return _passed_over(word, sheet_id, item, word.newer)
    if newest is not None and newest.at > word.at:
        return _passed_over(word, sheet_id, item, newest.at)
    if newest is not None and newest.at == word.at and newest.settled is not word.settled:
        contradicting = Refusal(Code.DUPLICATE, facts={"student_no": word.number, "problem": "SAME_MOMENT"})
        return Target(word.number, sheet_id, item.id, Change(), refusal=contradicting)
    return Target(
        word.number,
        sheet_id,
        item.id,
        Change(_status(word, item), note=word.note or None),
        objection=_still_open(known.open_elsewhere.get(word.number)) if word.settled else None,
    )


def _passed_over(word: Word, sheet_id: int, item: ItemFacts, newer: datetime | None) -> Target:
    return Target(word.number, sheet_id, item.id, Change(), newer=newer, passed_over=True)


def _still_open(elsewhere: OpenElsewhere | None) -> Refusal | None:
    if elsewhere is None:
        return None
    return Refusal(Code.CONFLICT, facts={"source": elsewhere.source}, by=elsewhere.source, at=elsewhere.at)


def _status(word: Word, item: ItemFacts) -> ClearanceStatus:
    if word.settled:
        return ClearanceStatus.CLEARED
    return ClearanceStatus.NOT_REQUIRED if item.kind is ItemKind.OPTIONAL else ClearanceStatus.PENDING


async def _within(permitted: Q, item: ItemFacts, found: Found) -> set[str]:
    """The numbers of those whose clearance of the item the caller may change."""
    if is_everything(permitted):
        return set(found.sheets.values())
    asked = Clearance.filter(Q(item_id=item.id, sheet_id__in=in_list(found.sheets)) & permitted)
    return {found.sheets[int(str(each))] for each in await asked.values_list("sheet_id", flat=True)}
