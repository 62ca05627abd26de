"""A page of pictures of every kind for a browser: the panel's stylesheet and content policy, and nothing else of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

from playwright.async_api import Browser, Page, Route

import admin_panel
from admin_panel.picture import in_page
from admin_panel.picture_figures import Figures, Kind, Series
from admin_panel.security import HEADERS

ADDRESS = "http://localhost/"  # to a browser as trustworthy as HTTPS; nothing listens there
STYLESHEET = Path(admin_panel.__file__).parent / "static" / "panel.css"
NAMES = ("计算机与信息科学学院·软件学院·人工智能学院", "文学院", 'Education & <b>"Psychology"</b>', "化学") * 15
DAYS = tuple(date(2026, 6, 1) + timedelta(days=each) for each in range(30))
STATUSES = (
    Series("未办理", tuple(range(60)), "red"),
    Series("无需办理", tuple(each % 7 for each in range(60)), "grey"),
    Series("已办理", tuple(100 + each * 29 % 500 for each in range(60)), "green"),
)
SHORT = tuple(Series(each.name, each.values[7:9], each.tone) for each in STATUSES)
KINDS = ("毕业证书", "学位证书", "结业证书", "肄业证书", "证明书")

#: By the name of each, which is its section's id too.
PICTURES = {
    "status": (Kind.STACKED_BAR, Figures("办理状态统计", ("图书清还", "公寓退宿"), SHORT, "2026年6月批次")),
    "number": (Kind.NUMBER, Figures("已办结", ("",), (Series("已办结学生", (15_498,)),))),
    "huge": (Kind.NUMBER, Figures("很大的数", ("",), (Series("人次", (10**15,)),))),
    "college": (Kind.STACKED_BAR, Figures("各学院", NAMES, STATUSES)),
    "kind": (Kind.STACKED_BAR, Figures("证书", ("甲", "乙"), tuple(Series(each, (341_000, 1)) for each in KINDS))),
    "most": (Kind.BAR, Figures("还需办理最多", NAMES[:5], (Series("人数", (341_000, 15_500, 1, 0, None)),))),
    "days": (
        Kind.LINE,
        Figures("每日办理", DAYS, tuple(Series(each.name, each.values[:30], each.tone) for each in STATUSES)),
    ),
    "one": (Kind.LINE, Figures("第一天", DAYS[:1], (Series("已办理", (3,)),))),
    "empty": (Kind.BAR, Figures("空", (), ())),
}


def written(name: str) -> str:
    kind, figures = PICTURES[name]
    return f'<section class="card-x" id="{name}"><h2>{name}</h2>{in_page(kind, figures, name)}</section>'


PAGE = (
    '<!doctype html><html lang="zh"><head><title>图</title><link rel="stylesheet" href="/panel.css">'
    '<meta name="viewport" content="width=device-width"></head>'
    f'<body><main class="page"><h1>图</h1>{"".join(map(written, PICTURES))}</main></body></html>'
)


async def answered(route: Route) -> None:
    """Answers as the panel would; there is nothing else to ask for."""
    if route.request.url == ADDRESS:
        await route.fulfill(body=PAGE, content_type="text/html; charset=utf-8", headers=HEADERS)
    elif route.request.url == f"{ADDRESS}panel.css":
        await route.fulfill(body=STYLESHEET.read_text(encoding="utf-8"), content_type="text/css")
    else:
        await route.fulfill(status=204)


@asynccontextmanager
async def pictures(browser: Browser) -> AsyncIterator[Page]:
    async with await browser.new_context(reduced_motion="reduce") as context:
        await context.route("**/*", answered)
        yield await context.new_page()
