"""When somebody else was faster: what a form was opened with, what the row holds now and what was entered stand side by
side, field by field, and the next try saves the choice with the new version. It needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.deed_form import VERSION, WAS, Control, as_text, controls, held_by, started_texts
from admin_panel.deeds import Deed
from admin_panel.show import moment
from admin_panel.words import say

if TYPE_CHECKING:
    from admin_panel.pages import OwnView


@dataclass(frozen=True, slots=True)
class Differing:
    """One field that is not the same everywhere. `was`, `now`, `mine`: as people read them; `choice`: it was changed by
    both, or by others alone, so that somebody must say whose is kept; `kept`: what stands chosen."""

    name: str
    label: str
    was: str
    now: str
    mine: str
    choice: bool
    kept: str


def is_stale(failure: ApiFailure, deed: Deed, row: Json | None) -> bool:
    """Whether the row is not any more as the form saw it."""
    seen = request.form.get(VERSION, "")
    conflict = failure.code in ("CONFLICT", "STALE_ROW") and VERSION in deed.row and row is not None
    return conflict and row is not None and seen != str(row["version"])


def stale_page(view: OwnView, deed: Deed, objects: Objects, row: Json, failure: ApiFailure, back: str) -> Any:
    """The page that compares, with a form that carries the version of now; 409. Where everything is as it was to be, as
    after a double click, there is nothing to compare."""
    asked = controls(deed, objects, row, failure)
    at = moment(failure.params.get("at"))
    differing = [each for each in _differing(deed, objects, asked, row) if each is not None]
    if not differing and not deed.gone:
        flash(say("stale_same"), "message")
        return redirect(back, 303)
    page = view.render(
        "panel/stale.html",
        deed=deed,
        title=deed.name,
        failure=failure,
        row=row,
        back=back,
        differing=differing,
        was=started_texts(deed, objects, row),
        entered=[(each.field.name, value) for each in asked for value in _entered(each)],
        version=VERSION,
        changed_at=at.strftime("%Y-%m-%d %H:%M") if at else "",
    )
    return str(page), 409


def _entered(control: Control) -> list[str]:
    """What the form held of one field, to be sent again."""
    given = request.form.getlist(control.field.name)
    return given if control.field.many else given[:1]


def _differing(deed: Deed, objects: Objects, asked: list[Control], row: Json) -> list[Differing | None]:
    now = dict(started_texts(deed, objects, row))
    if not asked:  # a row that was to be deleted: everything that is different is told
        labels = {name: str(objects[deed.of].fields[name].label) for name in now if name in objects[deed.of].fields}
        return [_told(name, labels.get(name, name), now[name]) for name in now]
    return [_compared(each, now.get(each.field.name, "")) for each in asked]


def _told(name: str, label: str, now: str) -> Differing | None:
    was = request.form.get(WAS + name)
    if was is None or was == now:
        return None
    return Differing(name, label, was or say("nothing"), now or say("nothing"), "", False, "")


def _compared(control: Control, now: str) -> Differing | None:
    """`was` is what the form was opened with; a form without it is taken to have been opened with what is now there."""
    name = control.field.name
    mine, was = as_text(control.field, held_by(control.field)), request.form.get(WAS + name, now)
    was = as_text(control.field, was.split(",") if control.field.many and was else was)
    if now == was == mine or now == mine:
        return None
    theirs = now != was
    kept = request.form.get(f"take.{name}") or ("theirs" if mine == was else "")
    told = [in_words(control, each) for each in (was, now, mine)]
    return Differing(name, str(control.field.label), told[0], told[1], told[2], theirs, kept)


def in_words(control: Control, value: str) -> str:
    """A field's value as people read it: the words of a choice, yes and no."""
    words: Mapping[str, str] = {key: label for _, pairs in control.groups for key, label in pairs}
    if control.look == "tick":
        return say("yes" if value else "no")
    if control.field.many:
        return "、".join(words.get(each, each) for each in value.split(",") if each) or say("nothing")
    found: Any = words.get(value, value)
    return str(found) or say("nothing")
