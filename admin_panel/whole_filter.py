"""全部查询结果: what a list hands to the bulk page when an act is meant for all of its rows, not the ticked ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from admin_panel.client import Json
from admin_panel.visit import signed_in

if TYPE_CHECKING:
    from admin_panel.conditions import Conditions

#: How a condition on these objects' rows becomes one on the sheets that they lead to.
TO_SHEETS: Mapping[str, Callable[[Json], Json]] = {
    "Sheet": lambda where: where,
    "Student": lambda where: {"student": where},
    "Clearance": lambda where: {"clearances": {"some": where}},
    "Certificate": lambda where: {"certificates": {"some": where}},
}


@dataclass(frozen=True, slots=True)
class WholeFilter:
    """All rows of a list, as a form carries them: the condition on sheets as JSON, and in words. `students`: whether
    each row of the list is a student of its own."""

    where: str
    words: tuple[str, ...]
    students: bool


def whole_filter(view: Conditions) -> WholeFilter | None:
    """None where the viewer may not act on a whole filter, or the rows lead to no sheets, or the list is for another
    kind of work: certificates are never issued so (R20)."""
    viewer, name = signed_in(), view.info.name
    if name not in TO_SHEETS or view.endpoint != view.info.singular.lower():
        return None
    if not (viewer.handles_in_bulk and viewer.may("Clearance", "bulk_filter")):
        return None
    where = view.where_now()
    asked = None if where is None else TO_SHEETS[name](where)
    return WholeFilter(
        json.dumps(asked, ensure_ascii=False), tuple(view.conditions_in_words()), name in ("Sheet", "Student")
    )
