"""The page of one deed: a form read from the schema, one mutation, and what became of it; the same for every object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose

from admin_panel.bulk_edit import bulk_page, edits_in_bulk
from admin_panel.checked_deed_view import check_first
from admin_panel.checked_deeds import CheckedDeed
from admin_panel.client import ApiFailure, Json
from admin_panel.deed_form import (
    FIND,
    ONLY,
    VERSION,
    NotAValue,
    controls,
    given,
    mutation_of,
    no_value,
    opened_with,
    refuse_incomplete,
    started_texts,
    theirs_alone,
)
from admin_panel.deeds import CHANGE_PASSWORD, Deed
from admin_panel.inline import EDIT, cell_page, edit_link, editable_columns
from admin_panel.metadata import ObjectInfo
from admin_panel.pages import OwnView, Page
from admin_panel.plain_deeds import deeds_of
from admin_panel.security import local_target
from admin_panel.stale import is_stale, stale_page
from admin_panel.visit import NO_RIGHTS, Viewer, execute, one, signed_in
from admin_panel.words import say


class DeedViews(OwnView):
    """What every object's pages have besides: its deeds, each at `do/<mutation>`."""

    info: ObjectInfo
    objects: Mapping[str, ObjectInfo]

    def get_one(self, id: str) -> Json:  # noqa: A002  # Flask-Admin's name for it
        """One row with every readable field."""
        raise NotImplementedError

    def link(self, object_name: str, row_id: str) -> str | None:
        """The details of another object's row, when this viewer may open them."""
        raise NotImplementedError

    def deeds(self, row: Json | None = None) -> list[tuple[str, str, Deed]]:
        """Words, address and deed of each button: of the list without a row, else of the row."""
        found = [each for each in deeds_of(self.info.name) if each.offered(signed_in(), self.info.name, row)]
        asked = {"id": row["id"]} if row else {}
        return [(str(each.name), self.get_url(".do", mutation=each.mutation, **asked), each) for each in found]

    def ticked_deeds(self) -> list[tuple[str, str]]:
        """Words and address of what is done to ticked rows, checked first."""
        found = [each for each in deeds_of(self.info.name) if isinstance(each, CheckedDeed) and each.chosen]
        permitted = [each for each in found if each.permitted(signed_in(), self.info.name)]
        return [(str(each.name), self.get_url(".do", mutation=each.mutation)) for each in permitted]

    @expose("/do/<mutation>", methods=("GET", "POST"))
    def do(self, mutation: str) -> Any:
        """The form, and carrying it out. 404 for what is no deed of this object, 403 where the right is lacking; a row
        that somebody changed meanwhile, so that the deed makes no sense any more, is shown as it is now."""
        wanted = [each for each in deeds_of(self.info.name) if each.mutation == mutation]
        deed = wanted[0] if wanted else abort(404)
        if not deed.permitted(signed_in(), self.info.name):
            abort(403)
        if isinstance(deed, CheckedDeed):
            return check_first(self, deed)
        row = self.row_of(deed) if deed.row else None
        back = self.get_url(".details_view", id=row["id"]) if row else self.get_url(".index_view")
        if not deed.fits(row):
            flash(say("deed_late", what=deed.name), "message")
            return redirect(back, 303)
        return carry_out(self, deed, self.objects, row, back, self.get_url(".index_view") if deed.gone else back)

    def edits_in_bulk(self) -> bool:
        """Whether rows are ticked for editing many at once."""
        return edits_in_bulk(self.info)

    @expose("/bulk", methods=("GET", "POST"))
    def bulk_edit(self) -> Any:
        return bulk_page(self)

    @expose("/cell", methods=("GET", "POST"))
    def cell(self) -> Any:
        return cell_page(self)

    def editing(self) -> dict[str, Any]:
        """What a list needs to edit its cells and to tick rows: the columns that may be edited, the one that is open,
        and how to get there."""
        columns = editable_columns(self)
        opened = request.args.get(EDIT, "")
        return {
            "editable": columns,
            "edited": opened if opened in columns else "",
            "edit_link": lambda row, path: edit_link(self, row, path) if path == opened and path in columns else "",
        }

    def row_of(self, deed: Deed) -> Json:
        """What the deed needs of its row; 404 when it is not there or not visible."""
        readable = signed_in().rights.get(self.info.name, NO_RIGHTS).readable | {"id", "version"}
        columns = {*deed.row.values(), *deed.starts.values(), *((deed.when[0],) if deed.when else ())}
        paths = sorted(path for path in columns if path.partition(".")[0] in readable)
        selected = " ".join(f"{head} {{ {tail} }}" if tail else head for head, _, tail in map(_parted, paths))
        document = f"query Row($id: ID!) {{ one: {self.info.singular}(id: $id) {{ id displayLabel {selected} }} }}"
        return one(document, request.args.get("id") or abort(404))


def _parted(path: str) -> tuple[str, str, str]:
    return path.partition(".")


class OwnPassword(Page):
    """修改密码: everybody's own; found from the name in the header."""

    title, icon, group = "change_password", "key", ""

    def __init__(self, objects: Mapping[str, ObjectInfo]) -> None:
        self.objects = objects
        super().__init__("password")

    def shown_to(self, viewer: Viewer) -> bool:
        return True

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        return carry_out(self, CHANGE_PASSWORD, self.objects, None, self.get_url("admin.index"))


def carry_out(
    view: OwnView, deed: Deed, objects: Mapping[str, ObjectInfo], row: Json | None, back: str, after: str = ""
) -> Any:
    """A GET shows the form; a POST runs the mutation and goes on, or shows the form with what was refused or found.
    What is shown only once has a page of its own, which no browser keeps."""
    if request.method == "GET" or FIND in request.form:
        return _form(view, deed, objects, row, back)
    mutation = mutation_of(deed)
    try:
        asked = given(deed, objects, row)
        if row is not None and theirs_alone(deed, asked):
            flash(say("took_theirs"), "message")
            return redirect(back, 303)
        refuse_incomplete(deed, asked)
        answer = execute(mutation.document, mutation.variables(asked))["done"]
    except ApiFailure as failure:
        return _refused(view, deed, objects, row, back, failure)
    except NotAValue as wrong:
        return _refused(view, deed, objects, row, back, no_value(wrong))
    if not (deed.once and answer[deed.once]):
        flash(answer["message"], "success" if answer["changed"] else "message")
        return redirect(_next(view, deed, answer) or after or back, 303)
    page = view.render("panel/once.html", title=deed.name, answer=answer, secret=answer[deed.once], back=back)
    return page, {"Cache-Control": "no-store"}


def _form(
    view: OwnView,
    deed: Deed,
    objects: Mapping[str, ObjectInfo],
    row: Json | None,
    back: str,
    failure: ApiFailure | None = None,
) -> str:
    """A form that comes back carries what it was opened with: else the next try would overwrite what it never saw."""
    again = request.method == "POST"
    return str(
        view.render(
            "panel/deed.html",
            fields=controls(deed, objects, row, failure),
            was=opened_with() if again else started_texts(deed, objects, row),
            seen=request.form.get(VERSION) if again else None,
            deed=deed,
            title=deed.name,
            failure=failure,
            back=back,
            row=row,
            thens=_thens(deed),
        )
    )


def _refused(
    view: OwnView, deed: Deed, objects: Mapping[str, ObjectInfo], row: Json | None, back: str, failure: ApiFailure
) -> Any:
    """The form with the reason; of a row that somebody else changed, both versions."""
    if failure.code == "UNAUTHENTICATED":
        raise failure
    if failure.code in CONFLICTS and row is not None and isinstance(view, DeedViews):
        row = view.row_of(deed)
        if is_stale(failure, deed, row):
            return stale_page(view, deed, objects, row, failure, back)
    status = 409 if failure.code in CONFLICTS else 403 if failure.code == "FORBIDDEN" else 400
    return _form(view, deed, objects, row, back, failure), status


CONFLICTS = ("CONFLICT", "STALE_ROW")

#: Where a form of plain editing leads besides: the button's value, and its words.
ANOTHER, STAY = "another", "stay"


def _thens(deed: Deed) -> list[tuple[str, str]]:
    if not deed.by_field or deed.gone or request.args.get(ONLY):
        return []
    return [(STAY, say("save_and_stay"))] + ([(ANOTHER, say("save_and_add"))] if not deed.row else [])


def _next(view: OwnView, deed: Deed, answer: Json) -> str | None:
    """The next form, where its button was pressed; else the page of this site that the form was opened from."""
    then = request.form.get("then")
    if then == ANOTHER and not deed.row:
        return view.get_url(".do", mutation=deed.mutation)
    if then == STAY and deed.by_field and "id" in answer:
        changing = deed.mutation.replace("create", "update", 1)
        return view.get_url(".do", mutation=changing, id=answer["id"])
    return local_target(request.args.get("next"))
