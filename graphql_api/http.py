"""GraphQL over HTTP: reads a request, hands it to `Api.execute`, writes the answer; whatever is malformed is a 4xx."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from graphql_api import bodies, graphiql, messages
from graphql_api import request_wording as said
from graphql_api.answer import Answer
from graphql_api.asked import MOST_BYTES, Asked, Malformed, from_object, parsed
from graphql_api.authentication import CSRF_HEADER, SESSION_COOKIE, bearer_of
from graphql_api.context import Credentials, SessionCookie
from graphql_api.errors import ErrorCode
from graphql_api.execute import Api
from settings import settings

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

PLAN_HEADER = "x-lixiao-plan"
BODY_SECONDS = 10.0

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "vary": "Accept, Accept-Language, Authorization, Cookie",
    "x-content-type-options": "nosniff",
}


class Endpoint:
    """`/graphql` for every method, so that the wrong ones are answered in the API's own form too."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = bodies.Incoming(receive)
        response = await graphql(Request(scope, incoming))
        await bodies.answer(response, scope, incoming, send)


async def graphql(request: Request) -> Response:
    """One request; `app.state.api` holds the Api."""
    media = accepted(request.headers.get("accept"))
    if is_browser(request):
        return await graphiql.page(request, credentials_of(request))
    try:
        if media is None:
            raise Malformed(406, said.NOT_ACCEPTABLE)
        asked = await _asked(request)
    except Malformed as problem:
        return malformed(problem, media or JSON, request)
    except ClientDisconnect:
        return Response(status_code=400)
    api: Api = request.app.state.api
    answer = await api.execute(
        asked.document,
        asked.variables,
        asked.operation_name,
        credentials_of(request),
        stored=asked.stored,
        only_queries=request.method == "GET",
    )
    return _answered(answer, media)


def is_browser(request: Request) -> bool:
    """Somebody opened the address in a browser, rather than a program asking: GraphiQL is for him."""
    asks = {"query", "documentId"} & request.query_params.keys()
    return request.method == "GET" and not asks and _names_html(request)


def _names_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


# --- reading


def credentials_of(request: Request) -> Credentials:
    """What this HTTP request says about who it is; a write with the cookie alone must bring the CSRF header."""
    return Credentials(
        bearer=bearer_of(request.headers.get("authorization")),
        session=request.cookies.get(SESSION_COOKIE) or None,
        csrf=request.headers.get(CSRF_HEADER),
        check_csrf=True,
        locale=request.headers.get("accept-language", ""),
        address=request.client.host if request.client else "",
    )


def accepted(accept: str | None) -> str | None:
    """The better of the two media types for an Accept header: JSON when it says nothing, None if it admits neither."""
    if not accept or not accept.strip():
        return JSON
    best, best_weight = None, 0.0
    for part in accept.split(","):
        offered, weight = _media_range(part)
        if offered and weight > best_weight:
            best, best_weight = offered, weight
    return best


def _media_range(part: str) -> tuple[str | None, float]:
    """Which of our media types one part of an Accept header admits, and with which weight."""
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip('" ') not in ("utf-8", "utf8"):
            return None, 0.0
        if name.strip() == "q":
            weight = _number(value)
    offered = {GRAPHQL: GRAPHQL, JSON: JSON, "*/*": JSON, "application/*": JSON}.get(kind)
    return offered, weight


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


async def _asked(request: Request) -> Asked:
    if request.method == "GET":
        return _from_url(request.query_params)
    if request.method != "POST":
        raise Malformed(405, said.WRONG_METHOD, allow="GET, POST")
    _require_json(request.headers.get("content-type", ""))
    return from_object(parsed(await _body(request), said.BODY))


def _require_json(content_type: str) -> None:
    """A page of another site cannot send this content type without asking first: so a form cannot sign anybody in."""
    kind, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charset = next((each.partition("=")[2].strip('" ') for each in parameters if each.startswith("charset")), "utf-8")
    if kind != JSON or charset not in ("utf-8", "utf8"):
        raise Malformed(415, said.WRONG_TYPE)


async def _body(request: Request) -> bytes:
    if announced(request) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise Malformed(408, said.TOO_SLOW, connection="close") from None
    return bytes(body)


def announced(request: Request) -> int:
    """How many bytes the body is said to have; 0 when nothing is said."""
    length = request.headers.get("content-length", "0")
    return int(length[:12]) if length.isascii() and length.isdigit() else 0


def _too_large() -> Malformed:
    """The rest is not wanted: the connection ends with the answer."""
    return Malformed(413, said.filled(said.TOO_LARGE, limit=MOST_BYTES), connection="close")


def _from_url(parameters: Mapping[str, str]) -> Asked:
    variables, extensions = parameters.get("variables"), parameters.get("extensions")
    return from_object(
        {
            "query": parameters.get("query"),
            "documentId": parameters.get("documentId"),
            "variables": parsed(variables, said.IN_ADDRESS["variables"]) if variables else None,
            "operationName": parameters.get("operationName") or None,
            "extensions": parsed(extensions, said.IN_ADDRESS["extensions"]) if extensions else None,
        }
    )


# --- answering


def _answered(answer: Answer, media: str) -> Response:
    response = Response(answer.written(), _status(answer, media), HEADERS)
    response.headers["content-type"] = f"{media}; charset=utf-8"
    if response.status_code == 401:
        response.headers["www-authenticate"] = "Bearer"
    if answer.retry_after is not None:
        response.headers["retry-after"] = str(answer.retry_after)
    if answer.plan and settings().debug:
        response.headers[PLAN_HEADER] = answer.plan
    if answer.cookie is not None:
        set_session_cookie(response, answer.cookie)
    return response


def _status(answer: Answer, media: str) -> int:
    """An executed request is 200 whatever its fields say. One that was not is 401 or 403 when it is about who asks, 429
    when he asks too much, 500 when it is our fault; else 400, and in plain JSON 200, which is what older clients
    expect."""
    if answer.ran:
        return 200
    if answer.code == ErrorCode.UNAUTHENTICATED.value:
        return 401
    if answer.code == ErrorCode.FORBIDDEN.value:
        return 403
    if answer.code == ErrorCode.RATE_LIMITED.value:
        return 429
    if answer.code == ErrorCode.INTERNAL.value:
        return 500
    return 400 if media == GRAPHQL else 200


def set_session_cookie(response: Response, cookie: SessionCookie) -> None:
    """After signIn and signOut. Scripts cannot read it, and another site's forms do not send it."""
    secure = settings().secure_cookies
    if cookie.token is None:
        response.delete_cookie(SESSION_COOKIE, secure=secure, httponly=True, samesite="lax")
        return
    seconds = settings().session_hours * 3600
    response.set_cookie(SESSION_COOKIE, cookie.token, max_age=seconds, secure=secure, httponly=True, samesite="lax")


def malformed(problem: Malformed, media: str, request: Request) -> Response:
    """The answer to a request that is none."""
    words = problem.words[messages.locale_of(request.headers.get("accept-language", ""))]
    error = {"message": words, "extensions": {"code": "BAD_INPUT", "params": {}, "violations": []}}
    headers = {**HEADERS, **problem.headers, "content-type": f"{media}; charset=utf-8"}
    return Response(orjson.dumps({"errors": [error]}), problem.status, headers)


# --- the schema in words


async def schema_text(request: Request) -> Response:
    """`/schema.graphql`: the schema in GraphQL's own language, for those who may explore it."""
    api: Api = request.app.state.api
    problem = await api.may_explore(credentials_of(request))
    if problem is None:
        return Response(api.schema_text, headers={**HEADERS, "content-type": "text/plain; charset=utf-8"})
    locale = messages.locale_of(request.headers.get("accept-language", ""))
    words = problem.message if problem.worded else messages.of_error(problem.code, {}, locale)
    status = 401 if problem.code == ErrorCode.UNAUTHENTICATED.value else 403
    return Response(words, status, {**HEADERS, "content-type": "text/plain; charset=utf-8"})
