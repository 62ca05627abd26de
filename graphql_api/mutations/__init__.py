"""The domain mutations: each translates its input, asks for the right, calls one verb of `models.rules`, and translates
the answer."""

from __future__ import annotations

import re
from typing import Any

import strawberry

#: The numbers of our requirements, which say nothing to those who read the schema.
NUMBERS = re.compile(r" \([RB]\d+(?:, [RB]\d+)*\)")


def mutation_fields() -> dict[str, Any]:
    """The fields of Mutation by their Python names. The modules name generated types, which must be complete before;
    so they are imported only here, when the schema is built."""
    from graphql_api.mutations import (
        accounts,
        certificates,
        clearances,
        items,
        operations,
        people,
        policies,
        season,
        sheets,
        transfers,
    )

    modules = (accounts, clearances, certificates, operations, season, sheets, people, transfers, items, policies)
    return {
        name: strawberry.mutation(resolver=verb, description=NUMBERS.sub("", verb.__doc__ or ""))
        for module in modules
        for name, verb in module.FIELDS.items()
    }
