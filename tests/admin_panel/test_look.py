"""The stylesheet keeps its promises: enough contrast in both themes, and no state told by colour alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import admin_panel

ROOM = Path(admin_panel.__file__).parent
SHEET = (ROOM / "static" / "panel.css").read_text(encoding="utf-8")

#: Text and what it stands on.
PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in ("paper", "surface", "raised")),
    *((tone, f"{tone}-soft") for tone in ("red", "green", "grey", "amber")),
    *((tone, "surface") for tone in ("red", "green", "grey", "lake", "lake-deep")),
    ("lake", "paper"),
    ("lake-deep", "lake-soft"),
    ("on-lake", "lake"),
    ("ink-faint", "grey-soft"),
    ("ink", "mark"),
    ("code", "surface"),
    ("on-scene", "scene"),
]

#: Edges of what is filled in, the mark of the focus, and graphics that say something.
LINES = [
    *(("edge", ground) for ground in ("surface", "raised", "paper")),
    *(("focus", ground) for ground in ("surface", "raised", "paper", "lake-soft")),
    *((tone, "surface") for tone in ("red", "green")),
    ("lake", "surface"),
]


def blocks() -> list[dict[str, str]]:
    """The declarations of each block of colours: light, dark as the device has it, dark as the person chose."""
    found = re.findall(r":root(?:\S*)? \{(.*?)\}", SHEET, re.DOTALL)
    return [dict(re.findall(r"(--[\w-]+): ([^;]+);", block)) for block in found]


def themes() -> dict[str, dict[str, str]]:
    """The colours of the light theme, and the dark one's that replace them."""
    light, dark = (
        {name.removeprefix("--"): value for name, value in block.items() if re.fullmatch("#[0-9a-f]{6}", value)}
        for block in blocks()[:2]
    )
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme: str, one: str, other: str) -> float:
    colours = themes()[theme]
    high, low = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(theme: str, text: str, ground: str) -> None:
    assert contrast(theme, text, ground) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), LINES)
def test_edges_and_marks_stand_out_from_their_ground(theme: str, line: str, ground: str) -> None:
    assert contrast(theme, line, ground) >= 3


def test_dark_is_the_same_whether_the_device_or_the_person_chose_it() -> None:
    _light, by_device, by_person = blocks()[:3]
    assert by_device == by_person
    assert len(by_device) >= 28


def test_colours_stand_in_the_two_themes_only() -> None:
    rules = re.sub(r":root(?:\S*)? \{.*?\}", "", SHEET, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;\s])|\brgba?\([^)]*\)|\bhsla?\(|: ?(?:white|black)\b", rules) == []


def test_every_badge_is_made_in_one_place_with_icon_and_word() -> None:
    for template in ROOM.rglob("*.html"):
        assert 'class="state' not in template.read_text(encoding="utf-8"), template.name


def test_templates_hold_no_inline_code_or_style() -> None:
    for template in ROOM.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:|\sstyle=|<style", text), template.name
        assert not re.search(r"https?://", text), template.name


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (ROOM / "static" / "icons.svg").read_text(encoding="utf-8")))
    asked: set[str] = set()
    for file in [*ROOM.rglob("*.html"), *ROOM.rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        for found in re.findall(r"""\bicon\(['"](\w+)['"]\)|\bicon=["'](\w+)["']""", text):
            asked |= {name for name in found if name}
    assert asked - drawn == set()


def test_every_class_of_the_stylesheet_is_used() -> None:
    """What no template, script or page module says is dead."""
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", SHEET, flags=re.DOTALL)
    files = [*ROOM.rglob("*.html"), *ROOM.rglob("*.js"), *ROOM.rglob("*.py"), *ROOM.rglob("*.svg")]
    said = set(re.findall(r"[\w-]+", " ".join(file.read_text(encoding="utf-8") for file in files)))
    assert set(re.findall(r"\.([a-zA-Z][\w-]*)", selectors)) - said == set()
