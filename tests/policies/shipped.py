"""What the shipped table says, asked by role, object and action."""

from __future__ import annotations

from collections.abc import Iterable

from policies.actions import ACTIONS
from policies.catalogue import OBJECTS
from policies.engine import Snapshot
from policies.groups import GROUPS
from policies.roles import ROLES
from policies.rules import read_csv

SHIPPED = Snapshot(1, read_csv())
HOLDERS = [role.name for role in ROLES.values() if role.assignable]
PERSONAL = ("Student", "Supervision", "Sheet", "Clearance", "Certificate", "SyncObservation")
STAFF = frozenset(HOLDERS) - {"student", "campus_app"}
OPERATORS = {"operator", "dorm_centre"}
COLLEGE_DESKS = {"counsellor", "party_office", "secretary", "data_keeper", "cert_officer"}


def holders(object_name: str, action: str, field: str | None = None) -> set[str]:
    """The roles that may, somewhere."""
    return set(SHIPPED.roles_with(object_name, action, field))


def scopes(role: str, object_name: str, action: str) -> set[str]:
    """Every scope in which the role may, on whatever field."""
    return {grant.name for grant in SHIPPED.decision(role, object_name, action).grants.values()}


def fields(role: str, object_name: str, action: str) -> set[str]:
    return set(SHIPPED.decision(role, object_name, action).grants)


def group(object_name: str, *names: str) -> set[str]:
    return {field for name in names for field in GROUPS[object_name][name]}


def actions_of(role: str, objects: Iterable[str] = OBJECTS) -> set[tuple[str, str]]:
    """(object, action) pairs that the role has and that change something."""
    return {
        (name, action)
        for name in objects
        for action in OBJECTS[name].actions
        if ACTIONS[action].changes and SHIPPED.decision(role, name, action).grants
    }
