"""Pictures of statistics, drawn on the server: in a page, or as a file that stands alone.

What is drawn comes from the API; who asks for a picture has the numbers already and shows them in a table below it. See
docs/architecture.md for why no library draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, tostring

from markupsafe import Markup

from admin_panel.picture_bars import bars, stacked
from admin_panel.picture_figures import MOST_BARS, Figures, Kind, checked, told
from admin_panel.picture_line import line
from admin_panel.picture_paper import FILE, FONTS, LETTER, Paper, Part, add, cut, width
from admin_panel.picture_told import in_words
from admin_panel.words import say

MEDIA_TYPE = "image/svg+xml"
MARGIN, HEAD, FOOT = 24, 56, 34  # pixels around a picture that stands alone, for its title and its note
PIECE = 320  # pixels: the most that is kept together; three such pieces fill a sheet of paper
DRAWN = {Kind.BAR: bars, Kind.STACKED_BAR: stacked}


def in_page(kind: Kind, figures: Figures, name: str = "picture") -> Markup:
    """The picture for a page: no title of its own to be seen, since a heading stands above it. `name`: unlike that of
    every other picture of the page. Raises Undrawable.

    A long one is in several pieces, so that paper tears none of its bars; the first piece speaks for all.
    """
    figures = checked(kind, figures)
    paper = Paper(name)
    drawn = []
    for number, piece in enumerate(pieces(parts(paper, kind, figures))):
        root = silent(paper) if number else speaking(paper, kind, figures)
        height = below_each_other(piece, root)
        root.attrib |= {"width": "100%", "height": f"{height:.0f}"}
        drawn.append(Markup(tostring(root, encoding="unicode")))  # noqa: S704  # our own elements; texts are escaped here
    return Markup('<figure class="picture">{}</figure>').format(Markup("").join(drawn))


def as_file(kind: Kind, figures: Figures) -> bytes:
    """The same as a file, with its title above and its note below, in light colours on white. Raises Undrawable."""
    figures = checked(kind, figures)
    paper = Paper("picture", alone=True)
    root = speaking(paper, kind, figures)
    root.attrib |= {"font-family": FONTS}
    add(root, "rect", width="100%", height="100%", fill=paper.colour("surface"))
    add(root, "text", cut(figures.title, FILE * LETTER / 18), x=MARGIN, y=36, font_size=18, font_weight="600")
    inner = add(root, "g", transform=f"translate({MARGIN} {HEAD})")
    height = HEAD + below_each_other(parts(paper, kind, figures), inner)
    if figures.note:
        add(root, "text", cut(figures.note, FILE), x=MARGIN, y=height + 16, font_size=12, fill=paper.colour("ink-soft"))
    size = {"width": str(FILE + 2 * MARGIN), "height": f"{height + FOOT:.0f}"}
    root.attrib |= size | {"viewBox": f"0 0 {size['width']} {size['height']}"}
    return tostring(root, encoding="utf-8", xml_declaration=True)


def silent(paper: Paper) -> Element:
    """An outermost element that is to be seen only."""
    attributes = {"aria-hidden": "true", "fill": paper.colour("ink"), "font-size": str(LETTER)}
    return Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **attributes})


def speaking(paper: Paper, kind: Kind, figures: Figures) -> Element:
    """An outermost element that is an image with a name and a description in words."""
    root = silent(paper)
    del root.attrib["aria-hidden"]
    title, description = f"{paper.name}-title", f"{paper.name}-description"
    root.attrib |= {"role": "img", "aria-labelledby": title, "aria-describedby": description}
    add(root, "title", figures.title, id=title)
    add(root, "desc", in_words(kind, figures), id=description)
    return root


def parts(paper: Paper, kind: Kind, figures: Figures) -> Iterator[Part]:
    """What is to be seen, from above to below."""
    if figures.empty:
        yield words(paper, say("picture_empty"), 28, 44)
    elif kind is Kind.NUMBER:
        yield number_in_large(paper, told(figures.series[0].values[0]))
        yield words(paper, figures.series[0].name, 12, 24)
    elif kind is Kind.LINE:
        yield from line(paper, figures)
    else:
        yield from DRAWN[kind](paper, figures.first(MOST_BARS))
        if (rest := len(figures.labels) - MOST_BARS) > 0:
            yield words(paper, say("picture_rest", count=MOST_BARS, rest=rest), 14, 24)


def number_in_large(paper: Paper, number: str) -> Part:
    """As large as the narrowest page allows."""
    element, size = Element("g"), min(44, int(paper.room * LETTER / width(number)))
    add(element, "text", number, y=44, font_size=size, font_weight="650")
    return Part(element, 56)


def words(paper: Paper, text: str, y: int, height: int) -> Part:
    """A line of text of its own."""
    element = Element("g")
    add(element, "text", cut(text, paper.room), y=y, fill=paper.colour("ink-soft"))
    return Part(element, height)


def pieces(every: Iterable[Part]) -> Iterator[list[Part]]:
    """The parts in pieces of at most that height."""
    piece: list[Part] = []
    for part in every:
        if piece and sum(each.height for each in piece) + part.height > PIECE:
            yield piece
            piece = []
        piece.append(part)
    yield piece


def below_each_other(every: Iterable[Part], parent: Element) -> float:
    """Puts the parts there; the height they take."""
    height = 0.0
    for part in every:
        if height:
            part.element.set("transform", f"translate(0 {height:.0f})")
        parent.append(part.element)
        height += part.height
    return height
