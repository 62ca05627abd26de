"""What the desk does: who handles an item, by which act together with whom; passing, sparing, putting on hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from models.enums import Cause, ClearanceStatus, DecidedBy, HandledBy, OperationKind, Reason, Way
from seeds.accounts import DORMITORIES, LIBRARY, Account
from seeds.drafts import Item, Sheet, change_clearance
from seeds.ledger import Act
from seeds.manners import CARD_MINUTE, MANNERS, OTHERWISE, REMARKS, Manner, Together
from seeds.season import Season, by_class, by_number

SHARE_REMARK = 0.3
SHARE_CLEANED_UP = 0.3
COLLEGE_ROLES = {"PARTY": "party_office"}
#: The buildings that the demonstration's dormitory centre looks after itself; the others have wardens.
CENTRE_BUILDINGS = frozenset({"PINE1", "LOTUS1"})


def handler(season: Season, sheet: Sheet, item: Item) -> tuple[Account, str]:
    """Who handles an item of this sheet by hand, and in which role."""
    template, person, staff = item.template, sheet.person, season.staff
    if template.handled_by is HandledBy.COLLEGE:
        role = COLLEGE_ROLES.get(template.code, "counsellor")
        return staff.of_college(role, person.college), role
    if template.handled_by is HandledBy.SUPERVISOR:
        return season.supervisors[person.student_no][0], "supervisor"
    if template.department == DORMITORIES and person.building:
        if person.building in CENTRE_BUILDINGS:
            return staff.by_username["dorm"], "dorm_centre"
        return staff.by_username[f"warden-{person.building.lower()}"], "operator"
    if template.department == LIBRARY:
        return season.rng.choice(staff.operators(LIBRARY)[:1] * 3 + staff.operators(LIBRARY)[1:]), "operator"
    return staff.operators(template.department)[0], "operator"


# --- passing


def settle(season: Season, sheet: Sheet, code: str, slot: int) -> None:
    """Clears an item in the manner usual for it."""
    manner = MANNERS.get(code, OTHERWISE)
    if season.rng.random() < manner.sync:
        act = _sync_act(season, sheet.clearances[code].item, slot, manner)
        change_clearance(sheet, code, act, ClearanceStatus.CLEARED, DecidedBy.SYNC)
        return
    act = _handled_act(season, sheet, code, slot, manner)
    by = DecidedBy.IMPORT if manner.way is Way.IMPORT else DecidedBy.MANUAL
    change_clearance(sheet, code, act, ClearanceStatus.CLEARED, by, **_remark(season, code, manner))


def _remark(season: Season, code: str, manner: Manner) -> dict[str, object]:
    if manner.together is not Together.ALONE or code not in REMARKS or season.rng.random() >= SHARE_REMARK:
        return {}
    return {"note": season.rng.choice(REMARKS[code])}


def _sync_act(season: Season, item: Item, slot: int, manner: Manner) -> Act:
    return season.act(
        (item.code, "sync", slot),
        OperationKind.SYNC,
        slot,
        manner.minute,
        actor=season.staff.apps[item.template.source],
        role="campus_app",
        item=item.id,
        cause=Cause.SYNC,
        parameters={"source": item.template.source},
    )


def _handled_act(season: Season, sheet: Sheet, code: str, slot: int, manner: Manner) -> Act:
    """The act by hand or import that this clearance is part of, together with others of the same hour."""
    item = sheet.clearances[code].item
    actor, role = handler(season, sheet, item)
    with_whom, selector = _together(season, sheet, actor, manner)
    spread = season.rng.randrange(10) if manner.together is Together.ALONE and manner.minute < CARD_MINUTE else 0
    return season.act(
        (code, manner.way, slot, actor.id, with_whom),
        OperationKind.SIGN if item.template.handled_by is HandledBy.SUPERVISOR else OperationKind.SET_CLEARANCES,
        slot,
        manner.minute + spread,
        actor=actor,
        role=role,
        item=item.id,
        cause=Cause.IMPORT if manner.way is Way.IMPORT else Cause.ACT,
        selector=selector,
        parameters={"status": ClearanceStatus.CLEARED.name, "way": manner.way.value},
    )


def _together(season: Season, sheet: Sheet, actor: Account, manner: Manner) -> tuple[object, dict[str, object]]:
    """What the acts of one hour are kept apart by, and how the operation says whom it chose ({}: by a list)."""
    person = sheet.person
    match manner.together:
        case Together.CLASS:
            return (person.college, person.class_name), by_class(season, person)
        case Together.ALONE:
            return sheet.id, by_number(person)
        case Together.BUILDING | Together.SUPERVISOR | Together.HOUR:
            return actor.id, {}


# --- sparing and putting on hold


def put_on_hold(sheet: Sheet, code: str, act: Act, why: str) -> None:
    """Still red, but says what is missing."""
    change_clearance(sheet, code, act, ClearanceStatus.PENDING, DecidedBy.MANUAL, hold=why)


def exempt(season: Season, sheet: Sheet, code: str, reason: Reason, slot: int, note: str = "") -> None:
    """Sets an item that applies to the student to grey, for a reason."""
    act = desk_act(season, sheet, code, slot, "exempt", {"status": "NOT_REQUIRED", "reason": reason.value})
    grey = ClearanceStatus.NOT_REQUIRED
    change_clearance(sheet, code, act, grey, DecidedBy.MANUAL, reason=reason, note=note)


def desk_act(
    season: Season, sheet: Sheet, code: str, slot: int, what: str, parameters: Mapping[str, object] | None = None
) -> Act:
    """A single act at the desk of an item's owner, on one sheet."""
    item = sheet.clearances[code].item
    actor, role = handler(season, sheet, item)
    return season.act(
        (code, what, sheet.id),
        OperationKind.SET_CLEARANCES,
        slot,
        MANNERS.get(code, OTHERWISE).minute + 1,
        actor=actor,
        role=role,
        item=item.id,
        selector=by_number(sheet.person),
        parameters={**(parameters or {"what": what}), "way": Way.SINGLE.value},
    )


def clean_up(season: Season) -> None:
    """While a season is prepared, the library spares those who have borrowed nothing; students do not see it yet."""
    act = season.ledger.act(
        (season.batch_id, "clean up"),
        OperationKind.SET_CLEARANCES,
        season.dates.roster + timedelta(days=2),
        actor=season.staff.by_username["library"],
        role="operator",
        batch=season.batch_id,
        item=season.items["LIB_BOOKS"].id,
        parameters={"status": "NOT_REQUIRED", "reason": Reason.NOT_APPLICABLE.value, "way": Way.BULK.value},
        keeps_rows=True,
    )
    grey = ClearanceStatus.NOT_REQUIRED
    for sheet in season.sheets:
        if season.rng.random() < SHARE_CLEANED_UP:
            words = {"reason": Reason.NOT_APPLICABLE, "note": "无借阅记录"}
            change_clearance(sheet, "LIB_BOOKS", act, grey, DecidedBy.MANUAL, **words)
