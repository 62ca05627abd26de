"""One cell of a list, edited where it stands. Without a script the cell leads to the form of the row, narrowed to this
field; with one the same field is asked and answered in the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, abort, make_response, request
from markupsafe import Markup

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import cell
from admin_panel.deed_form import ONLY, VERSION, Control, asked_of, controls, given, mutation_of, started_texts
from admin_panel.deeds import Deed
from admin_panel.plain_deeds import deeds_of
from admin_panel.show import icon
from admin_panel.visit import execute, here, signed_in
from admin_panel.words import say

if TYPE_CHECKING:
    from admin_panel.deed_view import DeedViews

#: The parameter of a list's address that opens a column for editing.
EDIT = "edit"


def editing_deed(view: DeedViews) -> Deed | None:
    """The form of a row, where the viewer may use it."""
    found = (each for each in deeds_of(view.info.name) if each.mutation == f"update{view.info.name}" and each.by_field)
    deed = next(found, None)
    return deed if deed and deed.permitted(signed_in(), view.info.name) else None


def editable_columns(view: DeedViews) -> frozenset[str]:
    """The columns of the list that hold one short field which the viewer may write. What a row is called by is edited
    in its form."""
    deed = editing_deed(view)
    if deed is None:
        return frozenset()
    fields, readable = view.info.fields, signed_in().rights[view.info.name].readable
    short = (each.name for each in asked_of(deed) if not each.many and each.name in fields and each.name in readable)
    return frozenset(name for name in short if not fields[name].multiline and not fields[name].sensitive)


def edit_link(view: DeedViews, row: Json, name: str) -> Markup:
    """The way from a cell of the column that is open for editing to the form of this field."""
    label = say("edit_cell", what=view.info.fields[name].label, whom=row.get("displayLabel") or "")
    address = view.get_url(".do", mutation=f"update{view.info.name}", id=row["id"], **{ONLY: name}, next=here())
    return Markup('<a class="edit-cell" href="{}" data-edit-cell="{}" aria-label="{}" title="{}">{}</a>').format(
        address, view.get_url(".cell", id=row["id"], **{ONLY: name}), label, label, icon("edit")
    )


def cell_page(view: DeedViews) -> Any:
    """GET: the field of a cell as a small form. POST: saves it and answers the cell as it is then; or the form again
    with the sentence of the refusal, and what was typed. 403 where the right is lacking, 404 for no such column."""
    deed = editing_deed(view) or abort(403)
    name = request.args.get(ONLY, "")
    if name not in editable_columns(view):
        abort(404)
    row = view.row_of(deed)
    if request.method == "GET":
        return _form(view, deed, row)
    try:
        asked = given(deed, view.objects, row)
        if asked.keys() - deed.row.keys():
            execute(mutation_of(deed).document, mutation_of(deed).variables(asked))
    except ApiFailure as failure:
        if failure.code == "UNAUTHENTICATED":
            raise
        if failure.code in ("CONFLICT", "STALE_ROW"):
            return _form(view, deed, view.row_of(deed), failure.message, fresh=True), 409
        return _form(view, deed, row, failure.message), 403 if failure.code == "FORBIDDEN" else 400
    except ValueError as wrong:
        return _form(view, deed, row, say("bad_value", value=str(wrong)[:40])), 400
    return _fragment(cell(view.objects, view.info.name, view.get_one(row["id"]), name, view.link))


def _form(view: DeedViews, deed: Deed, row: Json, problem: str = "", *, fresh: bool = False) -> Any:
    """`fresh`: the row was changed by somebody else; the next try is made in the knowledge of what it holds now."""
    control = controls(deed, view.objects, row, None)[0]
    seen = row["version"] if fresh or request.method == "GET" else request.form.get(VERSION, "")
    page = view.render(
        "panel/cell_form.html",
        each=control,
        seen=seen,
        was=started_texts(deed, view.objects, row),
        problem=problem,
        now=_now(view, row, control) if fresh else "",
        row=row,
        address=view.get_url(".cell", id=row["id"], **{ONLY: control.field.name}),
    )
    return _fragment(page)


def _now(view: DeedViews, row: Json, control: Control) -> Markup:
    """What the row holds now, as the list shows it."""
    return cell(view.objects, view.info.name, view.get_one(row["id"]), control.field.name, view.link)


def _fragment(page: Any) -> Response:
    """Part of a page, for the script alone: anything else that comes back is no answer to a cell."""
    answer = make_response(page)
    answer.headers["X-Fragment"] = "cell"
    return answer
