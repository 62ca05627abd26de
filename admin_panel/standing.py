"""How the items of a batch stand on the sheets in progress that this viewer may see or count: one line an item."""

from __future__ import annotations

from dataclasses import dataclass

from admin_panel.client import Json
from admin_panel.show import in_language
from admin_panel.visit import Viewer, execute

#: A status and the API's name for its count.
STATUSES = {"PENDING": "pending", "NOT_REQUIRED": "notRequired", "CLEARED": "cleared"}
#: More items than this are no glance.
GLANCE = 6

ITEMS = """query ItemsOf($batch: String!) {
  items(where: { batch: { code: { eq: $batch } }, kind: { ne: INFO } }, orderBy: [{ order: ASC }], first: 60) {
    nodes { code name nameEn mayHandle standing { pending notRequired cleared } } } }"""


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


def standings(batch: str) -> list[Standing]:
    """The items that have any student this viewer may see or count, in their order."""
    return _standings(_items(batch))


def own_standings(viewer: Viewer) -> list[Standing]:
    """The same for the items that the viewer handles in the current batch: what somebody at the desk glances at (R9).
    Nothing for those who handle more than fit a glance."""
    if viewer.batch is None:
        return []
    own = [item for item in _items(viewer.batch.code) if item["mayHandle"]]
    return _standings(own) if len(own) <= GLANCE else []


def _items(batch: str) -> list[Json]:
    return list(execute(ITEMS, {"batch": batch})["items"]["nodes"])


def _standings(items: list[Json]) -> list[Standing]:
    counted = [
        Standing(item, {status: item["standing"][name] for status, name in STATUSES.items()})
        for item in items
        if item["standing"] is not None
    ]
    return [each for each in counted if any(count != 0 for count in each.counts.values())]
