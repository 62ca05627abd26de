"""流程项申请 (R11): a department asks to add, remove or change an item of a batch; the graduation office decides. In an
open batch this is the only way, with a reason and a preview of the effect (invariant 16)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from models import database
from models.enums import BatchStatus, OperationKind, Outcome, RequestKind, RequestState
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.facts import ItemFacts, Season
from models.rules.item_changes import Company, ItemChange, ItemResult, change_items
from models.rules.item_drafts import ItemDraft, read_draft
from models.rules.journal import event, record, record_edit
from models.rules.loading import batch_id_of, by_value, load_season, moment
from models.rules.locks import lock_batch
from models.rules.naming import department_called
from models.rules.recording import Entry, EventEntry, Head
from models.rules.refusals import Code, Refused
from models.rules.results import RowOutcome
from models.season import ItemRequest

LONGEST_REASON: int = ItemRequest._meta.fields_map["reason"].max_length  # type: ignore[attr-defined]  # a CharField
KIND = by_value(RequestKind)
STATE = by_value(RequestState)


async def request_item_change(
    actor: Actor,
    *,
    batch: str,
    department: str,
    kind: RequestKind,
    reason: str,
    item: str | None = None,
    proposal: Mapping[str, object] | None = None,
    as_office: bool = False,
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> int:
    """Files a request of a department (its code) and gives its id. `item` is the code of the one to be removed or
    changed; `proposal` holds the fields of the new or changed one, as for `read_draft`; its owner is the department.

    A department may ask while the batch is being prepared and its deadline has not passed; with `as_office` the
    graduation office asks at any time before the archive. Refuses with NOT_FOUND (batch, department, item),
    BATCH_NOT_OPEN (archived), DEADLINE_PASSED (fact `deadline`), FORBIDDEN (another department's item),
    REASON_REQUIRED, BAD_INPUT (the proposal's field at fault).
    """
    present = now or datetime.now(UTC)
    why = _reason(reason)

    async def work() -> int:
        batch_id = await batch_id_of(batch)
        await lock_batch(batch_id, exclusive=False)
        await permit()
        season = await load_season(batch_id)
        await _require_time(season, present, as_office=as_office)
        owner = await department_called(department, argument="department")
        change = _change(kind, item, proposal or {}, department)
        item_id = await _own_item(season, change, owner, as_office=as_office)
        # What cannot be done is refused now, not weeks later when the office decides.
        await change_items(actor, season, change, dry_run=True)
        made = await ItemRequest.create(
            batch_id=batch_id,
            department_id=owner,
            kind=kind,
            item_id=item_id,
            proposal=dict(proposal or {}),
            reason=why,
            requested_by_id=actor.user_id,
        )
        filed = event("ItemRequest", made.id, "state", after=RequestState.SUBMITTED.value, item_id=item_id)
        await record_edit(actor, [filed], present, batch_id=batch_id, item_id=item_id)
        return made.id

    return await database.atomically(work)


async def withdraw_item_request(
    actor: Actor, request_id: int, *, permit: Permit = unrestricted, now: datetime | None = None
) -> None:
    """Takes a request back before it is decided. Refuses with NOT_FOUND, CONFLICT (decided, fact `state`)."""

    async def work() -> None:
        await permit()
        request = await _submitted(request_id)
        await _settle(request, RequestState.WITHDRAWN)
        await record_edit(actor, [_settled(request, RequestState.WITHDRAWN)], now or datetime.now(UTC))

    await database.atomically(work)


async def decide_item_request(
    actor: Actor,
    request_id: int,
    *,
    approve: bool,
    reason: str,
    dry_run: bool = False,
    permit: Permit = unrestricted,
) -> ItemResult:
    """Approves a request, which changes the item and every sheet that it concerns, or rejects it. With `dry_run` the
    `effect` says on how many sheets what would happen, and nothing is written.

    Refuses with NOT_FOUND, CONFLICT (decided already, fact `state`), REASON_REQUIRED, BATCH_NOT_OPEN (archived), and
    as `change_items` when the batch's other items have changed since.
    """
    why = _reason(reason)

    async def work() -> ItemResult:
        batch_id = await _batch_of(request_id)
        if not dry_run:
            await lock_batch(batch_id, exclusive=True)
        await permit()
        request = await _submitted(request_id)
        season = await load_season(batch_id)
        _refuse_archive(season)
        if not approve:
            return await _reject(actor, request, batch_id, why, dry_run)
        change = _change(request.kind, request.item, request.proposal, request.department)
        if not dry_run:
            await _settle(request, RequestState.APPROVED, actor, why)
        company = Company(
            [_entry(request, RequestState.APPROVED)], [_settled(request, RequestState.APPROVED)], {"reason": why}
        )
        result = await change_items(actor, season, change, dry_run=dry_run, company=company)
        if request.kind is RequestKind.ADD and not dry_run:
            await ItemRequest.filter(id=request_id).update(item_id=result.item_id)
        return result

    return await (work() if dry_run else database.atomically(work))


async def _reject(actor: Actor, request: Filed, batch_id: int, why: str, dry_run: bool) -> ItemResult:
    entry = _entry(request, RequestState.REJECTED)
    if dry_run:
        return ItemResult(None, True, [entry.outcome])
    await _settle(request, RequestState.REJECTED, actor, why)
    head = Head(OperationKind.CHANGE_ITEMS, actor, batch_id, request.item_id, parameters={"reason": why})
    rejected = [_settled(request, RequestState.REJECTED)]
    operation_id = await record(head, [entry.outcome], rejected, datetime.now(UTC), about="ItemRequest")
    return ItemResult(operation_id, False, [entry.outcome])


# --- what may be asked, and by whom


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Refused(Code.REASON_REQUIRED, argument="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(Code.BAD_INPUT, argument="reason", length=len(reason), limit=LONGEST_REASON)
    return reason


async def _require_time(season: Season, now: datetime, *, as_office: bool) -> None:
    _refuse_archive(season)
    if as_office:
        return
    [(stored,)] = await database.fetch("SELECT request_deadline FROM batch WHERE id = ?1", [season.batch.id])
    deadline = moment(stored)
    past = deadline is not None and now > deadline
    if past or season.batch.status is not BatchStatus.PREPARING:
        facts = {"deadline": deadline.astimezone(UTC).isoformat()} if deadline is not None else {}
        raise Refused(Code.DEADLINE_PASSED, argument="batch", **facts)


def _refuse_archive(season: Season) -> None:
    if season.batch.status is BatchStatus.ARCHIVED:
        status = season.batch.status.value
        raise Refused(Code.BATCH_NOT_OPEN, argument="batch", batch=season.batch.code, status=status)


def _change(kind: RequestKind, item: str | None, proposal: Mapping[str, object], department: str) -> ItemChange:
    """The change that a request stands for. A new item belongs to the department that asks."""
    if kind is RequestKind.ADD:
        draft = read_draft({"department": department, **proposal}, adding=True)
        return ItemChange(kind, str(draft.columns["code"]), draft)
    if item is None:
        raise Refused(Code.BAD_INPUT, argument="item", problem="MISSING")
    draft = read_draft(proposal, adding=False) if kind is RequestKind.CHANGE else ItemDraft({})
    if kind is RequestKind.CHANGE and not draft.mentioned:
        raise Refused(Code.BAD_INPUT, argument="proposal", problem="MISSING")
    return ItemChange(kind, item, draft)


async def _own_item(season: Season, change: ItemChange, owner: int, *, as_office: bool) -> int | None:
    """The item to be changed or removed, if it is this department's; and no department hands an item to another."""
    if change.kind is RequestKind.ADD:
        asked = change.draft.department
        foreign = asked is not None and await department_called(asked, argument="proposal.department") != owner
        item = None
    else:
        item = _item(season, change.code)
        [(of,)] = await database.fetch("SELECT department_id FROM item WHERE id = ?1", [item.id])
        foreign = of != owner or change.draft.department is not None
    if foreign and not as_office:
        raise Refused(Code.FORBIDDEN, argument="item", item=change.code)
    return item.id if item is not None else None


def _item(season: Season, code: str) -> ItemFacts:
    for each in season.items.values():
        if each.code == code and not each.withdrawn:
            return each
    raise Refused(Code.NOT_FOUND, argument="item", item=code)


# --- a request that was filed


@dataclass(frozen=True, slots=True)
class Filed:
    """A request that waits for its decision."""

    id: int
    kind: RequestKind
    proposal: Mapping[str, object]
    department: str
    item_id: int | None
    item: str | None


async def _batch_of(request_id: int) -> int:
    found = await database.fetch("SELECT batch_id FROM item_request WHERE id = ?1", [request_id])
    if not found:
        raise Refused(Code.NOT_FOUND, argument="id")
    return int(found[0][0])


async def _submitted(request_id: int) -> Filed:
    found = await database.fetch(FILED, [request_id])
    if not found:
        raise Refused(Code.NOT_FOUND, argument="id")
    [(kind, proposal, state, department, item_id, item)] = found
    if STATE[state] is not RequestState.SUBMITTED:
        raise Refused(Code.CONFLICT, argument="id", state=state)
    return Filed(request_id, KIND[kind], json.loads(proposal), department, item_id, item)


FILED = """
SELECT request.kind, request.proposal, request.state, department.code, item.id, item.code
FROM item_request AS request JOIN department ON department.id = request.department_id
LEFT JOIN item ON item.id = request.item_id WHERE request.id = ?1
"""


async def _settle(request: Filed, state: RequestState, actor: Actor | None = None, reason: str = "") -> None:
    """Once and for all: the second of two deciders gets CONFLICT."""
    now = datetime.now(UTC)
    decided = [actor.user_id if actor else None, now if actor else None]
    if not await database.execute(SETTLE, [request.id, RequestState.SUBMITTED, state, *decided, reason, now]):
        raise Refused(Code.CONFLICT, argument="id")


SETTLE = """
UPDATE item_request SET state = ?3, decided_user_id = ?4, decided_at = ?5, decision_reason = ?6, updated_at = ?7,
    version = version + 1
WHERE id = ?1 AND state = ?2
"""


def _entry(request: Filed, state: RequestState) -> Entry:
    before = RequestState.SUBMITTED.value
    row = RowOutcome(
        Outcome.APPLIED, "", item_code=request.item, object_id=request.id, before=before, after=state.value
    )
    return Entry(row, "ItemRequest", {"status": before}, {"status": state.value})


def _settled(request: Filed, state: RequestState) -> EventEntry:
    before = RequestState.SUBMITTED.value
    return event("ItemRequest", request.id, "state", before=before, after=state.value, item_id=request.item_id)
