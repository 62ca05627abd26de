"""批量修改: the same values for many rows of one object, each field left as it is, set or emptied. What would change is
shown old and new, and exactly that is applied as one operation, which can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, redirect, request

from admin_panel.choosing import parted, ticked
from admin_panel.client import ApiFailure, Json
from admin_panel.deed_form import Control, controls, value_of
from admin_panel.deeds import Deed
from admin_panel.inputs import InputField, MutationInfo
from admin_panel.metadata import ObjectInfo, camel
from admin_panel.plain_deeds import deeds_of
from admin_panel.visit import execute, one, signed_in
from admin_panel.words import say

if TYPE_CHECKING:
    from admin_panel.deed_view import DeedViews

ROW = "id label studentNo name outcome code message changes { name label before after }"
SHOWN = 200
PARTS = f"""refusals: rows(first: {SHOWN}, outcome: REFUSED) {{ {ROW} }}
  changes: rows(first: {SHOWN}, outcome: APPLIED) {{ {ROW} }}
  others: rows(first: {SHOWN}, outcome: UNCHANGED) {{ {ROW} }}"""
APPLY = "mutation Apply($id: ID!) { applyOperation(id: $id) { applied refused message operation { id } } }"
DONE = f"""query Done($id: ID!) {{ one: operation(id: $id) {{ id kind state applied unchanged refused {PARTS} }} }}"""
#: What is said of a field: it stays, it is set, it is emptied.
KEEP, SET, EMPTY = "keep", "set", "empty"


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of the page; `mode`: what is said of it; `empties`: the API's name for emptying it, "" for never."""

    control: Control
    mode: str
    empties: str


def mutation_in_bulk(info: ObjectInfo) -> MutationInfo | None:
    """`updateStudents`, where the schema has it."""
    found: MutationInfo | None = current_app.extensions["lixiao_mutations"].get(
        f"update{info.plural[0].upper()}{info.plural[1:]}"
    )
    return found if found and "select" in {each.name for each in found.fields} else None


def edits_in_bulk(info: ObjectInfo) -> bool:
    """Whether the viewer's role may change a field of many rows of this object."""
    return mutation_in_bulk(info) is not None and bool(_settable(info))


def bulk_page(view: DeedViews) -> Any:
    """GET: the form, or with `operation` what that one did. POST: `choose` (ticked rows), `check`, `submit`. 404 for an
    object that is not edited so, 403 where the right is lacking."""
    mutation = mutation_in_bulk(view.info) or abort(404)
    if not edits_in_bulk(view.info):
        abort(403)
    if request.method == "GET":
        done = request.args.get("operation")
        return _page(view, mutation, result=one(DONE, done) if done else None)
    step = request.form.get("step", "choose")
    try:
        if step == "check":
            return _page(view, mutation, result=_checked(view, mutation), dry_run=True)
        if step == "submit":
            return _submitted(view)
    except ApiFailure as failure:
        if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
            raise
        return _page(view, mutation, failure=failure), 409 if failure.code == "CONFLICT" else 400
    except ValueError as wrong:
        flash(str(wrong), "error")
        return _page(view, mutation), 400
    return _page(view, mutation)


def _submitted(view: DeedViews) -> Any:
    done = execute(APPLY, {"id": request.form.get("operation", "")})["applyOperation"]
    flash(done["message"], "success" if done["applied"] else "warning")
    operation = done["operation"]
    if operation is None:
        return redirect(view.get_url(".index_view"), 303)
    return redirect(view.get_url(".bulk_edit", operation=operation["id"]), 303)


# --- what is asked


def _checked(view: DeedViews, mutation: MutationInfo) -> Json:
    """The dry run of what the form says. Raises ValueError with what is wrong in words."""
    asked = {**_values(view, mutation), "select": _select(mutation), "dryRun": True, "errorPolicy": "APPLY_VALID"}
    document = (
        f"mutation Check({mutation.declared}) {{ done: {mutation.name}({mutation.passed}) "
        f"{{ applied unchanged refused message operation {{ id }} {PARTS} }} }}"
    )
    return dict(execute(document, mutation.variables(asked))["done"])


def _values(view: DeedViews, mutation: MutationInfo) -> Json:
    values: Json = {}
    emptied: list[str] = []
    for each in _choices(view, mutation, None):
        field = each.control.field
        if each.mode == EMPTY and each.empties:
            emptied.append(each.empties)
        elif each.mode == SET:
            try:
                values[field.name] = value_of(field)
            except ValueError:
                wrong = request.form.get(field.name, "")[:40]
                raise ValueError(say("bad_value", value=wrong)) from None
            if values[field.name] is None:
                raise ValueError(say("bulk_edit_no_value", what=field.label))
    if not values and not emptied:
        raise ValueError(say("bulk_edit_nothing"))
    return {**({"set": values} if values else {}), **({"clear": emptied} if emptied else {})}


def _select(mutation: MutationInfo) -> Json:
    """The ticked rows, else the pasted list."""
    ids = ticked("ids")
    key = key_of(mutation)
    if ids or key is None:
        return {"ids": ids}
    return {key.name: parted(request.form.get("keys", ""))}


def key_of(mutation: MutationInfo) -> InputField | None:
    """By what rows are named besides their ids: student numbers, codes."""
    select = next(each for each in mutation.fields if each.name == "select")
    return next((each for each in select.inner if each.name != "ids"), None)


# --- the page


def _settable(info: ObjectInfo) -> list[str]:
    mutation = mutation_in_bulk(info)
    rights = signed_in().rights.get(info.name)
    if mutation is None or rights is None or not rights.update:
        return []
    values = next(each for each in mutation.fields if each.name == "set")
    return [each.name for each in values.inner if each.name in rights.writable]


def _choices(view: DeedViews, mutation: MutationInfo, failure: ApiFailure | None) -> Iterator[Choice]:
    """The fields, as the form for one row asks them, in the same order."""
    names, deed = set(_settable(view.info)), _one_row(view.info)
    if deed is None:
        return
    empties = {
        camel(value.lower()): value for each in mutation.fields if each.name == "clear" for value, _ in each.values
    }
    for control in controls(deed, view.objects, None, failure):
        name = control.field.name
        if name in names:
            mode = request.form.get(f"mode.{name}", KEEP)
            yield Choice(control, mode if mode in (KEEP, SET, EMPTY) else KEEP, empties.get(name, ""))


def _one_row(info: ObjectInfo) -> Deed | None:
    return next((each for each in deeds_of(info.name) if each.mutation == f"update{info.name}"), None)


def _page(
    view: DeedViews,
    mutation: MutationInfo,
    *,
    result: Json | None = None,
    dry_run: bool = False,
    failure: ApiFailure | None = None,
) -> str:
    return str(
        view.render(
            "panel/bulk_edit.html",
            title=mutation.words,
            choices=list(_choices(view, mutation, failure)),
            ids=ticked("ids"),
            key=key_of(mutation),
            form=request.form,
            result=result,
            dry_run=dry_run,
            failure=failure,
        )
    )
