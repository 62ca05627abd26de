"""How the season is told: desks that act over HTTP in the words of the manuals, and a ledger that counts every event.

What is asserted about the university stands in the chapters; who takes part in it, in `cast`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.api import Desk, OpenDesk

BATCH = "2026-06"

RESULT = """
  dryRun applied unchanged refused cascaded message
  rows { sheetId studentNo name itemCode before after outcome code message by
         blockers { itemCode itemName department contact } }
"""
#: What may be asked of a sheet; not everybody may read everything.
CLEARANCES = "clearances { id version status note decidedBy prerequisiteReopened item { code } }"
STATE = "certificateState { code message place phone refusal { code message blockers { itemCode } } }"
CERTIFICATES = "certificates { id kind number status version }"
EVERYTHING_OF_A_STUDENT = f"progress {{ settled required }} {STATE} {CLEARANCES}"

Answer = dict[str, Any]


class Acting:
    """One person at a desk, in one role; every method is one request."""

    def __init__(self, desk: Desk, *, sees_operations: bool = True) -> None:
        self.desk = desk
        self.result = f"{RESULT} operation {{ id }}" if sees_operations else RESULT

    # --- asking

    async def ask(self, document: str, **variables: Any) -> Answer:
        """The data of a question that must succeed."""
        return await self.desk.query(document, **variables)

    async def count(self, plural: str, where: Answer | None = None) -> int:
        """How many rows of this kind the person sees."""
        kind = {"batches": "Batch"}.get(plural, plural[0].upper() + plural[1:-1])
        document = f"query ($where: {kind}Filter) {{ {plural}(where: $where) {{ totalCount }} }}"
        return int((await self.ask(document, where=where))[plural]["totalCount"])

    async def sheet(self, student_no: str, fields: str = CLEARANCES) -> Answer | None:
        """The clearance sheet as this person sees it; None when there is none for these eyes."""
        document = f'query ($no: String!) {{ sheet(batch: "{BATCH}", studentNo: $no) {{ id {fields} }} }}'
        found = (await self.ask(document, no=student_no))["sheet"]
        return dict(found) if found else None

    async def sheet_id(self, student_no: str) -> str:
        found = await self.sheet(student_no, "")
        assert found is not None, student_no
        return str(found["id"])

    async def statuses(self, student_no: str, *items: str) -> list[str]:
        """The status of these items on somebody's sheet, in this order."""
        by_code = await self.clearances(student_no)
        return [by_code[item]["status"] for item in items]

    async def clearances(self, student_no: str) -> dict[str, Answer]:
        """The clearances on somebody's sheet that this person sees, by item."""
        sheet = await self.sheet(student_no)
        assert sheet is not None, student_no
        return {each["item"]["code"]: each for each in sheet["clearances"]}

    # --- acting

    async def act(self, mutation: str, *, more: str = "", **given: Any) -> Answer:
        """The result of a mutation that must not be refused as a whole."""
        return dict((await self.ask(self._document(mutation, more), input=given))[mutation])

    async def refused(self, mutation: str, **given: Any) -> Answer:
        """The one error of a mutation that is refused as a whole."""
        return await self.desk.error(self._document(mutation, ""), input=given)

    def _document(self, mutation: str, more: str) -> str:
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        return f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ {self.result} {more} }} }}"

    async def handle(self, item: str, status: str | None = "CLEARED", **given: Any) -> Answer:
        """办理: one change of one item. Whom for: `numbers`, `range_`, `class_`, `sheets`, or `where`."""
        return await self.act("setClearances", batch=BATCH, item=item, status=status, **_with_selection(given))

    async def issue(self, **given: Any) -> Answer:
        """发放两证 to whoever is selected, as for `handle`."""
        return await self.act("issueCertificates", batch=BATCH, **_with_selection(given))

    async def sign(self, **given: Any) -> Answer:
        """导师签字."""
        return await self.act("signStudents", batch=BATCH, **_with_selection(given))

    async def by_id(self, mutation: str, id_: str, **arguments: str) -> Answer:
        """A mutation that takes an id: applyOperation, undoOperation, decideItemRequest."""
        kinds = {"decision": "Decision!", "reason": "String!", "dryRun": "Boolean!"}
        declared = "".join(f", ${name}: {kinds[name]}" for name in arguments)
        passed = "".join(f", {name}: ${name}" for name in arguments)
        extra = "effect { red grey final issued } itemRequest { id state }"
        document = f"mutation ($id: ID!{declared}) {{ {mutation}(id: $id{passed}) {{ {self.result} {extra} }} }}"
        return dict((await self.ask(document, id=id_, **arguments))[mutation])

    async def refused_by_id(self, mutation: str, id_: str) -> Answer:
        document = f"mutation ($id: ID!) {{ {mutation}(id: $id) {{ {RESULT} }} }}"
        return await self.desk.error(document, id=id_)


def _with_selection(given: Answer) -> Answer:
    """The friendly keys as the API's `select`."""
    ways = {"numbers": "studentNos", "range_": "range", "class_": "className", "sheets": "sheetIds", "where": "where"}
    [key] = [key for key in ways if key in given] or [None]
    if key is None:
        return given
    value = given[key]
    if key == "range_":
        value = {"from": value[0], "to": value[1]}
    if key == "class_":
        value = {"college": value[0], "className": value[1]}
    return {**{name: each for name, each in given.items() if name != key}, "select": {ways[key]: value}}


@dataclass
class Story:
    """The season so far: who has come to a desk, and how many events there were."""

    open_desk: OpenDesk
    tokens: dict[str, str] = field(default_factory=dict)
    desks: dict[tuple[str, str], Acting] = field(default_factory=dict)
    without_operations: frozenset[str] = frozenset()
    told: int = 0

    async def desk(self, who: str, locale: str = "zh-CN") -> Acting:
        """Somebody signed in; a campus app comes with its token."""
        if (who, locale) not in self.desks:
            token = self.tokens.get(who)
            opened = self.open_desk(token=token, locale=locale) if token else self.open_desk(as_=who, locale=locale)
            self.desks[who, locale] = Acting(await opened, sees_operations=who not in self.without_operations)
        return self.desks[who, locale]

    async def events(self) -> int:
        """All the events there are, as the auditor sees them."""
        return await (await self.desk("auditor")).count("events")

    @asynccontextmanager
    async def exactly(self, events: int) -> AsyncIterator[None]:
        """What is done inside makes exactly this many events: one for each effective change (invariant 10)."""
        before = await self.events()
        yield
        made = await self.events() - before
        assert made == events, f"{made} events instead of {events}"
        self.told += events


# --- reading answers


def outcomes(result: Answer) -> dict[str, str | None]:
    """Student number → the outcome of an applied, unchanged or held-back row, or the code of a refused one."""
    return {row["studentNo"]: row["code"] or row["outcome"] for row in result["rows"]}


def sums(result: Answer) -> tuple[int, int, int]:
    """Applied, unchanged, refused."""
    return result["applied"], result["unchanged"], result["refused"]


def blockers(of: Answer) -> list[str]:
    """The codes of the items that are still needed."""
    return [each["itemCode"] for each in of["blockers"]]
