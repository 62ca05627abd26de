"""Who answers the measured requests: each knows how its server is asked, and what its answer says."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from tests.benchmarks.databases import PASSWORD
from tests.benchmarks.sending import Line, post
from tests.benchmarks.servers import Server
from tests.benchmarks.workloads import MARK, NUMBERS, OWN_NUMBER, READS, W5, Numbers, Variables, Workload, mark

ZEROS = re.compile(rb"(T\d\d:\d\d:\d\d\.\d+?)0+\+00:00")
SIGN_IN = "mutation ($u: String!, $p: String!) { signIn(input: { username: $u, password: $p }) { csrfToken } }"


class Contender(ABC):
    """One server with the way to ask it."""

    def __init__(self, server: Server) -> None:
        self.server = server

    @property
    def name(self) -> str:
        return self.server.name

    @abstractmethod
    def asks(self, workload: Workload) -> bool:
        """Whether it can be asked at all."""

    @abstractmethod
    def request(self, workload: Workload, given: Variables) -> bytes: ...

    def content(self, workload: Workload, answer: bytes) -> Any:
        """What the answer says, in the form of the API's; moments without the zeros at their end, which PostgreSQL's
        own JSON leaves out."""
        return orjson.loads(ZEROS.sub(rb"\1+00:00", answer))


class Desk(Contender):
    """Lixiao, with a session for everybody who asks."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._headers: dict[str, Mapping[str, str]] = {}
        self._numbers: dict[str, Numbers] = {}
        self.schema = httpx.get(f"{server.base}/schema.graphql", headers=dict(self.headers("office")), timeout=60).text

    def headers(self, who: str) -> Mapping[str, str]:
        """The session's, begun when first needed."""
        if who not in self._headers:
            content = {"query": SIGN_IN, "variables": {"u": who, "p": PASSWORD}}
            response = httpx.post(f"{self.server.base}/graphql", json=content, timeout=60)
            cookies = "; ".join(f"{name}={value}" for name, value in response.cookies.items())
            self._headers[who] = {
                "cookie": cookies,
                "x-csrf-token": response.json()["data"]["signIn"]["csrfToken"],
            }
        return self._headers[who]

    def ask(self, document: str, given: Mapping[str, Any], who: str) -> dict[str, Any]:
        with Line(self.server.base) as line:
            content = {"query": document, "variables": given}
            data: dict[str, Any] = orjson.loads(line.ask(post("/graphql", content, self.headers(who))))["data"]
            return data

    def numbers(self, who: str) -> Numbers:
        """The students whom somebody asks about: oneself; else those whose library item can be passed and revoked."""
        if who not in self._numbers:
            document, asker = (OWN_NUMBER, who) if who == "student" else (NUMBERS, "office")
            found = self.ask(document, {}, asker)["sheets"]["nodes"]
            self._numbers[who] = [each["student"]["studentNo"] for each in found]
        return self._numbers[who]

    def use_numbers(self, other: Desk) -> None:
        """Asks about the same students as another one."""
        self._numbers = other._numbers

    def pass_library(self) -> None:
        """So that marking begins with students who have all passed."""
        self.ask(MARK, {"input": mark(self.numbers(W5.who), "CLEARED")}, W5.who)

    def asks(self, workload: Workload) -> bool:
        return f" {workload.needs}(" in self.schema

    def request(self, workload: Workload, given: Variables) -> bytes:
        return post("/graphql", {"query": workload.document, "variables": given}, self.headers(workload.who))


class ByHand(Contender):
    """`tests.benchmarks.by_hand`, which has a path for each workload."""

    def asks(self, workload: Workload) -> bool:
        return True

    def request(self, workload: Workload, given: Variables) -> bytes:
        return post(f"/{workload.path}", {"variables": given}, {})


class Reader(Contender):
    """Another GraphQL server, which answers W1 to W3 of the office: no sessions, no policies."""

    def asks(self, workload: Workload) -> bool:
        return workload in READS
