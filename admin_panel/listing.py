"""One page of a generated list: one GraphQL document for its rows, count and choices; columns, order and links."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import flash, g, redirect
from flask_admin import expose
from flask_admin.model.base import ViewArgs
from markupsafe import Markup

from admin_panel.askable import OPERATORS, STEPS
from admin_panel.choosable import columns_in, full_label
from admin_panel.client import ApiFailure, Json
from admin_panel.columns import COMPUTED, cell, field_at, label_at, reads, selection, value_at
from admin_panel.conditions import KEPT, Conditions, Quick
from admin_panel.filters import names_a_document, nested
from admin_panel.language import Text
from admin_panel.lookups import Lookups
from admin_panel.pages import LAST_PAGE
from admin_panel.registry import SMALL, Ticked
from admin_panel.visit import execute, signed_in
from admin_panel.whole_filter import whole_filter
from admin_panel.words import listed, say


class Listing(Conditions):
    """The part of an object's view that is its list."""

    can_set_page_size = True
    page_size_options = (20, 50, 100, 200)
    list_template = "panel/list.html"

    @expose("/")
    def index_view(self) -> Any:
        """The list. The address of a search for a document number does not stay in the browser."""
        if names_a_document((self.address.get("search") or "").strip()):
            flash(say("document_in_address"), "error")
            return redirect(self.get_url(".index_view", **self.list_parameters()), 303)
        return super().index_view()

    # --- what the address says besides the conditions

    def _get_list_extra_args(self) -> ViewArgs:
        """Flask-Admin's reading of the address, with a page number that cannot grow beyond reason, columns by name, and
        without parameters that would reach `url_for` (`endpoint`, `_external`, `_scheme` …)."""
        asked = self.address
        return ViewArgs(
            page=min(max(_number(asked.get("page")), 0), LAST_PAGE),
            page_size=_number(asked.get("page_size")),
            sort=self._sorted_by(asked.get("sort", "")),
            sort_desc=_number(asked.get("desc")),
            search=self.search_now(),
            filters=self._get_list_filter_args(),
            extra_args={name: value for name, value in asked.items() if name in KEPT and value.strip()},
        )

    def list_parameters(self) -> dict[str, str]:
        """The parameters of an address that shows the same rows in the same order and columns, whoever opens it and in
        which batch; without page and page size."""
        address = urlsplit(self._get_list_url(self._get_list_extra_args().clone(page=0)))
        return {name: value for name, value in parse_qsl(address.query) if name != "page_size"}

    def _sorted_by(self, asked: str) -> str | None:
        """The column to sort by: its path; or, of older addresses, its place among the columns that the list has of
        itself. None for what there is not, or what cannot be sorted by."""
        if asked.isascii() and asked.isdigit() and len(asked) < 3:
            asked = self.column_list[int(asked)] if int(asked) < len(self.column_list) else ""
        return asked if self.is_column(asked) and self.order_path(asked) else None

    def _get_column_by_idx(self, idx: Any) -> tuple[str, str] | None:
        return (idx, idx) if idx else None

    def order_path(self, path: str) -> str | None:
        """What a column is sorted by: itself, or the natural key of a small related object."""
        field = field_at(self.objects, self.info.name, path)
        if field is None or not field.sortable or field.sensitive:
            return None
        if field.kind != "reference":
            return path
        return f"{path}.{SMALL[field.target]}" if field.target in SMALL else None

    # --- columns

    def is_read(self, path: str) -> bool:
        return reads(signed_in(), self.objects, self.info.name, path)

    def is_column(self, path: str) -> bool:
        """Whether there is such a column, and this viewer reads it."""
        if path.count(".") > STEPS:
            return False
        field = field_at(self.objects, self.info.name, path)
        computed = (self.info.name, path) in COMPUTED
        return (computed or (field is not None and field.kind != "list")) and self.is_read(path)

    def readable(self, paths: list[str]) -> list[str]:
        return [path for path in paths if self.is_read(path)]

    def columns_now(self) -> list[str]:
        """The columns of this list: those that the address asks for, else those that it has of itself, without what
        would say the same in every row: the state that it starts with, the college of somebody who works for one."""
        chosen = [path for path in columns_in(self.address.get("columns", "")) if self.is_column(path)]
        return chosen or [path for path in self.readable(self.column_list) if path not in self._said_already()]

    def _said_already(self) -> set[str]:
        found = {
            self.entry.state for index, _, _ in self._get_list_filter_args() if self._path(index) == self.entry.state
        }
        role = signed_in().role
        kinds = self.objects["RoleAssignment"].fields["role"].choice(role.name).units if role else ()
        one_college = role is not None and len(role.units) == 1 and {*kinds} - {"none"} == {"college"}
        return found | ({"college"} if one_college else set())

    def _path(self, index: int) -> str:
        return str(self._filters[index].path)

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
        """Count and rows of one page. What the API refuses is told above an empty list; while the expression is wrong,
        nothing is asked."""
        if self.nested_now().problems:
            return 0, []
        size, lookups = page_size or self.page_size, self.lookups()
        asked = lookups.variables | {
            "where": self._where(search, filters),
            "search": (search or "").strip() or None if self.info.searchable else None,
            "orderBy": [nested(self.order_path(sort_field) or "id", "DESC" if sort_desc else "ASC")]
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
        g.choices = g.get("choices", {}) | lookups.choices(found)
        return found["page"]["totalCount"], found["page"]["nodes"]

    def _where(self, search: str | None, filters: Quick | None) -> Json | None:
        return self.where_of("" if self.info.searchable else (search or "").strip(), filters or [])

    def _list_document(self, lookups: Lookups) -> str:
        """The page and the choices of its select boxes, in one document."""
        name, searching = self.info.name, self.info.searchable
        declared = ["$search: String"] if searching else []
        declared += [f"$where: {name}Filter", f"$orderBy: [{name}Order!]", "$first: Int", "$offset: Int"]
        passed = "where: $where, orderBy: $orderBy, first: $first, offset: $offset"
        ticked = [self.entry.ticked.column] if self.entry.ticked and self._ticking() else []
        paths = dict.fromkeys(
            [*self.columns_now(), *self.readable(ticked), *([] if self.entry.ticked else ["displayLabel"])]
        )
        shown = selection(self.objects, name, paths, lean=True)
        return (
            f"query {name}List({', '.join(declared + lookups.declared)}) {{ "
            f"page: {self.info.plural}({'search: $search, ' if searching else ''}{passed}) "
            f"{{ totalCount nodes {{ {shown} }} }} {lookups.selection} }}"
        )

    def _ticks_rows(self) -> bool:
        """Whether rows are ticked to be edited themselves, where they do not stand for sheets."""
        return self.entry.ticked is None and self.edits_in_bulk()

    def _ticking(self) -> bool:
        return signed_in().handles_in_bulk

    # --- the page

    def render(self, template: str, **given: Any) -> str:
        return str(super().render(template, **given, **self._for_template()))

    def _for_template(self) -> dict[str, Any]:
        columns = self.columns_now()
        return {
            "list_paths": columns,
            "headings": self._headings(columns),
            "title_path": self.entry.title if self.entry.title in columns else columns[0] if columns else "",
            "detail_paths": self.readable(self.column_details_list),
            "label_of": lambda path: label_at(self.objects, self.info.name, path),
            "cell": self._cell,
            "plain_cell": lambda row, path: cell(self.objects, self.info.name, row, path, self.link),
            "deeds": self.deeds,
            "tokens": self.tokens,
            "problems": self.nested_now().problems,
            "parameters": self.list_parameters,
            "permanent": self._permanent,
            "operator_words": lambda name: OPERATORS[name].words if name in OPERATORS else name,
            "sortable": {path for path in columns if self.order_path(path)},
            "tick_target": ".bulk_edit" if self._ticks_rows() else "bulk.index",
            "all_results": lambda: whole_filter(self),
            "ticking": Ticked.ROWS if self._ticks_rows() else self.entry.ticked if self._ticking() else None,
            "tick_words": lambda row: say("tick_row", what=row.get("displayLabel") or self._title_of(row)),
            "tick_value": lambda row: value_at(row, self.entry.ticked.column if self.entry.ticked else "id"),
            **self.editing(),
        }

    def _headings(self, columns: list[str]) -> dict[str, Text]:
        """What each column is called; with the way to it where two would be called the same."""
        short = {path: label_at(self.objects, self.info.name, path) for path in columns}
        called = Counter(label.zh for label in short.values())
        full = {path: full_label(self.objects, self.info.name, path) for path in columns}
        return {path: label if called[label.zh] == 1 else full[path] for path, label in short.items()}

    def _permanent(self) -> str:
        """The address of exactly what this page shows: whoever opens it sees the same, as far as he may."""
        arguments = self._get_list_extra_args()
        return str(self._get_list_url(arguments.clone(extra_args=arguments.extra_args | self._columns_written())))

    def _columns_written(self) -> dict[str, str]:
        return {"columns": ",".join(self.columns_now())}

    def link(self, object_name: str, row_id: str) -> str | None:
        """The details of another object's row, when this viewer may open them."""
        raise NotImplementedError

    def _title_of(self, row: Json) -> str:
        """What a row is called where its own name is not read: what stands in its first columns."""
        shown = (cell(self.objects, self.info.name, row, path, self.link) for path in self.columns_now()[:2])
        return " ".join(each.striptags() for each in shown)

    def _cell(self, row: Json, path: str, title: str) -> Markup:
        shown = cell(self.objects, self.info.name, row, path, self.link)
        if path != title:
            return shown
        return Markup('<a href="{}">{}</a>').format(self.get_url(".details_view", id=row["id"]), shown.striptags())

    def init_search(self) -> bool:
        return self.info.searchable or bool(self.entry.search)

    def search_placeholder(self) -> str:
        labels = [label_at(self.objects, self.info.name, path) for path in self.readable(list(self.entry.search))]
        return say("search_in", what=listed(labels) or self.name)


def _number(text: str | None) -> int:
    """0 for what is no number, or one that no list has."""
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else 0
