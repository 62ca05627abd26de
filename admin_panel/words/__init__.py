"""Every text of the panel's own, in both languages, by key; what the API words (columns, messages) is not here.

A file for each subject; a key stands in one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from admin_panel.language import Text, english
from admin_panel.words import (
    bulk,
    bulk_edit,
    certificates,
    deeds,
    desk,
    exports,
    frame,
    imports,
    items,
    life,
    lists,
    look,
    operations,
    pictures,
    policy,
    saved,
    scan,
    sheet,
)

SUBJECTS = (
    bulk,
    bulk_edit,
    certificates,
    deeds,
    desk,
    exports,
    frame,
    imports,
    items,
    life,
    lists,
    look,
    operations,
    pictures,
    policy,
    saved,
    scan,
    sheet,
)


def _each_once() -> Iterator[tuple[str, Text]]:
    known: set[str] = set()
    for subject in SUBJECTS:
        if doubled := known & subject.WORDS.keys():
            raise ValueError(f"{subject.__name__} words again: {', '.join(sorted(doubled))}")
        known |= subject.WORDS.keys()
        yield from subject.WORDS.items()


WORDS: dict[str, Text] = dict(_each_once())


def say(key: str, **values: object) -> str:
    """The text `key` in this request's language, with its values filled in."""
    text = str(WORDS[key])
    return text.format(**values) if values else text


def both(key: str) -> Text:
    """The text itself, for labels that are made once and shown in either language."""
    return WORDS[key]


def listed(parts: Iterable[object]) -> str:
    """Several words in a row, as this request's language parts them."""
    return (", " if english() else "、").join(map(str, parts))
