"""Around the whole application: a name for each request, one line in the log for each answer, and no bare crash.

The line holds no query string, no token and no variable; a part of the path that looks like one is left out.
"""

from __future__ import annotations

import logging
import re
import time

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api import messages, metrics
from graphql_api.errors import ErrorCode
from graphql_api.trace import TRACE, Trace, begun

access = logging.getLogger("lixiao.access")
logger = logging.getLogger("lixiao.requests")

HEADER = b"x-request-id"
LONGEST_PATH = 120
SECRET = re.compile(r"(?=[^/]*\d)[^/]{16,}")  # a token or the number of a document is long and has digits


class Observed:
    """The application `app`, observed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        trace = begun(headers.get(HEADER, b"").decode("latin-1"))
        began, answer = time.perf_counter(), Answering(send, trace)
        token = TRACE.set(trace)
        try:
            await self.app(scope, receive, answer)
        except Exception:
            logger.exception("unexpected error %s in %s %s", trace.id, scope["method"], shown_path(scope))
            await answer.failed(messages.locale_of(headers.get(b"accept-language", b"").decode("latin-1")))
        finally:
            TRACE.reset(token)
            metrics.responses.labels(str(answer.status)).inc()
            if access.isEnabledFor(logging.INFO):
                access.info(line(scope, answer.status, (time.perf_counter() - began) * 1000, trace))


class Answering:
    """Sends what the application answers, with the name of the request among its headers. `status` is 499 until there
    is one: the client went away."""

    def __init__(self, send: Send, trace: Trace) -> None:
        self._send, self._trace, self.status = send, trace, 499

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (HEADER, self._trace.id.encode())]
        await self._send(message)

    async def failed(self, locale: str) -> None:
        """Of an error that nobody expected only its number is told; nothing, when an answer had begun already."""
        if self.status != 499:
            return
        params = {"correlation": self._trace.id}
        words = messages.of_error(ErrorCode.INTERNAL.value, params, locale)
        error = {"message": words, "extensions": {"code": "INTERNAL", "params": params, "violations": []}}
        body = orjson.dumps({"errors": [error]})
        headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": 500, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def shown_path(scope: Scope) -> str:
    """The path as it came, percent-encoded, without what may be secret in it."""
    path = scope.get("raw_path") or scope["path"].encode()
    return SECRET.sub("…", path.decode("latin-1").partition("?")[0][:LONGEST_PATH])


def line(scope: Scope, status: int, milliseconds: float, trace: Trace) -> str:
    """`POST /graphql 200 3.2ms id=… caller=user:12 role=operator query=Students cost=1200 plan=kept`."""
    parts = [scope["method"], shown_path(scope), str(status), f"{milliseconds:.1f}ms", f"id={trace.id}"]
    if trace.caller:
        parts += [f"caller={trace.caller}", f"role={trace.role or '-'}"]
    if trace.questions:
        parts += [f"{trace.kind}={trace.operation or '-'}", f"cost={trace.cost}", f"code={trace.code}"]
    if trace.questions > 1:
        parts.append(f"questions={trace.questions}")
    if trace.plan:
        parts.append(f"plan={trace.plan.replace(' ', '_')}")
    return " ".join(parts)
