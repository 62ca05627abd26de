"""The rows of small objects (colleges, items of the batch …) behind the select boxes of a list, by key and name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from admin_panel.metadata import ObjectInfo
from admin_panel.registry import SMALL
from admin_panel.show import in_language
from admin_panel.visit import Viewer

MOST = 200


class Lookups:
    """What to add to a list's document so that its select boxes know their choices."""

    def __init__(self, objects: Mapping[str, ObjectInfo], targets: Iterable[str | None], viewer: Viewer) -> None:
        """`targets`: the small objects whose rows are wanted; those that this viewer does not read are left out."""
        wanted = dict.fromkeys(target for target in targets if target and viewer.reads(target))
        self._objects, self._wanted = objects, list(wanted)
        self._batch = viewer.batch.code if viewer.batch and "Item" in self._wanted else None

    def __bool__(self) -> bool:
        return bool(self._wanted)

    @property
    def declared(self) -> list[str]:
        return ["$ofBatch: String!"] if self._batch else []

    @property
    def variables(self) -> dict[str, Any]:
        return {"ofBatch": self._batch} if self._batch else {}

    @property
    def selection(self) -> str:
        return " ".join(self._part(target) for target in self._wanted)

    def choices(self, found: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
        """Key and name in this request's language, by object."""
        return {
            target: list({row["key"]: in_language(row) for row in found[f"choicesOf{target}"]["nodes"]}.items())
            for target in self._wanted
        }

    def _part(self, target: str) -> str:
        """Items are those of the current batch: the same codes come again every season."""
        info = self._objects[target]
        narrowed = ", where: { batch: { code: { eq: $ofBatch } } }" if target == "Item" and self._batch else ""
        naming = "name nameEn" if "nameEn" in info.fields else "name"
        return (
            f"choicesOf{target}: {info.plural}(first: {MOST}{narrowed}) {{ nodes {{ key: {SMALL[target]} {naming} }} }}"
        )
