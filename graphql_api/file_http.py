"""`POST /files?name=…` and `GET /files/<id>`: a file as the body itself, in and out, never whole in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, quote

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from graphql_api import bodies, ids
from graphql_api import request_wording as said
from graphql_api.asked import Malformed
from graphql_api.errors import ErrorCode
from graphql_api.execute import Api
from graphql_api.file_transfer import TurnedAway, opened, pieces, upload
from graphql_api.http import HEADERS, JSON, announced, credentials_of, malformed
from models.files import File

PATH = "/files"

#: What somebody uploaded is never a page of ours, whatever it holds.
OF_A_FILE = {
    **HEADERS,
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
}
STATUS = {
    ErrorCode.UNAUTHENTICATED.value: 401,
    ErrorCode.FORBIDDEN.value: 403,
    ErrorCode.NOT_FOUND.value: 404,
    ErrorCode.CONFLICT.value: 409,
    ErrorCode.RATE_LIMITED.value: 429,
    ErrorCode.INTERNAL.value: 500,
}
TOO_LARGE = "FILE_TOO_LARGE"
MAKING = "FILE_MAKING"


class Door:
    """For every method, so that the wrong ones are answered in the API's own form too."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = bodies.Incoming(receive)
        request = Request(scope, incoming)
        try:
            response = await _answered(request)
        except Malformed as problem:
            response = malformed(problem, JSON, request)
        except TurnedAway as turned:
            response = _refused(turned, request)
        except ClientDisconnect:
            response = Response(status_code=400)
        await bodies.answer(response, scope, incoming, send)


async def _answered(request: Request) -> Response:
    api: Api = request.app.state.api
    file_id = request.path_params.get("id")
    if file_id is None:
        return await _taken(api, request)
    if request.method not in ("GET", "HEAD"):
        raise Malformed(405, said.FILES_METHOD, allow="GET, HEAD", connection="close")
    return _given(await opened(api, credentials_of(request), file_id), request)


# --- in


async def _taken(api: Api, request: Request) -> Response:
    if request.method != "POST":
        raise Malformed(405, said.FILES_METHOD, allow="POST", connection="close")
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise Malformed(415, said.FILE_AS_IT_IS, connection="close")
    file = await upload(api, credentials_of(request), _name(request), _parts(request), announced(request))
    told = {"id": ids.encode("File", file.id), "name": file.name, "size": file.size}
    headers = {**HEADERS, "location": f"{PATH}/{told['id']}"}
    return Response(orjson.dumps(told), 201, headers, media_type=JSON)


def _name(request: Request) -> str:
    """As the address has it; "" when it has none."""
    try:
        asked = request.url.query.encode("latin-1").decode("ascii")
        pairs = dict(parse_qsl(asked, errors="strict", max_num_fields=10))
    except (UnicodeError, ValueError):
        raise Malformed(400, said.NAME_NOT_UTF8, connection="close") from None
    return pairs.get("name", "")


async def _parts(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises Malformed (408) for one that does not, and ClientDisconnect."""
    try:
        async for part in bodies.parts(request):
            yield part
    except TimeoutError:
        raise Malformed(408, said.FILE_TOO_SLOW, connection="close") from None


# --- out


def _given(file: File, request: Request) -> Response:
    headers = {
        **OF_A_FILE,
        "content-type": file.media_type,
        "content-length": str(file.size),
        "content-disposition": disposition(file.name),
    }
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(pieces(file), headers=headers)


def disposition(name: str) -> str:
    """`attachment`, with the name in UTF-8, and one in ASCII for programs that know no other (RFC 6266)."""
    plain = "".join(each if each.isascii() and each not in '"\\%' else "_" for each in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


# --- refused


def _refused(turned: TurnedAway, request: Request) -> Response:
    told = turned.answer
    params = told.errors[0]["extensions"]["params"]
    problem, headers = params.get("problem"), dict(HEADERS)
    status = 410 if turned.gone else 413 if problem == TOO_LARGE else STATUS.get(str(told.code), 400)
    if request.method == "POST":
        headers["connection"] = "close"  # what of the body is still to come is not wanted
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if told.retry_after is not None or problem == MAKING:
        headers["retry-after"] = str(told.retry_after or 1)
    return Response(told.written(), status, headers, media_type=JSON)
