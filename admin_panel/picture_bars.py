"""Bars that lie, one below the other: a name, a bar and its number; or several numbers end to end in one bar.

Lying bars have room for long names on any width, and need no axis: each number stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from admin_panel.picture_figures import Figures, Number, Series, named, told
from admin_panel.picture_paper import LETTER, MARKS, Paper, Part, add, cut, width

LINE, BAR, GAP = 19, 12, 11  # pixels: a line of text, a bar, what is free below a row
LEAST, LEAST_PART = 0.4, 1.0  # percent: what is not zero is seen; a part loses a pixel to the line around it
BETWEEN, SPACE = 12, "\N{NO-BREAK SPACE}" * 2  # between two texts of a line: pixels, and where they flow
SWATCH = 22  # pixels before a name of the legend


def bars(paper: Paper, figures: Figures) -> Iterator[Part]:
    """One number for each label."""
    [series] = figures.series
    most = max(figures.numbers(), default=0)
    right = max(width(told(value)) for value in series.values) + BETWEEN
    for label, value in zip(figures.labels, series.values, strict=True):
        row = Element("g")
        paper.label(row, named(label), LINE - 6, right)
        add(row, "text", told(value), x=paper.across(100), y=LINE - 6, text_anchor="end", font_weight="600")
        add(row, "rect", y=LINE, width=paper.across(100), height=BAR, fill=paper.colour("grey-soft"))
        if value:
            length = paper.across(max(share(value, most), LEAST))
            add(row, "rect", y=LINE, width=length, height=BAR, fill=paper.colour(series.tone))
        yield Part(row, LINE + BAR + GAP)


def stacked(paper: Paper, figures: Figures) -> Iterator[Part]:
    """The numbers of each label end to end, after the legend."""
    rows = list(zip(*(series.values for series in figures.series), strict=True))
    most = max(sum(value or 0 for value in row) for row in rows)
    right = max(sum(map(width, marked(figures, row))) + BETWEEN * len(row) for row in rows)
    below = any(width(named(label)) + right > paper.room for label in figures.labels)
    yield legend(paper, figures)
    for label, values in zip(figures.labels, rows, strict=True):
        row = Element("g")
        paper.label(row, named(label), LINE - 6, 0 if below else right)
        add(row, "rect", y=LINE, width=paper.across(100), height=BAR, fill=paper.colour("grey-soft"))
        end_to_end(paper, figures.series, values, most, row)
        yield Part(row, LINE + BAR + GAP + numbers(paper, figures, values, row, below=below))


def end_to_end(
    paper: Paper, series: Sequence[Series], values: Sequence[Number | None], most: Number, row: Element
) -> None:
    """The parts of one bar, each parted from the next by a line in the colour of the ground."""
    before = 0.0
    for each, value, length in zip(series, values, lengths(values, most), strict=True):
        if value:
            part = add(row, "rect", x=paper.across(before), y=LINE, width=paper.across(length), height=BAR,
                       fill=paper.surface(each.tone), stroke=paper.colour("surface"))  # fmt: skip
            add(part, "title", f"{each.name} {told(value)}")
            before += length


def lengths(values: Sequence[Number | None], most: Number) -> list[float]:
    """Of the parts of one bar, in percent; what the least are given so as to be seen, the longest gives if it must."""
    found = [max(share(value, most), LEAST_PART) if value else 0.0 for value in values]
    found[found.index(max(found))] -= max(sum(found) - 100, 0)
    return found


def numbers(paper: Paper, figures: Figures, values: Sequence[Number | None], row: Element, *, below: bool) -> int:
    """The numbers of one bar, with their marks: at the right of its name, or in lines below it, whose height it is."""
    texts = marked(figures, values)
    lines = in_lines([width(text) + BETWEEN for text in texts], paper.room) if below else [list(range(len(texts)))]
    for number, line in enumerate(lines):
        right: dict[str, object] = {"x": paper.across(100), "y": LINE - 6, "text_anchor": "end"}
        place = {"y": LINE + BAR + 15 + number * LINE} if below else right
        text = add(row, "text", font_weight="600", **place)
        for each in line:
            part = add(text, "tspan", texts[each], fill=paper.colour(figures.series[each].tone))
            part.tail = None if each == line[-1] else SPACE
    return len(lines) * LINE if below else 0


def marked(figures: Figures, values: Sequence[Number | None]) -> list[str]:
    return [f"{MARKS[each.tone]} {told(value)}" for each, value in zip(figures.series, values, strict=True)]


def legend(paper: Paper, figures: Figures, *, dashes: Sequence[str] = ()) -> Part:
    """Pattern, mark and name of each series, in as many lines as the narrowest page needs. `dashes`: the series are
    lines, dashed so."""
    parent = Element("g")
    paper.patterns(parent, [] if dashes else [each.tone for each in figures.series])
    names = [cut(f"{MARKS[each.tone]} {each.name}", paper.room - SWATCH) for each in figures.series]
    lines = in_lines([SWATCH + width(name) + BETWEEN for name in names], paper.room)
    for top, line in zip(range(0, len(lines) * LINE, LINE), lines, strict=True):
        left = 0
        for number in line:
            tone = figures.series[number].tone
            if dashes:
                add(parent, "path", d=f"M{left} {top + 9}h17", stroke=paper.colour(tone), stroke_width=2.5,
                    stroke_dasharray=dashes[number] or None)  # fmt: skip
            else:
                add(parent, "rect", x=left, y=top + 3, width=17, height=12, fill=paper.surface(tone))
            add(parent, "text", names[number], x=left + SWATCH, y=top + LETTER + 1)
            left += round(SWATCH + width(names[number]) + BETWEEN)
    return Part(parent, len(lines) * LINE + 8)


def in_lines(widths: Sequence[float], room: float) -> list[list[int]]:
    """Which of these stand in which line; the last of a line needs no space behind it."""
    lines: list[list[int]] = [[]]
    for number, needs in enumerate(widths):
        if lines[-1] and sum(widths[each] for each in lines[-1]) + needs > room + BETWEEN:
            lines.append([])
        lines[-1].append(number)
    return lines


def share(value: Number, most: Number) -> float:
    """In percent of the longest."""
    return 100 * value / most
