"""What a request would make of an item, field by field in words: as it is now, and as it should become (R11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from admin_panel.client import Json
from admin_panel.columns import Objects
from admin_panel.language import Text
from admin_panel.metadata import camel
from admin_panel.show import in_language
from admin_panel.words import both, listed, say

#: The fields of an item that a request may name, in the order of its form.
FIELDS = (
    *("code", "name", "nameEn", "instruction", "instructionEn", "place"),
    *("kind", "handledBy", "ways", "appliesTo", "order", "prerequisites"),
)
#: Those that the rules read.
RULES = frozenset({"kind", "handledBy", "ways", "appliesTo", "order", "prerequisites"})
ITEM = """id code name nameEn kind handledBy ways appliesTo instruction instructionEn place order withdrawnAt version
  department { code name nameEn } prerequisites { reopen requires { code name nameEn } }"""


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a proposal; `before` is None where there is nothing yet."""

    label: str
    before: Markup | None
    after: Markup


def label_of(objects: Objects, name: str) -> Text:
    """The item's own label; what comes first is no column."""
    return both("comes_first") if name == "prerequisites" else objects["Item"].fields[name].label


def lines(objects: Objects, proposal: Mapping[str, Any], item: Json | None, names: Mapping[str, Json]) -> list[Line]:
    """The fields that a stored proposal mentions; `names`: the batch's items by code."""
    asked = {camel(name): value for name, value in proposal.items()}
    found = [name for name in FIELDS if name in asked]
    return [
        Line(
            str(label_of(objects, name)),
            shown(objects, name, item.get(name), names) if item else None,
            shown(objects, name, asked[name], names),
        )
        for name in found
    ]


def shown(objects: Objects, name: str, value: Any, names: Mapping[str, Json]) -> Markup:
    """One value as people read it."""
    if value in (None, "", []):
        return Markup('<span class="faint">{}</span>').format(say("nothing_there"))
    if name == "prerequisites":
        return escape(listed(_first(each, names) for each in value))
    field = objects["Item"].fields[name]
    if isinstance(value, list):
        return escape(listed(field.choice(each) for each in value))
    if field.choices:
        return escape(str(field.choice(value)))
    return Markup('<span class="prose">{}</span>').format(value) if field.multiline else escape(value)


def _first(each: Any, names: Mapping[str, Json]) -> str:
    """An item that comes first: as the API tells it, as a proposal keeps it, or a bare code."""
    row = each if isinstance(each, dict) else {"code": each}
    code = str((row.get("requires") or row)["code"])
    called = in_language(row.get("requires") or names.get(code)) or code
    return say("reopens_too", what=called) if row.get("reopen") else called


def firsts(item: Json) -> dict[str, bool]:
    """What comes before an item, by code, and whether that re-opens it too."""
    return {each["requires"]["code"]: bool(each["reopen"]) for each in item["prerequisites"]}


def by_code(items: Iterable[Json]) -> dict[str, Json]:
    return {each["code"]: each for each in items}
