"""The units that a scope may be narrowed to, or a role be held for, as the choices of a select box."""

from __future__ import annotations

from collections.abc import Collection

from admin_panel.client import Json
from admin_panel.show import in_language
from admin_panel.words import say

MOST = 200
#: The text that names a kind of unit.
KINDS = {"college": "policy_college", "department": "policy_department", "building": "policy_building"}
UNITS = " ".join(f"{kind}s: {kind}s(first: {MOST}) {{ nodes {{ code name nameEn }} }}" for kind in KINDS)

Group = tuple[str, str, list[tuple[str, str]]]
"""Kind, heading, and the units with `kind:code` and name."""


def units_of(found: Json, kinds: Collection[str | None]) -> list[Group]:
    """The units of these kinds, of an answer that was asked for UNITS."""
    return [(kind, say(KINDS[kind]), _pairs(kind, found[f"{kind}s"]["nodes"])) for kind in KINDS if kind in kinds]


def _pairs(kind: str, rows: list[Json]) -> list[tuple[str, str]]:
    return [(f"{kind}:{each['code']}", f"{in_language(each)} ({each['code']})") for each in rows]
