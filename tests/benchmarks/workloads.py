"""The measured requests: as a campus app, an operator or a page of the panel would send them. Their variables change
from request to request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
                  groupBy: [COLLEGE_CODE, ITEM_CODE, STATUS]) { key { collegeCode itemCode status } count } }"""

BY_CLASS = """
query ($batch: String!, $college: String!) {
  clearanceGroups(where: { sheet: { batch: { code: { eq: $batch } }, college: { code: { eq: $college } },
                                    state: { eq: ACTIVE } } },
                  groupBy: [CLASS_NAME, ITEM_CODE, STATUS]) { key { className itemCode status } count } }"""

MARK = """
mutation ($input: SetClearancesInput!) { setClearances(input: $input) { applied unchanged refused } }"""

NUMBERS = """
query { sheets(first: 1000, where: { batch: { code: { eq: "2026-06" } }, state: { eq: ACTIVE },
               not: { clearances: { some: { item: { kind: { eq: FINAL } }, status: { eq: CLEARED } } } } }) {
  nodes { student { studentNo } } } }"""

Numbers = Sequence[str]
Variables = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """`times`: how often it is sent in one round, besides once to warm up. `given`: the variables of the n-th request.

    `goal`: the least ratio to the server by hand that is aimed at. `rate`: told as answers in a second, with several
    under way; else as ms of one after the other. `needs`: the field of the schema without which it cannot be asked.
    """

    name: str
    what: str
    document: str
    times: int
    given: Callable[[int, Numbers], Variables]
    who: str = "office"
    goal: float | None = None
    rate: bool = False
    needs: str = "sheets"

    @property
    def unit(self) -> str:
        return "/s" if self.rate else "ms"


def _student(n: int, numbers: Numbers) -> Variables:
    return {"no": numbers[n * 7 % len(numbers)]}


def _college_and_item(n: int, _numbers: Numbers) -> Variables:
    return {"college": COLLEGES[n % len(COLLEGES)], "item": ITEMS[n % len(ITEMS)]}


def _batch(_n: int, _numbers: Numbers) -> Variables:
    return {"batch": BATCH}


def _marking(n: int, numbers: Numbers) -> Variables:
    """Revokes and passes by turns, so that every row changes, and is at last as it was."""
    some = numbers[n // 2 % (len(numbers) // BULK) * BULK :][:BULK]
    return {"input": mark(some, "CLEARED" if n % 2 else "PENDING")}


def mark(numbers: Numbers, status: str) -> Variables:
    """The input that gives the library's item of these students one status."""
    chosen = {"batch": BATCH, "item": "LIB_BOOKS", "select": {"studentNos": list(numbers)}}
    return {**chosen, "status": status, "errorPolicy": "APPLY_VALID"}


W1 = Workload("W1", "one student, every clearance and its item", ONE_SHEET, 120, _student, goal=0.8, rate=True)
W2 = Workload(
    "W2", "a page of 50 students, filtered, every clearance", PAGE, 12, _college_and_item, goal=0.8, rate=True
)
W3 = Workload("W3", "1,000 students, every clearance", THOUSAND, 2, lambda n, _: {"offset": n * 1000 % 14000}, goal=0.8)
W4 = Workload("W4", "item × status from the counters (`Item.standing`)", STANDING, 10, _batch, goal=0.8)
W4_COLLEGES = Workload(
    "W4 by college",
    "college × item × status from the counters",
    BY_COLLEGE,
    6,
    _batch,
    needs="clearanceGroups",
)
W4_LIVE = Workload(
    "W4 by college, live",
    "the same, every row counted",
    BY_COLLEGE,
    1,
    _batch,
    needs="clearanceGroups",
)
W5 = Workload(
    "W5", f"{BULK} students marked: rows, events, one transaction", MARK, 5, _marking, who="library", goal=0.5
)
W6 = Workload(
    "W6",
    "ad-hoc groups: class × item × status of one college",
    BY_CLASS,
    4,
    lambda n, _: {"batch": BATCH, "college": COLLEGES[n % len(COLLEGES)]},
    goal=0.9,
    needs="clearanceGroups",
)
ALL = (W1, W2, W3, W4, W4_COLLEGES, W4_LIVE, W5, W6)

#: W7: a page of the panel; there is nothing beside it to compare with.
PANEL_LISTS = tuple(
    f"/admin/sheet/?page_size=20&page={page}&sort=0&flt_batch.code_eq={BATCH}&flt_college.code_eq={college}"
    for page in range(2)
    for college in COLLEGES
)


def variables(workload: Workload, numbers: Numbers) -> Iterator[Variables]:
    """One set for each request of a round, the one that warms up included."""
    for n in range(workload.times + 1):
        yield workload.given(n, numbers)
