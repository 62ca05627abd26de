"""What may be imported from a file, and what each kind of list is asked besides the file (R8, R15, R18, R27, R28)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import current_app

from admin_panel.columns import Objects
from admin_panel.inputs import MutationInfo
from admin_panel.language import Text
from admin_panel.pages import GROUPS
from admin_panel.registry import ENTRIES, Entry
from admin_panel.visit import NO_RIGHTS, Viewer
from admin_panel.words import both


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of list. `mutation`: what imports it. `object` and `action`: whose right it needs; ROWS has none of its
    own, it takes whatever one may write. `asks`: the fields of its input that the page offers. `frozen`: whether a dry
    run keeps the rows that it showed, so that these and no others are applied; else the same file is sent again."""

    name: str
    mutation: str
    object: str
    action: str
    icon: str
    asks: tuple[str, ...] = ("batch",)
    frozen: bool = True

    @property
    def input(self) -> str:
        return f"{self.mutation[0].upper()}{self.mutation[1:]}Input"

    @property
    def key(self) -> str:
        """What its words begin with."""
        return f"import_{self.name.lower()}"

    @property
    def title(self) -> Text:
        return both(self.key)


#: A list that leaves these out is asked for them on the screen: one for all of its rows.
FOR_ALL_ROWS = ("item", "status", "reason")
KINDS = (
    ImportKind("CLEARANCES", "importClearances", "Clearance", "import", "bulk", ("batch", *FOR_ALL_ROWS)),
    ImportKind("PEOPLE", "importPeople", "Student", "import", "student", ("batch", "college"), frozen=False),
    ImportKind("CERTIFICATES", "importCertificates", "Certificate", "import", "certificate"),
    ImportKind("ROSTER", "loadRoster", "Batch", "load_roster", "sheet"),
)
ROWS = ImportKind("ROWS", "importRows", "", "", "table", ())
BY_NAME = {each.name: each for each in (*KINDS, ROWS)}
#: The kind that the list of an object leads to.
OF_LIST = {"Clearance": ("CLEARANCES",), "Sheet": ("ROSTER",), "Student": ("PEOPLE",), "Certificate": ("CERTIFICATES",)}


def kinds_of(viewer: Viewer) -> list[ImportKind]:
    """The lists that this viewer may import; the API decides again."""
    return [each for each in KINDS if viewer.may(each.object, each.action)]


def objects_of(viewer: Viewer, objects: Objects) -> list[str]:
    """The objects whose rows are found by a key, and which this viewer may make or change one by one; in the order of
    the menu."""
    mutations: Mapping[str, MutationInfo] = current_app.extensions["lixiao_mutations"]
    found = []
    for name in sorted(objects, key=_place):
        rights = viewer.rights.get(name, NO_RIGHTS)
        makes, changes = rights.create and f"create{name}" in mutations, rights.update and f"update{name}" in mutations
        if objects[name].import_key and (makes or changes):
            found.append(name)
    return found


def _place(name: str) -> tuple[int, int]:
    entry = ENTRIES.get(name, Entry())
    return GROUPS.index(entry.group), entry.order


def imports_anything(viewer: Viewer, objects: Objects) -> bool:
    """Whether the page has anything for this viewer."""
    return bool(kinds_of(viewer) or objects_of(viewer, objects))


def address_of(viewer: Viewer, objects: Objects, object_name: str) -> dict[str, str]:
    """The parameters of the import page that a list of this object leads to; empty for a list without any."""
    offered = {each.name for each in kinds_of(viewer)}
    for name in OF_LIST.get(object_name, ()):
        if name in offered:
            return {"kind": name}
    return {"kind": ROWS.name, "object": object_name} if object_name in objects_of(viewer, objects) else {}


def has_field(columns: Iterable[dict[str, object]], name: str) -> bool:
    """Whether a column of the file is recognised as this field."""
    return any(each.get("recognised") and each.get("field") == name for each in columns)
