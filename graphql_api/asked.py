"""What a client asks to execute, read from JSON; the same for a request and for a message of a WebSocket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from graphql_api import request_wording as said
from graphql_api.documents import named_in
from models.declare import Words
from models.rules.documents import hash_of

MOST_BYTES = 256 * 1024


class Malformed(Exception):
    """A request that is not one of GraphQL over HTTP: the status to answer, and why, in both languages."""

    def __init__(self, status: int, words: Words, **headers: str) -> None:
        super().__init__(words.en)
        self.status, self.words, self.headers = status, words, headers

    @property
    def reason(self) -> str:
        """In English, for a program."""
        return self.words.en


@dataclass(frozen=True, slots=True)
class Asked:
    """What a GET or POST asks to execute. `stored`: the hash of the stored document that it names; `document` is empty
    when it gives no other."""

    document: str
    variables: dict[str, Any] | None
    operation_name: str | None
    stored: str = ""


def parsed(text: bytes | str, what: Words) -> Any:
    """NUL is refused here for everybody: PostgreSQL cannot hold it in a text. `what` is read, for the words."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise Malformed(400, said.filled(said.NOT_JSON, what=what, line=wrong.lineno, column=wrong.colno)) from None
    if ("\\u0000" in text) if isinstance(text, str) else (b"\\u0000" in text):
        raise Malformed(400, said.filled(said.HOLDS_NUL, what=what))
    return value


def from_object(value: Any) -> Asked:
    if not isinstance(value, dict):
        raise Malformed(400, said.NO_OBJECT)
    variables, name, extensions = value.get("variables"), value.get("operationName"), value.get("extensions")
    if not isinstance(variables, dict | None):
        raise Malformed(400, said.WRONG_VARIABLES)
    if not isinstance(name, str | None):
        raise Malformed(400, said.WRONG_NAME)
    if not isinstance(extensions, dict | None):
        raise Malformed(400, said.WRONG_EXTENSIONS)
    stored = named_in(value.get("documentId"), extensions)
    if stored is None:
        raise Malformed(400, said.WRONG_HASH)
    return Asked(_document(value.get("query"), stored), variables, name, stored)


def _document(written: Any, stored: str) -> str:
    """The text of the document; "" when a stored one is named instead. Both are the same, or a mistake."""
    if written is None and stored:
        return ""
    if not isinstance(written, str) or not written.strip():
        raise Malformed(400, said.NO_DOCUMENT)
    if stored and hash_of(written) != stored:
        raise Malformed(400, said.OTHER_HASH)
    return written
