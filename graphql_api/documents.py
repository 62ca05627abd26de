"""Stored documents at the API's door: found by the hash that a request names, and for some callers the only ones.

Nobody stores a document by asking it: `lixiao documents add` does, from the server's shell.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.limits import Shape
from models.rules import documents

SECONDS = 0.5  # a removed document is refused this late by the other processes
MOST = 512

#: What everybody may ask by any document: to come, to act in another role, to go.
OF_A_SESSION = frozenset({"signIn", "chooseRole", "signOut", "__typename"})

HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


def named_in(document_id: Any, extensions: Mapping[str, Any] | None) -> str | None:
    """The hash by which a request names a stored document: `documentId`, as the draft of persisted documents in GraphQL
    over HTTP has it (`sha256:…`, or the hash alone), or `extensions.persistedQuery.sha256Hash`; "" when it names none,
    and None when what it names can be no hash."""
    asked = (extensions or {}).get("persistedQuery")
    if document_id is None and asked is None:
        return ""
    if document_id is None:
        document_id = asked.get("sha256Hash") if isinstance(asked, dict) else None
    found = HASH.fullmatch(document_id) if isinstance(document_id, str) else None
    return found[1] if found else None


class Documents:
    """Looks documents up, and remembers those it found for SECONDS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def text_of(self, sha256: str) -> str | None:
        """The stored text, None when there is none."""
        now, found = self._clock(), self._known.get(sha256)
        if found is not None and now - found[0] < SECONDS:
            return found[1]
        self._known.pop(sha256, None)
        text = await documents.text_of(sha256)
        if text is not None:
            self._known[sha256] = (now, text)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return text

    async def named(self, sha256: str, written: str) -> tuple[str, bool]:
        """The text to run, and whether it is a stored one. Raises PERSISTED_QUERY_NOT_FOUND for a hash of which there
        is none, when the request has not `written` out the text besides."""
        stored = await self.text_of(sha256) if sha256 else None
        if stored is None and sha256 and not written:
            raise ApiError(ErrorCode.PERSISTED_QUERY_NOT_FOUND, sha256=sha256)
        return (written, False) if stored is None else (stored, True)

    async def check_own(self, context: Context, text: str, shape: Shape) -> None:
        """Raises FORBIDDEN for a document that is not stored, of a caller who may run only those."""
        if context.asks_freely or OF_A_SESSION.issuperset(shape.root_fields):
            return
        if await self.text_of(documents.hash_of(text)) is None:
            raise ApiError(ErrorCode.FORBIDDEN, problem="STORED_ONLY")
