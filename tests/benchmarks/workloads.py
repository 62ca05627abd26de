"""The measured requests: one student, one page, one bulk act; each as a campus app would send it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BATCH = "2026-06"

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

MARK = """
mutation ($input: SetClearancesInput!) { setClearances(input: $input) { applied unchanged refused } }"""

NUMBERS = """
query { sheets(first: 1000, where: { batch: { code: { eq: "2026-06" } }, state: { eq: ACTIVE },
               not: { clearances: { some: { item: { kind: { eq: FINAL } }, status: { eq: CLEARED } } } } }) {
  nodes { student { studentNo } } } }"""

BULK = 200
COLLEGES = ("02", "06", "08", "15", "16", "17")
ITEMS = ("DORM_OUT", "HUKOU", "ARCHIVE", "STU_CARD", "CARD")


@dataclass(frozen=True, slots=True)
class Workload:
    """`times`: how often it is sent in one round. Its variables change from request to request."""

    name: str
    what: str
    document: str
    times: int


W1 = Workload("W1", "one student, every clearance and its item", ONE_SHEET, 200)
W2 = Workload("W2", "a page of 50 students, filtered, every clearance", PAGE, 30)
W5 = Workload("W5", f"{BULK} students marked: rows, events, counters, one transaction", MARK, 10)


def variables(workload: Workload, numbers: list[str]) -> Iterator[dict[str, Any]]:
    """One set of variables for each request; a bulk act passes and revokes by turns, so that every row changes."""
    for n in range(workload.times):
        if workload is W1:
            yield {"no": numbers[n * 7 % len(numbers)]}
        elif workload is W2:
            yield {"college": COLLEGES[n % len(COLLEGES)], "item": ITEMS[n % len(ITEMS)]}
        else:
            some = numbers[n // 2 % (len(numbers) // BULK) * BULK :][:BULK]
            yield {
                "input": {
                    "batch": BATCH,
                    "item": "LIB_BOOKS",
                    "select": {"studentNos": some},
                    "status": "CLEARED" if n % 2 else "PENDING",
                    "errorPolicy": "APPLY_VALID",
                }
            }
