"""What may be done next, how far somebody is and whom to ask: answers of the rules, joined with the caller's rights.

Every field is answered for a whole page at once. The facts of a sheet are loaded once a request, whichever fields ask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import strawberry

from graphql_api.blockers import RefusalInfo, refusal_info
from graphql_api.computed import computed
from graphql_api.context import Context
from graphql_api.naming import described
from graphql_api.rights import lacking
from graphql_api.words import Label, label_of
from models.declare import Words
from models.enums import ClearanceStatus, HandledBy
from models.rules import display, naming
from models.rules.display import Stage
from models.rules.facts import ItemFacts, SheetFacts
from models.rules.refusals import Code, Refusal
from models.rules.why_not import college_office, whom_to_ask, why_not_issue

#: The rights by which each step can be taken, see `mutations.clearances`: a secretary clears by signing on behalf.
STEPS = {
    ClearanceStatus.CLEARED: ("clear", "sign_on_behalf"),
    ClearanceStatus.PENDING: ("revoke",),
    ClearanceStatus.NOT_REQUIRED: ("waive",),
}


@strawberry.type(description=described(Words("办理进度:已办结/必办", "How many of the required items are settled")))
class Progress:
    settled: int
    required: int


@strawberry.type(
    name="CertificateState",
    description=described(Words("证书一栏:能否领取、在哪里", "The certificate line of a sheet")),
)
class CertificateStateInfo:
    code: str
    message: str
    issued: bool
    place: str
    phone: str
    refusal: RefusalInfo | None


@strawberry.type(name="Contact", description=described(Words("找谁办理", "Whom to ask about an item, where and when")))
class ContactInfo:
    item_code: str
    whom: Label
    place: str
    phone: str
    hours: str


@strawberry.type(
    name="Move", description=described(Words("可改为的状态;不能时给出原因", "A status to go to; or why not"))
)
class MoveInfo:
    status: ClearanceStatus
    action: str = strawberry.field(description="The right by which this caller takes it: clear, sign_on_behalf, …")
    refusal: RefusalInfo | None


# --- sheets


@computed("Sheet", "progress", Progress, Words("办理进度", "Progress"), exported_as=("Clearance", "status"))
async def progress(sheet_ids: list[int], context: Context) -> Mapping[int, Progress]:
    """已完成 8 / 11 (R1)."""
    if not context.access.can("Clearance", "read", "status"):
        return {}
    found = await display.progress(sheet_ids)
    return {sheet_id: Progress(settled=each.settled, required=each.required) for sheet_id, each in found.items()}


@computed(
    "Sheet",
    "certificateState",
    CertificateStateInfo,
    Words("证书状态", "Certificates"),
    exported_as=("Certificate", "status"),
)
async def certificate_state(sheet_ids: list[int], context: Context) -> Mapping[int, CertificateStateInfo]:
    """未满足 / 可领取, where / 已发放 (R1, R19)."""
    if not context.access.can("Certificate", "read", "status"):
        return {}
    now = datetime.now(UTC)
    return {each.id: _certificate_state(each, context, now) for each in (await _sheets(context, sheet_ids)).values()}


def _certificate_state(sheet: SheetFacts, context: Context, now: datetime) -> CertificateStateInfo:
    state = display.certificate_state(sheet, now)
    refusal = state.refusal
    return CertificateStateInfo(
        code=state.stage.value,
        message=state.words[context.locale],
        issued=state.stage is Stage.ISSUED,
        place=sheet.college.certificate_place,
        phone=sheet.college.certificate_phone,
        refusal=None if refusal is None else _why_not_issued(refusal, context),
    )


def _why_not_issued(refusal: Refusal, context: Context) -> RefusalInfo:
    """Which items are red is told to those who may read them; the others learn that some are."""
    known = context.access.can("Clearance", "read", "status")
    return refusal_info(refusal if known else replace(refusal, blockers=()), context.locale, act="ISSUE")


@computed("Sheet", "contacts", list[ContactInfo], Words("联系方式", "Whom to ask"))
async def contacts(sheet_ids: list[int], context: Context) -> Mapping[int, list[ContactInfo]]:
    """For each item on the sheet, in its order (R1); to those who may read what items there are."""
    if not context.access.can("Item", "read", "code"):
        return {}
    found = await _sheets(context, sheet_ids)
    return {sheet_id: [_contact(sheet, item) for item in _items(sheet)] for sheet_id, sheet in found.items()}


def _items(sheet: SheetFacts) -> list[ItemFacts]:
    items = [sheet.season.items[item_id] for item_id in sheet.clearances]
    return sorted(items, key=lambda item: (item.order, item.id))


def _contact(sheet: SheetFacts, item: ItemFacts) -> ContactInfo:
    whom, _ = whom_to_ask(sheet, item)
    place, phone, hours = item.place, item.phone, item.hours
    if item.handled_by is HandledBy.COLLEGE:
        place, phone, hours = college_office(sheet.college)[1], sheet.college.office_phone, ""
    elif item.handled_by is HandledBy.SUPERVISOR:
        place, phone, hours = "", sheet.college.secretary_phone, ""
    return ContactInfo(item_code=item.code, whom=label_of(whom), place=place, phone=phone, hours=hours)


# --- clearances


@computed("Clearance", "moves", list[MoveInfo], Words("可办理的操作", "What may be done next"))
async def moves(clearance_ids: list[int], context: Context) -> Mapping[int, list[MoveInfo]]:
    """The two statuses that the clearance does not have. FORBIDDEN comes before every other reason: whose it is not to
    take, need not know what stands in the way. Empty for roles that never act on clearances."""
    if not any(context.access.can("Clearance", action) for actions in STEPS.values() for action in actions):
        return {clearance_id: [] for clearance_id in clearance_ids}
    possible = display.possible_moves((await _holding(context, clearance_ids)).values(), datetime.now(UTC))
    permitted = {
        status: [(action, await _permitted(context, action, clearance_ids)) for action in actions]
        for status, actions in STEPS.items()
    }
    forbidden = {status: await _forbidden(context, actions[0]) for status, actions in STEPS.items()}

    def step(clearance_id: int, each: display.Move) -> MoveInfo:
        mine = next((action for action, ids in permitted[each.status] if clearance_id in ids), None)
        if mine is None:
            return MoveInfo(status=each.status, action=STEPS[each.status][0], refusal=forbidden[each.status])
        refusal = None if each.refusal is None else refusal_info(each.refusal, context.locale)
        return MoveInfo(status=each.status, action=mine, refusal=refusal)

    return {one: [step(one, each) for each in possible.get(one, ())] for one in clearance_ids}


async def _permitted(context: Context, action: str, clearance_ids: Collection[int]) -> set[int]:
    """On which of these the caller may do it; actions with the same rows are asked for once."""
    rows = context.access.rows("Clearance", action)
    if rows is None:
        return set()
    key = ("clearances", id(rows), tuple(clearance_ids))
    if key not in context.kept:  # the filter is kept beside its answer: another one may not take its id
        context.kept[key] = rows, await naming.clearances_among(rows, clearance_ids)
    found: set[int] = context.kept[key][1]
    return found


async def _forbidden(context: Context, action: str) -> RefusalInfo:
    error = await lacking(context, "Clearance", action)
    return RefusalInfo(code=Code.FORBIDDEN.value, message=error, blockers=[])


# --- certificates

#: Of a void certificate the rules know nothing any more.
VOID = Refusal(Code.NOT_ENTITLED)


@computed("Certificate", "whyNot", RefusalInfo, Words("不能发证的原因", "Why it cannot be issued"), needs=("status",))
async def why_not(certificate_ids: list[int], context: Context) -> Mapping[int, RefusalInfo | None]:
    """Null: it can be issued now, by this caller. What the rules say comes first; the student wants to know that."""
    sheets, now = await _sheets(context, await naming.sheets_with_certificates(certificate_ids)), datetime.now(UTC)
    found = {each.id: why_not_issue(sheet, each, now=now) for sheet in sheets.values() for each in sheet.certificates}
    refusals = {each: found.get(each, VOID) for each in certificate_ids}
    mine = await lacking(context, "Certificate", "issue") if not context.access.can("Certificate", "issue") else None
    forbidden = None if mine is None else RefusalInfo(code=Code.FORBIDDEN.value, message=mine, blockers=[])
    return {
        certificate_id: forbidden if refusal is None else _why_not_issued(refusal, context)
        for certificate_id, refusal in refusals.items()
    }


# --- operations


@computed("Operation", "undoable", bool, Words("可撤回", "Can be undone"))
async def undoable(operation_ids: list[int], context: Context) -> Mapping[int, bool]:
    """Whether 撤回本次操作 is this caller's to try; each row is decided then (B1)."""
    rows = context.access.rows("Operation", "undo")
    found = set() if rows is None else await naming.undoable_among(rows, operation_ids)
    return {operation_id: operation_id in found for operation_id in operation_ids}


# --- what is loaded once a request


async def _sheets(context: Context, sheet_ids: Collection[int]) -> dict[int, SheetFacts]:
    known: dict[int, SheetFacts] = context.kept.setdefault("sheets", {})
    known.update(await display.load([each for each in sheet_ids if each not in known]))
    return {sheet_id: known[sheet_id] for sheet_id in sheet_ids if sheet_id in known}


async def _holding(context: Context, clearance_ids: Collection[int]) -> dict[int, SheetFacts]:
    """The sheets on which these clearances stand."""
    return await _sheets(context, await naming.sheets_with(clearance_ids))
