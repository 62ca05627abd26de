"""Pictures of statistics: what stands in them, exactly, in a page and as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask

import admin_panel
from admin_panel.language import LANGUAGE_COOKIE
from admin_panel.picture import as_file, in_page
from admin_panel.picture_figures import MOST_BARS, Figures, Kind, Series, Undrawable, told
from admin_panel.picture_line import ticks
from admin_panel.picture_paper import LIGHT, MARKS, NARROW, PATTERNS, cut, width

SVG = "{http://www.w3.org/2000/svg}"
ITEMS = ("图书清还", "公寓退宿")
STATUSES = (
    Series("未办理", (30, 0), "red"),
    Series("无需办理", (10, 20), "grey"),
    Series("已办理", (40, 60), "green"),
)
STANDING = Figures("办理状态统计", ITEMS, STATUSES, "2026年6月")
DAYS = tuple(date(2026, 6, 1) + timedelta(days=each) for each in (0, 1, 4))
PASSED = Figures("每日办理", DAYS, (Series("已办理", (0, 50, 100), "green"), Series("撤销", (2, None, 1), "red")))
LONG = "计算机与信息科学学院·软件学院·人工智能学院·网络空间安全学院"


def one(values: tuple[int | float | None, ...], labels: tuple[str, ...] = ()) -> Figures:
    return Figures("还需办理", labels or tuple(f"第{each}项" for each in range(len(values))), (Series("人数", values),))


EVERY_KIND = [
    (Kind.BAR, one((3, 1))),
    (Kind.STACKED_BAR, STANDING),
    (Kind.LINE, PASSED),
    (Kind.NUMBER, one((15498,))),
]
every_kind = pytest.mark.parametrize(("kind", "figures"), EVERY_KIND, ids=[kind for kind, _ in EVERY_KIND])


def pieces_of(kind: Kind, figures: Figures, name: str = "picture") -> list[Element]:
    """The pieces of a picture in a page, as paper may part them."""
    figure = fromstring(in_page(kind, figures, name))
    assert (figure.tag, figure.attrib) == ("figure", {"class": "picture"})
    return list(figure)


def shown(kind: Kind, figures: Figures, name: str = "picture") -> Element:
    """A picture in a page that is in one piece."""
    [svg] = pieces_of(kind, figures, name)
    return svg


def filed(kind: Kind, figures: Figures) -> Element:
    return fromstring(as_file(kind, figures))


def texts(svg: Element) -> list[str]:
    """What is to be read in it, without titles."""
    titles = {each for parent in svg.iter() for each in parent if each.tag == f"{SVG}title"}
    found = []
    for text in svg.iter(f"{SVG}text"):
        parts = [text.text or "", *(("" if each in titles else each.text or "") + (each.tail or "") for each in text)]
        found.append("".join(parts))
    return found


def spoken(svg: Element) -> str:
    """What is read out."""
    [text] = svg.findall(f"{SVG}desc")
    return text.text or ""


def bars_of(svg: Element) -> list[list[tuple[str, str, str]]]:
    """Row by row its bars: from where, how long, in what; the ground first."""
    groups = [[each for each in group if each.tag == f"{SVG}rect"] for group in svg.iter(f"{SVG}g")]
    rows = [[(each.get("x", "0"), each.attrib["width"], each.attrib["fill"]) for each in group] for group in groups]
    return [row for row in rows if row and row[0][2] in ("var(--grey-soft)", LIGHT["grey-soft"])]


@pytest.fixture
def english() -> Iterator[None]:
    app = Flask("pictures")
    app.config["LIXIAO_LOCALE"] = "zh_CN"
    with app.test_request_context(headers={"Cookie": f"{LANGUAGE_COOKIE}=en"}):
        yield


# --- bars


def test_a_bar_is_as_long_as_its_part_of_the_longest() -> None:
    svg = shown(Kind.BAR, one((40, 10, 0), ("图书清还", "公寓退宿", "财务结算")))
    ground = ("0", "100%", "var(--grey-soft)")
    lake = "var(--lake)"
    assert bars_of(svg) == [[ground, ("0", "100%", lake)], [ground, ("0", "25%", lake)], [ground]]
    assert texts(svg) == ["图书清还", "40", "公寓退宿", "10", "财务结算", "0"]
    assert spoken(svg) == "人数,共 3 项。最多:图书清还 40;最少:财务结算 0。"


def test_one_beside_very_many_is_seen_and_zeros_are_no_missing_data() -> None:
    assert [row[1:] for row in bars_of(shown(Kind.BAR, one((341_000, 1))))] == [
        [("0", "100%", "var(--lake)")],
        [("0", "0.4%", "var(--lake)")],
    ]
    zeros = shown(Kind.BAR, one((0, 0)))
    assert [len(row) for row in bars_of(zeros)] == [1, 1]
    assert texts(zeros) == ["第0项", "0", "第1项", "0"]


def test_a_number_too_small_to_be_told_is_not_drawn_and_said_so() -> None:
    svg = shown(Kind.BAR, one((40, None)))
    assert [len(row) for row in bars_of(svg)] == [2, 1]
    assert texts(svg) == ["第0项", "40", "第1项", "< 5"]
    assert spoken(svg) == "人数,共 2 项。最多:第0项 40;最少:第0项 40。1 个数字因人数过少不显示。"
    assert spoken(shown(Kind.BAR, one((None,)))) == "人数,共 1 项。1 个数字因人数过少不显示。"


def test_a_single_bar_is_a_picture_too() -> None:
    svg = shown(Kind.BAR, one((7,)))
    assert (texts(svg), len(bars_of(svg)), svg.attrib["height"]) == (["第0项", "7"], 1, "42")


def test_many_bars_are_in_pieces_of_which_the_first_speaks() -> None:
    pieces = pieces_of(Kind.BAR, one(tuple(range(1, 61))))
    assert [len(bars_of(each)) for each in pieces] == [*[7] * 8, 4]
    assert [each.attrib["height"] for each in pieces] == [*["294"] * 8, "168"]
    assert [(each.get("role"), each.get("aria-hidden")) for each in pieces] == [("img", None), *[(None, "true")] * 8]
    assert [len(each.findall(f"{SVG}desc")) for each in pieces] == [1, *[0] * 8]
    longest = [bars_of(each)[-1][1][1] for each in pieces]
    assert longest == ["11.67%", "23.33%", "35%", "46.67%", "58.33%", "70%", "81.67%", "93.33%", "100%"]
    assert spoken(pieces[0]) == "人数,共 60 项。最多:第59项 60;最少:第0项 1。"
    assert filed(Kind.BAR, one(tuple(range(1, 61)))).attrib["height"] == str(56 + 60 * 42 + 34)


def test_more_bars_are_counted_and_left_to_the_table() -> None:
    figures = Figures("班级", tuple(f"{each}班" for each in range(75)), (Series("人", (1,) * 75, "red"),))
    pieces = pieces_of(Kind.STACKED_BAR, figures)
    assert sum(len(bars_of(each)) for each in pieces) == MOST_BARS
    assert texts(pieces[-1])[-1] == "只画前 60 项,另有 15 项见表格"
    assert spoken(pieces[0]) == "共 75 项,合计:人 75(100.0%)。"


# --- stacked bars


def test_the_parts_of_a_bar_stand_end_to_end_in_pattern_mark_and_word() -> None:
    svg = shown(Kind.STACKED_BAR, STANDING, "standing")
    ground = ("0", "100%", "var(--grey-soft)")
    red, grey, green = "url(#standing-red)", "url(#standing-grey)", "var(--green)"
    assert bars_of(svg) == [
        [ground, ("0%", "37.5%", red), ("37.5%", "12.5%", grey), ("50%", "50%", green)],
        [ground, ("0%", "25%", grey), ("25%", "75%", green)],
    ]
    assert texts(svg) == [
        "✕ 未办理",
        "○ 无需办理",
        "✓ 已办理",
        "图书清还",
        "✕ 30\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}○ 10\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}✓ 40",
        "公寓退宿",
        "✕ 0\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}○ 20\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}✓ 60",
    ]
    assert [each.attrib["id"] for each in svg.iter(f"{SVG}pattern")] == ["standing-red", "standing-grey"]
    assert [each[0].text for each in svg.iter(f"{SVG}rect") if len(each)] == [
        "未办理 30",
        "无需办理 10",
        "已办理 40",
        "无需办理 20",
        "已办理 60",
    ]
    assert spoken(svg) == "共 2 项,合计:未办理 30(18.8%)、无需办理 30(18.8%)、已办理 100(62.5%)。"


def test_one_among_very_many_is_seen_and_the_bar_ends_where_it_should() -> None:
    counts = tuple(
        Series(each.name, value, each.tone) for each, value in zip(STATUSES, ((1,), (None,), (15_499,)), strict=True)
    )
    [row] = bars_of(shown(Kind.STACKED_BAR, Figures("x", ("图书清还",), counts)))
    assert row[1:] == [("0%", "1%", "url(#picture-red)"), ("1%", "99%", "var(--green)")]


def test_numbers_with_no_room_beside_a_name_stand_below_their_bar() -> None:
    beside, below = (
        shown(Kind.STACKED_BAR, STANDING),
        shown(Kind.STACKED_BAR, Figures("x", (LONG[:14], "短"), STATUSES)),
    )
    assert (beside.attrib["height"], below.attrib["height"]) == ("130", "168")
    ends = [each.get("text-anchor") for svg in (beside, below) for each in svg.iter(f"{SVG}text") if len(each)]
    assert ends == ["end", "end", None, None]


def test_numbers_with_no_room_in_one_line_take_more() -> None:
    many = tuple(Series(f"第{each}种", (1_000_000,)) for each in range(5))
    lines = [text for text in texts(shown(Kind.STACKED_BAR, Figures("x", ("甲",), many))) if "1,000,000" in text]
    assert [line.count("1,000,000") for line in lines] == [2, 2, 1]
    assert max(map(width, lines)) <= NARROW


def test_series_without_a_tone_have_each_their_own() -> None:
    svg = shown(
        Kind.STACKED_BAR, Figures("证书", ("学院",), (Series("毕业", (1,), "green"), *map(series_of_one, "学结肄证")))
    )
    fills = [part.attrib["fill"] for part in svg.iter(f"{SVG}rect") if len(part)]
    assert fills == ["var(--green)", *(f"url(#picture-{tone})" for tone in ("lake", "amber", "grey", "red"))]


def series_of_one(name: str) -> Series:
    return Series(name, (1,))


# --- lines


def test_a_line_goes_through_its_days_and_breaks_where_nothing_is_told() -> None:
    svg = shown(Kind.LINE, PASSED)
    plots = list(svg.iter(f"{SVG}svg"))[1:]
    assert [(each.get("viewBox"), each.get("preserveAspectRatio")) for each in plots] == [("0 0 100 190", "none")] * 2
    assert [each[0].attrib["d"] for each in plots] == ["M2 190.00L26 95.00L98 0.00", "M2 186.20M98 188.10"]
    assert [each[0].get("stroke-dasharray") for each in plots] == [None, "7 3"]
    dots = [(each.attrib["cx"], each.attrib["cy"], each[0].text) for each in svg.iter(f"{SVG}circle")]
    assert dots == [
        ("2%", "190", "2026-06-01 已办理 0"),
        ("26%", "95", "2026-06-02 已办理 50"),
        ("98%", "0", "2026-06-05 已办理 100"),
        ("2%", "186.2", "2026-06-01 撤销 2"),
        ("98%", "188.1", "2026-06-05 撤销 1"),
    ]
    assert texts(svg) == ["✓ 已办理", "✕ 撤销", "0", "50", "100", "06-01", "06-02", "06-05"]
    assert spoken(svg) == (
        "已办理:2026-06-01 为 0,2026-06-05 为 100,最高 100(2026-06-05)。"
        "撤销:2026-06-01 为 2,2026-06-05 为 1,最高 2(2026-06-01)。1 个数字因人数过少不显示。"
    )


def test_one_day_a_whole_year_and_two_years_have_their_days_below() -> None:
    assert texts(line_over(1))[-1:] == ["06-01"]
    assert texts(line_over(183))[-4:] == ["06-01", "08-01", "09-30", "11-30"]
    assert texts(line_over(400))[-3:] == ["2026-06-01", "2026-12-18", "2027-07-05"]
    assert [len(list(line_over(count).iter(f"{SVG}circle"))) for count in (62, 63)] == [62, 0]


def line_over(count: int) -> Element:
    days = tuple(date(2026, 6, 1) + timedelta(days=each) for each in range(count))
    return shown(Kind.LINE, Figures("x", days, (Series("y", (5,) * count),)))


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 50, 100]),
        (15_500, [0, 5_000, 10_000, 15_000, 20_000]),
        (341_000, [0, 100_000, 200_000, 300_000, 400_000]),
        (10**15, [0, 5 * 10**14, 10**15]),
        (0.75, [0, 0.2, 0.4, 0.6000000000000001, 0.8]),
    ],
)
def test_a_scale_has_round_numbers_and_ends_no_lower_than_the_highest(most: float, expected: list[float]) -> None:
    assert ticks(most) == expected


# --- a single number


def test_a_single_number_is_large_and_shrinks_to_the_narrowest_page() -> None:
    sizes = {}
    for number in (7, 15_498, 10**15):
        text = next(shown(Kind.NUMBER, one((number,))).iter(f"{SVG}text"))
        sizes[text.text] = text.get("font-size")
    assert sizes == {"7": "44", "15,498": "44", "1,000,000,000,000,000": "19"}
    assert spoken(shown(Kind.NUMBER, one((15_498,)))) == "人数:15,498。"
    assert texts(shown(Kind.NUMBER, one((None,)))) == ["< 5", "人数"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (15_500, "15,500"), (2.0, "2"), (2.754, "2.75"), (1234.5, "1,234.5"), (None, "< 5")],
)
def test_a_number_reads(value: float | None, expected: str) -> None:
    assert told(value) == expected


# --- all kinds


@every_kind
def test_a_picture_is_an_image_with_a_name_and_its_main_figures_in_words(kind: Kind, figures: Figures) -> None:
    for svg, name in ((shown(kind, figures, "third"), "third"), (filed(kind, figures), "picture")):
        assert svg.attrib["role"] == "img"
        assert svg.attrib["aria-labelledby"] == f"{name}-title"
        assert svg.attrib["aria-describedby"] == f"{name}-description"
        assert [(each.attrib["id"], each.text) for each in svg[:1]] == [(f"{name}-title", figures.title)]
        assert svg[1].attrib["id"] == f"{name}-description"
        assert spoken(svg) != ""


@every_kind
def test_nothing_in_a_picture_needs_an_exception_from_the_content_policy(kind: Kind, figures: Figures) -> None:
    for svg in (shown(kind, figures), filed(kind, figures)):
        for each in svg.iter():
            assert each.tag.removeprefix(SVG) in {
                *("svg", "title", "desc", "pattern", "g", "rect", "path", "line", "circle", "text", "tspan")
            }
            assert [name for name in each.attrib if name == "style" or name.startswith("on") or "href" in name] == []
            assert [value for value in each.attrib.values() if ":" in value] == []


@every_kind
def test_a_page_gives_the_colours_and_a_file_has_its_own(kind: Kind, figures: Figures) -> None:
    page, file = in_page(kind, figures), as_file(kind, figures).decode()
    assert re.findall(r"#[0-9a-f]{6}\b", page) == []
    assert "var(" not in file
    assert "%" not in re.sub(r'="100%"|\([\d.]+%\)', "", file)  # the white ground, and shares in words
    assert set(re.findall(r"#[0-9a-f]{6}\b", file)) <= set(LIGHT.values())


def test_the_colours_of_a_file_are_the_light_ones_of_the_page() -> None:
    css = (Path(admin_panel.__file__).parent / "static" / "panel.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css.partition("@media")[0]))
    assert {name: light[name] for name in LIGHT} == LIGHT
    assert PATTERNS.keys() | {"green"} == MARKS.keys()


@every_kind
def test_the_same_figures_make_the_same_picture(kind: Kind, figures: Figures) -> None:
    assert in_page(kind, figures) == in_page(kind, figures)
    assert as_file(kind, figures) == as_file(kind, figures)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("series", [(), (Series("人数", ()),)], ids=["no series", "no labels"])
def test_without_data_it_says_so(kind: Kind, series: tuple[Series, ...]) -> None:
    figures = Figures("空", (), series)
    for svg, expected in ((shown(kind, figures), ["没有数据"]), (filed(kind, figures), ["空", "没有数据"])):
        assert texts(svg) == expected
        assert spoken(svg) == "没有数据"


def test_a_file_has_its_title_its_note_and_a_size() -> None:
    svg = filed(Kind.STACKED_BAR, STANDING)
    assert [svg.attrib[name] for name in ("width", "height", "viewBox")] == ["800", "201", "0 0 800 201"]
    assert (texts(svg)[0], texts(svg)[-1]) == ("办理状态统计", "2026年6月")
    assert as_file(Kind.STACKED_BAR, STANDING).startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<svg xmlns=")
    assert [row[1] for row in bars_of(svg)] == [("0", "282", "url(#picture-red)"), ("0", "188", "url(#picture-grey)")]


# --- texts


def test_what_people_wrote_stays_text() -> None:
    evil = '</text><script>alert(1)</script>"&\x00\x1b\ud800'
    figures = Figures(evil, (evil,), (Series(evil, (1,)), Series(evil, (2,))), evil)
    clean = '</text><script>alert(1)</script>"&'
    for svg in (shown(Kind.STACKED_BAR, figures), filed(Kind.STACKED_BAR, figures)):
        assert svg[0].text == clean
        assert list(svg.iter(f"{SVG}script")) == []
    assert "<script" not in in_page(Kind.STACKED_BAR, figures)
    assert {title.text for title in shown(Kind.STACKED_BAR, figures).iter(f"{SVG}title")} >= {clean, f"{clean} 1"}


def test_a_long_name_is_cut_for_each_width_and_told_whole() -> None:
    svg = shown(Kind.BAR, one((12,), (LONG,)))
    narrow, wide = [each for each in svg.iter(f"{SVG}text") if each.get("class")]
    assert (narrow.get("class"), narrow[0].text, narrow[0].tail) == ("narrow", LONG, "计算机与信息科学学院·软件学院…")
    assert (wide.get("class"), wide.text) == ("wide", LONG)
    assert texts(filed(Kind.BAR, one((12,), (LONG,)))) == ["还需办理", LONG, "12"]


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [("图书清还", 52, "图书清还"), ("图书清还", 51, "图书…"), ("library", 40, "lib…"), ("a b", 21, "a…"), ("", 0, "")],
)
def test_a_text_is_cut_where_its_room_ends(text: str, room: float, expected: str) -> None:
    assert cut(text, room) == expected


@pytest.mark.usefixtures("english")
def test_in_english() -> None:
    svg = shown(
        Kind.STACKED_BAR, Figures("Clearance", ("Library",), (Series("Not cleared", (1,), "red"), STATUSES[0])[:1])
    )
    assert spoken(svg) == "1 in all, together: Not cleared 1 (100.0%)."
    assert spoken(shown(Kind.BAR, one((2, None)))) == (
        "人数, 2 in all. Most: 第0项 2; least: 第0项 2. Numbers too small to be shown: 1."
    )
    assert spoken(shown(Kind.LINE, Figures("x", DAYS, (Series("Passed", (1, 2, 0)),)))) == (
        "Passed: 1 on 2026-06-01, 0 on 2026-06-05, highest 2 (2026-06-02)."
    )
    assert texts(shown(Kind.BAR, Figures("x", (), ()))) == ["No data"]
    with pytest.raises(Undrawable, match=r"^A value is below 0 or no number; there is no picture, see the table\.$"):
        in_page(Kind.BAR, one((-1,)))


# --- what is no picture


@pytest.mark.parametrize(
    ("kind", "figures", "reason"),
    [
        (Kind.BAR, one((3, -1)), "有小于 0 或不是数的值,不能画图;请看表格。"),
        (Kind.LINE, one((float("nan"),)), "有小于 0 或不是数的值,不能画图;请看表格。"),
        (Kind.NUMBER, one((float("inf"),)), "有小于 0 或不是数的值,不能画图;请看表格。"),
        (Kind.BAR, STANDING, "这种图画不下这么多组数字(未办理、无需办理、已办理)。请减少分组或换一种图。"),
        (Kind.NUMBER, one((1, 2)), "单个数字的图只能有一行,现有 2 行。请换一种图。"),
        (Kind.LINE, one((1, 2)), "折线图的每一行须是一天,按日期先后,不重复。请按天分组并排序。"),
        (
            Kind.LINE,
            Figures("x", DAYS[::-1], (Series("y", (1, 2, 3)),)),
            "折线图的每一行须是一天,按日期先后,不重复。请按天分组并排序。",
        ),
        (
            Kind.STACKED_BAR,
            Figures("x", ("甲",), tuple(map(series_of_one, "一二三四五六"))),
            "这种图画不下这么多组数字(一、二、三、四、五、六)。请减少分组或换一种图。",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(kind: Kind, figures: Figures, reason: str) -> None:
    for draw in (in_page, as_file):
        with pytest.raises(Undrawable) as refused:
            draw(kind, figures)
        assert str(refused.value) == reason


def test_a_series_with_a_number_too_few_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="a series has more or fewer numbers than there are labels"):
        in_page(Kind.BAR, Figures("x", ("甲", "乙"), (Series("人", (1,)),)))


def test_bars_do_not_overlap() -> None:
    series = tuple(Series(each.name, (1,) * 4, each.tone) for each in STATUSES)
    legend, *rows = shown(Kind.STACKED_BAR, Figures("x", (LONG[:14],) * 4, series)).findall(f"{SVG}g")
    assert legend.get("transform") is None
    tops = [int(each.attrib["transform"].removeprefix("translate(0 ").removesuffix(")")) for each in rows]
    assert [below - above for above, below in pairwise([0, *tops])] == [46, 61, 61, 61]
