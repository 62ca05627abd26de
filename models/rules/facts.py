"""What the rules need to know of a season, a sheet and what stands on it, as plain values; loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from models.declare import Words
from models.enums import (
    BatchStatus,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    DecidedBy,
    HandledBy,
    ItemKind,
    Reason,
    SheetState,
    Way,
)
from models.rules.applicability import Condition
from models.rules.refusals import Code, Refused

NOBODY = Words("", "")


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """The leaving season."""

    id: int
    code: str
    status: BatchStatus
    range_limit: int = 200


@dataclass(frozen=True, slots=True)
class Dependant:
    """An item that may be passed only while another is settled; `reopen`: it is re-opened together with that one."""

    item_id: int
    reopen: bool


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item of a season. `office` is the department that answers for it today: the successor of a closed one."""

    id: int
    code: str
    name: Words
    kind: ItemKind = ItemKind.NORMAL
    handled_by: HandledBy = HandledBy.DEPARTMENT
    ways: frozenset[Way] = frozenset(Way)
    office: Words = NOBODY
    place: str = ""
    phone: str = ""
    hours: str = ""
    applies_to: Condition = field(default_factory=lambda: Condition.parse("all"))
    withdrawn: bool = False
    order: int = 0
    requires: tuple[int, ...] = ()
    dependants: tuple[Dependant, ...] = ()


@dataclass(frozen=True)
class Season:
    """A batch with its items by id, withdrawn ones included."""

    batch: BatchFacts
    items: Mapping[int, ItemFacts]

    @cached_property
    def final(self) -> ItemFacts | None:
        """院系离校, in the batches that have one."""
        return next((i for i in self.items.values() if i.kind is ItemKind.FINAL and not i.withdrawn), None)

    def item(self, code: str) -> ItemFacts:
        """The item of this code. Refuses with NOT_FOUND what is not there, withdrawn, or text only (INFO)."""
        found = next((i for i in self.items.values() if i.code == code), None)
        if found is None or found.withdrawn or not found.kind.has_state:
            raise Refused(Code.NOT_FOUND, argument="item", item=code)
        return found

    @cached_property
    def ranks(self) -> Mapping[int, int]:
        """How many items come one after another before each; FINAL comes last of all."""
        found: dict[int, int] = {}
        for item_id in self.items:
            self._rank(item_id, found)
        last = max(found.values(), default=0) + 1
        return {item_id: last if self.items[item_id].kind is ItemKind.FINAL else n for item_id, n in found.items()}

    def _rank(self, item_id: int, found: dict[int, int]) -> int:
        if item_id not in found:
            found[item_id] = 0  # a circle, which the rules for items exclude, would end here
            found[item_id] = 1 + max((self._rank(each, found) for each in self.items[item_id].requires), default=-1)
        return found[item_id]

    def concerned(self, item_ids: Iterable[int]) -> frozenset[int]:
        """The items whose clearances a change of these may read or touch: what comes first, whatever follows from
        them, and FINAL; every item when FINAL itself is to be passed."""
        wanted = set(item_ids)
        if self.final is not None:
            if self.final.id in wanted:
                return frozenset(self.items)
            wanted.add(self.final.id)
        following = list(wanted)
        while following:
            for dependant in self.items[following.pop()].dependants:
                if dependant.item_id not in wanted:
                    wanted.add(dependant.item_id)
                    following.append(dependant.item_id)
        return frozenset(wanted.union(*(self.items[each].requires for each in wanted)))


@dataclass(frozen=True, slots=True)
class ClearanceFacts:
    """One item on one sheet, as it stands. `decided_name` is the person behind `decided_user_id`."""

    id: int
    version: int
    sheet_id: int
    item_id: int
    status: ClearanceStatus
    note: str = ""
    internal_note: str = ""
    reason: Reason | None = None
    hold: str = ""
    decided_by: DecidedBy = DecidedBy.RULE
    decided_at: datetime | None = None
    decided_user_id: int | None = None
    decided_name: str | None = None
    on_behalf_of_id: int | None = None
    prerequisite_reopened: bool = False


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One certificate that is not void."""

    id: int
    version: int
    sheet_id: int
    kind: CertificateKind
    number: str | None
    status: CertificateStatus
    issued_at: datetime | None = None
    issued_name: str | None = None
    wrong_recipient: bool = False


@dataclass(frozen=True, slots=True)
class CollegeFacts:
    """Whom the college names for its own items, for the supervisors' ones, and for the certificates."""

    id: int
    name: Words
    office_place: str = ""
    office_phone: str = ""
    secretary_phone: str = ""
    certificate_place: str = ""
    certificate_phone: str = ""


@dataclass(frozen=True, slots=True)
class Supervisor:
    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """One sheet with what stands on it. `clearances` (by item) holds the concerned ones, and is the working copy of
    whoever decides several rows in a row. `person` answers what conditions ask (`Condition.matches`)."""

    id: int
    season: Season
    student_no: str
    name: str
    state: SheetState
    college: CollegeFacts
    building_id: int | None = None
    late_until: datetime | None = None
    person: Mapping[str, Any] = field(default_factory=dict)
    clearances: dict[int, ClearanceFacts] = field(default_factory=dict)
    certificates: tuple[CertificateFacts, ...] = ()
    supervisors: tuple[Supervisor, ...] = ()

    @property
    def issued(self) -> CertificateFacts | None:
        """The certificate that froze this sheet, if one is out."""
        return next((each for each in self.certificates if each.status is CertificateStatus.ISSUED), None)

    def open_until(self, now: datetime) -> bool:
        """Whether a straggler may still be served after the batch has closed (B19)."""
        return self.late_until is not None and self.late_until > now

    def pending(self) -> list[ItemFacts]:
        """The required items that are not settled, in the order of the sheet."""
        items = self.season.items
        red = (items[c.item_id] for c in self.clearances.values() if c.status is ClearanceStatus.PENDING)
        return sorted((i for i in red if i.kind.required and not i.withdrawn), key=lambda i: (i.order, i.id))
