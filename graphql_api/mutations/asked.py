"""The fields of inputs, with their words in both languages: a client makes its forms from them."""

from __future__ import annotations

from typing import Any

import strawberry
from tortoise.models import Model

from graphql_api.naming import described, description
from models.declare import Words, note_of


def required(zh: str, en: str, hint: Words | None = None) -> Any:
    """A field that must be given; what it is called, and what should be known besides."""
    return strawberry.field(description=described(Words(zh, en), hint))


def optional(zh: str, en: str, hint: Words | None = None, *, default: Any = None) -> Any:
    """A field that may be left out."""
    return strawberry.field(description=described(Words(zh, en), hint), default=default)


def column(model: type[Model], name: str, hint: Words | None = None, **options: Any) -> Any:
    """The same, called as the model's column is; `default=None` when it may be left out."""
    note = note_of(model, name)
    text = described(note.label, hint) if hint else description(note)
    return strawberry.field(description=text, **options)
