"""Every text in both languages, and none that a page asks for missing."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import admin_panel
from admin_panel.exporting import FORMATS, STATUSES
from admin_panel.import_kinds import KINDS, ROWS
from admin_panel.words import WORDS

ROOM = Path(admin_panel.__file__).parent
#: Keys that are put together from a closed set: `say('show_' ~ each)`.
MADE = {"show_due", "show_issued", "show_all"} | {
    f"group_{each}" for each in ("work", "data", "records", "units", "admin")
}
MADE |= {f"export_{each}" for each in (*FORMATS, STATUSES)}
MADE |= {f"import_step_{each}" for each in ("upload", "choose", "check", "done")}
MADE |= {f"{each.key}{end}" for each in (*KINDS, ROWS) for end in ("", "_lead")}


def asked_for() -> set[str]:
    found = set(MADE)
    for file in [*ROOM.rglob("*.html"), *ROOM.rglob("*.py")]:
        found |= set(re.findall(r"""\b(?:say|both)\(\s*['"](\w+)['"]\s*[,)]""", file.read_text(encoding="utf-8")))
    return found


def test_no_page_asks_for_a_text_that_is_missing() -> None:
    assert asked_for() - WORDS.keys() == set()


def test_no_text_is_kept_that_nobody_asks_for() -> None:
    everything = "".join(file.read_text(encoding="utf-8") for file in [*ROOM.rglob("*.html"), *ROOM.rglob("*.py")])
    unused = {key for key in WORDS if len(re.findall(rf"""['"]{key}['"]""", everything)) < 2}
    assert unused - MADE == set()


@pytest.mark.parametrize("key", sorted(WORDS))
def test_a_text_says_the_same_places_in_both_languages(key: str) -> None:
    text = WORDS[key]
    assert text.zh
    assert text.en
    places = [{name for _, name, _, _ in Formatter().parse(each) if name} for each in (text.zh, text.en)]
    assert places[0] == places[1]
