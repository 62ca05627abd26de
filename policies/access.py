"""A caller's rights: a snapshot of the policy seen by one caller, as row filters and field names for the doors.

What nobody granted is not an error here but an absence: None for "no row at all", no entry for "not this field".
Everything is remembered, so a question costs a dictionary look-up the second time; requests of the same caller share
what is remembered, see `PolicyStore.access_for_read`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_, or_

from tortoise.expressions import Q

from models.rules.actor import Reach
from models.rules.refusals import Code, Refusal
from policies.actions import ACTIONS
from policies.caller import Caller
from policies.catalogue import HANDLES, OBJECTS, WHOLE
from policies.engine import NOTHING_PERMITTED, Decision, Grant, Snapshot, narrowest, widest
from policies.filters import Kept
from policies.scopes import EVERYTHING, NOTHING, SCOPES, filter_of, scope_named

#: Groups smaller than this are suppressed for roles that may only count (R23, analysts).
SMALLEST_GROUP = 5

#: What a token limited to items may change; it may look at more.
CHANGED_BY_ITEM = frozenset({"Clearance", "Item", "SyncObservation"})
#: What a token limited to fields administers only when it names them: else one for a name could reset passwords.
ADMINISTRATION = frozenset({"User", "RoleAssignment", "ApiToken", "PolicyVersion"})
TOKEN_SCOPE = "own_token_items"  # noqa: S105  # the name of a scope
CAPITAL = re.compile("[A-Z]")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to select. `rows`: the rows the caller sees. `columns`: each permitted field of those asked for, with the
    name of its mask, or None when it is permitted on every row of `rows`. `masks`: by name, the filter of the rows on
    which such a column is shown; elsewhere it is null. `denied`: the fields that are permitted on no row."""

    rows: Q
    columns: Mapping[str, str | None]
    masks: Mapping[str, Q] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()


class Access:
    """What `caller` may do under `snapshot`. Nothing in it belongs to one request."""

    __slots__ = ("_decisions", "_filters", "_reached", "_together", "caller", "snapshot")

    def __init__(self, snapshot: Snapshot, caller: Caller) -> None:
        self.snapshot = snapshot
        self.caller = caller
        self._decisions: dict[tuple[str, str], Decision] = {}
        self._filters: dict[tuple[str, Grant], Q] = {}
        self._together: dict[tuple[str, frozenset[Grant], bool], Q] = {}
        self._reached: dict[tuple[str, str], tuple[tuple[Grant, ...], Q]] = {}

    # --- questions about kinds of things

    def can(self, object_name: str, action: str, field_name: str | None = None) -> bool:
        """Whether the action is permitted on some row at all; with a field, on that field."""
        grants = self._decision(object_name, action).grants
        if field_name is None or field_name in HANDLES:
            return bool(grants)
        return field_name in grants

    def fields(self, object_name: str, action: str) -> frozenset[str]:
        """The fields permitted on some row, `id` and `version` among them for reading; empty for an action on the
        whole row."""
        names = frozenset(self._decision(object_name, action).grants) - {WHOLE}
        return names | HANDLES if names and action == "read" else names

    def counts_only(self, object_name: str) -> bool:
        """Whether the caller may count these rows but read none: groups under SMALLEST_GROUP are then suppressed and
        `having` is refused."""
        return self.can(object_name, "aggregate") and not self.can(object_name, "read")

    def refusal(self, object_name: str, action: str, field_name: str | None = None) -> Refusal:
        """Why `can` says no: the acting role, the right it lacks, and the roles that have it, joined by commas (B4).
        The caller's own is among them only when it is the token that has not."""
        facts: dict[str, str | int] = {"role": self.caller.role, "object": object_name, "action": action}
        if field_name is not None:
            facts["field"] = field_name
        own = None if self.cut_by_token(object_name, action, field_name) else self.caller.role
        roles = self.snapshot.roles_with(object_name, action, field_name)
        facts["roles"] = ",".join(role for role in roles if role != own)
        return Refusal(Code.FORBIDDEN, facts=facts)

    def cut_by_token(self, object_name: str, action: str, field_name: str | None = None) -> bool:
        """Whether the caller's role and units have the right, and only the token has not (B13)."""
        if self.caller.token is None or self.can(object_name, action, field_name):
            return False
        return Access(self.snapshot, replace(self.caller, token=None)).can(object_name, action, field_name)

    # --- questions about rows

    def rows(self, object_name: str, action: str, fields: Iterable[str] | None = None) -> Q | None:
        """The rows on which the action is permitted on every one of `fields` (without: on any field). None is no row.

        For a write of several fields this is the filter that the row must pass before *and* after it.
        """
        grants = self._decision(object_name, action).grants
        if not grants:
            return None
        names = None if fields is None else set(fields) - HANDLES
        if not names:
            return self._everywhere(object_name, action)[1]
        if not names <= grants.keys():
            return None
        return self._all(object_name, narrowest(grants[name] for name in sorted(names)))

    def searchable(self, object_name: str, field_name: str, *, exact: bool) -> Q | None:
        """The rows on which a filter may look at the field, or (not `exact`) a sort or a comparison; None: nowhere.

        Whatever may be read may be searched, a sensitive field by equality alone; `match` grants equality without
        reading. Put this filter beside the searching one, whatever `or` and `not` that one has.
        """
        if not exact and OBJECTS[object_name].nature(field_name) == "sensitive":
            return None
        if field_name in HANDLES:
            return self.rows(object_name, "read")
        actions = ("read", "match") if exact else ("read",)
        found = [self._decision(object_name, action).grants.get(field_name) for action in actions]
        grants = widest(grant for grant in found if grant is not None)
        return self._any(object_name, grants) if grants else None

    def plan(self, object_name: str, action: str, fields: Iterable[str]) -> Plan | None:
        """The rows and columns of a selection; None when no row is permitted. The rows are those on which anything may
        be read, whatever is selected: a list does not grow or shrink with its columns."""
        grants = self._decision(object_name, action).grants
        if not grants:
            return None
        reached, rows = self._everywhere(object_name, action)
        columns: dict[str, str | None] = {}
        masks: dict[str, Q] = {}
        denied = set()
        for name in fields:
            grant = grants.get(name)
            if name in HANDLES or reached == (grant,) or (grant and all(grant.covers(other) for other in reached)):
                columns[name] = None
            elif grant is None:
                denied.add(name)
            else:
                columns[name] = grant.name
                masks[grant.name] = self._filter(object_name, grant)
        return Plan(rows, columns, masks, frozenset(denied))

    def reach(self, object_name: str, *actions: str) -> Reach:
        """How far an act reaches that needs all of `actions` on `object_name` ("clear" and "bulk"). Where something is
        not permitted at all, the filter finds no row; ask `can` first to refuse with the reason."""
        permitted = [self.rows(object_name, action) for action in actions]
        visible = self.rows("Sheet", "read")
        return Reach(
            NOTHING if visible is None else visible,
            reduce(_both, (NOTHING if each is None else each for each in permitted), EVERYTHING),
        )

    # --- how

    def _decision(self, object_name: str, action: str) -> Decision:
        key = (object_name, action)
        found = self._decisions.get(key)
        if found is None:
            decided = self._cut_to_units(self.snapshot.decision(self.caller.role, object_name, action))
            found = self._decisions[key] = self._cut_to_token(object_name, action, decided)
        return found

    def _cut_to_units(self, decision: Decision) -> Decision:
        """A grant narrowed to a unit is nothing to whoever does not hold it."""
        if not decision.narrowed:
            return decision
        means = {grant: self._for_caller(grant) for grant in set(decision.grants.values())}
        return Decision({name: held for name, grant in decision.grants.items() if (held := means[grant])})

    def _for_caller(self, grant: Grant) -> Grant | None:
        return Grant.of(filter(None, map(self._held, grant.allow)), filter(None, map(self._held, grant.deny)))

    def _held(self, scope: str) -> str | None:
        """What a scope is to the caller: nothing when it is narrowed to a unit that he does not hold, and the scope
        itself when he holds no other."""
        meant = scope_named(scope)
        if meant is None or meant.unit is None or meant.code is None:
            return scope
        held = self.caller.codes(meant.unit)
        if meant.code not in held:
            return None
        return meant.base if len(held) == 1 else scope

    def _cut_to_token(self, object_name: str, action: str, decision: Decision) -> Decision:
        """A token's right is its role's right, cut down to its fields, and to its items when something is changed."""
        token = self.caller.token
        if token is None or not decision.grants:
            return decision
        if token.items and ACTIONS[action].changes and object_name not in CHANGED_BY_ITEM:
            return NOTHING_PERMITTED
        if not token.fields:
            return decision
        named = frozenset(map(_model_name, token.fields))
        return Decision({name: grant for name, grant in decision.grants.items() if _named(object_name, name, named)})

    def _everywhere(self, object_name: str, action: str) -> tuple[tuple[Grant, ...], Q]:
        """The grants that reach every row on which anything is permitted, and those rows; worked out once,
        because each column that is shown or searched asks. Something must be permitted."""
        key = (object_name, action)
        found = self._reached.get(key)
        if found is None:
            grants = widest(self._decision(object_name, action).grants.values())
            found = self._reached[key] = (grants, self._any(object_name, grants))
        return found

    def _any(self, object_name: str, grants: tuple[Grant, ...]) -> Q:
        key = (object_name, frozenset(grants), True)
        found = self._together.get(key)
        if found is None:
            filters = [self._filter(object_name, grant) for grant in grants]
            whole = any(each is EVERYTHING for each in filters)
            found = self._together[key] = EVERYTHING if whole else _kept(reduce(or_, filters))
        return found

    def _all(self, object_name: str, grants: tuple[Grant, ...]) -> Q:
        key = (object_name, frozenset(grants), False)
        found = self._together.get(key)
        if found is None:
            found = _kept(reduce(_both, (self._filter(object_name, grant) for grant in grants)))
            self._together[key] = found
        return found

    def _filter(self, object_name: str, grant: Grant) -> Q:
        key = (object_name, grant)
        found = self._filters.get(key)
        if found is None:
            found = self._filters[key] = _kept(self._made(object_name, grant))
        return found

    def _made(self, object_name: str, grant: Grant) -> Q:
        """What the grant reaches; for a token limited to items, of those items."""
        reached, token = rows_granted(object_name, grant, self.caller), self.caller.token
        if token is None or not token.items or object_name not in SCOPES[TOKEN_SCOPE].filters:
            return reached
        return _both(reached, filter_of(TOKEN_SCOPE, object_name, self.caller))


def rows_granted(object_name: str, grant: Grant, caller: Caller) -> Q:
    """The rows within any allowed scope and no denied one, as they are for this caller."""
    if "all" in grant.deny:  # the negation of no condition is no condition
        return NOTHING
    allow, deny = (
        [filter_of(scope, object_name, caller) for scope in sorted(scopes)] for scopes in (grant.allow, grant.deny)
    )
    allowed = EVERYTHING if "all" in grant.allow else reduce(or_, allow)
    return reduce(_both, (~each for each in deny), allowed)


def _kept(found: Q) -> Q:
    return found if found is EVERYTHING or found is NOTHING or isinstance(found, Kept) else Kept(found)


def _both(left: Q, right: Q) -> Q:
    if left is EVERYTHING:
        return right
    return left if right is EVERYTHING else and_(left, right)


def _model_name(text: str) -> str:
    """`Student.studentNo`, as the API calls it, is `Student.student_no` here."""
    head, dot, name = text.rpartition(".")
    return f"{head}{dot}{CAPITAL.sub(lambda found: '_' + found[0].lower(), name)}"


def _named(object_name: str, name: str, named: frozenset[str]) -> bool:
    """Whether a token's fields name this one: `Student.student_no`, `student_no`, `Student.*`. Verbs are not fields and
    stay, but those of administration: they need a field named with its object (`User.name`)."""
    if name != WHOLE:
        return not named.isdisjoint((f"{object_name}.{name}", name, f"{object_name}.{WHOLE}"))
    return object_name not in ADMINISTRATION or any(each.startswith(f"{object_name}.") for each in named)
