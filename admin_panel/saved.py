"""已存查询: the lists of one object that somebody keeps under a name; opened, saved, changed, shared and deleted.

A saved list is the parameters of its address, and the GraphQL condition that these came to when it was saved. It is
opened only if they still come to the same for whoever opens it: a condition that is lost would show, and hand to bulk
acts, more rows than were meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, request
from flask_admin import expose
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.listing import Listing
from admin_panel.metadata import Choice
from admin_panel.visit import NO_RIGHTS, Viewer, execute, one, signed_in
from admin_panel.words import say

NAME = "SavedFilter"
MOST_SHOWN = 200
ROW = "id version name object share role where parameters mine actions fault { code message }"
#: Who saved it is told to those who may know the staff by name.
OWNER = "owner { displayLabel }"

SAVE = "mutation Save($input: CreateSavedFilterInput!) { done: createSavedFilter(input: $input) { message } }"
CHANGE = (
    "mutation Change($id: ID!, $version: Int!, $input: UpdateSavedFilterInput!)"
    " { done: updateSavedFilter(id: $id, expectedVersion: $version, input: $input) { changed message } }"
)
DELETE = (
    "mutation Delete($id: ID!, $version: Int!)"
    " { done: deleteSavedFilter(id: $id, expectedVersion: $version) { message } }"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One saved list as a page shows it. `broken`: why it cannot be opened now; `actions`: what may be done to it."""

    id: str
    version: int
    name: str
    share: Choice
    role: str
    owner: str
    mine: bool
    actions: frozenset[str]
    broken: str
    where: Json | None
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, row: Json, objects: Objects) -> Kept:
        share = objects[NAME].fields["share"].choice(row["share"])
        fault = row["fault"]
        texts = {name: value for name, value in (row["parameters"] or {}).items() if isinstance(value, str)}
        return cls(
            row["id"],
            row["version"],
            row["name"],
            share,
            row["role"] or "",
            (row.get("owner") or {}).get("displayLabel", ""),
            bool(row["mine"]),
            frozenset(row["actions"] or ()),
            fault["message"] if fault else "",
            row["where"],
            texts,
        )


def may_keep(viewer: Viewer) -> bool:
    return viewer.rights.get(NAME, NO_RIGHTS).create


def kept_lists(objects: Objects, object_name: str) -> list[Kept]:
    """The saved filters of one object that this viewer finds, the own ones first."""
    document = (
        f"query Kept($where: SavedFilterFilter, $first: Int) {{ page: savedFilters(where: $where, first: $first)"
        f" {{ nodes {{ {_selected()} }} }} }}"
    )
    asked = {"where": {"object": {"eq": object_name}}, "first": MOST_SHOWN}
    found = [Kept.of(row, objects) for row in execute(document, asked)["page"]["nodes"]]
    return sorted(found, key=lambda each: not each.mine)


def kept_list(objects: Objects, object_name: str, row_id: str) -> Kept:
    """One of them; 404 for what is not there, not to be seen, or of another object."""
    row = one(f"query KeptOne($id: ID!) {{ one: savedFilter(id: $id) {{ {_selected()} }} }}", row_id)
    return Kept.of(row, objects) if row["object"] == object_name else abort(404)


def _selected() -> str:
    return f"{ROW} {OWNER}" if "name" in signed_in().rights.get("User", NO_RIGHTS).readable else ROW


class Saving(Listing):
    """The part of an object's view that keeps its lists."""

    def saves_lists(self) -> bool:
        """Lists for one kind of work have conditions of their own, which nothing else would open."""
        return self.endpoint == self.info.singular.lower() and NAME in self.objects and may_keep(signed_in())

    # --- reading

    @expose("/saved")
    def saved(self) -> Any:
        """The saved lists, and a form for keeping the one that the address asks for. Changes nothing."""
        return self._saved_page()

    def _saved_page(self, failure: ApiFailure | None = None) -> str:
        if not self.saves_lists():
            abort(403)
        self.named_choices()
        return self.render(
            "panel/saved.html",
            kept=[self._checked(each) for each in kept_lists(self.objects, self.info.name)],
            shares=self.objects[NAME].fields["share"].choices,
            role_words=self._role_words,
            failure=failure,
            called=request.form.get("called", ""),
            chosen_share=request.form.get("share", "PRIVATE"),
            words=self.conditions_in_words(),
            here_now=urlencode(self.list_parameters()),
            back=self.get_url(".index_view", **self.list_parameters()),
        )

    def _role_words(self, name: str) -> str:
        """The role that something is shared with, as far as this viewer knows what it is called."""
        field = self.objects["RoleAssignment"].fields["role"]
        return str(field.choice(name)) if name else ""

    def _checked(self, each: Kept) -> tuple[Kept, str]:
        """With what keeps it from being opened: what the API says, else that its address has come to mean another
        condition."""
        return each, each.broken or ("" if self.still_means(each) else say("saved_changed"))

    def still_means(self, each: Kept) -> bool:
        """Whether its parameters come to the very condition that was saved. What a program saved has none."""
        with self.as_asked(ImmutableMultiDict(each.parameters)):
            try:
                return bool(_plain(self.where_now() or {}) == _plain(each.where or {}))
            except HTTPException:  # a search that nothing is left to look through
                return False

    @expose("/saved/open")
    def open_saved(self) -> Any:
        """To the list as it was saved; this address is the link to give to somebody else."""
        if not self.saves_lists():
            abort(403)
        each, broken = self._checked(kept_list(self.objects, self.info.name, request.args.get("id", "")))
        if broken:
            flash(say("saved_broken", what=each.name, why=broken), "error")
            return redirect(self.get_url(".saved"), 303)
        with self.as_asked(ImmutableMultiDict(each.parameters)):
            address = self.get_url(".index_view", **self.list_parameters())
        return redirect(address, 303)

    # --- changing

    @expose("/saved/save", methods=("POST",))
    def save_list(self) -> Any:
        return self._done(SAVE, {"input": self._now() | self._called() | {"object": self.info.name}})

    @expose("/saved/update", methods=("POST",))
    def update_saved(self) -> Any:
        """What is kept under this name is from now on the list as it was when the form was opened."""
        return self._done(CHANGE, self._row() | {"input": self._now()})

    @expose("/saved/rename", methods=("POST",))
    def rename_saved(self) -> Any:
        """Its name, and whom it is shared with."""
        return self._done(CHANGE, self._row() | {"input": self._called()})

    @expose("/saved/delete", methods=("POST",))
    def delete_saved(self) -> Any:
        return self._done(DELETE, self._row())

    def _done(self, document: str, variables: Json) -> Any:
        """Back to the saved lists; what is refused is told there, with what was filled in."""
        with self.as_asked(_parameters()):
            try:
                done = execute(document, variables)["done"]
            except ApiFailure as failure:
                if failure.code == "UNAUTHENTICATED":
                    raise
                return self._saved_page(failure), 409 if failure.code == "CONFLICT" else 400
            flash(done["message"], "success" if done.get("changed", True) else "message")
            return redirect(self.get_url(".saved", **self.list_parameters()), 303)

    def _now(self) -> Json:
        """The list that the form was opened beside, as a condition and as its parameters."""
        with self.as_asked(_parameters()):
            if self.nested_now().problems:
                abort(400)
            return {"where": self.where_now(), "parameters": self.list_parameters()}

    @staticmethod
    def _called() -> Json:
        return {"name": request.form.get("called", ""), "share": request.form.get("share", "PRIVATE")}

    @staticmethod
    def _row() -> Json:
        version = request.form.get("version", "")
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else abort(400)
        return {"id": request.form.get("id", ""), "version": number}


def _parameters() -> ImmutableMultiDict[str, str]:
    """The list's own parameters, which a form carries as one text."""
    return ImmutableMultiDict(parse_qsl(request.form.get("list", "")))


def _plain(where: Any) -> Any:
    """What it asks, however it is written: what must all hold is one list, and the order of parts says nothing."""
    if isinstance(where, Mapping):
        return _in_order(part for name, each in where.items() for part in _parts(name, each))
    if isinstance(where, list | tuple):
        return _in_order(_plain(each) for each in where)
    return where


def _parts(name: str, each: Any) -> list[Any]:
    if name == "and" and isinstance(each, list | tuple):
        return [part for below in each for part in _plain(below)]
    return [[name, _plain(each)]]


def _in_order(parts: Iterable[Any]) -> list[Any]:
    return sorted(parts, key=lambda each: json.dumps(each, sort_keys=True))
