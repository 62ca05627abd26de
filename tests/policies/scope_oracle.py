"""What each scope means, once more in plain Python over plain rows: the measure of the SQL in `policies.scopes`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from models.enums import BatchStatus, HandledBy, ItemKind, Share, SheetState
from policies.caller import Caller
from tests.policies.season_of_all_kinds import World

Rows = dict[str, Any]
Meaning = Callable[[World, Caller, Rows], bool]
UNITS = {"own_college": "College", "own_department": "Department", "own_building": "Building"}


def meaning(scope: str, name: str) -> Meaning:
    """What a scope means on an object, narrowed to one unit where it says so: a caller who holds the unit is taken for
    one who holds no other, and whoever does not hold it finds nothing."""
    base, narrowed, code = scope.partition("@")
    whole = MEANINGS[base, name]
    if not narrowed:
        return whole
    [model] = [model for begins, model in UNITS.items() if base.startswith(begins)]

    def means(world: World, caller: Caller, row: Rows) -> bool:
        named = {each["id"] for each in world.found(model, code=code)}
        others = {unit for unit in caller.units if unit.kind == model.lower() and unit.id not in named}
        held = any(unit.kind == model.lower() and unit.id in named for unit in caller.units)
        return held and whole(world, replace(caller, units=caller.units - others), row)

    return means


def sheet_of(world: World, row: Rows) -> Rows:
    return world.one("Sheet", row["sheet_id"])


def item_of(world: World, row: Rows) -> Rows:
    return world.one("Item", row["item_id"])


def shown(sheet: Rows) -> bool:
    return sheet["state"] is not SheetState.CANCELLED


def students_of(world: World, user_id: int) -> set[int]:
    return {row["id"] for row in world.found("Student", user_id=user_id)}


def supervised(world: World, user_id: int) -> set[int]:
    return {row["student_id"] for row in world.found("Supervision", supervisor_id=user_id)}


# --- sheets


def own_sheet(world: World, caller: Caller, sheet: Rows) -> bool:
    status = world.one("Batch", sheet["batch_id"])["status"]
    own = sheet["student_id"] in students_of(world, caller.user_id)
    return own and sheet["state"] is SheetState.ACTIVE and status is not BatchStatus.PREPARING


def supervised_sheet(world: World, caller: Caller, sheet: Rows) -> bool:
    status = world.one("Batch", sheet["batch_id"])["status"]
    running = status is BatchStatus.OPEN or (status is BatchStatus.CLOSED and sheet["late_until"] is not None)
    return shown(sheet) and running and sheet["student_id"] in supervised(world, caller.user_id)


def college_sheet(world: World, caller: Caller, sheet: Rows) -> bool:
    return shown(sheet) and sheet["college_id"] in caller.colleges


def department_sheet(world: World, caller: Caller, sheet: Rows) -> bool:
    owned = [
        row
        for row in world.found("Clearance", sheet_id=sheet["id"])
        if item_of(world, row)["department_id"] in caller.departments
    ]
    return shown(sheet) and bool(owned)


def building_sheet(world: World, caller: Caller, sheet: Rows) -> bool:
    return shown(sheet) and sheet["building_id"] in caller.buildings


def token_sheet(world: World, caller: Caller, sheet: Rows) -> bool:
    codes = {item["code"] for item in world.found("Item", batch_id=sheet["batch_id"])}
    return shown(sheet) and caller.token is not None and not codes.isdisjoint(caller.token.items)


SHEETS: dict[str, Meaning] = {
    "all_but_cancelled": lambda world, caller, sheet: shown(sheet),
    "own_self": own_sheet,
    "own_students": supervised_sheet,
    "own_college": college_sheet,
    "own_department_students": department_sheet,
    "own_building": building_sheet,
    "own_token_items": token_sheet,
}


def on_sheet(meaning: Meaning) -> Meaning:
    def on(world: World, caller: Caller, row: Rows) -> bool:
        return row["sheet_id"] is not None and meaning(world, caller, sheet_of(world, row))

    return on


def by_sheets(meaning: Meaning) -> Meaning:
    """Students with such a sheet."""

    def on(world: World, caller: Caller, row: Rows) -> bool:
        return any(meaning(world, caller, sheet) for sheet in world.found("Sheet", student_id=row["id"]))

    return on


# --- items


def owned(world: World, caller: Caller, row: Rows) -> bool:
    return row["item_id"] is not None and item_of(world, row)["department_id"] in caller.departments


def of_token(world: World, caller: Caller, row: Rows) -> bool:
    limits = caller.token
    return limits is not None and row["item_id"] is not None and item_of(world, row)["code"] in limits.items


def handled(by: HandledBy) -> Meaning:
    return lambda world, caller, row: item_of(world, row)["handled_by"] is by


def is_party(world: World, caller: Caller, row: Rows) -> bool:
    if row["item_id"] is None:
        return False
    item = item_of(world, row)
    college = item["handled_by"] is HandledBy.COLLEGE
    return college and item["code"] == "PARTY" and item["kind"] is not ItemKind.FINAL


def both(*meanings: Meaning) -> Meaning:
    return lambda world, caller, row: all(meaning(world, caller, row) for meaning in meanings)


def unit(column: str, units: str) -> Meaning:
    return lambda world, caller, row: row[column] in getattr(caller, units)


def mine(column: str) -> Meaning:
    return lambda world, caller, row: row[column] == caller.user_id


def acted(world: World, caller: Caller, row: Rows) -> bool:
    return row["actor_id"] == caller.user_id and row["role"] == caller.role


def shared_with_me(world: World, caller: Caller, row: Rows) -> bool:
    with_role = row["share"] is Share.ROLE and row["role"] == caller.role
    return row["owner_id"] == caller.user_id or with_role or row["share"] is Share.EVERYONE


def within_role(world: World, caller: Caller, row: Rows) -> bool:
    with_role = row["share"] is Share.ROLE and row["role"] == caller.role
    return row["owner_id"] == caller.user_id and (with_role or row["share"] is Share.PRIVATE)


def of_own_college(world: World, caller: Caller, row: Rows) -> bool:
    return world.one("Student", row["student_id"])["college_id"] in caller.colleges


def of_staff(world: World, caller: Caller, row: Rows) -> bool:
    return any(held["role"] != "student" for held in world.found("RoleAssignment", user_id=row["id"]))


def before_final(world: World, caller: Caller, row: Rows) -> bool:
    return item_of(world, row)["kind"] != ItemKind.FINAL


on_shown_sheet = on_sheet(SHEETS["all_but_cancelled"])
MEANINGS: dict[tuple[str, str], Meaning] = {
    ("all_but_final", "Clearance"): both(before_final, on_shown_sheet),
    ("all_staff", "User"): of_staff,
    ("all_staff", "RoleAssignment"): lambda world, caller, row: row["role"] != "student",
    ("own_self", "User"): mine("id"),
    ("own_self", "RoleAssignment"): mine("user_id"),
    ("own_self", "ApiToken"): mine("user_id"),
    ("own_self", "Student"): mine("user_id"),
    ("own_self", "Supervision"): lambda world, caller, row: row["student_id"] in students_of(world, caller.user_id),
    ("own_self", "ItemRequest"): mine("requested_by_id"),
    ("own_self", "SyncObservation"): lambda world, caller, row: row["student_id"] in students_of(world, caller.user_id),
    ("own_self", "Operation"): acted,
    ("own_self", "Event"): acted,
    ("own_self", "SavedFilter"): mine("owner_id"),
    ("own_or_shared", "SavedFilter"): shared_with_me,
    ("own_within_role", "SavedFilter"): within_role,
    ("all_shared", "SavedFilter"): lambda world, caller, row: row["share"] is not Share.PRIVATE,
    ("own_students", "Student"): lambda world, caller, row: row["id"] in supervised(world, caller.user_id),
    ("own_students", "Supervision"): mine("supervisor_id"),
    ("own_students", "Event"): on_sheet(supervised_sheet),
    ("own_student_items", "Clearance"): both(on_sheet(supervised_sheet), handled(HandledBy.SUPERVISOR)),
    ("own_college", "College"): unit("id", "colleges"),
    ("own_college", "RoleAssignment"): unit("college_id", "colleges"),
    ("own_college", "Student"): unit("college_id", "colleges"),
    ("own_college", "Supervision"): of_own_college,
    ("own_college", "Event"): on_sheet(college_sheet),
    ("own_college", "SyncObservation"): of_own_college,
    ("own_college_leavers", "Student"): by_sheets(college_sheet),
    ("own_college_items", "Clearance"): both(on_sheet(college_sheet), handled(HandledBy.COLLEGE)),
    ("own_college_party_items", "Clearance"): both(on_sheet(college_sheet), is_party),
    ("own_college_party_items", "Event"): both(on_sheet(college_sheet), is_party),
    ("own_college_supervisor_items", "Clearance"): both(on_sheet(college_sheet), handled(HandledBy.SUPERVISOR)),
    ("own_department", "Department"): unit("id", "departments"),
    ("own_department", "RoleAssignment"): unit("department_id", "departments"),
    ("own_department", "Item"): unit("department_id", "departments"),
    ("own_department", "Prerequisite"): owned,
    ("own_department", "ItemRequest"): unit("department_id", "departments"),
    ("own_department", "Clearance"): both(owned, on_shown_sheet),
    ("own_department", "Operation"): owned,
    ("own_department", "Event"): owned,
    ("own_department", "SyncObservation"): owned,
    ("own_department_items", "Clearance"): both(owned, on_shown_sheet, handled(HandledBy.DEPARTMENT)),
    ("own_department_students", "Student"): by_sheets(department_sheet),
    ("own_building", "Building"): unit("id", "buildings"),
    ("own_building", "RoleAssignment"): unit("building_id", "buildings"),
    ("own_building", "Student"): unit("building_id", "buildings"),
    ("own_token_items", "Item"): lambda world, caller, row: of_token(world, caller, {"item_id": row["id"]}),
    ("own_token_items", "Prerequisite"): of_token,
    ("own_token_items", "Student"): by_sheets(token_sheet),
    ("own_token_items", "Clearance"): both(of_token, on_shown_sheet),
    ("own_token_items", "Operation"): of_token,
    ("own_token_items", "Event"): of_token,
    ("own_token_items", "SyncObservation"): of_token,
    **{(scope, "Sheet"): meaning for scope, meaning in SHEETS.items()},
    **{
        (scope, name): on_sheet(SHEETS[scope])
        for name in ("Clearance", "Certificate")
        for scope in ("all_but_cancelled", "own_self", "own_students", "own_college", "own_building")
    },
    ("own_department_students", "Clearance"): on_sheet(department_sheet),
    ("own_department_students", "Certificate"): on_sheet(department_sheet),
}
