"""A text in both languages, as the schema gives it."""

from __future__ import annotations

import strawberry

from graphql_api.naming import described
from models.declare import Words


@strawberry.type(description=described(Words("中英文文字", "A text in both languages")))
class Label:
    zh: str
    en: str


def label_of(words: Words) -> Label:
    return Label(zh=words.zh, en=words.en)
