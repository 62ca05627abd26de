"""Walks a selection once and makes its plan: nodes to read and the shape to show."""

from __future__ import annotations

from graphql_api.computed import computed_fields
from graphql_api.filters import Filters
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
    label_parts,
    permit,
    readable_list,
)
from graphql_api.registry import Column, Exposed, Registry, ToMany, ToOne
from graphql_api.selection import Details, Selection, field_name


class Planner:
    """Plans for one field of one request."""

    def __init__(self, selection: Selection, filters: Filters, registry: Registry) -> None:
        self._selection, self._filters, self._registry = selection, filters, registry

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
            name = field_name(details)
            if name != "__typename":  # graphql-core knows it
                shape[key] = self._slot(node, name, details)
        return shape

    def _slot(self, node: Node, name: str, details: Details) -> Slot:
        if name == "displayLabel":
            self._label(node)
            return LabelSlot()
        member = node.exposed.members.get(name)
        if isinstance(member, Column):
            return ColumnSlot(member, node.read(member.name))
        if isinstance(member, ToOne):
            child = node.one(member, self._registry[member.target])
            return OneSlot(member.name, node.names[member.name], self._shape(child, details))
        if isinstance(member, ToMany):
            return self._list(node, member, details)
        entry = computed_fields(node.exposed.name)[name]
        for needed in entry.needs:
            node.read(needed)
        node.computed[name] = entry
        return ComputedSlot(name)

    def _list(self, node: Node, many: ToMany, details: Details) -> ListSlot:
        target = self._registry[many.target]
        arguments = self._selection.arguments(node.exposed.name, details)
        where = self._filters.where(target, arguments.get("where"))
        keys = order_keys(self._filters, self._registry, target, arguments.get("orderBy"))
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
