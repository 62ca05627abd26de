"""The generated list and details of one object: every read is one GraphQL document, under the visitor's own rights.

It holds no query, no rule and no permission. What it hides it hides because the API said so; if it failed to, the API
would still refuse. The list itself is in `listing`, what its address asks for in `conditions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, request
from flask_admin import expose
from flask_admin.form import SecureForm

from admin_panel.client import Json
from admin_panel.columns import COMPUTED, field_at, label_at, reads, selection
from admin_panel.combining import Combining
from admin_panel.conditions import starts_with
from admin_panel.exporting import Exporting
from admin_panel.filters import WhereFilter, filters_for
from admin_panel.import_kinds import address_of
from admin_panel.language import Text, lazy
from admin_panel.metadata import ObjectInfo
from admin_panel.registry import BOOKKEEPING, ENTRIES, SMALL, Entry
from admin_panel.saved import Saving
from admin_panel.visit import NO_RIGHTS, Viewer, one, signed_in


def told_of(viewer: Viewer, object_name: str) -> bool:
    """Whether this viewer reads more of an object than its rows' names, where the registry asks for more."""
    telling = ENTRIES.get(object_name, Entry()).telling
    readable = viewer.rights.get(object_name, NO_RIGHTS).readable
    return viewer.reads(object_name) and (not telling or any(name in readable for name in telling))


class ObjectView(Exporting, Saving, Combining):
    """Flask-Admin's list and details over GraphQL; what is done to rows is done through mutations, see `deed_view`."""

    form_base_class = SecureForm
    can_create = can_edit = can_delete = False
    can_view_details = True
    details_besides = ""  # what the page of a row asks beyond what it lists
    details_template = "panel/details.html"

    def __init__(
        self,
        objects: Mapping[str, ObjectInfo],
        info: ObjectInfo,
        *,
        entry: Entry | None = None,
        endpoint: str | None = None,
        title: Text | None = None,
    ) -> None:
        """`entry`, `endpoint` and `title` make a second list of the same object, for one kind of work."""
        self.objects, self.info = objects, info
        self.entry = entry or ENTRIES.get(info.name, Entry())
        self.group, self.icon = self.entry.group, self.entry.icon
        self.starting = starts_with(self.entry)
        self.column_list = [path for path in self.entry.columns or info.list_columns if self._known(path)]
        self.column_details_list = list(self.entry.details) or [
            name for name, field in info.fields.items() if field.kind != "list" and name not in BOOKKEEPING
        ]
        self.column_filters = [path for path in self.entry.filters if self._known(path)]
        named = type(info.name, (), {})
        super().__init__(named, name=lazy(title or info.plural_label), endpoint=endpoint or info.singular.lower())

    def shown_to(self, viewer: Viewer) -> bool:
        return told_of(viewer, self.info.name) and not viewer.is_student

    def _known(self, path: str) -> bool:
        return (self.info.name, path) in COMPUTED or field_at(self.objects, self.info.name, path) is not None

    # --- what Flask-Admin asks while it builds the view

    def scaffold_list_columns(self) -> list[str]:
        return list(self.info.list_columns)

    def scaffold_sortable_columns(self) -> dict[str, str]:
        paths = {path: self.order_path(path) for path in self.column_list}
        return {path: order for path, order in paths.items() if order}

    def get_column_name(self, field: str) -> Any:
        return lazy(label_at(self.objects, self.info.name, field))

    def scaffold_filters(self, name: str) -> list[WhereFilter]:
        field = field_at(self.objects, self.info.name, name)
        owner = self._owner(name)
        lookup = owner if owner and name.rpartition(".")[2] == SMALL.get(owner) else None
        return filters_for(name, field, label_at(self.objects, self.info.name, name), lookup) if field else []

    def get_filters(self) -> list[WhereFilter]:
        return [each for path in self.column_filters for each in self.scaffold_filters(path)]

    def is_valid_filter(self, candidate: object) -> bool:
        return isinstance(candidate, WhereFilter)

    def get_filter_arg(self, _index: int, flt: WhereFilter) -> str:
        return str(flt.key_name)  # by name: a bookmark survives a filter that is added or hidden

    def scaffold_form(self) -> type[SecureForm]:
        return SecureForm

    def get_pk_value(self, model: Json) -> str:
        return str(model["id"])

    def _owner(self, path: str) -> str | None:
        """The object that the last step of a dotted path belongs to."""
        head, _, _tail = path.rpartition(".")
        field = field_at(self.objects, self.info.name, head) if head else None
        return field.target if field else None

    def import_address(self) -> str:
        """Where a file of such rows is imported; empty for who may not, and for a second list of the same object."""
        asked = address_of(signed_in(), self.objects, self.info.name)
        main = self.endpoint == self.info.singular.lower()
        return str(self.get_url("import.file", **asked)) if asked and main else ""

    # --- details

    @expose("/details/")
    def details_view(self) -> Any:
        """Every readable field of one row."""
        row = self.get_one(request.args.get("id") or abort(404))
        back = self.get_url(".index_view")
        return self.render(self.details_template, model=row, return_url=back, related=self._related(row))

    def _related(self, row: Json) -> list[tuple[str, str]]:
        """Label and address of the lists that belong to this row, as far as this viewer reads them."""
        viewer = signed_in()
        found: list[tuple[str, str]] = []
        for each in self.entry.related:
            info, value = self.objects.get(each.object), row.get(each.column)
            field = field_at(self.objects, each.object, each.filter)
            if info is None or field is None or not value or not reads(viewer, self.objects, each.object, each.filter):
                continue
            narrowed = filters_for(each.filter, field, info.label, SMALL.get(self.info.name))[0]
            endpoint = f"{info.singular.lower()}.index_view"
            widened = {"batch": "all", "state": "all"} if each.every else {}
            found.append((str(info.plural_label), self.get_url(endpoint, **widened, **{narrowed.parameter: value})))
        return found

    def get_one(self, id: str) -> Json:  # noqa: A002  # Flask-Admin's name for it
        """One row with every readable field; 404 when it is not there or not visible."""
        return one(self._details_document(), id)

    def _details_document(self) -> str:
        name = self.info.name
        shown = selection(self.objects, name, self.readable(self.column_details_list))
        asked = f"{shown} {self.details_besides}"
        return f"query {name}Details($id: ID!) {{ one: {self.info.singular}(id: $id) {{ {asked} }} }}"

    def link(self, object_name: str, row_id: str) -> str | None:
        """The details of another object's row, when this viewer may open them."""
        info = self.objects.get(object_name)
        if info is None or not told_of(signed_in(), object_name) or ENTRIES.get(object_name, Entry()).hidden:
            return None
        return self.get_url(f"{info.singular.lower()}.details_view", id=row_id)
