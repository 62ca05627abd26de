"""The page of one deed: a form read from the schema, one mutation, and what became of it; the same for every object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.deed_form import controls, given, mutation_of
from admin_panel.deeds import CHANGE_PASSWORD, Deed
from admin_panel.metadata import ObjectInfo
from admin_panel.pages import OwnView, Page
from admin_panel.plain_deeds import deeds_of
from admin_panel.visit import NO_RIGHTS, Viewer, execute, one, signed_in
from admin_panel.words import say


class DeedViews(OwnView):
    """What every object's pages have besides: its deeds, each at `do/<mutation>`."""

    info: ObjectInfo
    objects: Mapping[str, ObjectInfo]

    def deeds(self, row: Json | None = None) -> list[tuple[str, str, Deed]]:
        """Words, address and deed of each button: of the list without a row, else of the row."""
        found = [each for each in deeds_of(self.info.name) if each.offered(signed_in(), self.info.name, row)]
        asked = {"id": row["id"]} if row else {}
        return [(str(each.name), self.get_url(".do", mutation=each.mutation, **asked), each) for each in found]

    @expose("/do/<mutation>", methods=("GET", "POST"))
    def do(self, mutation: str) -> Any:
        """The form, and carrying it out. 404 for what is no deed of this object, 403 where the right is lacking; a row
        that somebody changed meanwhile, so that the deed makes no sense any more, is shown as it is now."""
        wanted = [each for each in deeds_of(self.info.name) if each.mutation == mutation]
        deed = wanted[0] if wanted else abort(404)
        if not deed.permitted(signed_in(), self.info.name):
            abort(403)
        row = self._row(deed) if deed.row else None
        back = self.get_url(".details_view", id=row["id"]) if row else self.get_url(".index_view")
        if not deed.fits(row):
            flash(say("deed_late", what=deed.name), "message")
            return redirect(back, 303)
        return carry_out(self, deed, self.objects, row, back, self.get_url(".index_view") if deed.gone else back)

    def _row(self, deed: Deed) -> Json:
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
    """A GET shows the form; a POST runs the mutation and goes back (or to `after`), or shows the form with what was
    refused. What is shown only once has a page of its own, which no browser keeps."""

    def form(failure: ApiFailure | None = None) -> str:
        parts = controls(deed, objects, row, failure)
        words = {"deed": deed, "title": deed.name, "failure": failure, "back": back, "row": row}
        return str(view.render("panel/deed.html", fields=parts, **words))

    if request.method == "GET":
        return form()
    mutation = mutation_of(deed)
    try:
        answer = execute(mutation.document, mutation.variables(given(deed, objects, row)))["done"]
    except ApiFailure as failure:
        if failure.code == "UNAUTHENTICATED":
            raise
        return form(failure), 409 if failure.code in ("CONFLICT", "STALE_ROW") else 400
    except ValueError as wrong:
        flash(say("bad_value", value=str(wrong)[:40]), "error")
        return form(), 400
    if not (deed.once and answer[deed.once]):
        flash(answer["message"], "success" if answer["changed"] else "message")
        return redirect(after or back, 303)
    page = view.render("panel/once.html", title=deed.name, answer=answer, secret=answer[deed.once], back=back)
    return page, {"Cache-Control": "no-store"}
