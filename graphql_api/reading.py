"""The read fields of the schema: a page of rows, one row, and the same for resolvers that answer with such rows.

Each plans its whole selection and reads it. As a resolver of graphql-core it gives plain dicts to complete; `programs`
reads the same plans without graphql-core.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from strawberry import Info as StrawberryInfo

from graphql_api.context import Context
from graphql_api.emitter import Shown, emission
from graphql_api.exporting import READ, shown_by
from graphql_api.filters import Filters
from graphql_api.given import Amount, Arguments, Given
from graphql_api.lacking import Lacking
from graphql_api.loader import Run, load
from graphql_api.lookups import lookup
from graphql_api.ordering import order_keys
from graphql_api.pages import PagePlan
from graphql_api.planner import Planner, Planning
from graphql_api.registry import Exposed, registry
from graphql_api.selection import ResolveInfo, Selection

P = ParamSpec("P")
T = TypeVar("T")
Resolver = Callable[..., Awaitable[Any]]


class Plan(Protocol):
    """A planned root field. Planning asks no database and raises what is wrong with the request."""

    async def read(self, run: Run) -> Any:
        """The value of the field."""


#: Plans a root field: its selection and its arguments, for whom.
Planned = Callable[[Selection, Arguments, Planning], Plan]


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


def resolver(planned: Planned) -> Resolver:
    """The same field as a resolver of graphql-core, which plans for one run."""

    @in_words
    async def resolve(_root: object, info: ResolveInfo, **arguments: Any) -> Any:
        planning = _planning(info.context, shown_by(info.operation))
        plan = planned(Selection(info), arguments, planning)
        return await plan.read(Run(info.context, planning.filters.given.values))

    return resolve


def _planning(context: Context, shown: str = READ) -> Planning:
    """For one field; its filters count together with those of the request's other fields."""
    amount: Amount = context.kept.setdefault(Amount, Amount())
    return Planning(Filters(context.access, given=Given(amount=amount), shown=shown), context.locale)


# --- pages


def page_of(exposed: Exposed) -> Planned:
    """`students(…)`: filtered, searched, ordered, one page; counted only when `totalCount` is asked."""
    return lambda selection, arguments, planning: PagePlan(exposed, selection, arguments, planning)


# --- single rows


class RowPlan:
    """`student(…)`: by id or by natural key; null for a row that is absent or not visible."""

    def __init__(self, exposed: Exposed, selection: Selection, arguments: Arguments, planning: Planning) -> None:
        filters = planning.filters
        wanted = lookup(filters, exposed, arguments)
        planner = Planner(selection, filters, registry(), finished=planning.finished)
        self.node, [shape] = planner.plan(exposed, selection.root)
        self.node.asked = self.node.select((wanted,), single=True)
        self.show = emission(self.node, shape, planning.locale, finished=planning.finished)

    async def read(self, run: Run) -> Shown | None:
        rows = self.show(await load(self.node, run))
        return rows[0] if rows else None


def row_of(exposed: Exposed) -> Planned:
    """`student(…)`, see RowPlan."""
    return lambda selection, arguments, planning: RowPlan(exposed, selection, arguments, planning)


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
    exposed, planning = registry()[object_name], _planning(info.context)
    selection = Selection(info)
    keys = order_keys(planning.filters, registry(), exposed, None)
    node, [shape] = Planner(selection, planning.filters, registry()).plan(exposed, selection.root)
    node.asked = node.select(among="id", keys=keys)
    show = emission(node, shape, planning.locale, finished=False)
    return show(await load(node, Run(info.context, planning.filters.given.values), ids=numbers))
