"""What is sent to import a file: its dry run, and then exactly that; and what became of it, page by page.

Where the dry run kept its rows they are applied, those and no others. Where it did not, or where one refused row is to
stop everything, the same file is sent again; its key is the dry run, so that to send it twice does it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from admin_panel.acting import ROW
from admin_panel.client import Json
from admin_panel.import_kinds import ROWS, ImportKind
from admin_panel.outcomes import FORESEEN, PATIENCE, submitted
from admin_panel.visit import execute, one

POLICIES = ("APPLY_VALID", "REJECT_ALL")
PAGE = 50
DONE = "dryRun applied unchanged refused message ignored { label count } operation { id state }"
HEAD = """query Head($id: ID!) { one: operation(id: $id) {
  id state progress applied unchanged refused undoable problem } }"""
SOME = f"""query Some($id: ID!, $first: Int!, $offset: Int!, $outcome: Outcome) {{ one: operation(id: $id) {{
  rows(first: $first, offset: $offset, outcome: $outcome) {{ {ROW} row cell added ignored {{ label }} }} }} }}"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page's address or form says: which list, which file, and the choices besides."""

    kind: ImportKind
    object: str
    file: str
    operation: str
    policy: str
    besides: Json

    @property
    def parameters(self) -> dict[str, str]:
        """The same as parameters of the address, without the dry run."""
        given = {"kind": self.kind.name, "object": self.object, "file": self.file, **self.besides}
        if self.policy != POLICIES[0]:
            given["policy"] = self.policy
        return {name: value for name, value in given.items() if value}


def chosen(kind: ImportKind) -> Chosen:
    """As this request says it."""
    values = request.values
    policy = values.get("policy", "")
    return Chosen(
        kind,
        values.get("object", "") if kind is ROWS else "",
        values.get("file", ""),
        values.get("operation", ""),
        policy if policy in POLICIES else POLICIES[0],
        {name: values.get(name, "").strip() for name in kind.asks},
    )


def check(asked: Chosen) -> Json:
    """The dry run. Raises ApiFailure."""
    return _sent(asked, dryRun=True)


def submit(asked: Chosen, count: str) -> Json:
    """What the dry run showed, done: its sums, or that it is under way. `count`: as typed in. Raises ApiFailure."""
    if asked.kind.frozen and asked.policy == POLICIES[0]:
        return submitted(asked.operation, count)
    return _sent(asked, dryRun=False, idempotencyKey=f"import {asked.operation}")


def _sent(asked: Chosen, **more: Any) -> Json:
    kind = asked.kind
    given = {"file": asked.file, "object": asked.object, "errorPolicy": asked.policy, **asked.besides, **more}
    if any(each.name == "waitSeconds" for each in current_app.extensions["lixiao_mutations"][kind.mutation].fields):
        given["waitSeconds"] = PATIENCE
    document = f"mutation Import($input: {kind.input}!) {{ done: {kind.mutation}(input: $input) {{ {DONE} }} }}"
    done: Json = execute(document, {"input": {name: value for name, value in given.items() if value != ""}})["done"]
    return done


@dataclass(frozen=True, slots=True)
class Outcomes:
    """An operation and one page of its rows that came out as `outcome`."""

    operation: Json
    outcome: str
    page: int
    rows: list[Json]

    @property
    def sums(self) -> dict[str, int]:
        """By outcome."""
        names = {"APPLIED": "applied", "UNCHANGED": "unchanged", "REFUSED": "refused"}
        return {outcome: self.operation[name] or 0 for outcome, name in names.items()}

    @property
    def total(self) -> int:
        return sum(self.sums.values())

    @property
    def foreseen(self) -> bool:
        """Whether nothing of it has been done."""
        stopped = self.operation["state"] == "FAILED" and not self.operation["applied"]
        return self.operation["state"] in FORESEEN or stopped


def outcomes(operation: str, outcome: str, page: int) -> Outcomes:
    """What became of an import, or would become. 404 for an operation that is not visible."""
    head = one(HEAD, operation)
    shown = outcome if outcome in ("APPLIED", "UNCHANGED", "REFUSED") else _first_of(head)
    if head["state"] == "RUNNING":
        return Outcomes(head, shown, page, [])
    found = one(SOME, operation, first=PAGE, offset=page * PAGE, outcome=shown)
    return Outcomes(head, shown, page, found["rows"] or [])


def _first_of(head: Json) -> str:
    """What a reader wants to see first: what is wrong, else what changes."""
    if head["refused"]:
        return "REFUSED"
    return "APPLIED" if head["applied"] or not head["unchanged"] else "UNCHANGED"
