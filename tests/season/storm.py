"""A storm of acts on one served demonstration: people who act at once, at random, until the server is no more."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.served import PASSWORD, PATIENCE

BATCH = "2026-06"
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { csrfToken role } }"
STUDENTS = """query ($batch: String!) {
  sheets(where: {batch: {code: {eq: $batch}}}, first: 200) { nodes { student { studentNo } } } }"""
RESULT = "{ applied operation { id } }"
SET = f"mutation ($input: SetClearancesInput!) {{ setClearances(input: $input) {RESULT} }}"
IMPORT = f"mutation ($input: ImportClearancesInput!) {{ importClearances(input: $input) {RESULT} }}"
UNDO = f"mutation ($id: ID!) {{ undoOperation(id: $id) {RESULT} }}"
ISSUE = f"mutation ($input: IssueCertificatesInput!) {{ issueCertificates(input: $input) {RESULT} }}"
UNDO_ISSUE = f"mutation ($input: UndoIssueInput!) {{ undoIssue(input: $input) {RESULT} }}"
ISSUED = "{ certificates(where: {status: {eq: ISSUED}}, first: 200) { nodes { id } } }"


@dataclass
class Storm:
    """`done`: how many acts were answered that changed something, by kind. `left`: how many answers come before the
    server is killed."""

    done: Counter[str] = field(default_factory=Counter)
    left: int = 0
    killing: Callable[[], None] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, kind: str, applied: int) -> None:
        """One act; the last one kills the server, while the others are at theirs."""
        with self._lock:
            self.done[kind] += applied > 0
            self.left -= 1
            if self.left == 0:
                self.killing()


class Hand:
    """Somebody who acts: on `item`, or on certificates when there is none."""

    def __init__(self, storm: Storm, username: str, item: str | None) -> None:
        self.storm, self.username, self.item = storm, username, item
        self.dice = random.Random(username)
        self.students: list[str] = []
        self.operations: list[str] = []
        self._cookies = httpx.Cookies()
        self._csrf = ""

    def sign_in(self, base: str) -> None:
        """Once; sessions outlive the server."""
        with httpx.Client(base_url=base, timeout=PATIENCE) as http:
            self._csrf = self._ask(http, SIGN_IN, input={"username": self.username, "password": PASSWORD})["signIn"][
                "csrfToken"
            ]
            found = self._ask(http, STUDENTS, batch=BATCH)["sheets"]["nodes"]
            self.students = sorted(each["student"]["studentNo"] for each in found)
            self._cookies = http.cookies

    def act(self, base: str) -> None:
        """One act after the other, until nobody answers."""
        acts = [self.single, self.bulk, self.list_of_rows, self.undo] if self.item else [self.issue, self.take_back]
        with httpx.Client(base_url=base, timeout=PATIENCE, cookies=self._cookies) as http:
            try:
                while True:
                    self.dice.choice(acts)(http)
            except httpx.TransportError:
                return

    # --- acts

    def single(self, http: httpx.Client) -> None:
        self._act(http, "single", SET, input=self._setting(1))

    def bulk(self, http: httpx.Client) -> None:
        self._act(http, "bulk", SET, input=self._setting(self.dice.randint(2, 20)))

    def list_of_rows(self, http: httpx.Client) -> None:
        rows = [{"studentNo": each, "status": self.dice.choice("123")} for each in self._some(15)]
        self._act(
            http,
            "import",
            IMPORT,
            input={"batch": BATCH, "item": self.item, "rows": rows, "reason": "SPECIAL_APPROVAL"},
        )

    def undo(self, http: httpx.Client) -> None:
        if self.operations:
            self._act(http, "undo", UNDO, id=self.operations.pop())

    def issue(self, http: httpx.Client) -> None:
        via_class = {"collection": "VIA_CLASS"}
        everybody = {"studentNos": self.students}
        self._act(http, "issue", ISSUE, input={"batch": BATCH, "select": everybody, "collectedBy": via_class})

    def take_back(self, http: httpx.Client) -> None:
        nodes = self._ask(http, ISSUED)["certificates"]["nodes"]
        if nodes:
            some = [each["id"] for each in self.dice.sample(nodes, min(2, len(nodes)))]
            asked = {"certificates": some, "reason": "错发", "recovered": True}
            self._act(http, "undo of an issue", UNDO_ISSUE, input=asked)

    def _setting(self, count: int) -> dict[str, Any]:
        return {
            "batch": BATCH,
            "item": self.item,
            "select": {"studentNos": self._some(count)},
            "status": self.dice.choice(("PENDING", "CLEARED", "CLEARED", "NOT_REQUIRED")),
            "reason": "SPECIAL_APPROVAL",
            "errorPolicy": "APPLY_VALID",
        }

    def _some(self, count: int) -> list[str]:
        return self.dice.sample(self.students, min(count, len(self.students)))

    def _act(self, http: httpx.Client, kind: str, document: str, **variables: Any) -> None:
        [result] = self._ask(http, document, **variables).values()
        if result["applied"] and kind in ("single", "bulk", "import"):
            self.operations.append(result["operation"]["id"])
        self.storm.answered(kind, result["applied"])

    def _ask(self, http: httpx.Client, document: str, **variables: Any) -> dict[str, Any]:
        headers = {"X-CSRF-Token": self._csrf} if self._csrf else {}
        answer = http.post("/graphql", json={"query": document, "variables": variables}, headers=headers).json()
        assert not answer.get("errors"), answer["errors"]
        return dict(answer["data"])
