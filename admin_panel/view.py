"""The generated list and details of one object: every read is one GraphQL document, under the visitor's own rights.

It holds no query, no rule and no permission. What it hides it hides because the API said so; if it failed to, the API
would still refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, request
from flask_admin import expose
from flask_admin.form import SecureForm
from flask_admin.model import BaseModelView
from markupsafe import Markup

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import COMPUTED, cell, field_at, label_at, reads, selection, value_at
from admin_panel.deed_view import DeedViews
from admin_panel.filters import WhereFilter, filters_for, nested
from admin_panel.language import Text, lazy
from admin_panel.lookups import Lookups
from admin_panel.metadata import ObjectInfo
from admin_panel.registry import BOOKKEEPING, ENTRIES, SMALL, Entry
from admin_panel.visit import NO_RIGHTS, Viewer, execute, one, signed_in
from admin_panel.words import listed, say

LAST_PAGE = 10_000
#: Parameters of a list's address besides those of Flask-Admin: `all` takes a condition away that the list starts with
#: (the current batch, the sheet's state); which part of a work list.
KEPT = frozenset({"batch", "state", "show"})
#: What a list of sheets, or of what stands on them, starts with.
STARTING_STATE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Condition:
    """One active filter as the page shows it: its words, and the address without it."""

    words: str
    without: str


def told_of(viewer: Viewer, object_name: str) -> bool:
    """Whether this viewer reads more of an object than its rows' names, where the registry asks for more."""
    telling = ENTRIES.get(object_name, Entry()).telling
    readable = viewer.rights.get(object_name, NO_RIGHTS).readable
    return viewer.reads(object_name) and (not telling or any(name in readable for name in telling))


class ObjectView(DeedViews, BaseModelView):
    """Flask-Admin's list and details over GraphQL; what is done to rows is done through mutations, see `deed_view`."""

    form_base_class = SecureForm
    can_create = can_edit = can_delete = can_export = False
    can_view_details = True
    can_set_page_size = True
    page_size_options = (20, 50, 100)
    list_template = "panel/list.html"
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
        #: The filters that the list starts with, by path: the parameter whose `all` removes it.
        self._starting = {self.entry.batch: "batch", self.entry.state: "state"}
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
        paths = {path: self._order_path(path) for path in self.column_list}
        return {path: order for path, order in paths.items() if order}

    def _order_path(self, path: str) -> str | None:
        """What a column is sorted by: itself, or the natural key of a small related object."""
        field = field_at(self.objects, self.info.name, path)
        if field is None or not field.sortable:
            return None
        if field.kind != "reference":
            return path
        return f"{path}.{SMALL[field.target]}" if field.target in SMALL else None

    def get_column_name(self, field: str) -> Any:
        return lazy(label_at(self.objects, self.info.name, field))

    def init_search(self) -> bool:
        return self.info.searchable or bool(self.entry.search)

    def search_placeholder(self) -> str:
        labels = [label_at(self.objects, self.info.name, path) for path in self.entry.search or ()]
        return say("search_in", what=listed(labels) or self.name)

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

    # --- reading

    def get_list(
        self,
        page: int | None,
        sort_field: str | None,
        sort_desc: Any,
        search: str | None,
        filters: Any,
        page_size: int | None = None,
    ) -> tuple[int, list[Json]]:
        """Count and rows of one page. What the API refuses is told above an empty list."""
        size = page_size or self.page_size
        lookups = Lookups(self.objects, self._usable_filters(), signed_in())
        asked = lookups.variables | {
            "where": self._where(search, filters),
            "search": (search or "").strip() or None if self.info.searchable else None,
            "orderBy": [nested(self._sortable_columns[sort_field], "DESC" if sort_desc else "ASC")]
            if sort_field
            else None,
            "first": size,
            "offset": (page or 0) * size,
        }
        try:
            found = execute(
                self._list_document(lookups), {key: value for key, value in asked.items() if value is not None}
            )
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            flash(failure.message, "error")
            return 0, []
        g.choices = lookups.choices(found)
        return found["page"]["totalCount"], found["page"]["nodes"]

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

    def _list_document(self, lookups: Lookups) -> str:
        """The page and the choices of its select boxes, in one document."""
        name, searching = self.info.name, self.info.searchable
        declared = ["$search: String"] if searching else []
        declared += [f"$where: {name}Filter", f"$orderBy: [{name}Order!]", "$first: Int", "$offset: Int"]
        passed = "where: $where, orderBy: $orderBy, first: $first, offset: $offset"
        shown = selection(self.objects, name, self._shown(self.column_list))
        return (
            f"query {name}List({', '.join(declared + lookups.declared)}) {{ "
            f"page: {self.info.plural}({'search: $search, ' if searching else ''}{passed}) "
            f"{{ totalCount nodes {{ {shown} }} }} {lookups.selection} }}"
        )

    def _details_document(self) -> str:
        name = self.info.name
        shown = selection(self.objects, name, self._shown(self.column_details_list))
        return f"query {name}Details($id: ID!) {{ one: {self.info.singular}(id: $id) {{ {shown} }} }}"

    def _shown(self, paths: list[str]) -> list[str]:
        viewer = signed_in()
        return [path for path in paths if reads(viewer, self.objects, self.info.name, path)]

    def _where(self, search: str | None, filters: Any) -> Json | None:
        nodes: list[Any] = []
        for index, _name, value in filters or ():
            nodes = self._filters[index].apply(nodes, self._filters[index].clean(value))
        if search and search.strip() and self.entry.search and not self.info.searchable:
            nodes.append(self._searched(search.strip()))
        nodes += self.extra_where()
        return {"and": nodes} if nodes else None

    def extra_where(self) -> list[Json]:
        """Conditions that belong to the list itself and are no filter of the reader's."""
        return []

    def _searched(self, text: str) -> Json:
        """Digits are the beginning of a number, anything else part of a name."""
        number, *names = self._shown(list(self.entry.search)) or abort(403)
        if text.isascii() and text[:1].isalnum() and any(character.isdigit() for character in text):
            return nested(number, {"startsWith": text})
        return {"or": [nested(path, {"contains": text}) for path in names or [number]]}

    # --- the page

    def render(self, template: str, **given: Any) -> str:
        return super().render(template, **given, **self._for_template())

    def _for_template(self) -> dict[str, Any]:
        return {
            "list_paths": self._listed(),
            "detail_paths": self._shown(self.column_details_list),
            "label_of": lambda path: label_at(self.objects, self.info.name, path),
            "cell": self._cell,
            "plain_cell": lambda row, path: cell(self.objects, self.info.name, row, path, self.link),
            "controls": self._controls,
            "deeds": self.deeds,
            "conditions": self._conditions,
            "sort_index": {
                path: index for index, path in enumerate(self.column_list) if path in self._sortable_columns
            },
            "tick_target": "bulk.index",
            "ticking": self.entry.ticked if signed_in().handles_in_bulk else None,
            "tick_value": lambda row: value_at(row, self.entry.ticked.column) if self.entry.ticked else None,
        }

    def _listed(self) -> list[str]:
        """The columns of the list, without those that would say the same in every row: the state that the list starts
        with, and the college of somebody who works for one."""
        found, said = self._shown(self.column_list), set()
        if any(self._filters[index].path == self.entry.state for index, _name, _value in self._get_list_filter_args()):
            said.add(self.entry.state)
        units = (role.units if (role := signed_in().role) else ())[:2]
        colleges = {name for _code, name in g.get("choices", {}).get("College", ())}
        if len(units) == 1 and units[0] in colleges:
            said.add("college")
        return [path for path in found if path not in said]

    def _cell(self, row: Json, path: str) -> Markup:
        shown = cell(self.objects, self.info.name, row, path, self.link)
        if path != self.entry.title:
            return shown
        return Markup('<a href="{}">{}</a>').format(self.get_url(".details_view", id=row["id"]), shown.striptags())

    def link(self, object_name: str, row_id: str) -> str | None:
        """The details of another object's row, when this viewer may open them."""
        info = self.objects.get(object_name)
        if info is None or not told_of(signed_in(), object_name) or ENTRIES.get(object_name, Entry()).hidden:
            return None
        return self.get_url(f"{info.singular.lower()}.details_view", id=row_id)

    # --- conditions: parameters of the URL

    def _get_list_extra_args(self) -> Any:
        """Flask-Admin's reading of the URL, with a page number that cannot grow beyond reason, and without parameters
        that would reach `url_for` (`endpoint`, `_external`, `_scheme` …)."""
        arguments = super()._get_list_extra_args()
        arguments.page = min(max(arguments.page or 0, 0), LAST_PAGE)
        arguments.extra_args = {name: value for name, value in arguments.extra_args.items() if name in KEPT}
        return arguments

    def _get_list_filter_args(self) -> list[tuple[int, str, str]]:
        """Read once a request: what is wrong with a condition is told once."""
        if "conditions" not in g:
            g.conditions = self._read_conditions()
        found: list[tuple[int, str, str]] = g.conditions
        return found

    def _read_conditions(self) -> list[tuple[int, str, str]]:
        """The filters of the URL that this viewer may use; those that the list starts with unless they were removed."""
        found: list[tuple[int, str, str]] = []
        for index, each in enumerate(self._filters or ()):
            value = self._value_of(each)
            if not value or not reads(signed_in(), self.objects, self.info.name, each.path):
                continue
            if each.validate(value):
                found.append((index, str(each.name), value))
            else:
                flash(say("bad_filter", value=value[:40], what=each.name), "error")
        return found

    def _value_of(self, each: WhereFilter) -> str:
        given = request.args.get(each.parameter)
        if given is None:
            return self._starts_with(each)
        return given.strip()

    def _starts_with(self, each: WhereFilter) -> str:
        """What this filter says as long as the reader has not said otherwise: the current batch, sheets in progress."""
        name = self._starting.get(each.path)
        if name is None or request.args.get(name) == "all":
            return ""
        if name == "state":
            return STARTING_STATE
        batch = signed_in().batch
        return batch.code if batch else ""

    def _get_filters(self, filters: Any) -> dict[str, str]:
        return {self._filters[index].parameter: value for index, _name, value in filters or ()}

    def _usable_filters(self) -> list[WhereFilter]:
        return [each for each in self._filters or () if reads(signed_in(), self.objects, self.info.name, each.path)]

    def _controls(self) -> list[tuple[WhereFilter, str, list[tuple[str, str]]]]:
        """The boxes of the advanced search: filter, present value, and the choices where it has any."""
        return [(each, self._value_of(each), self._choices(each)) for each in self._usable_filters()]

    def _choices(self, each: WhereFilter) -> list[tuple[str, str]]:
        if each.target:
            found: list[tuple[str, str]] = g.get("choices", {}).get(each.target, [])
            return found
        if each.field.kind == "Boolean":
            return [("1", say("yes")), ("0", say("no"))]
        return [(choice.value, str(choice.label)) for choice in each.field.choices]

    def _conditions(self) -> list[Condition]:
        """The active filters in words, each with the address that removes it."""
        arguments = self._get_list_extra_args()
        shown: list[Condition] = []
        for position, (index, label, value) in enumerate(arguments.filters):
            each = self._filters[index]
            rest = arguments.filters[:position] + arguments.filters[position + 1 :]
            starting = self._starting.get(each.path)
            extra = arguments.extra_args | ({starting: "all"} if starting else {})
            without = self._get_list_url(arguments.clone(page=0, filters=rest, extra_args=extra))
            sign = {"gte": " ≥ ", "lte": " ≤ "}.get(each.control.operator, ": ")
            shown.append(Condition(f"{label}{sign}{dict(self._choices(each)).get(value, value)}", without))
        return shown
