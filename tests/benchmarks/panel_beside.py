"""W7: a list page of the panel, beside the same page of Flask-Admin's own SQLAlchemy backend on the same data."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.benchmarks.contenders import Desk
from tests.benchmarks.sending import Line, get, one_after_the_other
from tests.benchmarks.servers import Server
from tests.benchmarks.workloads import BATCH, COLLEGES, Workload

ROWS = 20
#: The goal is at most 1.2 times the other's time.
SAME = Workload(
    "W7",
    f"a list page of the panel: {ROWS} sheets, filtered, sorted, the same columns",
    "",
    lambda _n, _s: {},
    goal=0.83,
)
SHIPPED = Workload("W7 as shipped", "the same with the panel's own columns, progress among them", "", lambda _n, _s: {})
PAGES = (SAME, SHIPPED)
COLUMNS = "student.studentNo,student.name,college,className,leaveType"


@dataclass(frozen=True, slots=True)
class Panels:
    """The panel, and the one beside it; None: nothing is beside it."""

    desk: Desk
    other: Server | None


def prepare(panels: Panels) -> None:
    """Raises SystemExit where a page does not hold its rows: then the two were not doing the same."""
    for workload in PAGES:
        for server, headers, addresses in asked(panels, workload):
            with Line(server.base) as line:
                page = line.ask(get(addresses[0], headers)).decode()
            if page.count("<tr") != ROWS + 1:
                raise SystemExit(f"{server.name}: {page.count('<tr')} rows on {addresses[0]}")


def one_round(panels: Panels, workload: Workload, turn: int) -> dict[str, tuple[float, float | None]]:
    """By the server's name: ms of a page, and of processor time."""
    found = {}
    for server, headers, addresses in asked(panels, workload)[:: -1 if turn % 2 else 1]:
        requests = [get(each, headers) for each in addresses]
        before = server.processor.read()
        speed = statistics.median(one_after_the_other(server.base, requests, warm=True))
        spent = server.processor.since(before)
        found[server.name] = speed, None if spent is None else spent * 1000 / len(requests)
    return found


def asked(panels: Panels, workload: Workload) -> list[tuple[Server, Mapping[str, str], Sequence[str]]]:
    """Whom to ask, how, and for which pages: two of each college's list."""
    ours = {"columns": COLUMNS} if workload is SAME else {}
    pairs = [(page, college) for page in range(2) for college in COLLEGES]
    mine = [_ours(page, college, ours) for page, college in pairs]
    found: list[tuple[Server, Mapping[str, str], Sequence[str]]] = []
    found.append((panels.desk.server, panels.desk.headers("office"), mine))
    if panels.other is not None and workload is SAME:
        found.append((panels.other, {}, [_others(page, college) for page, college in pairs]))
    return found


def _ours(page: int, college: str, more: Mapping[str, str]) -> str:
    narrowed = {"flt_batch.code_eq": BATCH, "flt_college.code_eq": college}
    return f"/admin/sheet/?{urlencode({'page_size': ROWS, 'page': page, 'sort': 0, **narrowed, **more})}"


def _others(page: int, college: str) -> str:
    narrowed = {"flt0_batch_batch_code_equals": BATCH, "flt1_college_college_code_equals": college}
    return f"/admin/sheet/?{urlencode({'page_size': ROWS, 'page': page, 'sort': 0, **narrowed})}"
