"""A page of a connection: planned once, read for every request that differs from the first in values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from tortoise.expressions import Q

from graphql_api import cursors
from graphql_api.emitter import Shown, emission
from graphql_api.given import Arguments, Hole, Stale
from graphql_api.loader import Loaded, Run, counted, load, nothing
from graphql_api.ordering import fingerprint, order_keys
from graphql_api.planner import Planner, Planning
from graphql_api.registry import Exposed, registry
from graphql_api.searching import Search
from graphql_api.selection import Details, Selection, field_name
from graphql_api.statement import Seek, Statement, count_statement
from graphql_api.values import bad
from models import database

FIRST = 50
MOST = 1_000
FARTHEST_OFFSET = 10_000_000

#: The members of a connection that may tell cursors, with their types.
KINDS_WITH_CURSORS = {"edges": "{}Edge", "pageInfo": "PageInfo"}
#: Where rows are shown: the key of `nodes`, or that of `edges` and below it that of `node`.
Mention = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the ordered rows a page is: `size` rows from the start or, `backwards`, from the end, within the
    rows after and before the cursors."""

    size: int
    backwards: bool
    offset: int
    after: str | None
    before: str | None


def window(arguments: Mapping[str, Any]) -> Window:
    """The paging arguments of a connection. Raises BAD_INPUT for numbers out of range and for pairs that contradict."""
    first, last, offset = (arguments.get(name) for name in ("first", "last", "offset"))
    for name, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= MOST:
            raise bad((name,), "OUT_OF_RANGE", minimum=0, maximum=MOST)
    if first is not None and last is not None:
        raise bad(("last",), "CONTRADICTS", other="first")
    if offset is not None:
        _check_offset(offset, arguments)
    size = last if last is not None else FIRST if first is None else first
    return Window(size, last is not None, offset or 0, arguments.get("after"), arguments.get("before"))


def _check_offset(offset: int, arguments: Mapping[str, Any]) -> None:
    if not 0 <= offset <= FARTHEST_OFFSET:
        raise bad(("offset",), "OUT_OF_RANGE", minimum=0, maximum=FARTHEST_OFFSET)
    for other in ("after", "before", "last"):
        if arguments.get(other) is not None:
            raise bad(("offset",), "CONTRADICTS", other=other)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was read."""

    window: Window
    loaded: Loaded
    cursors: list[str]
    rows: dict[Mention, list[Shown]]
    total: int


Part = Callable[[Page], Any]


class PagePlan:
    """One connection of one document, for one caller's rights and one language.

    `within`: conditions besides those asked for. Planning raises BAD_INPUT, BAD_CURSOR and FORBIDDEN.
    """

    def __init__(
        self,
        exposed: Exposed,
        selection: Selection,
        arguments: Arguments,
        planning: Planning,
        within: tuple[Q, ...] = (),
    ) -> None:
        self.exposed, self.selection, self.filters = exposed, selection, planning.filters
        limit, offset, self.window = self._window(arguments)
        where = self.filters.where(exposed, arguments.get("where"))
        self.conditions = (*within, where, *self._search(arguments.get("search")))
        self.keys = order_keys(self.filters, registry(), exposed, arguments.get("orderBy"))
        self.mark = fingerprint(exposed.name, self.keys)
        seeks = [
            Seek(self._sought(arguments, each), each == "after")
            for each in ("after", "before")
            if arguments.get(each) is not None
        ]
        fields = selection.below(f"{exposed.name}Connection", selection.root)
        self.names = {field_name(details) for details in fields.values()}
        mentions = self._mentions(fields)
        planner = Planner(selection, self.filters, registry(), finished=planning.finished)
        self.node, shapes = planner.plan(exposed, *mentions.values())
        self.with_cursors = self._tells_cursors(fields)
        self.node.asked = self.node.select(
            self.conditions,
            keys=self.keys,
            seeks=seeks,
            backwards=arguments.get("last") is not None,
            limit=limit,
            offset=offset if arguments.get("offset") is not None else None,
            with_keys=self.with_cursors,
        )
        self.shows = {
            mention: emission(self.node, shape, planning.locale, finished=planning.finished)
            for mention, shape in zip(mentions, shapes, strict=True)
        }
        self.parts = {key: self._part(key, details) for key, details in fields.items()}
        self.total: Statement | None = None

    # --- planning

    def _window(self, arguments: Arguments) -> tuple[Hole, Hole, Hole]:
        """One row more than the page is asked for, to know whether there are more."""

        def values(found: Arguments) -> list[Any]:
            asked = window(found)
            return [asked.size + 1, asked.offset, asked]

        limit, offset, whole = self.filters.given.take_all(values, values(arguments))
        return limit, offset, whole

    def _search(self, text: str | None) -> list[Q]:
        if text is None:
            return []
        if text.strip():
            return [Search(self.filters, registry()).condition(self.exposed, text)]
        self.filters.given.take_all(_still_empty, [])
        return []

    def _sought(self, arguments: Arguments, argument: str) -> list[Hole | None]:
        """The values of the cursor's row. Where it has none, the statement is another one."""
        keys, mark = self.keys, self.mark
        present = [value is not None for value in cursors.decode(mark, keys, arguments[argument], argument)]

        def values(found: Arguments) -> list[Any]:
            decoded = cursors.decode(mark, keys, found[argument], argument)
            if [value is not None for value in decoded] != present:
                raise Stale
            return decoded

        holes = self.filters.given.take_all(values, values(arguments))
        return [hole if there else None for hole, there in zip(holes, present, strict=True)]

    def _mentions(self, fields: Mapping[str, Details]) -> dict[Mention, Details]:
        found: dict[Mention, Details] = {}
        for key, details in fields.items():
            if field_name(details) == "nodes":
                found[key,] = details
            elif field_name(details) == "edges":
                for inner, below in self.selection.below(f"{self.exposed.name}Edge", details).items():
                    if field_name(below) == "node":
                        found[key, inner] = below
        return found

    def _tells_cursors(self, fields: Mapping[str, Details]) -> bool:
        told = {
            name
            for details in fields.values()
            for kind in (KINDS_WITH_CURSORS.get(field_name(details)),)
            if kind is not None
            for name in self._named(kind.format(self.exposed.name), details).values()
        }
        return bool(told & {"cursor", "startCursor", "endCursor"})

    def _part(self, key: str, details: Details) -> Part:
        """How a member of the connection follows from the page."""
        match field_name(details):
            case "nodes":
                return lambda page: page.rows[key,]
            case "edges":
                return self._edges(key, details)
            case "pageInfo":
                return _page_info(self._named("PageInfo", details))
            case "totalCount":
                return lambda page: page.total
            case _:
                return lambda page: f"{self.exposed.name}Connection"

    def _edges(self, key: str, details: Details) -> Part:
        fields = self._named(f"{self.exposed.name}Edge", details)
        columns: dict[str, Callable[[Page], Iterable[Any]]] = {}
        for inner, name in fields.items():
            if name == "node":
                columns[inner] = lambda page, inner=inner: page.rows[key, inner]  # type: ignore[misc]  # mypy: default
            elif name == "cursor":
                columns[inner] = lambda page: page.cursors
            else:
                columns[inner] = lambda page: repeat(f"{self.exposed.name}Edge", len(page.loaded.rows))

        def edges(page: Page) -> list[Shown]:
            return [
                dict(zip(columns, each, strict=True))
                for each in zip(*(column(page) for column in columns.values()), strict=True)
            ]

        return edges

    def _named(self, kind: str, details: Details) -> dict[str, str]:
        return {key: field_name(below) for key, below in self.selection.below(kind, details).items()}

    # --- reading

    async def read(self, run: Run) -> Shown:
        """The page of this run."""
        asked: Window = run.values[self.window.place]
        needed = self.names & {"nodes", "edges", "pageInfo"}
        loaded = await load(self.node, run, most=asked.size) if needed else nothing(self.node)
        rows = {mention: show(loaded) for mention, show in self.shows.items()}
        total = await self._total(run) if "totalCount" in self.names else 0
        page = Page(asked, loaded, self._cursors(loaded) if self.with_cursors else [], rows, total)
        return {key: part(page) for key, part in self.parts.items()}

    async def _total(self, run: Run) -> int:
        if self.node.rows is None:
            return 0
        if self.total is None:
            self.total = count_statement(self.exposed, (self.node.rows, *self.conditions), database.dialect())
        return await counted(self.total, run.values)

    def _cursors(self, loaded: Loaded) -> list[str]:
        width = len(loaded.node.names) + len(loaded.node.masks)
        return [cursors.encode(self.mark, list(row)[width:]) for row in loaded.rows]


def _still_empty(arguments: Arguments) -> list[Any]:
    """For a plan without a condition of the search box."""
    if arguments["search"].strip():
        raise Stale
    return []


def _page_info(names: Mapping[str, str]) -> Part:
    def info(page: Page) -> Shown:
        window, made, more = page.window, page.cursors, page.loaded.more
        earlier = window.after is not None or window.offset > 0
        facts = {
            "hasNextPage": window.before is not None if window.backwards else more,
            "hasPreviousPage": more if window.backwards else earlier,
            "startCursor": made[0] if made else None,
            "endCursor": made[-1] if made else None,
            "__typename": "PageInfo",
        }
        return {key: facts[name] for key, name in names.items()}

    return info
