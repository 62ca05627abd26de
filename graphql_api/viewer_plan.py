"""`viewer` planned: every page of the panel asks it first. What a caller may do follows from his rights alone, and a
plan is made for one caller's rights, so all of that is worked out once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from graphql_api.completing import Finish, attribute, finisher
from graphql_api.emitter import emission
from graphql_api.given import Arguments
from graphql_api.loader import Run, load
from graphql_api.planner import Planner, Planning
from graphql_api.registry import registry
from graphql_api.selection import Details, Selection, field_name
from graphql_api.viewer import Viewer, held_roles, may, rights_on, viewer_of

#: A member of the answer, from who asks.
Part = Callable[[Run, Viewer], Awaitable[Any]]


class ViewerPlan:
    """`viewer { … }`."""

    def __init__(self, selection: Selection, _arguments: Arguments, planning: Planning) -> None:
        self._selection, self._planning = selection, planning
        self._parts = {key: self._part(details) for key, details in selection.below("Viewer", selection.root).items()}

    async def read(self, run: Run) -> dict[str, Any]:
        viewer = viewer_of(run.context)
        return {key: await part(run, viewer) for key, part in self._parts.items()}

    def _part(self, details: Details) -> Part:
        name = field_name(details)
        if name == "__typename":
            return _always("Viewer")
        if name == "activeBatch":
            return self._active_batch(details)
        if name == "can":
            return self._can(details)
        if name == "roles":
            return _roles(finisher(self._selection, "Viewer", details))
        if name == "objects":
            finish = finisher(self._selection, "Viewer", details)
            return _always(finish([rights_on(self._planning.filters.access, each) for each in registry()]))
        return _plain(attribute(self._selection, "Viewer", details))

    def _can(self, details: Details) -> Part:
        given, access = self._planning.filters.given, self._planning.filters.access
        arguments, site = self._selection.site("Viewer", details)
        before = given.at(site)
        [hole] = given.take_all(lambda found: [may(access, **found)], [may(access, **arguments)])
        given.site = before

        async def part(run: Run, _viewer: Viewer) -> bool:
            return bool(run.values[hole.place])

        return part

    def _active_batch(self, details: Details) -> Part:
        planner = Planner(self._selection, self._planning.filters, registry(), finished=self._planning.finished)
        node, [shape] = planner.plan(registry()["Batch"], details)
        node.asked = node.select(among="id")
        show = emission(node, shape, self._planning.locale, finished=self._planning.finished)

        async def part(run: Run, _viewer: Viewer) -> dict[str, Any] | None:
            number = run.context.caller.default_batch_id
            rows = show(await load(node, run, ids=[number])) if number is not None else []
            return rows[0] if rows else None

        return part


def _always(value: Any) -> Part:
    async def part(_run: Run, _viewer: Viewer) -> Any:
        return value

    return part


def _plain(read: Finish) -> Part:
    async def part(_run: Run, viewer: Viewer) -> Any:
        return read(viewer)

    return part


def _roles(finish: Finish) -> Part:
    async def part(run: Run, _viewer: Viewer) -> Any:
        return finish(await held_roles(run.context))

    return part
