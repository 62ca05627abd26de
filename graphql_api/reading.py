"""The read fields of the schema: a page of rows, one row, and the same for resolvers that answer with such rows.

Each plans its whole selection and loads it; what it gives is finished but for graphql-core's completion.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from strawberry import Info as StrawberryInfo
from tortoise.expressions import Q

from graphql_api import cursors
from graphql_api.context import Context
from graphql_api.emitter import Shown, emit
from graphql_api.filters import Filters
from graphql_api.lacking import Lacking
from graphql_api.loader import Loaded, count, load, nothing
from graphql_api.lookups import lookup
from graphql_api.ordering import fingerprint, order_keys
from graphql_api.plan import Node, Shape
from graphql_api.planner import Planner
from graphql_api.registry import Exposed, registry
from graphql_api.searching import Search
from graphql_api.selection import Details, ResolveInfo, Selection, field_name
from graphql_api.statement import Seek, Select
from graphql_api.values import bad

FIRST = 50
MOST = 1_000
FARTHEST_OFFSET = 10_000_000

P = ParamSpec("P")
T = TypeVar("T")
Resolver = Callable[..., Awaitable[Any]]


def in_words(read: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A missing right, found while planning, is said in the caller's words (B4). The info is the second argument."""

    @wraps(read)
    async def worded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await read(*args, **kwargs)
        except Lacking as lacking:
            info: Any = args[1]
            raise await lacking.in_words(info.context) from lacking

    return worded


# --- pages


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


def connection_resolver(name: str) -> Resolver:
    """The resolver of `students(…)`: filtered, searched, ordered, one page; counted only when `totalCount` is asked."""

    @in_words
    async def resolve(_root: object, info: ResolveInfo, **arguments: Any) -> Shown:
        page = _Page(info, registry()[name], arguments)
        return await page.read()

    return resolve


class _Page:
    """One connection being read."""

    def __init__(self, info: ResolveInfo, exposed: Exposed, arguments: Mapping[str, Any]) -> None:
        self.context: Context = info.context
        self.exposed = exposed
        self.selection = Selection(info)
        self.filters = Filters(self.context.access)
        self.window = window(arguments)
        self.conditions = [self.filters.where(exposed, arguments.get("where"))]
        if (text := arguments.get("search")) is not None and text.strip():
            self.conditions.append(Search(self.filters, registry()).condition(exposed, text))
        self.keys = order_keys(self.filters, registry(), exposed, arguments.get("orderBy"))
        self.mark = fingerprint(exposed.name, self.keys)
        self.fields = self.selection.below(f"{exposed.name}Connection", self.selection.root)

    async def read(self) -> Shown:
        mentions = self._mentions()
        planner = Planner(self.selection, self.filters, registry())
        node, shapes = planner.plan(self.exposed, *mentions.values())
        asked = {field_name(details) for details in self.fields.values()}
        loaded = await self._load(node) if asked & {"nodes", "edges", "pageInfo"} else nothing(node)
        total = await count(self.exposed, (node.rows or Q(), *self.conditions)) if "totalCount" in asked else 0
        return self._shown(loaded, dict(zip(mentions, shapes, strict=True)), total)

    def _mentions(self) -> dict[tuple[str, ...], Details]:
        """Where rows are shown: under each `nodes`, and under each `node` of each `edges`."""
        found: dict[tuple[str, ...], Details] = {}
        for key, details in self.fields.items():
            if field_name(details) == "nodes":
                found[key,] = details
            elif field_name(details) == "edges":
                for inner, below in self.selection.below(f"{self.exposed.name}Edge", details).items():
                    if field_name(below) == "node":
                        found[key, inner] = below
        return found

    async def _load(self, node: Node) -> Loaded:
        seeks = [
            Seek(cursors.decode(self.mark, self.keys, cursor, argument), after=argument == "after")
            for argument, cursor in (("after", self.window.after), ("before", self.window.before))
            if cursor is not None
        ]
        asked = Select(
            self.exposed,
            node.columns(),
            conditions=self.conditions,
            keys=self.keys,
            seeks=seeks,
            backwards=self.window.backwards,
            page=self.window.size,
            offset=self.window.offset,
            with_keys=True,
        )
        return await load(node, asked, self.context)

    def _shown(self, loaded: Loaded, shapes: dict[tuple[str, ...], Shape], total: int) -> Shown:
        width = len(loaded.node.names) + len(loaded.node.masks)
        made = [cursors.encode(self.mark, list(row)[width:]) for row in loaded.rows]
        rows = {where: emit(loaded, shape, self.context.locale) for where, shape in shapes.items()}
        shown: Shown = {}
        for key, details in self.fields.items():
            match field_name(details):
                case "nodes":
                    shown[key] = rows[key,]
                case "edges":
                    shown[key] = self._edges(key, details, made, rows)
                case "pageInfo":
                    shown[key] = self._page_info(details, made, loaded.more)
                case "totalCount":
                    shown[key] = total
        return shown

    def _edges(
        self, key: str, details: Details, made: list[str], rows: dict[tuple[str, ...], list[Shown]]
    ) -> list[Shown]:
        fields = self.selection.below(f"{self.exposed.name}Edge", details)
        columns = {inner: rows.get((key, inner), made) for inner in fields}
        return [{inner: column[place] for inner, column in columns.items()} for place in range(len(made))]

    def _page_info(self, details: Details, made: list[str], more: bool) -> Shown:
        window = self.window
        earlier = window.after is not None or window.offset > 0
        facts = {
            "hasNextPage": window.before is not None if window.backwards else more,
            "hasPreviousPage": more if window.backwards else earlier,
            "startCursor": made[0] if made else None,
            "endCursor": made[-1] if made else None,
        }
        fields = self.selection.below("PageInfo", details)
        return {key: facts.get(field_name(below)) for key, below in fields.items()}


# --- single rows


def row_resolver(name: str) -> Resolver:
    """The resolver of `student(…)`: by id or by natural key; null for a row that is absent or not visible."""

    @in_words
    async def resolve(_root: object, info: ResolveInfo, **arguments: Any) -> Shown | None:
        exposed = registry()[name]
        filters = Filters(info.context.access)
        wanted = lookup(filters, exposed, arguments)
        rows = await _rows(info, filters, Select(exposed, [], conditions=[wanted], single=True))
        return rows[0] if rows else None

    return resolve


async def found(info: StrawberryInfo[Any, Any], object_name: str, number: int | None) -> Any:
    """For a resolver whose return type is a generated one: the row with this number, as far as the caller may see it,
    with what is selected below the field. None for no number, and for a row that is absent or not visible."""
    if number is None:
        return None
    rows = await found_all(info, object_name, [number])
    return rows[0] if rows else None


async def found_all(info: StrawberryInfo[Any, Any], object_name: str, numbers: list[int]) -> list[Any]:
    """The same for several rows, in the object's default order; what is not visible is left out."""
    raw: ResolveInfo = info._raw_info
    return await _found(None, raw, object_name, numbers)


@in_words
async def _found(_root: object, info: ResolveInfo, object_name: str, numbers: list[int]) -> list[Any]:
    exposed, filters = registry()[object_name], Filters(info.context.access)
    keys = order_keys(filters, registry(), exposed, None)
    return await _rows(info, filters, Select(exposed, [], among=("id", numbers), keys=keys))


async def _rows(info: ResolveInfo, filters: Filters, asked: Select) -> list[Shown]:
    """The rows that `asked` finds, with the columns of the selection."""
    selection = Selection(info)
    node, [shape] = Planner(selection, filters, registry()).plan(asked.exposed, selection.root)
    asked.columns = node.columns()
    return emit(await load(node, asked, info.context), shape, info.context.locale)
