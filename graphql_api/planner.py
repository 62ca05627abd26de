"""Walks a selection once and makes its plan: nodes to read and the shape to show."""

from __future__ import annotations

from dataclasses import dataclass

from graphql_api.completing import finisher
from graphql_api.computed import Computed, computed_fields
from graphql_api.exporting import EXPORT, may_export
from graphql_api.filters import Filters
from graphql_api.lacking import Lacking
from graphql_api.ordering import order_keys
from graphql_api.plan import (
    ColumnSlot,
    ComputedSlot,
    LabelSlot,
    Listing,
    ListSlot,
    Node,
    OneSlot,
    Shape,
    Slot,
    TypenameSlot,
    label_parts,
    permit,
    readable_list,
)
from graphql_api.registry import Column, Exposed, Registry, ToMany, ToOne
from graphql_api.selection import Details, Selection, field_name


@dataclass(frozen=True, slots=True)
class Planning:
    """For whom is planned: under which rights, in which language. `finished`: what comes out is JSON, not what
    graphql-core completes."""

    filters: Filters
    locale: str
    finished: bool = False


class Planner:
    """Plans one field of a request. `finished`: what comes out is JSON, not what graphql-core completes."""

    def __init__(self, selection: Selection, filters: Filters, registry: Registry, *, finished: bool = False) -> None:
        self._selection, self._filters, self._registry, self._finished = selection, filters, registry, finished

    def plan(self, exposed: Exposed, *mentions: Details) -> tuple[Node, list[Shape]]:
        """One node for rows of `exposed` and a shape for each mention (`nodes` and `edges { node }` are two).

        Raises FORBIDDEN for what the caller may not read, BAD_INPUT for wrong arguments of nested lists.
        """
        node = Node(exposed, demanded=True)
        shapes = [self._shape(node, mention) for mention in mentions]
        permit(node, self._filters)
        return node, shapes

    def _shape(self, node: Node, mention: Details) -> Shape:
        shape: Shape = {}
        for key, details in self._selection.below(node.exposed.name, mention).items():
            shape[key] = self._slot(node, field_name(details), details)
        return shape

    def _slot(self, node: Node, name: str, details: Details) -> Slot:
        if name == "__typename":
            return TypenameSlot(node.exposed.name)
        if name == "displayLabel":
            self._label(node)
            return LabelSlot()
        entry = computed_fields(node.exposed.name).get(name)  # before a column that it takes the place of
        if entry is not None:
            return self._computed(node, entry, details)
        member = node.exposed.members[name]
        if isinstance(member, Column):
            return ColumnSlot(member, node.read(member.name))
        if isinstance(member, ToOne):
            child = node.one(member, self._registry[member.target])
            return OneSlot(member.name, node.names[member.name], self._shape(child, details))
        return self._list(node, member, details)

    def _computed(self, node: Node, entry: Computed, details: Details) -> Slot:
        if self._filters.shown == EXPORT and not may_export(self._filters.access, entry):
            object_name, name = entry.exported_as or (entry.object, None)
            raise Lacking(self._filters.access, object_name, EXPORT, name)
        for needed in entry.needs:
            node.read(needed)
        node.computed[entry.graphql] = entry
        owner = node.exposed.name
        return ComputedSlot(entry.graphql, finisher(self._selection, owner, details) if self._finished else None)

    def _list(self, node: Node, many: ToMany, details: Details) -> ListSlot:
        target = self._registry[many.target]
        arguments, site = self._selection.site(node.exposed.name, details)
        before = self._filters.given.at(site)
        where = self._filters.where(target, arguments.get("where"))
        keys = order_keys(self._filters, self._registry, target, arguments.get("orderBy"))
        self._filters.given.site = before
        child = Node(target, demanded=True)
        child.names[many.relation] = 1
        listing = Listing(many, child, readable_list(self._filters, target, many, where), keys)
        node.lists.append(listing)
        return ListSlot(len(node.lists) - 1, self._shape(child, details))

    def _label(self, node: Node) -> None:
        """Have read what the label is put together from; a gap in it is no error."""
        if node.labelled:
            return
        node.labelled = True
        for part in label_parts(node.exposed):
            if isinstance(part, ToOne):
                self._label(node.one(part, self._registry[part.target], required=False))
            else:
                node.read(part.name, required=False)
