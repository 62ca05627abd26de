"""What comes out of one request: the answer itself, as dicts or as finished bytes, and what the log is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from graphql_api.context import SessionCookie


@dataclass(slots=True)
class Answer:
    """`ran`: whether the operation was executed at all; if not, there is no `data` in the response.

    `errors` are in the form of the GraphQL specification. `cookie`: what the HTTP response must do with the session.
    `data_bytes`: the data as finished JSON, when whoever executed it wrote that instead of `data`. `plan`: how it was
    executed, as `planned`, `kept` or `unplanned; why`; empty when it never came to that.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    ran: bool
    locale: str
    cookie: SessionCookie | None = None
    data_bytes: bytes | None = None
    plan: str = ""

    @property
    def code(self) -> str | None:
        """The code of the first error."""
        return str(self.errors[0]["extensions"]["code"]) if self.errors else None

    @property
    def retry_after(self) -> int | None:
        """The seconds to wait, when the caller asked too much or guessed too often."""
        extensions = self.errors[0]["extensions"] if self.errors else {}
        return extensions["params"].get("seconds") if extensions.get("code") == "RATE_LIMITED" else None

    def body(self) -> dict[str, Any]:
        """The response as dicts, for a caller in this process; finished bytes are read once, and only here."""
        if self.data is None and self.data_bytes is not None:
            self.data = orjson.loads(self.data_bytes)
        errors = {"errors": self.errors} if self.errors else {}
        return {**errors, "data": self.data} if self.ran else errors

    def written(self) -> bytes:
        """The response as JSON; finished bytes stand in it as they are."""
        if self.data_bytes is None or not self.ran:
            return orjson.dumps(self.body())
        errors = b'"errors":' + orjson.dumps(self.errors) + b"," if self.errors else b""
        return b"{" + errors + b'"data":' + self.data_bytes + b"}"
