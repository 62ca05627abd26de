"""The domain mutations: each translates its input, asks for the right, calls one verb of `models.rules`, and translates
the answer."""

from __future__ import annotations

import re
from inspect import cleandoc
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
        departments,
        exports,
        files,
        import_files,
        item_edits,
        items,
        operations,
        passwords,
        people,
        people_lists,
        plain,
        plain_bulk,
        policies,
        roles_held,
        row_imports,
        saved_filters,
        season,
        sheets,
        tokens,
        transfers,
        users,
    )

    season_of_work = (clearances, certificates, operations, season, sheets, people, people_lists, transfers, items)
    preparation = (item_edits, departments, row_imports)
    administration = (
        accounts,
        policies,
        users,
        passwords,
        roles_held,
        tokens,
        saved_filters,
        files,
        import_files,
        exports,
    )
    written = {
        name: strawberry.mutation(resolver=verb, description=_described(verb.__doc__ or ""))
        for module in (*season_of_work, *preparation, *administration)
        for name, verb in module.FIELDS.items()
    }
    return written | plain.plain_fields() | plain_bulk.bulk_mutations()


def _described(docstring: str) -> str:
    """One line for each paragraph."""
    paragraphs = NUMBERS.sub("", cleandoc(docstring)).split("\n\n")
    return "\n".join(" ".join(each.split()) for each in paragraphs)
