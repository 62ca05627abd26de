"""环节: the generated list and details of items, with what comes first, and what may still be changed of them."""

from __future__ import annotations

from typing import Any

from admin_panel.client import Json
from admin_panel.item_requests import may_ask
from admin_panel.view import ObjectView
from admin_panel.visit import one, signed_in

MORE = """query More($id: ID!) { one: item(id: $id) { version withdrawnAt batch { id displayLabel code status }
  prerequisites { reopen requires { id code name nameEn } } } }"""
#: Why a part of an item is fixed, by the status of its batch (invariant 16).
FROZEN = {"OPEN": "item_frozen", "CLOSED": "item_frozen", "ARCHIVED": "item_archived"}


class ItemView(ObjectView):
    details_template = "panel/item.html"

    def get_one(self, id: str) -> Json:  # noqa: A002  # Flask-Admin's name for it
        return super().get_one(id) | one(MORE, id)

    def _for_template(self) -> dict[str, Any]:
        return super()._for_template() | {"frozen": FROZEN, "may_ask": may_ask(signed_in())}
