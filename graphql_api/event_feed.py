"""`events` without an order is the feed (B15): oldest first, each event that the caller sees exactly once, however late
its transaction commits. With `orderBy`, or by page numbers (`offset`), it is a list like any other.
"""

from __future__ import annotations

from graphql_api.compared import Compared
from graphql_api.emitter import Shown
from graphql_api.given import Arguments
from graphql_api.ids import LARGEST
from graphql_api.loader import Run
from graphql_api.pages import PagePlan
from graphql_api.planner import Planning
from graphql_api.reading import Plan
from graphql_api.registry import registry
from graphql_api.scalars import Direction
from graphql_api.selection import Selection
from models.rules import event_feed

BY_ID = [{"id": Direction.ASC}]


def feed_of(selection: Selection, arguments: Arguments, planning: Planning) -> Plan:
    """The plan of `events(…)`."""
    exposed = registry()["Event"]
    if arguments.get("offset") is not None or arguments.get("orderBy") not in (None, [], BY_ID):
        return PagePlan(exposed, selection, arguments, planning)
    return FeedPlan(selection, arguments, planning)


class FeedPlan:
    """Events up to the horizon of the moment: those that no transaction under way can still come before."""

    def __init__(self, selection: Selection, arguments: Arguments, planning: Planning) -> None:
        [self.horizon] = planning.filters.given.take_all(lambda found: [LARGEST], [LARGEST])
        beneath = Compared("id", "__lte", LARGEST, self.horizon)
        ordered = {**arguments, "orderBy": BY_ID}
        self.page = PagePlan(registry()["Event"], selection, ordered, planning, (beneath,))

    async def read(self, run: Run) -> Shown:
        values = list(run.values)
        horizon = await event_feed.horizon()
        values[self.horizon.place] = LARGEST if horizon is None else horizon
        return await self.page.read(Run(run.context, values))
