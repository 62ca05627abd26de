"""The measured requests: as a campus app, an operator or a page of the panel would send them. Their variables change
from request to request.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

BATCH = "2026-06"
BULK = 200
COLLEGES = ("02", "06", "08", "15", "16", "17")
ITEMS = ("DORM_OUT", "HUKOU", "ARCHIVE", "STU_CARD", "CARD")

ONE_SHEET = """
query ($no: String!) { sheet(batch: "2026-06", studentNo: $no) {
  student { studentNo name } className college { name }
  clearances { status note decidedAt item { code name } }
} }"""

PAGE = """
query ($college: String!, $item: String!) {
  sheets(first: 50, where: { batch: { code: { eq: "2026-06" } }, college: { code: { eq: $college } },
                             clearances: { some: { item: { code: { eq: $item } }, status: { eq: PENDING } } } }) {
    nodes { student { studentNo name } className college { name } clearances { status note item { name } } }
  } }"""

THOUSAND = """
query ($offset: Int!) {
  sheets(first: 1000, offset: $offset, where: { batch: { code: { eq: "2026-06" } } }) {
    nodes { student { studentNo name } className college { name } clearances { status note decidedAt item { name } } }
  } }"""

STANDING = """
query ($batch: String!) { items(first: 100, where: { batch: { code: { eq: $batch } } }) {
  nodes { code standing { pending notRequired cleared } } } }"""

BY_COLLEGE = """
query ($batch: String!) {
  clearanceGroups(where: { sheet: { batch: { code: { eq: $batch } }, state: { eq: ACTIVE } } },
                  groupBy: [COLLEGE_CODE, ITEM_CODE, STATUS]) {
    key { collegeCode itemCode status } count } }"""

BY_LEVEL = """
query ($batch: String!) {
  clearanceGroups(where: { sheet: { batch: { code: { eq: $batch } }, state: { eq: ACTIVE } } },
                  groupBy: [LEVEL, ITEM_CODE, STATUS]) { key { level itemCode status } count } }"""

BY_CLASS = """
query ($batch: String!, $college: String!) {
  clearanceGroups(where: { sheet: { batch: { code: { eq: $batch } }, college: { code: { eq: $college } },
                                    state: { eq: ACTIVE } } },
                  groupBy: [CLASS_NAME, ITEM_CODE, STATUS], limit: 10000) {
    key { className itemCode status } count } }"""

MARK = """
mutation ($input: SetClearancesInput!) { setClearances(input: $input) { applied unchanged refused } }"""

NUMBERS = """
query { sheets(first: 1000, where: { batch: { code: { eq: "2026-06" } }, state: { eq: ACTIVE },
               not: { clearances: { some: { item: { kind: { eq: FINAL } }, status: { eq: CLEARED } } } } }) {
  nodes { student { studentNo } } } }"""

OWN_NUMBER = """
query { sheets(first: 1, where: { batch: { code: { eq: "2026-06" } } }) { nodes { student { studentNo } } } }"""

Numbers = Sequence[str]
Variables = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """`given`: the variables of the n-th request. `times`: the fewest and the most requests of one round; between them,
    as many as fill some time. Requests that change something come in pairs, of which the second takes back the first.

    `by_hand`: what the server by hand calls it. `goal`: the least ratio to it that is aimed at. `rate`: told as answers
    in a second, with several under way; else as ms of one after the other. `needs`: the field of the schema without
    which it cannot be asked.
    """

    name: str
    what: str
    document: str
    given: Callable[[int, Numbers], Variables]
    by_hand: str = ""
    who: str = "office"
    goal: float | None = None
    times: tuple[int, int] = (4, 400)
    rate: bool = False
    needs: str = "sheets"

    @property
    def unit(self) -> str:
        return "/s" if self.rate else "ms"

    @property
    def path(self) -> str:
        return self.by_hand or self.name


def _student(n: int, numbers: Numbers) -> Variables:
    """`numbers` are those that whoever asks may see: for a student, one."""
    return {"no": numbers[n * 7 % len(numbers)]}


def _college_and_item(n: int, _numbers: Numbers) -> Variables:
    return {"college": COLLEGES[n % len(COLLEGES)], "item": ITEMS[n % len(ITEMS)]}


def _batch(_n: int, _numbers: Numbers) -> Variables:
    return {"batch": BATCH}


def _marking(n: int, numbers: Numbers) -> Variables:
    """Revokes and passes by turns, so that every row changes, and is at last as it was."""
    some = numbers[n // 2 % (len(numbers) // BULK) * BULK :][:BULK]
    return {"input": mark(some, "CLEARED" if n % 2 else "PENDING")}


def _marking_once(n: int, numbers: Numbers) -> Variables:
    """With a key that makes sure it is done once, as every app sends."""
    return {"input": {**_marking(n, numbers)["input"], "idempotencyKey": secrets.token_hex(16)}}


def mark(numbers: Numbers, status: str) -> Variables:
    """The input that gives the library's item of these students one status."""
    chosen = {"batch": BATCH, "item": "LIB_BOOKS", "select": {"studentNos": list(numbers)}}
    return {**chosen, "status": status, "errorPolicy": "APPLY_VALID"}


W1 = Workload(
    "W1", "one student, every clearance and its item", ONE_SHEET, _student, goal=0.8, times=(40, 800), rate=True
)
W1_LIBRARY = replace(W1, name="W1 library", what="the same, asked by the library: its own items", who="library")
W1_STUDENT = replace(W1, name="W1 student", what="the same, asked by the student", by_hand="W1", who="student")
W2 = Workload(
    "W2",
    "a page of 50 students, filtered, every clearance",
    PAGE,
    _college_and_item,
    goal=0.8,
    times=(6, 120),
    rate=True,
)
W3 = Workload(
    "W3", "1,000 students, every clearance", THOUSAND, lambda n, _: {"offset": n * 1000 % 14000}, goal=0.8, times=(1, 8)
)
W4 = Workload("W4", "item × status from the counters (`Item.standing`)", STANDING, _batch)
W4_COLLEGES = Workload(
    "W4 by college",
    "college × item × status from the counters",
    BY_COLLEGE,
    _batch,
    times=(4, 100),
    needs="clearanceGroups",
)
W5 = Workload(
    "W5", f"{BULK} students marked; by hand: rows, events, operation", MARK, _marking, who="library", goal=0.5
)
W5_IN_FULL = replace(
    W5,
    name="W5 in full",
    what="the same, with a key; by hand also its key, the rows for undo, counters",
    given=_marking_once,
    goal=None,
)
W6 = Workload(
    "W6",
    "ad-hoc groups: class × item × status of one college",
    BY_CLASS,
    lambda n, _: {"batch": BATCH, "college": COLLEGES[n % len(COLLEGES)]},
    goal=0.9,
    times=(4, 40),
    needs="clearanceGroups",
)
W6_LEVELS = Workload(
    "W6 by level",
    "ad-hoc groups over all: level × item × status, every row counted",
    BY_LEVEL,
    _batch,
    goal=0.9,
    times=(1, 8),
    needs="clearanceGroups",
)
ALL = (W1, W1_LIBRARY, W1_STUDENT, W2, W3, W4, W4_COLLEGES, W5, W5_IN_FULL, W6, W6_LEVELS)
READS = (W1, W2, W3)
