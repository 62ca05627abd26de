"""Files at the API: how the schema shows one, its content for an import, and keeping what was made for an export.

    stored = await content_of(info.context, asked.file)          # an import: the whole content, or NOT_FOUND
    return await keep(info.context, name="a.xlsx", media_type=XLSX, content=content, rows=3)   # something small, made
    return await file_making.made(info.context, …)               # something that may take long

A file is its owner's in the role that made it; a token sees what was made with it. Everybody else: NOT_FOUND.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import strawberry

from graphql_api import ids
from graphql_api.context import Context, Info
from graphql_api.errors import ApiError, ErrorCode, not_found
from graphql_api.messages import of_error
from graphql_api.naming import described
from graphql_api.rights import role_words
from graphql_api.scalars import enum_of
from models import files as tables
from models.declare import Words
from models.enums import FileState
from models.rules import files
from models.rules.files import MEGABYTE, Owner, Room
from models.rules.refusals import Refused
from policies.uploading import may_upload
from settings import settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MESSAGE = "message"  # among the facts of a problem: its words, found when it happened
SECONDS = 2  # after which somebody who has too many files under way may try again


enum_of(FileState, Words("文件状态", "State of a file"))


class NeverMade(ApiError):
    """There is no content, and there will be none."""


def both(zh: str, en: str) -> str:
    return described(Words(zh, en))


@strawberry.type(description=both("文件:上传的,或导出的", "A file that was uploaded, or made to be fetched"))
class File:
    id: strawberry.ID
    name: str = strawberry.field(description=both("文件名", "Its name"))
    media_type: str = strawberry.field(description=both("媒体类型", "Its media type"))
    size: int = strawberry.field(description=both("大小(字节)", "How many bytes it has"))
    rows: int | None = strawberry.field(description=both("行数", "How many rows it holds, if it was made here"))
    state: FileState
    progress: int = strawberry.field(description=both("进度,0–100", "How far it is made, 0 to 100"))
    problem: str | None = strawberry.field(description=both("没有生成的原因", "Why there is none, in a sentence"))
    url: str = strawberry.field(description=both("下载地址(相对于本接口)", "Where to fetch it, on the API's own host"))
    expires_at: datetime = strawberry.field(description=both("保留至", "Until when it is kept"))


def shown(file: tables.File, locale: str) -> File:
    """The file as the schema has it, its problem in words."""
    number = ids.encode("File", file.id)
    return File(
        id=strawberry.ID(number),
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        rows=file.rows,
        state=file.state,
        progress=file.progress,
        problem=problem_of(file, locale),
        url=f"/files/{number}",
        expires_at=file.expires_at,
    )


def problem_of(file: tables.File, locale: str) -> str | None:
    """Why a file FAILED; words that were found when it happened are kept with it."""
    if file.state is not FileState.FAILED:
        return None
    return str(file.facts.get(MESSAGE) or of_error(file.problem, file.facts, locale))


# --- for imports and exports


@dataclass(frozen=True, slots=True)
class Stored:
    """A whole file, read."""

    name: str
    media_type: str
    content: bytes


async def content_of(context: Context, file_id: str, argument: str = "file") -> Stored:
    """The content of the caller's file. Raises NOT_FOUND, pointing at `argument` of the input, and CONFLICT while it
    is being made or when it never was."""
    file = await found(context, file_id)
    if file is None:
        raise not_found(argument, **_no_file())
    require_ready(file)
    content = bytearray()
    try:
        async for piece in files.pieces(file):
            content += piece
    except LookupError:
        raise not_found(argument, **_no_file()) from None
    return Stored(file.name, file.media_type, bytes(content))


async def keep(context: Context, *, name: str, media_type: str, content: bytes, rows: int | None = None) -> File:
    """Keeps what was made for the caller, to be fetched. Raises BAD_INPUT or RATE_LIMITED when there is no room."""
    with worded():
        file = await files.store(owner_of(context), name, media_type, content, room_for_exports(), rows=rows)
    return shown(file, context.locale)


async def found(context: Context, file_id: str) -> tables.File | None:
    """The caller's file; None for another's, an expired one, or what is no id."""
    try:
        kind, number = ids.split(file_id)
    except ValueError:
        return None
    if kind != "File" or number > ids.LARGEST:
        return None
    return await files.found(number, owner_of(context))


def require_ready(file: tables.File) -> None:
    """Raises CONFLICT, with why there is no content, or not yet."""
    if file.state is FileState.FAILED:
        facts = {name: value for name, value in file.facts.items() if name != MESSAGE}
        raise NeverMade(file.problem, str(file.facts.get(MESSAGE, "")), (), **facts)
    if file.state is FileState.CANCELLED:
        raise NeverMade(ErrorCode.CONFLICT, problem="FILE_CANCELLED")
    if file.state.unfinished:
        raise ApiError(ErrorCode.CONFLICT, problem="FILE_MAKING", progress=file.progress)


async def require_importer(context: Context) -> None:
    """Raises FORBIDDEN for who may import nothing."""
    if not may_upload(context.access):
        raise ApiError(ErrorCode.FORBIDDEN, problem="NO_UPLOADS", role=await role_words(context))


def absent() -> ApiError:
    """NOT_FOUND, where no argument names the file."""
    return ApiError(ErrorCode.NOT_FOUND, **_no_file())


def _no_file() -> dict[str, Any]:
    return {"problem": "NO_FILE", "hours": settings().file_hours}


# --- whose, and how much


def owner_of(context: Context) -> Owner:
    """Whose files the caller's are."""
    caller = context.caller
    return Owner(caller.user_id, caller.role, caller.token.token_id if caller.token else None)


def room_for_uploads() -> Room:
    here = settings()
    return Room(here.upload_megabytes * MEGABYTE, here.files_megabytes * MEGABYTE, timedelta(hours=here.file_hours))


def room_for_exports() -> Room:
    """What is made here may be as large as all of a person's files together."""
    together = settings().files_megabytes * MEGABYTE
    return Room(together, together, timedelta(hours=settings().file_hours))


@contextlib.contextmanager
def worded() -> Iterator[None]:
    """Too many files under way is RATE_LIMITED at this door; other refusals stay what they are."""
    try:
        yield
    except Refused as refused:
        facts = refused.refusal.facts
        if facts.get("problem") == "FILES_AT_ONCE":
            raise ApiError(ErrorCode.RATE_LIMITED, "", (), **facts, seconds=SECONDS) from None
        raise


# --- the schema's fields


async def file_by_id(info: Info, id: strawberry.ID) -> File | None:  # noqa: A002  # the contract's argument
    """Null for another's, and when its time is over."""
    file = await found(info.context, id)
    return None if file is None else shown(file, info.context.locale)


def file_fields() -> dict[str, Any]:
    """The fields of Query."""
    words = both("本人的一个文件", "One of the caller's own files, in his acting role")
    return {"file": strawberry.field(resolver=file_by_id, description=words)}
