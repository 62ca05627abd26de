"""Which rows the address of a list asks for: search box, quick filters, nested expression, what the list starts with.

One address, one set of rows: the page, its links, acts on all of its rows and saved filters all read it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, g, request
from flask_admin.model import BaseModelView
from werkzeug.datastructures import ImmutableMultiDict

from admin_panel.asking import Asking, Words
from admin_panel.client import Json
from admin_panel.columns import field_at, reads
from admin_panel.deed_view import DeedViews
from admin_panel.expression import Group, Misread, Node, parse, written
from admin_panel.filters import WhereFilter, names_a_document, nested
from admin_panel.lookups import Lookups
from admin_panel.registry import NUMBERS, Entry
from admin_panel.scanned import normalised
from admin_panel.visit import execute, signed_in
from admin_panel.words import say

#: Parameters of a list's address besides those of Flask-Admin and the quick filters: `all` takes a condition away that
#: the list starts with (the current batch, the sheet's state); which part of a work list; the nested expression; the
#: chosen columns.
KEPT = frozenset({"batch", "state", "show", "q", "columns"})
#: What a list of sheets, or of what stands on them, starts with.
STARTING_STATE = "ACTIVE"
LONGEST_SEARCH = 200
#: True of no row.
NOBODY: Json = {"or": []}

#: Index, name and value of an active quick filter, as Flask-Admin passes them on.
Quick = list[tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Token:
    """One active condition as the page shows it: its words, and the address without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Nested:
    """The nested expression of an address: itself, what it asks, the small objects it names, and what is wrong with it.
    While anything is, the list asks for nothing."""

    group: Group | None = None
    where: Json | None = None
    targets: frozenset[str] = frozenset()
    problems: tuple[str, ...] = field(default=())


class Conditions(DeedViews, BaseModelView):
    """The part of a list that reads its address."""

    entry: Entry
    #: The filters that the list starts with, by path: the parameter whose `all` removes it.
    starting: dict[str, str]

    # --- the address

    @property
    def address(self) -> Mapping[str, str]:
        """The parameters of this request's address, or of the list that this request is about: see `as_asked`."""
        asked: Mapping[str, str] | None = g.get("asked_list")
        return request.args if asked is None else asked

    @contextmanager
    def as_asked(self, parameters: Mapping[str, str]) -> Iterator[None]:
        """Within it, the list is the one that these parameters ask for (see `list_parameters`)."""
        before = g.get("asked_list")
        g.asked_list = ImmutableMultiDict(parameters)
        self._forget()
        try:
            yield
        finally:
            g.asked_list = before
            self._forget()

    def _forget(self) -> None:
        g.pop(f"conditions of {self.endpoint}", None)
        g.pop(f"expression of {self.endpoint}", None)

    def search_now(self) -> str:
        """What stands in the search box; a document number never does."""
        text = (self.address.get("search") or "").strip()[:LONGEST_SEARCH]
        return "" if names_a_document(text) else text

    # --- quick filters: one parameter each

    def _get_list_filter_args(self) -> Quick:
        """Read once a request: what is wrong with a condition is told once."""
        kept = f"conditions of {self.endpoint}"
        if kept not in g:
            setattr(g, kept, self._read_conditions())
        found: Quick = g.get(kept)
        return found

    def _read_conditions(self) -> Quick:
        """The filters of the address that this viewer may use; those that the list starts with unless removed."""
        found: Quick = []
        for index, each in enumerate(self._filters or ()):
            value = self.value_of(each)
            if not value or not reads(signed_in(), self.objects, self.info.name, each.path):
                continue
            if each.validate(value):
                found.append((index, str(each.name), value))
            elif names_a_document(value):
                flash(say("document_in_address"), "error")
            else:
                flash(say("bad_filter", value=value[:40], what=each.name), "error")
        return found

    def value_of(self, each: WhereFilter) -> str:
        given = self.address.get(each.parameter)
        return self._starts_with(each) if given is None else given.strip()

    def _starts_with(self, each: WhereFilter) -> str:
        """What this filter says as long as the reader has not said otherwise: the current batch, sheets in progress."""
        name = self.starting.get(each.path)
        if name is None or self.address.get(name) == "all":
            return ""
        if name == "state":
            return STARTING_STATE
        batch = signed_in().batch
        return batch.code if batch else ""

    def _get_filters(self, filters: Any) -> dict[str, str]:
        return {self._filters[index].parameter: value for index, _name, value in filters or ()}

    def usable_filters(self) -> list[WhereFilter]:
        return [each for each in self._filters or () if reads(signed_in(), self.objects, self.info.name, each.path)]

    # --- the nested expression

    def nested_now(self) -> Nested:
        """Read once a request."""
        kept = f"expression of {self.endpoint}"
        if kept not in g:
            setattr(g, kept, self._read_nested(self.address.get("q", "").strip()))
        found: Nested = g.get(kept)
        return found

    def _read_nested(self, text: str) -> Nested:
        if not text:
            return Nested()
        try:
            group = parse(text)
        except Misread as misread:
            return Nested(problems=(str(misread.words),))
        asking = Asking(self.objects, signed_in())
        where = asking.where(self.info.name, group)
        problems = tuple(str(problem) for problem in asking.problems)
        return Nested(group, where, frozenset(asking.targets), problems)

    # --- the condition in GraphQL

    def where_of(self, search: str, quick: Quick) -> Json | None:
        """Every condition but a search that the API has an argument for, where `search` is left empty."""
        asked = self.nested_now()
        if asked.problems:
            return NOBODY
        nodes: list[Any] = []
        for index, _name, value in quick:
            nodes = self._filters[index].apply(nodes, self._filters[index].clean(value))
        nodes = [joined(nodes)] if nodes else []
        if asked.where is not None:
            nodes.append(asked.where)
        if search:
            nodes.append(self._searched(search))
        nodes += self.extra_where()
        return {"and": nodes} if nodes else None

    def extra_where(self) -> list[Json]:
        """Conditions that belong to the list itself and are no filter of the reader's."""
        return []

    def _searched(self, text: str) -> Json:
        """As the API searches: every word is found; digits are the beginning of a number, others part of anything."""
        paths = [path for path in self.entry.search if reads(signed_in(), self.objects, self.info.name, path)]
        numbers = [path for path in paths if path.rpartition(".")[2] in NUMBERS]
        if not paths:
            abort(403)
        words = []
        for word in normalised(text).split():
            digits = word.isascii() and word.isdigit() and bool(numbers)
            ways = [self._begins(path, word) for path in numbers] if digits else self._contain(paths, word)
            words.append({"or": [way for way in ways if way]})
        return {"and": words}

    def _begins(self, path: str, digits: str) -> Json:
        """Nothing, where no value is as long."""
        longest = getattr(field_at(self.objects, self.info.name, path), "longest", None)
        return {} if longest is not None and len(digits) > longest else dict(nested(path, {"startsWith": digits}))

    def _contain(self, paths: list[str], word: str) -> list[Json]:
        return [dict(nested(path, {"contains": word})) for path in paths]

    # --- the list as it is asked for, for whatever is done with all of its rows

    def where_now(self) -> Json | None:
        """The whole GraphQL `where`: search box, filters, expression, the conditions that the list starts with and its
        own. None for every row. What the list does not show, this does not find: of a list whose expression is wrong,
        nobody. A search that the API has an argument for is expressed in conditions, and finds the same."""
        return self.where_of(self.search_now(), self._get_list_filter_args())

    def conditions_in_words(self) -> list[str]:
        """The same for people, one text for each condition."""
        search = self.search_now()
        return ([say("searched", what=search)] if search else []) + [each.words for each in self.tokens()]

    # --- in words

    def lookups(self) -> Lookups:
        """The small objects whose rows are named in a condition."""
        return Lookups(self.objects, self._small(), signed_in())

    def _small(self) -> list[str]:
        """Not for the current batch, whose name is known."""
        filters = [(self._filters[index], value) for index, _name, value in self._get_list_filter_args()]
        quick = [each.target for each, value in filters if each.target and not self._is_current(each, value)]
        return list(dict.fromkeys([*quick, *sorted(self.nested_now().targets)]))

    def _is_current(self, each: WhereFilter, value: str) -> bool:
        batch = signed_in().batch
        return each.target == "Batch" and batch is not None and batch.code == value

    def named_choices(self) -> dict[str, list[tuple[str, str]]]:
        """Key and name of the rows of small objects that a condition names."""
        return self.named(self._small())

    def named(self, targets: list[str]) -> dict[str, list[tuple[str, str]]]:
        """Asked now, unless the list was read in this request."""
        found: dict[str, list[tuple[str, str]]] = g.setdefault("choices", {})
        missing = [target for target in targets if target not in found]
        if missing:
            found |= read_choices(Lookups(self.objects, missing, signed_in()))
            found |= {target: [] for target in missing if target not in found}
        return found

    def choices_of(self, each: WhereFilter) -> list[tuple[str, str]]:
        if each.target:
            return self.named([each.target]).get(each.target, [])
        if each.field.kind == "Boolean":
            return [("1", say("yes")), ("0", say("no"))]
        return [(choice.value, str(choice.label)) for choice in each.field.choices]

    def tokens(self) -> list[Token]:
        """The active conditions in words, each with the address that removes it."""
        arguments = self._get_list_extra_args()
        shown: list[Token] = []
        for position, (index, label, value) in enumerate(arguments.filters):
            each = self._filters[index]
            rest = arguments.filters[:position] + arguments.filters[position + 1 :]
            starting = self.starting.get(each.path)
            extra = arguments.extra_args | ({starting: "all"} if starting else {})
            without = self._get_list_url(arguments.clone(page=0, filters=rest, extra_args=extra))
            sign = {"gte": " ≥ ", "lte": " ≤ "}.get(each.control.operator, ": ")
            shown.append(Token(f"{label}{sign}{self._said(each, value)}", without))
        return shown + list(self._nested_tokens())

    def _said(self, each: WhereFilter, value: str) -> str:
        batch = signed_in().batch
        if batch is not None and self._is_current(each, value):
            return str(batch.name)
        named = self.named_choices().get(each.target, []) if each.target else self.choices_of(each)
        return dict(named).get(value, value)

    def _nested_tokens(self) -> Iterator[Token]:
        """One for each part of an expression whose parts all must hold; else one for the whole."""
        group = self.nested_now().group
        if group is None:
            return
        words = Words(self.objects, signed_in(), {name: dict(rows) for name, rows in self.named_choices().items()})
        parts: tuple[Node, ...] = group.parts if group.kind == "all" else (group,)
        for place, part in enumerate(parts):
            rest = Group("all", (*parts[:place], *parts[place + 1 :]))
            yield Token(words.of(self.info.name, part), self._with_expression(rest))

    def _with_expression(self, group: Group) -> str:
        """The address of the list with another expression, on its first page."""
        arguments = self._get_list_extra_args()
        extra = {name: value for name, value in arguments.extra_args.items() if name != "q"}
        text = {"q": written(group)} if group.parts else {}
        return str(self._get_list_url(arguments.clone(page=0, extra_args=extra | text)))


def joined(nodes: list[Json]) -> Json:
    """Conditions on different columns, over to-one relations alone, as one: what is asked of the same related row is
    asked in one step. Of 341,000 clearances a batch and a state are found in a third of the time."""
    found: Json = {}
    for node in nodes:
        for name, inner in node.items():
            there = found.get(name)
            found[name] = joined([there, inner]) if isinstance(there, dict) and isinstance(inner, dict) else inner
    return found


def read_choices(lookups: Lookups) -> dict[str, list[tuple[str, str]]]:
    """The rows of small objects, where the list itself is not read."""
    declared = f"({', '.join(lookups.declared)})" if lookups.declared else ""
    document = f"query Choices{declared} {{ {lookups.selection} }}"
    return lookups.choices(execute(document, lookups.variables)) if lookups else {}


def starts_with(entry: Entry) -> dict[str, str]:
    """The parameter by which each condition that a list starts with is removed, by its path."""
    return {path: name for path, name in ((entry.batch, "batch"), (entry.state, "state")) if path}
