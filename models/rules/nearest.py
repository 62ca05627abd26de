"""What somebody who wrote an unknown name perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

SHOWN = 5


def nearest(written: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Of `known` names (each with the words it goes by besides, "" for none) those that look most like `written`, at
    most SHOWN, the likeliest first; whatever its case, and also when `written` is one of the words."""
    wanted = written.casefold()
    by_words = [name for name, words in known.items() if wanted and wanted in words.casefold()]
    folded = {name.casefold(): name for name in known}
    by_looks = [folded[found] for found in difflib.get_close_matches(wanted, folded, n=SHOWN)]
    return tuple(dict.fromkeys([*by_looks, *by_words]))[:SHOWN]


def listed(names: tuple[str, ...]) -> str:
    """As a fact of a refusal."""
    return ", ".join(names)
