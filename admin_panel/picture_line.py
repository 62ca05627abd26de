"""Lines over days. The scale begins at zero; its numbers stand above its lines, so the plot takes the whole width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from math import floor, log10
from xml.etree.ElementTree import Element

from admin_panel.picture_bars import legend
from admin_panel.picture_figures import Figures, Number, Series, told
from admin_panel.picture_paper import Paper, Part, add

ABOVE, PLOT, BELOW = 20, 190, 30  # pixels: the number over the topmost line, the plot, the days
EDGE = 2  # percent free left and right of the plot, so that no dot is cut
#: Of several lines each is dashed in its own way.
DASHES = ("", "7 3", "2 3", "9 3 2 3", "15 4")
#: So many days have room for a dot with its number.
DOTTED = 62


def line(paper: Paper, figures: Figures) -> Iterator[Part]:
    """A line for each series, after the legend; where a number is not told it is broken."""
    if len(figures.series) > 1:
        yield legend(paper, figures, dashes=DASHES)
    plot = Element("g")
    scale = ticks(max(figures.numbers(), default=0))
    for tick in scale:
        y = ABOVE + down(tick, scale[-1])
        stroke = paper.colour("line" if tick else "edge")
        add(plot, "line", x2=paper.across(100), y1=y, y2=y, stroke=stroke)
        add(plot, "text", told(tick), y=y - 4, fill=paper.colour("ink-soft"), font_size=12)
    for series, dash in zip(figures.series, DASHES, strict=False):
        drawn(paper, figures.days, series, scale[-1], dash, add(plot, "g", transform=f"translate(0 {ABOVE})"))
    days_below(paper, figures.days, ABOVE + PLOT + 20, plot)
    yield Part(plot, ABOVE + PLOT + BELOW)


def drawn(paper: Paper, days: Sequence[date], series: Series, most: Number, dash: str, parent: Element) -> None:
    """One series: its line, and a dot for each number that has room."""
    stroke = paper.colour(series.tone)
    places = [across(day, days) for day in days]
    square, stretched = parent, {}
    if not paper.alone:  # points have no percentages: they lie in a square that is stretched over the plot
        box = {"viewBox": f"0 0 100 {PLOT}", "preserveAspectRatio": "none", "overflow": "visible"}
        square = add(parent, "svg", width="100%", height=PLOT, **box)
        stretched = {"vector_effect": "non-scaling-stroke"}
    path, pen = [], "M"
    for place, value in zip(places, series.values, strict=True):
        if value is None:
            pen = "M"
            continue
        x = paper.across(place).removesuffix("%")
        path.append(f"{pen}{x} {down(value, most):.2f}")
        pen = "L"
    add(square, "path", d="".join(path), fill="none", stroke=stroke, stroke_width=2.5, stroke_linejoin="round",
        stroke_dasharray=dash or None, **stretched)  # fmt: skip
    if len(days) <= DOTTED:
        for day, place, value in zip(days, places, series.values, strict=True):
            if value is not None:
                dot = add(parent, "circle", cx=paper.across(place), cy=down(value, most), r=3, fill=stroke)
                add(dot, "title", f"{day.isoformat()} {series.name} {told(value)}")


def days_below(paper: Paper, days: Sequence[date], y: float, parent: Element) -> None:
    """The first day, the last, and what has room in between."""
    years = len({day.year for day in days}) > 1
    count = min(len(days), 3 if years else 4)
    for number in range(count):
        day = days[round(number * (len(days) - 1) / max(count - 1, 1))]
        anchor = "middle" if 0 < number < count - 1 or count == 1 else "end" if number else "start"
        place = {"start": 0, "end": 100}.get(anchor, across(day, days))
        shown = day.isoformat() if years else day.isoformat()[5:]
        add(
            parent,
            "text",
            shown,
            x=paper.across(place),
            y=y,
            text_anchor=anchor,
            fill=paper.colour("ink-soft"),
            font_size=12,
        )


def across(day: date, days: Sequence[date]) -> float:
    """Where a day lies, in percent: as far from the others as it is in time."""
    span = (days[-1] - days[0]).days
    return EDGE + (100 - 2 * EDGE) * (day - days[0]).days / span if span else 50


def down(value: Number, most: Number) -> float:
    return PLOT * (1 - value / most)


def ticks(most: Number) -> list[Number]:
    """Up to five round numbers from zero to the first that is no less than `most`; whole ones above whole numbers."""
    if not most:
        return [0, 1]
    power = 10.0 ** floor(log10(most / 4))
    step = next(power * each for each in (1, 2, 5, 10, 20) if power * each * 4 >= most)
    if isinstance(most, int):
        step = max(1, round(step))
    found: list[Number] = [0]
    while found[-1] < most:
        found.append(found[-1] + step)
    return found
