"""What somebody in a role may see of a season of all kinds, by plain Python, and how he asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from graphql_api.registry import registry
from policies.caller import Caller
from policies.roles import ROLES
from tests.graphql_api.asking import Asker, shipped
from tests.graphql_api.ways_to_ask import Way, columns_and_ones, lists
from tests.policies.policy_oracle import Memberships, Oracle, fields
from tests.policies.season_of_all_kinds import World

EVERYBODY = sorted(name for name, role in ROLES.items() if role.assignable)
TODAY = date(2026, 6, 20)
ACCOUNTS = {"student": "leaver", "supervisor": "supervisor"}


class Known:
    """Somebody in `role` under the shipped table: of college 15, the library and one building, or with their own
    students or sheets; a program with a token for two items."""

    def __init__(self, world: World, role: str) -> None:
        who = world.caller(role, ACCOUNTS.get(role, "clerk"))
        self.world = world
        self.caller: Caller = who if role == "campus_app" else replace(who, token=None)
        self.asker = Asker(self.caller)
        self.oracle = Oracle(Memberships(world), shipped().table, self.caller, TODAY)
        self.readable = {each.name for each in registry() if self._readable(each.name)}

    def _readable(self, object_name: str) -> bool:
        """Whether any field may be read on whichever rows."""
        return any(self.oracle.granted(object_name, "read", each) for each in fields(object_name))

    def unreadable(self, object_name: str) -> list[str]:
        """The fields, by their names in the schema, that may be neither read nor matched."""
        named = {each: registry()[object_name].members[each].name for each in columns_and_ones(object_name)}
        return [
            each
            for each, name in named.items()
            if name not in ("id", "version")
            and not any(self.oracle.granted(object_name, action, name) for action in ("read", "match"))
        ]

    def seen(self, object_name: str) -> frozenset[int]:
        """The rows on which anything may be read."""
        return self.oracle.anything(object_name, "read")

    async def answered(self, way: Way, shown: str = "totalCount nodes { id }") -> Any:
        """The answer, or the one error."""
        root, name = lists()[way.object], way.object
        document = (
            f"query ($where: {name}Filter, $orderBy: [{name}Order!])"
            f" {{ {root}(where: $where, orderBy: $orderBy, first: 1000) {{ {shown} }} }}"
        )
        data, errors = await self.asker.answer(document, **way.arguments)
        return errors[0] if errors else data[root]
