"""What every page of the panel has in common: its place in the menu, who finds it there, the page of many it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, request
from flask_admin import BaseView
from flask_admin.base import Admin

from admin_panel.language import Text, lazy
from admin_panel.visit import Viewer, signed_in
from admin_panel.words import both

#: The menu's groups, in their order.
GROUPS = ("work", "data", "records", "units", "admin")
#: The pages of a supervisor's menu: his students, and what he did.
SUPERVISING = frozenset({"mystudents", "operation"})
LAST_PAGE = 10_000


def supervises(viewer: Viewer) -> bool:
    """Who acts as a supervisor finds his own students in the menu, and what he did; nothing else is his work."""
    return viewer.role is not None and viewer.role.name == "supervisor"


class OwnView(BaseView):
    """Cures of Flask-Admin's BaseView that lists and pages share."""

    group: str = "work"
    icon: str = "table"

    def shown_to(self, viewer: Viewer) -> bool:
        """Whether this viewer finds the page in the menu, and may open it."""
        raise NotImplementedError

    def in_menu(self, viewer: Viewer) -> bool:
        """Whether it stands in this viewer's menu: a supervisor's holds his own work alone."""
        return self.shown_to(viewer) and (not supervises(viewer) or self.endpoint in SUPERVISING)

    def is_accessible(self) -> bool:
        return self.shown_to(signed_in())

    def inaccessible_callback(self, name: str, **_kwargs: Any) -> Any:
        abort(403)

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """Without Flask-Admin's second call of a view that raised TypeError: an act must not happen twice."""
        return fn(self, *args, **kwargs)


class Page(OwnView):
    """A page that is no list of one object. The key of its title in `words` is `title`."""

    title: str = "home"

    def __init__(self, endpoint: str) -> None:
        super().__init__(name=lazy(both(self.title)), endpoint=endpoint)


@dataclass(frozen=True, slots=True)
class MenuEntry:
    label: str
    url: str
    icon: str
    here: bool


def menu(admin: Admin, viewer: Viewer, current: BaseView | None) -> list[tuple[Text, list[MenuEntry]]]:
    """The groups of the menu with what this viewer may open; empty groups are left out."""
    found: dict[str, list[MenuEntry]] = {group: [] for group in GROUPS}
    for view in admin._views:
        if isinstance(view, OwnView) and view.group in found and view.in_menu(viewer):
            url = view.get_url(f"{view.endpoint}.{view._default_view}")
            found[view.group].append(MenuEntry(str(view.name), url, view.icon, view is current))
    return [(both(f"group_{group}"), entries) for group, entries in found.items() if entries]


def page_asked() -> int:
    """Which page of many the address asks for, from 0; the first for what is no page."""
    text = request.args.get("page", "")
    return min(int(text), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def pages_of(count: int, size: int) -> int:
    """How many pages of this size hold so many rows; there is always one."""
    return max(1, -(-count // size))
