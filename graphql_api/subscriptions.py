"""The subscriptions: `clearanceChanged` and `groupsChanged`, as types and as what they tell, change by change.

What is told is read when it is told, by the same plans as a query: under the row filter, the columns and the policy of
that moment. Before anything is sent the caller is looked up anew; whoever does not hold any more what he began with is
told so, and it ends.
"""

from __future__ import annotations

import asyncio
import functools
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry import UNSET
from tortoise.expressions import Q

from graphql_api import cursors
from graphql_api.authentication import authenticate
from graphql_api.compared import once
from graphql_api.completing import NotPlanned, Unfinished
from graphql_api.emitter import Shown, emission
from graphql_api.filters import ALWAYS, Filters, any_of
from graphql_api.inputs import empty_class, many_of
from graphql_api.lacking import Lacking
from graphql_api.live import Finished, Source
from graphql_api.loader import Loaded, Run, load
from graphql_api.naming import described
from graphql_api.ordering import OrderKey, fingerprint, order_keys
from graphql_api.plan import Node
from graphql_api.planner import Planner
from graphql_api.planting import by_response_key
from graphql_api.reading import in_words
from graphql_api.registry import registry
from graphql_api.selection import Details, ResolveInfo, Selection, field_name
from graphql_api.types import Parameter, Types, planned_field
from models.change_bus import Change, Following
from models.declare import Words
from models.rules.refusals import Code, Refused
from policies import store
from policies.access import Access
from policies.filters import FoundIn

RECHECK_SECONDS = 15.0  # after so long without news the caller is looked up all the same
GATHERED_SECONDS = 0.5  # in which changes of counts gather


# --- types


def subscription_type(made: Types) -> Any:
    """`Subscription`, the root; `plant_subscriptions` makes its fields answer."""
    where = Words("条件", "Which rows")
    after = Words("从此游标之后补发(与 events 相同)", "Those missed since this cursor first; the same as of events")
    fields = {
        "clearance_changed": planned_field(
            "clearanceChanged",
            _change_type(made),
            described(
                Words(
                    "环节办理状态每次变更一条,只含此刻可见且符合条件的",
                    "One for each change of a clearance that the caller sees now and that fulfils the conditions now",
                )
            ),
            {
                "where": Parameter(made.inputs.filter["Clearance"] | None, where),
                "after": Parameter(str | None, after, UNSET),
            },
        ),
        "groups_changed": planned_field(
            "groupsChanged",
            _groups_type(made),
            described(
                Words(
                    "哪些环节的计数可能已变,每秒至多两条:请重新查询统计",
                    "Whose counts may have changed, at most twice a second: ask for the counts again",
                )
            ),
            {"where": Parameter(made.inputs.filter["Item"] | None, Words("环节条件", "Which items"))},
        ),
    }
    return strawberry.type(type("Subscription", (), fields), description=described(Words("订阅", "Being told")))


def _change_type(made: Types) -> Any:
    clearance, event = made.object["Clearance"], made.object["Event"]
    return _type(
        "ClearanceChange",
        Words("一次环节状态变更", "One change of a clearance"),
        {
            "clearance": (clearance, Words("环节办理状态,以发送时为准", "The clearance as it is when this is sent")),
            "event": (event | None, Words("变更记录;无权查看则为空", "What changed, by whom; null if not visible")),
            "cursor": (str, Words("游标:断线后由此续订", "Where to go on from after a lost connection")),
        },
    )


def _groups_type(made: Types) -> Any:
    items = many_of(made.object["Item"])
    words = {"items": (items, Words("计数可能已变的环节", "The items whose counts may have changed"))}
    return _type("GroupsChange", Words("计数变更", "A change of counts"), words)


def _type(name: str, words: Words, members: Mapping[str, tuple[Any, Words]]) -> Any:
    cls = empty_class(name)
    cls.__annotations__ = {f"{member}_": kind for member, (kind, _) in members.items()}
    for member, (_, text) in members.items():
        setattr(cls, f"{member}_", strawberry.field(name=member, description=described(text)))
    return strawberry.type(cls, description=described(words))


def plant_subscriptions(schema: GraphQLSchema) -> None:
    """Replace the resolvers of the root and of what it tells."""
    for name in ("Subscription", "ClearanceChange", "GroupsChange"):
        found = schema.type_map[name]
        if not isinstance(found, GraphQLObjectType):
            raise TypeError(f"{name} is no object type")
        for field in found.fields.values():
            field.resolve = by_response_key
    root = schema.type_map["Subscription"].fields  # type: ignore[attr-defined]  # an object type, as was just seen
    root["clearanceChanged"].subscribe = _begin_clearances
    root["groupsChanged"].subscribe = _begin_groups


@in_words
async def _begin_clearances(_root: object, info: ResolveInfo, **arguments: Any) -> AsyncIterator[Shown | Finished]:
    telling = ClearanceTelling(info, arguments)
    after = _event_after(arguments.get("after"))
    return telling.told(await telling.source.follow("Clearance", after=after))


@in_words
async def _begin_groups(_root: object, info: ResolveInfo, **arguments: Any) -> AsyncIterator[Shown | Finished]:
    telling = GroupsTelling(info, arguments)
    return telling.told(await telling.source.follow("Clearance", "Sheet"))


# --- telling


class Telling(ABC):
    """One subscription. What is wrong with it is raised at once, as FORBIDDEN or BAD_INPUT. `finished`: what it reads
    is JSON, not what graphql-core completes."""

    def __init__(self, info: ResolveInfo, arguments: Mapping[str, Any]) -> None:
        self.context = info.context
        self.source: Source = self.context.kept[Source]
        self.selection = Selection(info)
        self.where = arguments.get("where")
        self._key = str(info.path.key)
        self._role = self.context.caller.role
        self._looked_up = time.monotonic()
        self.finished = False
        self.plan(self.context.access)

    @abstractmethod
    def plan(self, access: Access) -> Any:
        """What is read under these rights; asks no database."""

    @abstractmethod
    async def read(self, access: Access, changes: list[Change]) -> list[Shown]:
        """What there is to tell of these changes."""

    async def told(self, following: Following) -> AsyncIterator[Shown | Finished]:
        """The values of the root, one for each answer, until the caller does not hold any more."""
        while True:
            changes = await self._next(following)
            for shown in await self._held(changes) if changes else ():
                yield Finished({self._key: shown}) if self.finished else {self._key: shown}

    async def _next(self, following: Following) -> list[Change]:
        """What comes next; nothing when it was time to look the caller up instead."""
        waits = self._looked_up + RECHECK_SECONDS - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, waits)):
                return await following.take(self.source.at_once)
        except TimeoutError:
            await self._look_up()
            return []

    async def _held(self, changes: list[Change]) -> list[Shown]:
        """What the caller is told, by the rights that he still has after it was read."""
        while True:
            access = await store.access_for_read(self.context.caller)
            self.context.rights = access
            self.context.kept = {Source: self.source}  # what was worked out for the changes before may not hold now
            found = await self.read(access, changes)
            if not found:
                return []
            await self._look_up()
            now = self.context.access
            if now.snapshot is access.snapshot and now.caller == access.caller:
                return found

    async def _look_up(self) -> None:
        """Raises UNAUTHENTICATED when session or token ended, FORBIDDEN when another role acts."""
        await authenticate(self.context)
        self._looked_up = time.monotonic()
        if self.context.caller.role != self._role:
            raise Refused(Code.FORBIDDEN, argument=None, problem="ROLE_ENDED", role=self._role)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one object, to be read by their ids and shown under each response key that mentions them."""

    node: Node
    shows: Mapping[str, Callable[[Loaded], list[Shown]]]

    async def of(self, ids: Iterable[int], run: Run) -> dict[int, dict[str, Shown]]:
        loaded = await load(self.node, run, ids=list(dict.fromkeys(ids)))
        shown = {key: show(loaded) for key, show in self.shows.items()}
        return {row[0]: {key: rows[place] for key, rows in shown.items()} for place, row in enumerate(loaded.rows)}


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What a `ClearanceChange` is made of. `events` is None when no event was asked for."""

    access: Access
    values: list[Any]
    fields: Mapping[str, str]
    clearances: Rows
    events: Rows | None


class ClearanceTelling(Telling):
    """`clearanceChanged`: one answer for each event about a clearance that the caller sees; one statement for each
    relation of the selection, however many changes come together."""

    def plan(self, access: Access) -> ChangePlan:
        self.finished = True
        try:
            self._plan = self._planned(access)
        except NotPlanned:
            self.finished = False
            self._plan = self._planned(access)
        return self._plan

    def _planned(self, access: Access) -> ChangePlan:
        filters = Filters(access)
        selected = self.selection.below("ClearanceChange", self.selection.root)
        where = filters.where(registry()["Clearance"], self.where)
        return ChangePlan(
            access,
            filters.given.values,
            {key: field_name(details) for key, details in selected.items()},
            self._rows("Clearance", filters, _mentions(selected, "clearance"), where),
            self._rows("Event", filters, events) if (events := _mentions(selected, "event")) else None,
        )

    def _rows(self, name: str, filters: Filters, mentions: Mapping[str, Details], where: Q = ALWAYS) -> Rows:
        planner = Planner(self.selection, filters, registry(), finished=self.finished)
        node, shapes = planner.plan(registry()[name], *mentions.values())
        node.asked = node.select((where,), among="id")
        locale = self.context.locale
        shows = [emission(node, shape, locale, finished=self.finished) for shape in shapes]
        return Rows(node, dict(zip(mentions, shows, strict=True)))

    async def read(self, access: Access, changes: list[Change]) -> list[Shown]:
        plan = self._plan if self._plan.access is access else self.plan(access)
        try:
            return await self._read(plan, changes)
        except Unfinished:  # graphql-core says best what is wrong with a value
            self.finished = False
            return await self._read(self._planned(access), changes)

    async def _read(self, plan: ChangePlan, changes: list[Change]) -> list[Shown]:
        run = Run(self.context, plan.values)
        clearances = await plan.clearances.of((each.object_id for each in changes), run)
        told = [each for each in changes if each.object_id in clearances]
        events = await plan.events.of((each.event_id for each in told), run) if plan.events and told else {}
        return [_shown(plan.fields, each, clearances[each.object_id], events.get(each.event_id, {})) for each in told]


class GroupsTelling(Telling):
    """`groupsChanged`: the items of which a clearance that the caller may count has changed, or of whose batch a
    sheet, so that there are more or fewer of them."""

    def plan(self, access: Access) -> Filters:
        if not countable(access, "Clearance"):
            raise Lacking(access, "Clearance", "aggregate")
        filters = Filters(access)
        self._items(filters, ALWAYS)
        return filters

    async def told(self, following: Following) -> AsyncIterator[Shown | Finished]:
        async for shown in super().told(following):
            yield shown
            await asyncio.sleep(GATHERED_SECONDS)

    async def read(self, access: Access, changes: list[Change]) -> list[Shown]:
        filters = Filters(access)
        node, shows = self._items(filters, any_of(_changed(filters, changes)))
        loaded = await load(node, Run(self.context, filters.given.values))
        return [{key: show(loaded) for key, show in shows.items()}] if loaded.rows else []

    def _items(self, filters: Filters, changed: Q) -> tuple[Node, dict[str, Callable[[Loaded], list[Shown]]]]:
        items = registry()["Item"]
        where = filters.where(items, self.where)
        mentions = _mentions(self.selection.below("GroupsChange", self.selection.root), "items")
        node, shapes = Planner(self.selection, filters, registry()).plan(items, *mentions.values())
        node.asked = node.select((where, changed), keys=order_keys(filters, registry(), items, None))
        shows = [emission(node, shape, self.context.locale, finished=False) for shape in shapes]
        return node, dict(zip(mentions, shows, strict=True))


def countable(access: Access, object_name: str) -> Q | None:
    """The rows that the caller may read or count; None for no row."""
    found = [access.rows(object_name, action) for action in ("read", "aggregate")]
    parts = [each for each in found if each is not None]
    if not parts:
        return None
    return any_of(parts) if all(parts) else ALWAYS  # an empty Q is every row


def _changed(filters: Filters, changes: list[Change]) -> list[Q]:
    """The items of the changed clearances, and of the batches of the changed sheets."""
    found: list[Q] = []
    for name, column, key in (("Clearance", "id", "item_id"), ("Sheet", "batch_id", "batch_id")):
        ids, rows = [each.object_id for each in changes if each.object == name], countable(filters.access, name)
        if ids and rows is not None:
            these = once(filters.given, "id", "__in", ids)
            found.append(FoundIn(column, registry()[name].model.filter(rows, these), key))
    return found


def _mentions(selected: Mapping[str, Details], name: str) -> dict[str, Details]:
    return {key: details for key, details in selected.items() if field_name(details) == name}


def _shown(fields: Mapping[str, str], change: Change, clearance: Shown, event: Shown) -> Shown:
    parts: dict[str, Any] = {}
    for key, name in fields.items():
        if name == "cursor":
            parts[key] = cursor_of(change.event_id)
        elif name == "__typename":
            parts[key] = "ClearanceChange"
        else:
            parts[key] = clearance[key] if name == "clearance" else event.get(key)
    return parts


# --- cursors


@functools.cache
def _feed_order() -> tuple[str, list[OrderKey]]:
    """The order of the feed of events, whose cursors these are."""
    keys = [OrderKey((), "Event", registry()["Event"].columns["id"], Q())]
    return fingerprint("Event", keys), keys


def cursor_of(event_id: int) -> str:
    """Where `events(after:)` and `clearanceChanged(after:)` go on after this event."""
    mark, _ = _feed_order()
    return cursors.encode(mark, [event_id])


def _event_after(cursor: str | None) -> int | None:
    """Raises BAD_CURSOR."""
    if cursor is None:
        return None
    [event_id] = cursors.decode(*_feed_order(), cursor, "after")
    return int(event_id)
