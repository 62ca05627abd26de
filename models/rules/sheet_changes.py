"""What befalls single sheets after they were made (B19): cancelled, or given time after the batch has closed; and the
frame of such acts, which `moving` uses too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q

from models import database
from models.enums import BatchStatus, OperationKind, OperationState, Outcome, SheetState
from models.in_list import in_list
from models.portable_sql import many
from models.rules import counters
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import Act, not_found, sheet_not_found
from models.rules.clearing import ErrorPolicy
from models.rules.facts import Season, SheetFacts
from models.rules.idempotency import Idempotency, settle
from models.rules.journal import entries, event
from models.rules.loading import load_sheets
from models.rules.recording import EventEntry, Head, Previewed, put_down, write_events
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import Found, Selection, is_everything
from models.rules.why_not import sheet_is_frozen
from models.season import Sheet


@dataclass(frozen=True, slots=True)
class Options:
    """What every verb on sheets is asked besides its own matter. `confirmed_count`: how many sheets a whole filter
    means, typed in; needed above the batch's range limit (B1). `previewed`: the dry run that is being applied."""

    permit: Permit = unrestricted
    dry_run: bool = False
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID
    idempotency: Idempotency | None = None
    confirmed_count: int | None = None
    previewed: Previewed | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of change. `decide` answers for the sheets that may change at all: a refusal, or None for a sheet that
    is so already; what it leaves out changes. `write` changes them and gives their events; it gets the operation's id.
    `after`: the state that a changed sheet has. `answered`: what of the answer the operation itself does not remember,
    for whoever asks again with the same key."""

    kind: OperationKind
    decide: Callable[[Season, Sequence[SheetFacts]], Awaitable[Mapping[int, Refusal | None]]]
    write: Callable[[int, Sequence[SheetFacts], datetime], Awaitable[list[EventEntry]]]
    after: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    answered: Callable[[], Mapping[str, Any]] | None = None


async def cancel_sheets(
    actor: Actor, *, batch: str, selection: Selection, reason: str, options: Options | None = None
) -> ActResult:
    """Ends sheets that were made by mistake, or whose owner does not leave after all: CANCELLED, off all lists.

    A row is refused with SHEET_NOT_ACTIVE, ALREADY_ISSUED (a certificate is out), NOT_FOUND or FORBIDDEN. Refuses the
    whole act with REASON_REQUIRED, NOT_FOUND (batch), BATCH_NOT_OPEN (archived).
    """
    require_reason(reason)

    async def write(operation_id: int, sheets: Sequence[SheetFacts], now: datetime) -> list[EventEntry]:
        ids = [sheet.id for sheet in sheets]
        await database.execute(END, [many(ids), SheetState.CANCELLED, now])
        await counters.count_sheets(ids, sign=-1)
        before, after = SheetState.ACTIVE.value, SheetState.CANCELLED.value
        return [event("Sheet", each, "state", before=before, after=after, sheet_id=each) for each in ids]

    deed = Deed(OperationKind.CANCEL_SHEET, _all_of_them, write, SheetState.CANCELLED.value, {"reason": reason.strip()})
    return await carry_out(actor, batch, selection, deed, options or Options())


#: A sheet that is no longer active, and its person free to have another one.
END = """
UPDATE sheet SET state = ?2, holder = NULL, version = version + 1, updated_at = ?3 WHERE id IN LIST(?1)
"""


async def set_late_until(
    actor: Actor,
    *,
    batch: str,
    selection: Selection,
    until: datetime | None,
    reason: str,
    options: Options | None = None,
) -> ActResult:
    """Lets stragglers go on, singly, until this moment although the batch is closed; None takes it back.

    Refused as `cancel_sheets`, and with BAD_INPUT when `until` is past.
    """
    require_reason(reason)
    if until is not None and until <= datetime.now(UTC):
        raise Refused(Code.BAD_INPUT, argument="until")

    async def decide(season: Season, sheets: Sequence[SheetFacts]) -> Mapping[int, Refusal | None]:
        return {sheet.id: None for sheet in sheets if sheet.late_until == until}

    async def write(operation_id: int, sheets: Sequence[SheetFacts], now: datetime) -> list[EventEntry]:
        await database.execute(SET_LATE, [many(sheet.id for sheet in sheets), until, now])
        return [event("Sheet", sheet.id, "late_until", sheet_id=sheet.id) for sheet in sheets]

    parameters = {"reason": reason.strip(), "late_until": until.astimezone(UTC).isoformat() if until else None}
    deed = Deed(OperationKind.EDIT, decide, write, SheetState.ACTIVE.value, parameters)
    return await carry_out(actor, batch, selection, deed, options or Options())


SET_LATE = "UPDATE sheet SET late_until = ?2, version = version + 1, updated_at = ?3 WHERE id IN LIST(?1)"


async def _all_of_them(season: Season, sheets: Sequence[SheetFacts]) -> Mapping[int, Refusal | None]:
    return {}


def require_reason(reason: str) -> None:
    """Refuses with REASON_REQUIRED an act whose reason is blank."""
    if not reason.strip():
        raise Refused(Code.REASON_REQUIRED, argument="reason")


# --- the frame


async def carry_out(actor: Actor, batch: str, selection: Selection, deed: Deed, options: Options) -> ActResult:
    """Finds and locks the sheets, decides each, and writes the changes as one operation with one event each.

    A dry run stores a PREVIEWED operation and changes nothing. Refuses with BATCH_NOT_OPEN an archived batch, with
    COUNT_CONFIRMATION a whole filter above the batch's limit whose count was not typed in.
    """
    act = Act(actor, batch, options.permit, options.dry_run, options.idempotency)

    async def perform(season: Season) -> ActResult:
        if season.batch.status is BatchStatus.ARCHIVED:
            status = season.batch.status.value
            raise Refused(Code.BATCH_NOT_OPEN, argument="batch", batch=season.batch.code, status=status)
        found, reach = await act.find(season, selection)
        act.refuse_uncounted(season, selection, found, options.confirmed_count)
        sheets = await load_sheets(found.sheets, {season.batch.id: season}, items=())
        rows = await _judged(season, found, sheets, deed, await _permitted(found.sheets, reach.permitted))
        if options.previewed is not None:
            rows = _in_the_order_of(selection, rows)
        head = Head(deed.kind, actor, season.batch.id, selector=selection.selector, parameters=deed.parameters)
        return await _finish(head, rows, sheets, deed, options)

    return await act.run(perform)


async def _permitted(sheet_ids: Iterable[int], permitted: Q) -> set[int] | None:
    """Those of these sheets that the caller may change; None when he may change them all."""
    if is_everything(permitted):
        return None
    rows = await Sheet.filter(Q(id__in=in_list(sheet_ids)) & permitted).values("id")
    return {row["id"] for row in rows}


async def _judged(
    season: Season, found: Found, sheets: Mapping[int, SheetFacts], deed: Deed, permitted: set[int] | None
) -> list[RowOutcome]:
    first = {sheet.id: _why_not(sheet, permitted) for sheet in sheets.values()}
    able = [sheet for sheet in sheets.values() if first[sheet.id] is None]
    then = await deed.decide(season, able)
    rows = []
    for sheet in sheets.values():
        unchanged = sheet.id in then and then[sheet.id] is None
        rows.append(_row(sheet, first[sheet.id] or then.get(sheet.id), deed.after, unchanged=unchanged))
    missing = [RowOutcome(Outcome.REFUSED, each, refusal=not_found(each)) for each in found.missing_numbers]
    gone = [RowOutcome(Outcome.REFUSED, "", refusal=sheet_not_found(each)) for each in found.missing_sheets]
    return [*rows, *missing, *gone]


def _in_the_order_of(selection: Selection, rows: Sequence[RowOutcome]) -> list[RowOutcome]:
    """As the sheets were named: a dry run's own rows are written over, one by one."""
    places = {sheet_id: place for place, sheet_id in enumerate(selection.ticked)}
    return sorted(rows, key=lambda row: places[row.sheet_id or int(row.refusal.facts["sheet"] if row.refusal else 0)])


def _why_not(sheet: SheetFacts, permitted: set[int] | None) -> Refusal | None:
    if permitted is not None and sheet.id not in permitted:
        return Refusal(Code.FORBIDDEN)
    return sheet_is_frozen(sheet)


def _row(sheet: SheetFacts, refusal: Refusal | None, after: str, *, unchanged: bool) -> RowOutcome:
    state = sheet.state.value
    row = RowOutcome(
        Outcome.APPLIED, sheet.student_no, sheet.id, sheet.name, object_id=sheet.id, before=state, after=after
    )
    if refusal is not None:
        return replace(row, outcome=Outcome.REFUSED, after=None, refusal=refusal)
    return replace(row, outcome=Outcome.UNCHANGED, after=state) if unchanged else row


async def _finish(
    head: Head, rows: list[RowOutcome], sheets: Mapping[int, SheetFacts], deed: Deed, options: Options
) -> ActResult:
    now = datetime.now(UTC)
    refused = any(row.outcome is Outcome.REFUSED for row in rows)
    stopped = refused and options.error_policy is ErrorPolicy.REJECT_ALL and not options.dry_run
    if stopped:
        rows = [replace(row, outcome=Outcome.NOT_APPLIED) if _applies(row) else row for row in rows]
    if options.dry_run:
        return ActResult(await _store(head, rows, OperationState.PREVIEWED, now), True, rows)
    state = OperationState.FAILED if stopped else OperationState.APPLIED
    operation_id = await _store(head, rows, state, now, options.previewed)
    changing = [sheets[row.sheet_id] for row in rows if _applies(row) and row.sheet_id is not None]
    if changing:
        await write_events(operation_id, head.actor, await deed.write(operation_id, changing, now), now)
    if options.idempotency is not None:
        await settle(options.idempotency, operation_id, deed.answered() if deed.answered is not None else None)
    return ActResult(operation_id, False, rows)


def _applies(row: RowOutcome) -> bool:
    return row.outcome is Outcome.APPLIED


async def _store(
    head: Head, rows: Sequence[RowOutcome], state: OperationState, now: datetime, previewed: Previewed | None = None
) -> int:
    written = entries(rows, "Sheet")
    if previewed is not None:
        written = [replace(each, extra={**each.extra, "previewed": Outcome.APPLIED.value}) for each in written]
    return await database.atomically(lambda: put_down(head, written, state, now, previewed=previewed))
