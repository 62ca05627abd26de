"""What can be done to an object through one mutation with a form of its own; the form itself is read from the schema.

An entry says only what the schema cannot: on which object's pages the mutation stands, whose right shows its button,
and which of its fields the row fills.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from admin_panel.client import Json
from admin_panel.columns import value_at
from admin_panel.language import Text
from admin_panel.registry import SMALL
from admin_panel.visit import NO_RIGHTS, Viewer
from admin_panel.words import both


@dataclass(frozen=True, slots=True)
class Deed:
    """`action`: the policies' word for it, on the object `of` (unless told, that of the page). `row`: the fields that
    the row fills and nobody edits, by the row's column; none: a deed of the list, which makes a new row. `starts`:
    fields that start with what the row holds. `when`: the column and value that the row must have for the deed to make
    sense. `hidden`: fields that this form does not ask; `fixed`: fields with the same value always. `once`: the field
    of the answer that is shown this once and never again.

    Of plain editing: `title` instead of `words`; `by_field`: only the fields that the viewer may write are asked, and
    only those that became others are sent; `lookups` and `keys`: see LOOKED_UP and SMALL; `needed`: fields that may
    not be emptied; `finds`: fields that name one of too many rows for a select box, by the object that is searched;
    `gone`: the row is no more afterwards."""

    mutation: str
    action: str
    words: str = ""
    of: str = ""
    row: Mapping[str, str] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)
    when: tuple[str, Any] | None = None
    hidden: frozenset[str] = frozenset()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    once: str = ""
    danger: bool = False
    title: Text | None = None
    by_field: bool = False
    lookups: Mapping[str, tuple[str, ...]] | None = None
    keys: Mapping[str, str] = field(default_factory=lambda: SMALL)
    needed: frozenset[str] = frozenset()
    finds: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False

    @property
    def name(self) -> Text:
        """What it is called, on its button and its page."""
        return self.title or both(self.words)

    def offered(self, viewer: Viewer, object_name: str, row: Json | None) -> bool:
        """Whether the button stands on a page: of the list (no row), or of this row. The API decides again."""
        return bool(self.row) is (row is not None) and self.permitted(viewer, object_name) and self.fits(row)

    def permitted(self, viewer: Viewer, object_name: str) -> bool:
        """Whether the viewer's role may do it on some row."""
        rights = viewer.rights.get(self.of or object_name, NO_RIGHTS)
        editing = {"create": rights.create, "update": rights.update, "delete": rights.delete}
        return self.action in rights.actions or editing.get(self.action, False)

    def fits(self, row: Json | None) -> bool:
        """Whether it makes sense for a row that is as it is."""
        return row is None or self.when is None or value_at(row, self.when[0]) == self.when[1]


#: Objects whose rows fill a select box, by the name of the field that asks for their codes; several stand in groups.
LOOKED_UP: Mapping[str, tuple[str, ...]] = {
    "unit": ("College", "Department", "Building"),
    "items": ("Item",),
}
#: Fields that ask for a role.
ROLE_FIELDS = frozenset({"role"})
#: Fields whose letters nobody else in the room should read.
PASSWORDS = frozenset({"password", "current", "new"})

USERNAME = {"username": "username"}
ACCOUNT = {"username": "User"}

DEEDS: dict[str, tuple[Deed, ...]] = {
    "User": (
        Deed("createUser", "create", "create_user", once="password"),
        Deed("grantRole", "create", "grant_role", of="RoleAssignment", row=USERNAME),
        Deed(
            *("updateUser", "update", "update_user"),
            row=USERNAME | {"expectedVersion": "version"},
            starts={"name": "name", "email": "email", "phone": "phone"},
        ),
        Deed("resetPassword", "set_password", "reset_password", row=USERNAME, once="password"),
        Deed("createToken", "create", "create_token", of="ApiToken", row=USERNAME, once="secret"),
        Deed("disableUser", "update", "disable_user", row=USERNAME, when=("active", True), danger=True),
        Deed("enableUser", "update", "enable_user", row=USERNAME, when=("active", False)),
    ),
    "RoleAssignment": (
        Deed("grantRole", "create", "grant_role", finds=ACCOUNT),
        Deed("endRole", "delete", "end_role", row={"id": "id"}, danger=True),
    ),
    "ApiToken": (
        Deed("createToken", "create", "create_token", once="secret", finds=ACCOUNT),
        Deed("revokeToken", "revoke", "revoke_token", row={"id": "id"}, when=("revokedAt", None), danger=True),
    ),
}

#: What everybody may do with the own account.
CHANGE_PASSWORD = Deed("changePassword", "", "change_password")
