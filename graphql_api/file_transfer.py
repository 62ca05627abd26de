"""Files over the API's own line, in and out: who may, what a file may be called, and its content piece by piece. The
same for HTTP (`file_http`) and for the panel in this process.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import PurePosixPath
from typing import TypeVar

from graphql import ExecutionResult, GraphQLError
from starlette.requests import ClientDisconnect

from graphql_api import messages
from graphql_api.answer import Answer
from graphql_api.asked import Malformed
from graphql_api.authentication import authenticate, csrf_token_matches
from graphql_api.context import Context, Credentials
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.execute import Api
from graphql_api.file_making import WORKER
from graphql_api.files import (
    XLSX,
    NeverMade,
    absent,
    found,
    owner_of,
    require_importer,
    require_ready,
    room_for_uploads,
    worded,
)
from graphql_api.metrics import observed
from graphql_api.presenting import answered
from models.files import File
from models.rules import files
from models.rules.files import Gone, Growing

T = TypeVar("T")

LONGEST_NAME = 200
#: What shows a name in another order than it is written: `invoice<RLO>xslx.exe`.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Control characters, halves of pairs, and the ends of lines and paragraphs.
NO_NAME = frozenset({"Cc", "Cs", "Zl", "Zp"})

#: By the end of the name alone; what a file holds is found out when it is read.
MEDIA_TYPES = {
    ".xlsx": XLSX,
    ".xls": "application/vnd.ms-excel",
    ".csv": "text/csv",
    ".json": "application/json",
}


class TurnedAway(Exception):
    """Nothing was taken or given; `answer` says why, as any answer of the API does. `gone`: the file will never be."""

    def __init__(self, answer: Answer, *, gone: bool = False) -> None:
        super().__init__(answer.code)
        self.answer, self.gone = answer, gone


async def upload(api: Api, credentials: Credentials, name: str, content: AsyncIterable[bytes], announced: int) -> File:
    """Keeps a file for whoever sends it; `announced`: how many bytes are to come, 0 when that is not known. Nothing of
    `content` is read before it is known that he may. Raises TurnedAway, and Malformed or ClientDisconnect of `content`.
    """

    async def work(context: Context) -> File:
        await _entered(api, context, writes=True)
        await require_importer(context)
        return await _received(context, checked_name(name), content, announced)

    return await _served("upload", credentials, work)


async def opened(api: Api, credentials: Credentials, file_id: str) -> File:
    """The caller's file, ready for `pieces`. Raises TurnedAway."""

    async def work(context: Context) -> File:
        await _entered(api, context, writes=False)
        file = await found(context, file_id)
        if file is None:
            raise absent()
        require_ready(file)
        return file

    return await _served("download", credentials, work)


async def _entered(api: Api, context: Context, *, writes: bool) -> None:
    """Finds out who comes, and counts him. Raises UNAUTHENTICATED, RATE_LIMITED, and FORBIDDEN where the page's token
    is lacking."""
    await authenticate(context, api.identities, anew=writes)
    api.rates.count(context)
    _ = context.caller
    if writes and not csrf_token_matches(context.credentials):
        raise ApiError(ErrorCode.FORBIDDEN, problem="CSRF")


def pieces(file: File) -> AsyncIterator[bytes]:
    """The content of an opened file, as it is taken. Raises LookupError when it goes meanwhile."""
    return files.pieces(file)


def checked_name(name: str) -> str:
    """The name as it is kept (NFC). Raises BAD_INPUT for none, and for one that no file should have."""
    if not name.strip():
        raise _bad_name("FILE_UNNAMED")
    kept = unicodedata.normalize("NFC", name.strip())
    odd = any(each in TURNING or unicodedata.category(each) in NO_NAME for each in kept)
    if odd or len(kept) > LONGEST_NAME or "/" in kept or "\\" in kept or not kept.strip("."):
        raise _bad_name("FILE_NAME")
    return kept


def _bad_name(problem: str) -> ApiError:
    at_fault = Violation(("name",), problem, {"limit": LONGEST_NAME})
    return ApiError(ErrorCode.BAD_INPUT, "", [at_fault], problem=problem, limit=LONGEST_NAME)


def media_type_of(name: str) -> str:
    return MEDIA_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


async def _received(context: Context, name: str, content: AsyncIterable[bytes], announced: int) -> File:
    owner, room = owner_of(context), room_for_uploads()
    with worded():
        file = await files.begin(owner, name, media_type_of(name), room, worker=WORKER, announced=announced)
    growing = Growing(file, owner, room)
    try:
        async for part in content:
            await growing.add(part)
        if not growing.size:
            raise ApiError(ErrorCode.BAD_INPUT, problem="FILE_EMPTY")
        return await growing.finish()
    except Gone:
        raise ApiError(ErrorCode.CONFLICT, problem="FILE_RESTARTED") from None
    except BaseException:
        await files.discard(file.id)
        raise


async def _served(kind: str, credentials: Credentials, work: Callable[[Context], Awaitable[T]]) -> T:
    """What `work` gives; counted, and its errors told as those of a document are."""
    context, began = Context(credentials, messages.locale_of(credentials.locale), kind=kind), time.perf_counter()
    answer = Answer(None, [], True, context.locale)
    try:
        return await work(context)
    except (Malformed, ClientDisconnect):
        answer = Answer(None, [{"extensions": {"code": ErrorCode.BAD_INPUT.value}}], False, context.locale)
        raise
    except Exception as problem:
        error = problem if isinstance(problem, GraphQLError) else GraphQLError(str(problem), original_error=problem)
        answer = await answered(ExecutionResult(None, [error]), context, ran=False)
        raise TurnedAway(answer, gone=isinstance(problem, NeverMade)) from problem
    finally:
        observed(context, answer, time.perf_counter() - began)
