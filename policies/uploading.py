"""Who may send files to the desk: whoever may import something, whichever kind of list that is."""

from __future__ import annotations

from models.declare import entity_of
from policies.access import Access
from policies.catalogue import OBJECTS

#: The lists that have an import of their own; `importRows` takes whatever has a key and may be created or edited.
LISTS = (("Clearance", "import"), ("Student", "import"), ("Certificate", "import"), ("Batch", "load_roster"))
ROWS = tuple(
    (name, action)
    for name, each in OBJECTS.items()
    if each.model is not None and entity_of(each.model).natural_key
    for action in ("create", "update")
    if action in each.actions
)


def may_upload(access: Access) -> bool:
    """Derived from the rights to import, so that no table grants one without the other."""
    return any(access.can(name, action) for name, action in (*LISTS, *ROWS))
