"""导出查询结果: the rows of a list, all pages of them, in the columns that it shows, as a file that the API makes.

The API decides which columns and rows may leave; what is known here of that only leaves out columns beforehand, and
says so. A file that is soon there is given at once; the page of another is in `exports`.
"""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import COMPUTED, Objects
from admin_panel.fetched import handed_over
from admin_panel.filters import nested
from admin_panel.listing import Listing
from admin_panel.visit import NO_RIGHTS, Viewer, execute, signed_in

EXPORT = "mutation Export($input: ExportRowsInput!) { file: exportRows(input: $input) { id state } }"
#: How long somebody waits for a file before its page is shown, in seconds.
PATIENCE = 2.0
FORMATS = ("XLSX", "CSV", "JSON")
#: The form in which statuses come back: of which object, and what no row of it can be without.
STATUSES, STATUSES_OF = "STATUSES", "Clearance"
STATUSES_NEED = ("sheet.student.studentNo", "item.name", "status")


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

    def exports(self) -> list[str]:
        """What this viewer gets of this list: kinds of files, none where it may not leave."""
        if not signed_in().rights.get(self.info.name, NO_RIGHTS).export or not self.columns_to_export():
            return []
        statuses = self.info.name == STATUSES_OF and all(self._leaves(path) for path in STATUSES_NEED)
        return [*FORMATS, STATUSES] if statuses else list(FORMATS)

    def _leaves(self, path: str) -> bool:
        return may_leave(signed_in(), self.objects, self.info.name, path)

    @expose("/export", methods=("POST",))
    def export_rows(self) -> Any:
        """Exactly the rows that the address asks for, in its order. 403 for who may export none of the columns."""
        if self.nested_now().problems:
            abort(400)
        self.named_choices()  # which columns would say the same in every row
        kind = request.form.get("kind", "")
        if kind not in self.exports():
            abort(403 if kind in (*FORMATS, STATUSES) else 400)
        back = self.get_url(".index_view", **self.list_parameters())
        try:
            file = execute(EXPORT, {"input": self._file_asked(kind)})["file"]
        except ApiFailure as failure:
            if failure.code == "UNAUTHENTICATED":
                raise
            flash(failure.message, "error")
            return redirect(back, 303)
        if file["state"] == "READY":
            return handed_over(file["id"])
        return redirect(self.get_url("exports.index", file=file["id"], next=back), 303)

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        """Flask-Admin's own address of it, which would answer with whatever the page of the list holds."""
        abort(404)

    def _file_asked(self, kind: str) -> Json:
        arguments = self._get_list_extra_args()
        sort, down = arguments.sort, arguments.sort_desc
        shape = {"layout": kind} if kind == STATUSES else {"format": kind, "columns": self.columns_to_export()}
        return {
            "object": self.info.name,
            "where": self._where(arguments.search, arguments.filters),
            "search": (arguments.search or "").strip() or None if self.info.searchable else None,
            "orderBy": [nested(self.order_path(sort) or "id", "DESC" if down else "ASC")] if sort else None,
            "waitSeconds": PATIENCE,
            **shape,
        }
