"""Stopping a file that is being made."""

from __future__ import annotations

import strawberry

from graphql_api import file_making
from graphql_api.context import Info
from graphql_api.files import absent, found, owner_of
from models.rules import files


async def cancel_file(info: Info, id: strawberry.ID) -> bool:  # noqa: A002  # the contract's argument
    """取消生成文件 · Cancel a file that is being made

    已生成或已结束的返回 false · False when there was nothing left to stop.
    """
    file = await found(info.context, id)
    if file is None:
        raise absent()
    cancelled = await files.cancel(file.id, owner_of(info.context))
    if cancelled:
        file_making.stop(file.id)
    return cancelled


FIELDS = {"cancel_file": cancel_file}
