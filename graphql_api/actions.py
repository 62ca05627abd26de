"""What can be done to an object beyond looking and plain editing, for menus and buttons, in the policies' words."""

from __future__ import annotations

import strawberry

from graphql_api.naming import described
from graphql_api.words import Label, label_of
from models.declare import Words
from policies.actions import ACTIONS, EDITING, LOOKING
from policies.catalogue import OBJECTS

#: What takes something away that is not simply done again.
DANGEROUS = frozenset(
    {"revoke", "undo", "undo_issue", "void", "cancel", "move", "close", "archive", "withdraw", "delete"}
)

#: Done without asking once more: one student's item on the screen, and it can be revoked at once.
UNASKED = frozenset({"clear", "note", "simulate", "explore"})

#: What the act wants to know besides whom it is for.
ARGUMENTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Clearance", "clear"): ("note",),
    ("Clearance", "revoke"): ("note", "hold"),
    ("Clearance", "waive"): ("reason", "note"),
    ("Clearance", "note"): ("note", "internalNote"),
    ("Clearance", "sign_on_behalf"): ("onBehalfOf", "reason"),
    ("Certificate", "issue"): ("kinds", "collectedBy"),
    ("Certificate", "bulk_issue"): ("kinds", "collectedBy"),
    ("Certificate", "undo_issue"): ("reason", "recovered"),
    ("Certificate", "void"): ("reason",),
    ("Sheet", "apply"): ("batch", "leaveType"),
    ("Sheet", "move"): ("batch", "reason"),
    ("Sheet", "cancel"): ("reason",),
    ("Sheet", "set_late"): ("until",),
    ("Batch", "reopen"): ("reason",),
    ("ItemRequest", "decide"): ("decision", "reason"),
    ("User", "set_password"): ("password", "generate"),
}


@strawberry.type(description=described(Words("可进行的操作", "Something that can be done to an object")))
class ActionInfo:
    """`name` is the policies' word, as in `viewer { can(action) }`."""

    name: str
    label: Label
    confirm: bool
    danger: bool
    arguments: list[str]


def verbs_of(object_name: str) -> list[str]:
    """The names of what can be done, in the order of the catalogue."""
    general = {each.name for each in (*LOOKING, *EDITING)}
    return [name for name in OBJECTS[object_name].actions if name not in general]


def actions_of(object_name: str) -> list[ActionInfo]:
    """The same with words and manners."""
    return [
        ActionInfo(
            name=name,
            label=label_of(ACTIONS[name].label),
            confirm=name not in UNASKED,
            danger=name in DANGEROUS,
            arguments=list(ARGUMENTS.get((object_name, name), ())),
        )
        for name in verbs_of(object_name)
    ]
