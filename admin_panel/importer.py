"""数据导入: which list, a file of it, what its columns are taken for, 预检 with every refused row; and that applied.

The panel reads no file: it carries it to the API, and shows what the API says of it.
"""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.fetched import handed_over
from admin_panel.import_kinds import (
    BY_NAME,
    ROWS,
    has_field,
    imports_anything,
    kinds_of,
    objects_of,
)
from admin_panel.importing import PAGE, POLICIES, Chosen, Outcomes, check, chosen, outcomes, submit
from admin_panel.outcomes import goes_on, whole_number
from admin_panel.pages import Page, page_asked, pages_of
from admin_panel.sheet import words_of
from admin_panel.uploading import LARGEST, chosen_file, uploaded
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import listed, say

STATUSES = ("CLEARED", "PENDING", "NOT_REQUIRED")
#: Above so many changes the number is typed in, as it is for other acts on many.
UNCOUNTED = 200
BATCHES = "batches(where: { status: { ne: ARCHIVED } }, first: 50) { nodes { code name nameEn } }"
ITEMS = """items(
  where: { batch: { code: { eq: $batch } }, kind: { ne: INFO } }, orderBy: [{ order: ASC }], first: 100
) { nodes { code name nameEn mayHandle } }"""
COLLEGES = "colleges(first: 200) { nodes { code name nameEn } }"
COLUMNS = """stored: file(id: $file) { name size }
  read: importColumns(file: $file, kind: $kind, object: $object) { sheet otherSheets rows
    columns { cell heading field label recognised taken problem } missing { field label } }"""
TEMPLATE = """mutation Template($kind: ImportKind!, $object: String, $batch: String) {
  file: importTemplate(kind: $kind, object: $object, batch: $batch) { id } }"""
REFUSED_ROWS = "mutation RefusedRows($operation: ID!) { file: refusedRows(operation: $operation) { id } }"


class Importer(Page):
    """Reached from the menu, and from the lists of what may be imported."""

    title, icon, group = "imports", "upload", "work"

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        super().__init__("import")

    def shown_to(self, viewer: Viewer) -> bool:
        return imports_anything(viewer, self.objects)

    @expose("/")
    def index(self) -> Any:
        """Every list that this viewer may import, with its template."""
        viewer = signed_in()
        objects = [self.objects[name] for name in objects_of(viewer, self.objects)]
        return self.render("panel/imports.html", kinds=kinds_of(viewer), rows=ROWS, objects=objects)

    @expose("/file")
    def file(self) -> Any:
        """One list: its file, then the choices, then what a dry run would do, how far it is, and what it did."""
        asked = self._asked()
        if asked.operation:
            return self._outcome(asked)
        return self._choices(asked) if asked.file else self._upload(asked)

    @expose("/file", methods=("POST",))
    def act(self) -> Any:
        """One step: `upload`, `check` (预检) or `submit`; each leads to a page that may be loaded again."""
        asked, step = self._asked(), request.form.get("step", "")
        try:
            if step == "upload":
                return self._to(asked, file=uploaded(chosen_file()))
            if step == "submit":
                return self._submitted(asked)
            checked = check(asked)
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return (self._upload if step == "upload" else self._choices)(asked, failure), _status(failure)
        if checked["ignored"]:
            told = listed(f"{each['label']} ({each['count']})" for each in checked["ignored"])
            flash(say("import_ignored", which=told), "message")
        if checked["operation"] is None:
            flash(checked["message"], "message")
            return self._to(asked)
        return self._to(asked, operation=checked["operation"]["id"])

    @expose("/template", methods=("POST",))
    def template(self) -> Any:
        """An empty workbook to fill in."""
        asked, viewer = self._asked(), signed_in()
        batch = viewer.batch.code if viewer.batch else None
        made = execute(TEMPLATE, {"kind": asked.kind.name, "object": asked.object or None, "batch": batch})
        return handed_over(made["file"]["id"])

    @expose("/refused", methods=("POST",))
    def refused(self) -> Any:
        """The rows that were refused, as a workbook to be mended and imported again."""
        made = execute(REFUSED_ROWS, {"operation": request.form.get("operation", "")})
        return handed_over(made["file"]["id"])

    # --- the steps

    def _asked(self) -> Chosen:
        """404 for a list that there is not, 403 for one that this viewer may not import."""
        kind = BY_NAME.get(request.values.get("kind", "")) or abort(404)
        asked, viewer = chosen(kind), signed_in()
        if kind is ROWS:
            if asked.object not in self.objects:
                abort(404)
            if asked.object not in objects_of(viewer, self.objects):
                abort(403)
        elif kind not in kinds_of(viewer):
            abort(403)
        return asked

    def _to(self, asked: Chosen, **more: str) -> Any:
        return redirect(self.get_url(".file", **asked.parameters | more), 303)

    def _submitted(self, asked: Chosen) -> Any:
        """To the page of what was done; to load that again does nothing."""
        shown = outcomes(asked.operation, "", 0)
        typed = request.form.get("confirmed", "").strip()
        wanted = shown.sums["APPLIED"]
        if shown.foreseen and wanted > UNCOUNTED and not (whole_number(typed) and int(typed) == wanted):
            return self._shown(asked, shown, wrong_count=True), 400
        done = submit(asked, typed)
        operation = done["operation"]["id"] if done["operation"] else asked.operation
        if goes_on(done):
            return self._to(asked, operation=operation, submitted="1")
        flash(done["message"], "success" if done["applied"] else "warning")
        return self._to(asked, operation=operation)

    # --- what is shown

    def _page(self, step: str, asked: Chosen, **more: Any) -> str:
        what = asked.kind.title if asked.kind is not ROWS else self.objects[asked.object].plural_label
        return self.render("panel/import.html", step=step, asked=asked, what=what, largest=LARGEST, **more)

    def _upload(self, asked: Chosen, failure: ApiFailure | None = None) -> str:
        return self._page("upload", asked, failure=failure)

    def _choices(self, asked: Chosen, failure: ApiFailure | None = None) -> str:
        """What the columns are taken for, and what must be said besides; a file that cannot be read is told above the
        choice of another."""
        try:
            found = self._read(asked)
        except ApiFailure as unreadable:
            if unreadable.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return self._upload(asked, unreadable)
        read = found["read"]
        for_all = [
            name for name in ("item", "status") if name in asked.kind.asks and not has_field(read["columns"], name)
        ]
        missing = [each for each in read["missing"] if each["field"] not in for_all]
        return self._page(
            "choose",
            asked,
            failure=failure,
            stored=found["stored"],
            read=read,
            for_all=for_all,
            for_all_words=[say(name) for name in for_all],
            notes_only=has_field(read["columns"], "note"),
            missing=missing,
            policies=POLICIES,
            **self._offered(asked, found),
        )

    def _read(self, asked: Chosen) -> Json:
        """The file's columns, and the rows that the choices are made of."""
        viewer, kind = signed_in(), asked.kind
        parts = [COLUMNS]
        parts += [BATCHES] if "batch" in kind.asks and viewer.reads("Batch") else []
        parts += [ITEMS] if "item" in kind.asks and viewer.reads("Item") else []
        parts += [COLLEGES] if "college" in kind.asks and viewer.reads("College") else []
        declared = "$file: ID!, $kind: ImportKind!, $object: String"
        given: Json = {"file": asked.file, "kind": kind.name, "object": asked.object or None}
        if "item" in kind.asks and viewer.reads("Item"):
            declared += ", $batch: String!"
            given["batch"] = asked.besides["batch"] or (viewer.batch.code if viewer.batch else "")
        return execute(f"query Columns({declared}) {{ {' '.join(parts)} }}", given)

    def _offered(self, asked: Chosen, found: Json) -> dict[str, Any]:
        """What the select boxes hold, and what is chosen in them."""
        viewer = signed_in()
        units = set(viewer.role.units) if viewer.role else set()
        colleges = found.get("colleges", {}).get("nodes", [])
        own = [each for each in colleges if units & {each["name"], each["nameEn"]}]
        return {
            "batches": found.get("batches", {}).get("nodes", []),
            "batch": asked.besides.get("batch") or (viewer.batch.code if viewer.batch else ""),
            "items": [each for each in found.get("items", {}).get("nodes", []) if each["mayHandle"]],
            "colleges": own or colleges,
            "statuses": STATUSES,
            "reasons": words_of(self.objects, "Clearance", "reason") if "reason" in asked.kind.asks else {},
        }

    def _outcome(self, asked: Chosen) -> str:
        shown = outcomes(asked.operation, request.args.get("show", ""), page_asked())
        return self._shown(asked, shown)

    def _shown(self, asked: Chosen, shown: Outcomes, *, wrong_count: bool = False) -> str:
        state = shown.operation["state"]
        return self._page(
            "check" if shown.foreseen else "done",
            asked,
            shown=shown,
            state=state,
            running=state == "RUNNING" or (state == "PREVIEWED" and bool(request.args.get("submitted"))),
            offered=self._offers_to_submit(asked, shown),
            counted=shown.sums["APPLIED"] > UNCOUNTED,
            wrong_count=wrong_count,
            page=page_asked(),
            pages=pages_of(shown.sums[shown.outcome], PAGE),
        )

    def _offers_to_submit(self, asked: Chosen, shown: Outcomes) -> bool:
        """One refused row stops everything where that was chosen."""
        stopped = asked.policy == "REJECT_ALL" and shown.sums["REFUSED"] > 0
        return shown.operation["state"] == "PREVIEWED" and shown.sums["APPLIED"] > 0 and not stopped


def _status(failure: ApiFailure) -> int:
    return 409 if failure.code in ("CONFLICT", "STALE_ROW") else 400
