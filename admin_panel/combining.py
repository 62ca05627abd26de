"""高级搜索 and the choice of columns: two pages beside every list, whose forms change nothing and lead back to it.

Without a script every button is a round trip; with one, the same answers are put into the list's own page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, request
from flask_admin import expose

from admin_panel.askable import OPERATORS, SIDES, Askable, askable, menu
from admin_panel.asking import Asking
from admin_panel.choosable import MOST_COLUMNS, column_menu, columns_in, full_label
from admin_panel.expression import (
    GROUPS,
    MOST_DEPTH,
    Condition,
    Group,
    Misread,
    Node,
    Rows,
    parse,
    pruned,
    within,
    written,
)
from admin_panel.expression_form import OUTERMOST, added, begun, read_form, removed
from admin_panel.language import Text
from admin_panel.listing import Listing
from admin_panel.visit import signed_in
from admin_panel.words import say

Menu = list[tuple[Text, list[Askable]]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the form. `shape`: group, rows or condition; `number`: of a condition, as messages call it; `box`:
    how its values are asked; `menu`: what may be added to it; `deeper`: whether a group may be."""

    place: str
    shape: str
    number: int
    node: Node
    asked: Askable | None
    box: str
    choices: list[tuple[str, str]]
    problem: str
    parts: tuple[Part, ...]
    menu: Menu
    deeper: bool

    @property
    def values(self) -> tuple[str, ...]:
        return self.node.values if isinstance(self.node, Condition) else ()

    @property
    def kind(self) -> str:
        """Of a group, or of the one that rows are asked by."""
        group = self.node.group if isinstance(self.node, Rows) else self.node
        return group.kind if isinstance(group, Group) else ""


class Combining(Listing):
    """The part of an object's view in which its list's conditions and columns are put together."""

    # --- quick filters

    @expose("/quick")
    def quick(self) -> Any:
        """One box for each quick filter; the form leads to the list."""
        filters = self.usable_filters()
        self.named([each.target for each in filters if each.target])  # in one question
        return self.render(
            "panel/quick.html",
            boxes=[(each, self.value_of(each), self.choices_of(each)) for each in filters],
            kept={name: value for name, value in self._beside("").items() if not name.startswith("flt_")},
            back=self.get_url(".index_view", **self._beside("")),
        )

    # --- conditions

    @expose("/combine")
    def combine(self) -> Any:
        """The form of `q`, or as its own fields and buttons say; `do=search` leads to the list if nothing is wrong."""
        do, _, place = request.args.get("do", "").partition(":")
        text, unread = request.args.get("q", "").strip(), ""
        if do == "":
            try:
                group = parse(text) if text else Group("all")
            except Misread as misread:
                group, unread = Group("all"), str(misread.words)
            return self._form(group, checked=bool(text), unread=unread, text=text if unread else "")
        group = self._changed_by(do, place, read_form(request.args))
        if do == "search":
            unread = self._unsearchable(group)
            if not unread and not self._asked(pruned(group)).problems:
                return redirect(self._list_with(pruned(group)), 302)
        return self._form(group, checked=do == "search", unread=unread)

    def _changed_by(self, do: str, place: str, group: Group) -> Group:
        """What a button says: `add:PLACE` with the field of `a:PLACE`, `group:PLACE`, `remove:PLACE`."""
        if do == "remove":
            return removed(group, place)
        if do == "group" and place.count(".") + 1 < MOST_DEPTH:
            return added(group, place, Group("any"))
        if do == "add":
            path = request.args.get(f"a:{place}", "")
            about = self._object_at(group, place)
            asked = askable(self.objects, signed_in(), about, path) if about and path else None
            deep = asked is not None and asked.kind == "rows" and place.count(".") + 1 >= MOST_DEPTH
            return added(group, place, begun(asked)) if asked and not deep else group
        return group

    def _object_at(self, node: Node, place: str) -> str:
        """Which object the group at `place` asks about; empty where there is none."""
        about = self.info.name
        for step in place.split(".")[1:]:
            parts = node.group.parts if isinstance(node, Rows) else node.parts if isinstance(node, Group) else ()
            if not step.isdigit() or int(step) >= len(parts):
                return ""
            node = parts[int(step)]
            if isinstance(node, Rows):
                asked = askable(self.objects, signed_in(), about, node.path)
                about = asked.target if asked else ""
        return about

    def _unsearchable(self, group: Group) -> str:
        """Why the expression is larger than an address takes; empty where it is not."""
        try:
            within(group)
            parse(written(group))
        except Misread as misread:
            return str(misread.words)
        return ""

    def _asked(self, group: Group) -> Asking:
        asking = Asking(self.objects, signed_in())
        asking.where(self.info.name, group)
        return asking

    def _list_with(self, group: Group) -> str:
        expression = {"q": written(group)} if group.parts else {}
        return str(self.get_url(".index_view", **self._beside("q") | expression))

    def _beside(self, left_out: str) -> dict[str, str]:
        """The parameters of the list but for what the form itself is about."""
        asked = {name: value for name, value in self.list_parameters().items() if name != left_out}
        size = self.address.get("page_size", "")
        return asked | ({"page_size": size} if size.isascii() and size.isdigit() else {})

    def choices_about(self, asked: Askable) -> list[tuple[str, str]]:
        """Key and name of everything that a condition about this may be compared with."""
        if asked.kind == "truth":
            return [("1", say("yes")), ("0", say("no"))]
        if asked.kind == "choice" and asked.field:
            return [(choice.value, str(choice.label)) for choice in asked.field.choices]
        return self.named([asked.target]).get(asked.target, []) if asked.target else []

    def _form(self, group: Group, *, checked: bool, unread: str = "", text: str = "") -> str:
        asking = self._asked(group)
        self.named(sorted(asking.targets))  # in one question
        problems = {problem.number: problem.words for problem in reversed(asking.problems)} if checked else {}
        whole = _Parts(self, problems).of_group(OUTERMOST, group, self.info.name)
        return self.render(
            "panel/combine.html",
            whole=whole,
            groups=GROUPS,
            sides=SIDES,
            unread=unread,
            text=text,
            kept=self._beside("q"),
            back=self.get_url(".index_view", **self._beside("q")),
        )

    # --- columns

    @expose("/columns")
    def choose_columns(self) -> Any:
        """Which columns the list shows, in which order; `do=use` and `do=reset` lead to the list."""
        do, _, path = request.args.get("do", "").partition(":")
        asked = columns_in(",".join(request.args.getlist("columns")))
        chosen = [each for each in asked if self.is_column(each)]
        if not asked:
            self.named_choices()
            chosen = self.columns_now()
        if do in ("use", "reset"):
            expression = {"columns": ",".join(chosen)} if do == "use" and chosen else {}
            return redirect(self.get_url(".index_view", **self._beside("columns") | expression), 302)
        chosen = self._moved(do, path, chosen)
        label = {each: full_label(self.objects, self.info.name, each) for each in chosen}
        return self.render(
            "panel/choose_columns.html",
            chosen=label,
            most=len(chosen) >= MOST_COLUMNS,
            columns=[
                (heading, [each for each in offered if each[0] not in chosen])
                for heading, offered in column_menu(self.objects, signed_in(), self.info.name)
            ],
            kept=self._beside("columns"),
            back=self.get_url(".index_view", **self._beside("columns")),
        )

    def _moved(self, do: str, path: str, chosen: list[str]) -> list[str]:
        """What a button says: `add` the column of `more`, or `remove`, `left` or `right` one of those chosen."""
        more = request.args.get("more", "")
        if do == "add" and self.is_column(more) and len(chosen) < MOST_COLUMNS:
            return list(dict.fromkeys([*chosen, more]))
        if path not in chosen:
            return chosen
        at, rest = chosen.index(path), [each for each in chosen if each != path]
        if do == "remove":
            return rest or chosen
        to = {"left": max(at - 1, 0), "right": at + 1}.get(do, at)
        return [*rest[:to], path, *rest[to:]]


class _Parts:
    """An expression as the form shows it, its conditions numbered as people read them."""

    def __init__(self, view: Combining, problems: Mapping[int, str]) -> None:
        self._view, self._problems, self._number = view, problems, 0
        self._menus: dict[tuple[str, str], Menu] = {}

    def of_group(self, place: str, group: Group, about: str, beside: str = "") -> Part:
        parts = self._within(place, group, about, beside)
        return Part(place, "group", 0, group, None, "", [], "", parts, *self._adding(place, about, beside))

    def _within(self, place: str, group: Group, about: str, beside: str) -> tuple[Part, ...]:
        return tuple(self._of(f"{place}.{at}", part, about, beside) for at, part in enumerate(group.parts))

    def _of(self, place: str, node: Node, about: str, beside: str) -> Part:
        if isinstance(node, Group):
            return self.of_group(place, node, about, beside)
        self._number += 1
        number, asked = self._number, askable(self._view.objects, signed_in(), about, node.path)
        problem = self._problems.get(number, "")
        if isinstance(node, Rows):
            target = asked.target if asked else ""
            parts = self._within(place, node.group, target, about)
            adding = self._adding(place, target, about)
            return Part(place, "rows", number, node, asked, "", [], problem, parts, *adding)
        box, choices = self._box(asked, node)
        return Part(place, "condition", number, node, asked, box, choices, problem, (), [], False)

    def _adding(self, place: str, about: str, beside: str) -> tuple[Menu, bool]:
        """What may be added to a group, and whether a group may: the innermost takes no group and no rows."""
        deeper = place.count(".") + 1 < MOST_DEPTH
        if (about, beside) not in self._menus:
            self._menus[about, beside] = menu(self._view.objects, signed_in(), about, beside) if about else []
        found = self._menus[about, beside]
        if deeper:
            return found, True
        return [(head, [each for each in some if each.kind != "rows"]) for head, some in found], False

    def _box(self, asked: Askable | None, condition: Condition) -> tuple[str, list[tuple[str, str]]]:
        """How the values are asked: nothing, text, lines, numbers, days, one or many of the choices."""
        operator = OPERATORS.get(condition.operator)
        if asked is None or operator is None or operator.takes == "nothing":
            return ("text" if condition.values else "nothing"), []
        if asked.kind in ("truth", "choice", "lookup"):
            return ("many" if operator.takes == "many" else "one"), self._choices(asked, condition)
        if asked.kind == "day":
            return ("days" if operator.takes == "two" else "day"), []
        if operator.takes == "many":
            return "lines", []
        return ("numbers" if operator.takes == "two" else asked.kind), []

    def _choices(self, asked: Askable, condition: Condition) -> list[tuple[str, str]]:
        found = self._view.choices_about(asked)
        known = {key for key, _name in found}
        return [*found, *((value, value) for value in condition.values if value and value not in known)]
