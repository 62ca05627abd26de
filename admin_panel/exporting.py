"""导出查询结果: the rows of a list, all pages of them, in the columns that it shows, as a CSV file.

The API is asked with `@export`, so it decides which columns and rows may leave; what is known here of that only leaves
out columns beforehand. One page of the API is one piece of the answer: no file is gathered in memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, abort, stream_with_context
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import COMPUTED, Objects, cell, field_at, value_at
from admin_panel.filters import nested
from admin_panel.giving import ROOM
from admin_panel.language import english
from admin_panel.listing import Listing
from admin_panel.show import moment, zone
from admin_panel.visit import NO_RIGHTS, Viewer, execute, signed_in
from admin_panel.words import say
from graphql_api.csv_text import MARK, guarded, lines

#: Rows of one page: as many as the API gives; fewer where what they bring is too much for one question.
PAGES = (1_000, 200, 20)
#: Of an event: the states of whatever it is about, which a page tells in words.
STATES = frozenset({"before", "after"})
#: Kinds of fields whose texts may become what they are: a day a day, a number a number.
PLAIN = frozenset({"Int", "Boolean", "Date", "DateTime"})
LONGEST_WAIT = 60  # seconds, for a caller who has asked for very much this minute


def may_leave(viewer: Viewer, objects: Objects, object_name: str, path: str) -> bool:
    """Whether this viewer may export every step of the path; of a relation also what it leads to."""
    if (object_name, path) in COMPUTED:
        told = COMPUTED[object_name, path]
        return told.field in viewer.rights.get(told.of, NO_RIGHTS).exportable
    head, _, tail = path.partition(".")
    info, rights = objects.get(object_name), viewer.rights.get(object_name, NO_RIGHTS)
    field = info.fields.get(head) if info else None
    if field is None or head not in rights.exportable:
        return False
    if field.kind != "reference":
        return not tail
    target = field.target or ""
    return may_leave(viewer, objects, target, tail) if tail else viewer.rights.get(target, NO_RIGHTS).export


class Exporting(Listing):
    """The part of an object's view that gives its list as a file."""

    can_export = True

    def columns_to_export(self) -> list[str]:
        """Those that the list shows, without what this viewer may not have in a file."""
        return [path for path in self.columns_now() if self._leaves(path)]

    def columns_kept_back(self) -> list[str]:
        """The headings of those that the list shows and the file will not have."""
        columns = self.columns_now()
        headings = self._headings(columns)
        return [str(headings[path]) for path in columns if not self._leaves(path)]

    def exports(self) -> bool:
        """Whether this viewer gets a file of this list."""
        return signed_in().rights.get(self.info.name, NO_RIGHTS).export and bool(self.columns_to_export())

    def _leaves(self, path: str) -> bool:
        return may_leave(signed_in(), self.objects, self.info.name, path)

    @expose("/export/csv")
    def export_csv(self) -> Any:
        """Exactly the rows that the address asks for, in its order. 403 for who may export none of the columns."""
        if self.nested_now().problems:
            abort(400)
        self.named_choices()  # which columns would say the same in every row
        if not self.exports():
            abort(403)
        return ROOM.give(self._file)

    def _file(self) -> Response:
        columns = self.columns_to_export()
        headings = self._headings(columns)
        pages = self._pages(columns)
        first = next(pages)  # what is refused is told before the answer begins
        begin = MARK + lines([[guarded(str(headings[path])) for path in columns]])

        def told() -> Iterator[str]:
            yield begin + self._lines(first, columns)
            try:
                for page in pages:
                    yield self._lines(page, columns)
            except ApiFailure as failure:
                yield lines([[say("export_broken", why=failure.message)]])
                raise

        today = datetime.now(zone()).date().isoformat()
        name, plain = f"{self.name}-{today}.csv", f"{self.info.singular}-{today}.csv"
        given = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
        return Response(
            stream_with_context(told()),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": given},
        )

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        """Flask-Admin's own address of it, which would answer with whatever the page of the list holds."""
        return self.export_csv() if export_type == "csv" else abort(404)

    # --- reading

    def _pages(self, columns: list[str]) -> Iterator[list[Json]]:
        """The rows, page by page from cursor to cursor; at least one page, be it empty."""
        document, asked = self._export_document(columns), self._export_variables()
        sizes = iter(PAGES)
        size, after = next(sizes), None
        while True:
            try:
                page = _patiently(document, asked | {"first": size} | ({"after": after} if after else {}))
            except ApiFailure as failure:
                size = next(sizes, 0) if failure.code == "QUERY_TOO_COMPLEX" else 0
                if not size:
                    raise
                continue
            yield page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return

    def _export_variables(self) -> Json:
        arguments = self._get_list_extra_args()
        sort, down = arguments.sort, arguments.sort_desc
        asked = {
            "where": self._where(arguments.search, arguments.filters),
            "search": (arguments.search or "").strip() or None if self.info.searchable else None,
            "orderBy": [nested(self.order_path(sort) or "id", "DESC" if down else "ASC")] if sort else None,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def _export_document(self, columns: list[str]) -> str:
        name, searching = self.info.name, self.info.searchable
        declared = ["$search: String"] if searching else []
        declared += [f"$where: {name}Filter", f"$orderBy: [{name}Order!]", "$first: Int", "$after: String"]
        passed = "where: $where, orderBy: $orderBy, first: $first, after: $after"
        return (
            f"query {name}Export({', '.join(declared)}) @export {{ "
            f"page: {self.info.plural}({'search: $search, ' if searching else ''}{passed}) "
            f"{{ pageInfo {{ hasNextPage endCursor }} nodes {{ {self._selected(name, columns)} }} }} }}"
        )

    def _selected(self, object_name: str, paths: list[str]) -> str:
        """What these columns take and no more: whatever is shown must be one that may be exported."""
        tree: dict[str, list[str]] = {}
        for path in paths:
            head, _, tail = path.partition(".")
            tree.setdefault(head, []).append(tail)
        return " ".join(self._selected_at(object_name, head, tails) for head, tails in tree.items())

    def _selected_at(self, object_name: str, head: str, tails: list[str]) -> str:
        if (object_name, head) in COMPUTED:
            return COMPUTED[object_name, head].selection
        field = self.objects[object_name].fields[head]
        if field.kind != "reference":
            return head
        target, below = field.target or "", [tail for tail in tails if tail]
        named = "nameEn" in signed_in().rights.get(target, NO_RIGHTS).exportable and english()
        label = ["displayLabel", *(["nameEn"] if named else [])] if "" in tails else []
        return f"{head} {{ {' '.join([*label, self._selected(target, below)])} }}"

    # --- showing

    def _lines(self, rows: list[Json], columns: list[str]) -> str:
        return lines([self._text(row, path) for path in columns] for row in rows)

    def _text(self, row: Mapping[str, Any], path: str) -> str:
        """The cell as people read it, and as nothing else can be read."""
        value = value_at(dict(row), path)
        if (self.info.name, path) in COMPUTED:
            return guarded(COMPUTED[self.info.name, path].text(value))
        field = field_at(self.objects, self.info.name, path)
        if value is None or value == "" or field is None:
            return ""
        if field.kind == "reference":
            return guarded(str(value.get("nameEn") or value.get("displayLabel") or ""))
        if field.kind == "DateTime":
            at = moment(value)
            return at.strftime("%Y-%m-%d %H:%M:%S") if at else ""
        if isinstance(value, str) and not field.choices and field.kind != "enum" and path not in STATES:
            return guarded(value, exact=field.kind not in PLAIN)
        shown = cell(self.objects, self.info.name, dict(row), path, lambda _object, _id: None)
        return guarded(shown.striptags(), exact=field.kind not in PLAIN)


def _patiently(document: str, variables: Json) -> Json:
    """One page; who has asked for very much this minute waits instead of being cut off in the middle of a file."""
    while True:
        try:
            page: Json = execute(document, variables)["page"]
            return page
        except ApiFailure as failure:
            seconds = int(failure.params.get("seconds") or 0)
            if failure.code != "RATE_LIMITED" or not 0 < seconds <= LONGEST_WAIT:
                raise
            time.sleep(seconds)
