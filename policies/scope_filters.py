"""The reviewed code behind the named scopes: filters for a caller's own sheets, items, clearances and acts.

Conditions on own columns, or `IN (subquery)`; never a join over rows of another table, which would count a row several
times. No unit is no row, never no filter. A condition on a column that may be null says so, because `NOT (NULL IN …)`
is neither true nor false and a denied scope is negated. Sheets carry the season's own college and building, so an old
season never changes. A cancelled sheet is off all lists (B19). Students do not see sheets of a batch in preparation
(R27).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.enums import BatchStatus, HandledBy, ItemKind, Share, SheetState
from models.people import Student, Supervision
from models.season import Batch, Item, Sheet
from policies.caller import Caller
from policies.crowd import Crowd
from policies.filters import FoundIn

NOTHING = Q(id__in=[])
PARTY_ITEM = "PARTY"

Filter = Callable[[Caller], Q]


def one_of(column: str, values: Collection[int] | Collection[str], *, nullable: bool = False) -> Q:
    """Rows whose `column` holds one of a caller's units; none of them without units."""
    if not values:
        return NOTHING
    return _known(column, nullable) & _where(f"{column}__in", sorted(values))


def found_in(column: str, rows: QuerySet[Any], found: str = "id", *, nullable: bool = False) -> Q:
    """Rows whose `column` is `found` of one of `rows`."""
    return _known(column, nullable) & FoundIn(column, rows, found)


def is_caller(column: str, caller: Caller, *, nullable: bool = False) -> Q:
    """Rows whose `column` is the caller's account, or that of one of a crowd."""
    if isinstance(caller, Crowd):
        return NOTHING if caller.accounts is None else found_in(column, caller.accounts, "user_id", nullable=nullable)
    return _known(column, nullable) & _where(column, caller.user_id)


def students_of(caller: Caller) -> QuerySet[Student]:
    """The caller's own numbers; one person may have two."""
    return Student.filter(is_caller("user_id", caller))


def supervisions_of(caller: Caller) -> QuerySet[Supervision]:
    return Supervision.filter(is_caller("supervisor_id", caller))


def _known(column: str, nullable: bool) -> Q:
    return _where(f"{column}__isnull", False) if nullable else Q()


def _where(condition: str, value: object) -> Q:
    conditions: dict[str, Any] = {condition: value}
    return Q(**conditions)


# --- sheets: everything about a student's season follows from these

SHOWN = Q(state__in=[SheetState.ACTIVE, SheetState.MOVED])


def own_sheets(caller: Caller) -> Q:
    """The student's own form, once the batch is out of preparation; not the old one of a move beside the new."""
    return (
        Q(state=SheetState.ACTIVE)
        & found_in("student_id", students_of(caller))
        & found_in("batch_id", Batch.exclude(status=BatchStatus.PREPARING))
    )


def supervised_sheets(caller: Caller) -> Q:
    """Own students in all open batches (R13), and stragglers after closing."""
    opened = found_in("batch_id", Batch.filter(status=BatchStatus.OPEN))
    late = found_in("batch_id", Batch.filter(status=BatchStatus.CLOSED)) & Q(late_until__isnull=False)
    own = found_in("student_id", supervisions_of(caller), "student_id")
    return SHOWN & own & (opened | late)


def college_sheets(caller: Caller) -> Q:
    return SHOWN & one_of("college_id", caller.colleges)


def department_sheets(caller: Caller) -> Q:
    """Sheets of the batches in which the department has an item with a state. Every sheet of a batch carries every such
    item (grey where it does not apply), so this is the same as "sheets with one of its items", without a look at
    341,000 clearances a year."""
    return SHOWN & found_in("batch_id", owned_items(caller).exclude(kind=ItemKind.INFO), "batch_id")


def building_sheets(caller: Caller) -> Q:
    return SHOWN & one_of("building_id", caller.buildings, nullable=True)


def token_sheets(caller: Caller) -> Q:
    return SHOWN & found_in("batch_id", token_items(caller), "batch_id")


def of_sheets(sheets: Filter) -> Filter:
    """The same scope on what hangs on a sheet."""
    return lambda caller: found_in("sheet_id", Sheet.filter(sheets(caller)))


def of_known_sheets(sheets: Filter) -> Filter:
    """The same on events, not all of which concern a sheet."""
    return lambda caller: found_in("sheet_id", Sheet.filter(sheets(caller)), nullable=True)


def not_cancelled(caller: Caller) -> Q:
    return ~found_in("sheet_id", Sheet.filter(state=SheetState.CANCELLED))


# --- items


def before_final(caller: Caller) -> Q:
    """Everything but the colleges' last word, on sheets that are not cancelled (R5)."""
    return ~found_in("item_id", Item.filter(kind=ItemKind.FINAL)) & not_cancelled(caller)


def owned_items(caller: Caller) -> QuerySet[Item]:
    return Item.filter(one_of("department_id", caller.departments))


def token_items(caller: Caller) -> QuerySet[Item]:
    return Item.filter(one_of("code", caller.token.items if caller.token else ()))


def own_items(caller: Caller) -> Q:
    return found_in("item_id", owned_items(caller))


def own_items_or_null(caller: Caller) -> Q:
    return found_in("item_id", owned_items(caller), nullable=True)


def token_items_or_null(caller: Caller) -> Q:
    return found_in("item_id", token_items(caller), nullable=True)


def handled(handler: HandledBy, **more: Any) -> Q:
    return found_in("item_id", Item.filter(handled_by=handler, **more))


# --- clearances: what a desk handles


def college_clearances(caller: Caller) -> Q:
    """What the own college handles, 院系离校 included."""
    return of_sheets(college_sheets)(caller) & handled(HandledBy.COLLEGE)


def party_clearances(caller: Caller) -> Q:
    """The party item of the own college and nothing else (R4), whatever its kind is set to."""
    return of_sheets(college_sheets)(caller) & found_in("item_id", party_items())


def party_events(caller: Caller) -> Q:
    return of_known_sheets(college_sheets)(caller) & found_in("item_id", party_items(), nullable=True)


def party_items() -> QuerySet[Item]:
    return Item.filter(handled_by=HandledBy.COLLEGE, code=PARTY_ITEM).exclude(kind=ItemKind.FINAL)


def college_signatures(caller: Caller) -> Q:
    """The supervisors' item in the own college: what its graduate secretary signs on behalf (R13)."""
    return of_sheets(college_sheets)(caller) & handled(HandledBy.SUPERVISOR)


def own_signatures(caller: Caller) -> Q:
    """The supervisors' item of own students."""
    return of_sheets(supervised_sheets)(caller) & handled(HandledBy.SUPERVISOR)


def department_clearances(caller: Caller) -> Q:
    return own_items(caller) & not_cancelled(caller)


def handled_by_department(caller: Caller) -> Q:
    """Own items that the department handles itself: the organization department owns the party item, which the colleges
    handle."""
    own = owned_items(caller).filter(handled_by=HandledBy.DEPARTMENT)
    return found_in("item_id", own) & not_cancelled(caller)


def token_clearances(caller: Caller) -> Q:
    return found_in("item_id", token_items(caller)) & not_cancelled(caller)


# --- what somebody did


def own_acts(caller: Caller) -> Q:
    """What the caller did in the role of this request: roles never mix (R12)."""
    return is_caller("actor_id", caller, nullable=True) & Q(role=caller.role)


# --- what somebody keeps, and shares

SHARED = Q(share__in=[Share.ROLE, Share.EVERYONE])


def own_or_shared(caller: Caller) -> Q:
    """Own filters, those shared with the role of this request, and those shared with everybody (B11)."""
    with_role = Q(share=Share.ROLE) & Q(role=caller.role)
    return is_caller("owner_id", caller) | with_role | Q(share=Share.EVERYONE)


def own_within_role(caller: Caller) -> Q:
    """Own filters that nobody else finds, or those who act in the role of this request."""
    with_role = Q(share=Share.ROLE) & Q(role=caller.role)
    return is_caller("owner_id", caller) & (Q(share=Share.PRIVATE) | with_role)
