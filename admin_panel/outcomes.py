"""What an operation did, or would do, for a page: its sums, the first rows of each outcome, how far it is; and all of
its rows, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from admin_panel.acting import ROW
from admin_panel.client import Json
from admin_panel.visit import execute, one

#: Under which name the rows of an outcome come, and how many a page shows of them: it stays below 100 kB.
PARTS = {"REFUSED": ("refusals", 50), "APPLIED": ("changes", 40), "UNCHANGED": ("others", 40)}
PAGE, MOST = 100, 1_000

SUMS = "dryRun applied unchanged refused cascaded message operation { id state }"
ROWS = " ".join(f"{name}: rows(first: {n}, outcome: {outcome}) {{ {ROW} }}" for outcome, (name, n) in PARTS.items())
#: What a dry run is asked for.
CHECKED = f"{SUMS} {ROWS}"
KEPT = f"query Kept($id: ID!) {{ one: operation(id: $id) {{ id state progress applied unchanged refused {ROWS} }} }}"
PROGRESS = "query Progress($id: ID!) { one: operation(id: $id) { id state progress } }"
SOME = f"""query Some($id: ID!, $first: Int!, $offset: Int!, $outcome: Outcome) {{ one: operation(id: $id) {{
  id displayLabel state applied unchanged refused
  rows(first: $first, offset: $offset, outcome: $outcome) {{ {ROW} }} }} }}"""
APPLY = f"""mutation Apply($id: ID!, $count: Int, $wait: Float) {{
  applyOperation(id: $id, confirmedCount: $count, waitSeconds: $wait) {{ {SUMS} }} }}"""
CANCEL = "mutation Cancel($id: ID!) { cancelOperation(id: $id) }"
#: How long a page waits for an act before it shows how far that is, in seconds.
PATIENCE = 1.5
#: An operation in one of these has changed nothing.
FORESEEN = ("PREVIEWED", "RUNNING", "CANCELLED")


def kept(operation: str) -> Json:
    """An operation as its mutation answered, from what is kept of it; and its `progress`. 404 for one that is not
    visible."""
    found = one(KEPT, operation)
    counts = {name: found[name] or 0 for name in ("applied", "unchanged", "refused")}
    rows = {name: found[name] or [] for name, _ in PARTS.values()}
    head = {"id": found["id"], "state": found["state"]}
    told = {"dryRun": found["state"] in FORESEEN, "cascaded": 0, "message": "", "progress": found["progress"] or 0}
    return {"operation": head, **told, **counts, **rows}


def submitted(operation: str, count: str = "") -> Json:
    """The act of a dry run, submitted: its sums, or that it is RUNNING. Raises ApiFailure."""
    given: Json = {"id": operation, "count": int(count) if whole_number(count) else None, "wait": PATIENCE}
    result: Json = execute(APPLY, given)["applyOperation"]
    return result


def whole_number(text: str) -> bool:
    """Whether the API takes it for a number."""
    return text.isascii() and text.isdigit() and len(text) < 9


def goes_on(result: Json) -> bool:
    """Whether a submitted act has not ended yet; it may even wait to begin."""
    return bool(result["operation"]) and result["operation"]["state"] in ("PREVIEWED", "RUNNING")


def is_running(result: Json | None, *, submitted: bool) -> bool:
    """Whether a page shows how far it is, rather than what it would do or did."""
    state = result["operation"]["state"] if result and result["operation"] else ""
    return state == "RUNNING" or (state == "PREVIEWED" and submitted)


def some_rows(operation: str, outcome: str | None, first: int, offset: int) -> Json:
    """One page of its rows, and whether it has changed nothing. 404 for an operation that is not visible."""
    found = one(SOME, operation, first=first, offset=offset, outcome=outcome)
    return {**found, "dryRun": found["state"] in FORESEEN}


def every_row(operation: str, outcome: str | None) -> Iterator[Json]:
    """All of its rows with this outcome."""
    offset = 0
    while rows := some_rows(operation, outcome, MOST, offset)["rows"] or []:
        yield from rows
        offset += len(rows)
        if len(rows) < MOST:
            return


def lists(result: Json | None) -> dict[str, Any]:
    """Its rows as the templates of a page call them: who would change stands first while it is a dry run."""
    if result is None:
        return {"changing": [], "refused": [], "others": []}
    changes, others = result["changes"], result["others"]
    changing = changes if result["dryRun"] else []
    return {"changing": changing, "refused": result["refusals"], "others": others if changing else [*changes, *others]}
