"""How the items of a batch stand on the sheets in progress that this viewer may see or count: one line an item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from admin_panel.client import Json
from admin_panel.show import in_language
from admin_panel.visit import Viewer, execute

#: A status and the API's name for its count.
STATUSES = {"PENDING": "pending", "NOT_REQUIRED": "notRequired", "CLEARED": "cleared"}
#: More items than this are no glance for somebody at the desk (R9).
GLANCE = 6

NAMES = "id code name nameEn"
#: Who reads the rows is answered from the counters; who only counts is told by `standing` which counts are too small.
READ = f"""query ItemsOf($items: ItemFilter!, $rows: ClearanceFilter!) {{
  items(where: $items, orderBy: [{{ order: ASC }}], first: 60) {{ nodes {{ {NAMES} }} }}
  groups: clearanceGroups(where: $rows, groupBy: [ITEM_CODE, STATUS], limit: 500) {{
    key {{ itemCode status }} count }} }}"""
COUNT = f"""query ItemsOf($items: ItemFilter!) {{
  items(where: $items, orderBy: [{{ order: ASC }}], first: 60) {{ nodes {{ {NAMES}
    standing {{ pending notRequired cleared }} }} }} }}"""
HANDLED = """query Handled($items: ItemFilter!) { items(where: $items, first: 60) { nodes { code mayHandle } } }"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One item's three counts; None is a number too small to be told to somebody who only counts."""

    item: Json
    counts: dict[str, int | None]

    @property
    def code(self) -> str:
        return str(self.item["code"])

    @property
    def name(self) -> str:
        return in_language(self.item)

    @property
    def total(self) -> int:
        return sum(count or 0 for count in self.counts.values())

    def share(self, status: str) -> float:
        """In percent."""
        return 100 * (self.counts[status] or 0) / (self.total or 1)


def standings(viewer: Viewer, codes: Sequence[str] | None = None) -> list[Standing]:
    """The items (those of `codes`, else all) of the current batch that have any student this viewer may see or count,
    in their order; none for who reads no items."""
    if viewer.batch is None or not viewer.reads("Item"):
        return []
    items = _items_of(viewer.batch.code, codes)
    counted = _read(items) if viewer.reads("Clearance") else _counted(items)
    return [each for each in counted if any(count != 0 for count in each.counts.values())]


def own_standings(viewer: Viewer) -> list[Standing]:
    """The same for the items that the viewer handles."""
    found = standings(viewer)
    if viewer.batch is None or not found:
        return []
    asked = _items_of(viewer.batch.code, [each.code for each in found])
    handled = {item["code"] for item in execute(HANDLED, {"items": asked})["items"]["nodes"] if item["mayHandle"]}
    return [each for each in found if each.code in handled]


def _items_of(batch: str, codes: Sequence[str] | None) -> Json:
    found: Json = {"batch": {"code": {"eq": batch}}, "kind": {"ne": "INFO"}}
    return found if codes is None else {**found, "code": {"in": list(codes)}}


def _read(items: Json) -> Iterator[Standing]:
    rows = {"item": items, "sheet": {"state": {"eq": "ACTIVE"}}}
    answer = execute(READ, {"items": items, "rows": rows})
    counts = {(each["key"]["itemCode"], each["key"]["status"]): each["count"] for each in answer["groups"]}
    for item in answer["items"]["nodes"]:
        yield Standing(item, {status: counts.get((item["code"], status), 0) for status in STATUSES})


def _counted(items: Json) -> Iterator[Standing]:
    for item in execute(COUNT, {"items": items})["items"]["nodes"]:
        if item["standing"] is not None:
            yield Standing(item, {status: item["standing"][name] for status, name in STATUSES.items()})
