"""Stored GraphQL documents: kept by the hash of their text, added and removed from the shell, looked up by the API."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from models import database
from models.stored_documents import StoredDocument

LONGEST_NAME = 128
LONGEST_HASH = 64  # hexadecimal digits of SHA-256


@dataclass(frozen=True, slots=True)
class Document:
    """One stored document; `name` is where it came from."""

    sha256: str
    name: str
    text: str
    stored_at: datetime


def hash_of(text: str) -> str:
    """What a request names a document by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def add(texts: Collection[tuple[str, str]]) -> list[tuple[str, bool]]:
    """Stores (name, text) pairs, all or none; gives each hash, and whether it is new. The same text is stored once,
    under the name it had first."""

    async def work() -> list[tuple[str, bool]]:
        added = []
        for name, text in texts:
            sha256 = hash_of(text)
            known = await StoredDocument.exists(sha256=sha256)
            if not known:
                await StoredDocument.create(sha256=sha256, name=name[:LONGEST_NAME], text=text)
            added.append((sha256, not known))
        return added

    return await database.atomically(work)


async def remove(hashes: Sequence[str]) -> list[str]:
    """Takes documents away; gives the hashes that there were none of."""

    async def work() -> list[str]:
        return [each for each in hashes if not await StoredDocument.filter(sha256=each).delete()]

    return await database.atomically(work)


async def stored() -> list[Document]:
    """All of them, by name."""
    rows = await StoredDocument.all().order_by("name", "sha256").values_list("sha256", "name", "text", "stored_at")
    return [Document(str(sha256), str(name), str(text), at) for sha256, name, text, at in rows]


async def text_of(sha256: str) -> str | None:
    """The text with this hash, None when it is not stored. One statement."""
    if len(sha256) != LONGEST_HASH:
        return None
    rows = await database.fetch("SELECT text FROM stored_document WHERE sha256 = ?1", [sha256])
    return str(rows[0][0]) if rows else None
