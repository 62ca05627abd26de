"""A picture in words, for whoever does not see it: its main figures. All of them stand in the table below it."""

from __future__ import annotations

from admin_panel.language import english
from admin_panel.picture_figures import Figures, Kind, Number, Series, named, told
from admin_panel.words import listed, say


def in_words(kind: Kind, figures: Figures) -> str:
    """One to six sentences in this request's language."""
    if figures.empty:
        return say("picture_empty")
    sentences = {Kind.BAR: of_bars, Kind.STACKED_BAR: of_stacked, Kind.LINE: of_lines, Kind.NUMBER: of_number}[kind](
        figures
    )
    if hidden := figures.hidden():
        sentences.append(say("picture_hidden", count=hidden))
    return (" " if english() else "").join(sentences)


def of_number(figures: Figures) -> list[str]:
    [series] = figures.series
    return [say("picture_number", name=series.name, value=told(series.values[0]))]


def of_bars(figures: Figures) -> list[str]:
    [series] = figures.series
    known = [
        (value, named(label)) for label, value in zip(figures.labels, series.values, strict=True) if value is not None
    ]
    sentences = [say("picture_bars", name=series.name, count=len(figures.labels))]
    if known:
        most, least = max(known, key=lambda one: one[0]), min(known, key=lambda one: one[0])
        words = {"most": most[1], "most_value": told(most[0]), "least": least[1], "least_value": told(least[0])}
        sentences.append(say("picture_most", **words))
    return sentences


def of_stacked(figures: Figures) -> list[str]:
    sums = [sum(value or 0 for value in series.values) for series in figures.series]
    whole = sum(sums)
    parts = [part(series, value, whole) for series, value in zip(figures.series, sums, strict=True)]
    return [say("picture_stacked", count=len(figures.labels), parts=listed(parts))]


def part(series: Series, value: Number, whole: Number) -> str:
    return say(
        "picture_part", name=series.name, value=told(value), percent=f"{100 * value / whole if whole else 0:.1f}"
    )


def of_lines(figures: Figures) -> list[str]:
    return [of_line(figures, series) for series in figures.series]


def of_line(figures: Figures, series: Series) -> str:
    known = [(value, named(day)) for day, value in zip(figures.labels, series.values, strict=True) if value is not None]
    if not known:
        return say("picture_line_none", name=series.name)
    (first, first_day), (last, last_day), (most, most_day) = known[0], known[-1], max(known, key=lambda one: one[0])
    days = {"first_day": first_day, "last_day": last_day, "most_day": most_day}
    return say("picture_line", name=series.name, first=told(first), last=told(last), most=told(most), **days)
