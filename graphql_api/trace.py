"""What is remembered of one request while it runs, for its line in the log: never a credential, a value or a variable.

It goes along with the request's task, and with the panel's thread and the questions that it asks from there.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Trace:
    """`id`: what the caller's proxy named the request, or a name of ours; it is in the answer and in every line of the
    log about it. The rest is filled in by what the request asks: of several questions the last, and their whole cost.
    """

    id: str
    caller: str = ""
    role: str = ""
    kind: str = ""
    operation: str = ""
    questions: int = 0
    cost: int = 0
    plan: str = ""
    code: str = ""


TRACE: ContextVar[Trace | None] = ContextVar("TRACE", default=None)


def begun(named: str) -> Trace:
    """The trace of a request that begins; `named` is its X-Request-ID, which counts when it is a plain word."""
    return Trace(named if SANE.fullmatch(named) else secrets.token_hex(8))


def request_id() -> str:
    """The request that is running, "-" outside of any."""
    trace = TRACE.get()
    return trace.id if trace else "-"
