"""The verbs on clearances: pass, revoke, set not required, hold, note; sign; import a list; take over from a system.

Each finds its rows inside the frame of `acts`; `clearing.carry_out` decides and writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tortoise.expressions import Q

from models.enums import ClearanceStatus, HandledBy, OperationKind, Reason, Way
from models.in_list import in_list
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import Act, not_found, sheet_not_found
from models.rules.clearing import ErrorPolicy, Order, carry_out
from models.rules.deciding import LONGEST_TEXT, Change, Target, fault_of
from models.rules.facts import ItemFacts, Season
from models.rules.idempotency import Idempotency
from models.rules.loading import batch_id_of, load_season
from models.rules.recording import Head
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.selection import Found, Selection
from models.season import Clearance

__all__ = ["Change", "ErrorPolicy", "Idempotency", "Reason", "Selection", "set_clearances", "sign_students"]


async def set_clearances(
    actor: Actor,
    *,
    batch: str,
    item: str,
    selection: Selection,
    change: Change,
    permit: Permit = unrestricted,
    dry_run: bool = False,
    expected_versions: Mapping[int, int] | None = None,
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
    idempotency: Idempotency | None = None,
    way: Way | None = None,
    confirmed_count: int | None = None,
    kind: OperationKind = OperationKind.SET_CLEARANCES,
) -> ActResult:
    """One change of one item for everybody selected (R7, R8, R16, R17, B1, B16).

    `batch` and `item` are codes; `expected_versions` holds what the caller saw, by clearance (STALE_ROW otherwise);
    `way` overrides the selection's own (an import, a sync). Every row answers for itself with the code of `why_not`,
    NOT_FOUND (not there, or not visible) or FORBIDDEN. One refused row stops all under REJECT_ALL.

    Refuses the whole act with NOT_FOUND (batch, item), BAD_INPUT (nothing asked, a hold on what is settled, a text too
    long), RANGE_TOO_LARGE (R17), COUNT_CONFIRMATION (a whole filter above the batch's limit, whose count was not typed
    in; a dry run that is applied has shown it), IDEMPOTENCY_MISMATCH.
    """
    check_change(change)
    act = Act(actor, batch, permit, dry_run, idempotency)

    async def perform(season: Season) -> ActResult:
        wanted = season.item(item)
        found, reach = await act.find(season, selection)
        act.refuse_uncounted(season, selection, found, confirmed_count)
        versions = await _versions(expected_versions, wanted)
        targets = _targets(found, wanted, change, versions, blanket=selection.blanket)
        used = way or selection.way
        head = Head(kind, actor, season.batch.id, wanted.id, selection.selector, {**_asked(change), "way": used.value})
        return await carry_out(
            Order(head, season, targets, used, reach.permitted, error_policy, dry_run, act.idempotency)
        )

    return await act.run(perform)


async def sign_students(
    actor: Actor, *, batch: str, selection: Selection, change: Change | None = None, **options: Any
) -> ActResult:
    """导师签字 (R13): passes the supervisor's item of the batch. `change` may hold a note, and for 代签 a reason and
    `on_behalf_of`. The other options are those of `set_clearances`; refused rows do not stop the others.

    Refuses with NOT_FOUND a batch without such an item.
    """
    season = await load_season(await batch_id_of(batch))
    signed = [each for each in season.items.values() if each.handled_by is HandledBy.SUPERVISOR and not each.withdrawn]
    if not signed:
        raise Refused(Code.NOT_FOUND, argument="item")
    passing = replace(change or Change(), status=ClearanceStatus.CLEARED)
    options.setdefault("error_policy", ErrorPolicy.APPLY_VALID)
    return await set_clearances(
        actor,
        batch=batch,
        item=signed[0].code,
        selection=selection,
        change=passing,
        kind=OperationKind.SIGN,
        **options,
    )


# --- the rows


def _targets(
    found: Found, item: ItemFacts, change: Change, versions: Mapping[int, int], *, blanket: bool
) -> list[Target]:
    """One row a sheet, and one refused row for each that was named and is not there."""
    there = [
        Target(number, sheet_id, item.id, change, versions.get(sheet_id), blanket=blanket)
        for sheet_id, number in found.sheets.items()
    ]
    missing = [Target(number, None, item.id, change, refusal=not_found(number)) for number in found.missing_numbers]
    unticked = [
        Target("", None, item.id, change, refusal=sheet_not_found(sheet_id)) for sheet_id in found.missing_sheets
    ]
    return [*there, *missing, *unticked]


async def _versions(expected: Mapping[int, int] | None, item: ItemFacts) -> dict[int, int]:
    """The expected version of each sheet's clearance."""
    if not expected:
        return {}
    asked = Clearance.filter(Q(item_id=item.id, id__in=in_list(expected)))
    rows = await asked.values_list("id", "sheet_id")
    return {int(sheet_id): expected[int(row_id)] for row_id, sheet_id in rows}


# --- what was asked


def check_change(change: Change) -> None:
    """Refuses with BAD_INPUT what could be no change of any clearance."""
    if all(each is None for each in (change.status, change.note, change.internal_note, change.hold)):
        raise Refused(Code.BAD_INPUT, argument="status")
    fault = fault_of(change)
    if fault is not None:
        texts = {"note": change.note, "internalNote": change.internal_note, "hold": change.hold}
        length = len(texts[fault] or "")
        facts = {"length": length, "limit": LONGEST_TEXT} if length > LONGEST_TEXT else {}
        raise Refused(Code.BAD_INPUT, argument=fault, **facts)


def _asked(change: Change) -> dict[str, Any]:
    found = {
        "status": change.status.name if change.status is not None else None,
        "note": change.note,
        "internal_note": change.internal_note,
        "hold": change.hold,
        "reason": change.reason.value if change.reason is not None else None,
        "on_behalf_of": change.on_behalf_of,
    }
    return {name: value for name, value in found.items() if value is not None}
