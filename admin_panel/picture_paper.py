"""What pictures are drawn on: SVG elements, colours, patterns, and how wide a text is.

In a page a picture has the page's colours, by its custom properties, and its width: lengths across are percentages, so
nothing is scaled and letters stay as large as all others. A picture that leaves the page brings its own colours and
width. No element has a style and there is no script: the page's content policy forbids both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast
from unicodedata import east_asian_width
from xml.etree.ElementTree import Element, SubElement

#: The light colours of panel.css, for pictures that leave the page.
LIGHT = {
    "surface": "#ffffff",
    "ink": "#1c2426",
    "ink-soft": "#4b585b",
    "line": "#dfe3e1",
    "edge": "#7b8789",
    "grey-soft": "#eceeed",
    "lake": "#0b5f66",
    "red": "#b02418",
    "green": "#17693a",
    "grey": "#545f62",
    "amber": "#80510a",
}
#: Colour never speaks alone: each tone has a mark, and on a surface a pattern, a path over eight by eight pixels. The
#: dash of grey badges would be a minus before a number.
MARKS = {"red": "✕", "green": "✓", "grey": "○", "amber": "!", "lake": "●"}
PATTERNS = {
    "red": "M-2 2 2-2M0 8 8 0M6 10 10 6",
    "grey": "M1 2h2M5 6h2",
    "amber": "M2 0v8M6 0v8",
    "lake": "M0 2h8M0 6h8",
}
FONTS = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
LETTER = 13  # pixels
#: In pixels: a page on the narrowest phone, a page wide enough for long labels (panel.css knows it too), a file.
NARROW, WIDE, FILE = 240, 560, 752
#: What XML cannot hold; a line break would be a space.
ILLEGIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Paper:
    """`name` begins every id, so that a page may hold several pictures. `alone`: the picture leaves the page."""

    name: str
    alone: bool = False

    def colour(self, name: str) -> str:
        return LIGHT[name] if self.alone else f"var(--{name})"

    def surface(self, tone: str) -> str:
        """What fills a bar of this tone."""
        return f"url(#{self.name}-{tone})" if tone in PATTERNS else self.colour(tone)

    def across(self, percent: float) -> str:
        """A length, or a place from the left."""
        return plain(percent * FILE / 100) if self.alone else f"{plain(percent)}%"

    @property
    def room(self) -> int:
        """How wide a line of text may be, in pixels."""
        return FILE if self.alone else NARROW

    def patterns(self, root: Element, tones: list[str]) -> None:
        """What `surface` refers to."""
        for tone in tones:
            if tone in PATTERNS:
                size = {"width": 8, "height": 8, "patternUnits": "userSpaceOnUse"}
                pattern = add(root, "pattern", id=f"{self.name}-{tone}", **size)
                add(pattern, "rect", width=8, height=8, fill=self.colour(tone))
                add(pattern, "path", d=PATTERNS[tone], stroke=self.colour("surface"), stroke_width=1.5, opacity=0.75)

    def label(self, parent: Element, text: str, y: float, taken: float) -> None:
        """A text at the left of a line of which `taken` pixels are needed. What is cut is told as a whole by its title;
        a page has it twice, and shows which of them its width allows."""
        if self.alone or width(text) <= NARROW - taken:
            titled(parent, text, cut(text, self.room - taken), y=y)
        else:
            titled(parent, text, cut(text, NARROW - taken), y=y, class_="narrow")
            titled(parent, text, cut(text, WIDE - taken), y=y, class_="wide")


@dataclass(frozen=True, slots=True)
class Part:
    """What is not torn apart at the end of a sheet of paper, and how high it is in pixels."""

    element: Element
    height: float


def titled(parent: Element, whole: str, shown: str, /, **attributes: object) -> None:
    """A text, with the whole of it as its title when less is shown."""
    if shown == legible(whole):
        add(parent, "text", shown, **attributes)
    else:
        add(add(parent, "text", **attributes), "title", whole).tail = shown


def add(parent: Element, tag: str, text: str = "", /, **attributes: object) -> Element:
    """A new last child. `stroke_width=2` is stroke-width="2"; None is left out; escaping is the serializer's."""
    known = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    made = SubElement(parent, tag, {key: plain(value) for key, value in known.items()})
    if text:
        made.text = legible(text)
    return made


def plain(value: object) -> str:
    """A number with two decimals at most; everything else as it is."""
    if isinstance(value, int | float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return cast(str, value)


def legible(text: str) -> str:
    return " ".join(ILLEGIBLE.sub("", text).split())


def width(text: str) -> float:
    """About how wide a text is, in pixels: a Chinese letter is as wide as high, others a little more than half."""
    return LETTER * sum(1 if east_asian_width(letter) in "WFA" else 0.6 for letter in text)


def cut(text: str, room: float) -> str:
    """As much of the text as there is room for, with a sign that there is more."""
    text = legible(text)
    if width(text) <= room:
        return text
    while text and width(text) + LETTER > room:
        text = text[:-1]
    return f"{text.rstrip()}…"
