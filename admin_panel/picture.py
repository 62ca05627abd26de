"""Pictures of statistics, drawn on the server: in a page, or as a file that stands alone.

What is drawn comes from the API; who asks for a picture has the numbers already and shows them in a table below it. See
docs/architecture.md for why no library draws.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from markupsafe import Markup

from admin_panel.picture_bars import bars, stacked
from admin_panel.picture_figures import MOST_BARS, Figures, Kind, checked, told
from admin_panel.picture_line import line
from admin_panel.picture_paper import FILE, FONTS, LETTER, Paper, add, cut, width
from admin_panel.picture_told import in_words
from admin_panel.words import say

MEDIA_TYPE = "image/svg+xml"
MARGIN, HEAD, FOOT = 24, 56, 34  # pixels around a picture that stands alone, for its title and its note
DRAWN = {Kind.BAR: bars, Kind.STACKED_BAR: stacked, Kind.LINE: line}


def in_page(kind: Kind, figures: Figures, name: str = "picture") -> Markup:
    """The picture for a page: no title of its own to be seen, since a heading stands above it. `name`: unlike that of
    every other picture of the page. Raises Undrawable."""
    figures = checked(kind, figures)
    paper = Paper(name)
    root = begun(paper, kind, figures)
    height = body(paper, kind, figures, root)
    root.attrib |= {"width": "100%", "height": f"{height:.0f}"}
    return Markup('<figure class="picture">{}</figure>').format(Markup(tostring(root, encoding="unicode")))  # noqa: S704  # our own elements, escaped by the serializer


def as_file(kind: Kind, figures: Figures) -> bytes:
    """The same as a file, with its title above and its note below, in light colours on white. Raises Undrawable."""
    figures = checked(kind, figures)
    paper = Paper("picture", alone=True)
    root = begun(paper, kind, figures)
    root.attrib |= {"font-family": FONTS}
    add(root, "rect", width="100%", height="100%", fill=paper.colour("surface"))
    add(root, "text", cut(figures.title, FILE * LETTER / 18), x=MARGIN, y=36, font_size=18, font_weight="600")
    height = HEAD + body(paper, kind, figures, add(root, "g", transform=f"translate({MARGIN} {HEAD})"))
    if figures.note:
        add(root, "text", cut(figures.note, FILE), x=MARGIN, y=height + 16, font_size=12, fill=paper.colour("ink-soft"))
    size = {"width": str(FILE + 2 * MARGIN), "height": f"{height + FOOT:.0f}"}
    root.attrib |= size | {"viewBox": f"0 0 {size['width']} {size['height']}"}
    return tostring(root, encoding="utf-8", xml_declaration=True)


def begun(paper: Paper, kind: Kind, figures: Figures) -> Element:
    """The outermost element: an image with a name and a description in words."""
    title, description = f"{paper.name}-title", f"{paper.name}-description"
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-labelledby": title})
    root.attrib |= {"aria-describedby": description, "fill": paper.colour("ink"), "font-size": str(LETTER)}
    add(root, "title", figures.title, id=title)
    add(root, "desc", in_words(kind, figures), id=description)
    return root


def body(paper: Paper, kind: Kind, figures: Figures, parent: Element) -> float:
    """Draws what is to be seen; the height it takes."""
    if figures.empty:
        add(parent, "text", say("picture_empty"), y=28, fill=paper.colour("ink-soft"))
        return 44
    if kind is Kind.NUMBER:
        number = told(figures.series[0].values[0])
        add(
            parent, "text", number, y=44, font_size=min(44, int(paper.room * LETTER / width(number))), font_weight="650"
        )
        add(parent, "text", cut(figures.series[0].name, paper.room), y=68, fill=paper.colour("ink-soft"))
        return 80
    if kind is Kind.LINE:
        return line(paper, figures, parent)
    height = DRAWN[kind](paper, figures.first(MOST_BARS), parent)
    if (rest := len(figures.labels) - MOST_BARS) > 0:
        text = say("picture_rest", count=MOST_BARS, rest=rest)
        add(parent, "text", cut(text, paper.room), y=height + 14, fill=paper.colour("ink-soft"))
        height += 24
    return height
