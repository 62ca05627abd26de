"""What may not stand in an address: addresses are written down by servers and proxies, so no sensitive value is ever
asked for by GET (invariant 20). Who may search by such a value at all, the filters decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from graphql_api.errors import ApiError, ErrorCode
from graphql_api.registry import registry


def check_address(document: str, variables: Mapping[str, Any]) -> None:
    """Raises BAD_INPUT for a condition on a sensitive column, in the document or in its variables."""
    named = _conditions().search(document)
    found = named[1] if named else next((name for name in _names(variables) if name in sensitive_names()), None)
    if found is not None:
        raise ApiError(ErrorCode.BAD_INPUT, problem="IN_ADDRESS", field=found)


@cache
def sensitive_names() -> frozenset[str]:
    """What sensitive columns are called in the schema, of whichever object."""
    return frozenset(column.graphql for each in registry() for column in each.columns.values() if column.note.sensitive)


@cache
def _conditions() -> re.Pattern[str]:
    """`idNo: {` and `idNo: $`; an alias is followed by a name."""
    return re.compile(rf"\b({'|'.join(sorted(sensitive_names()))})\s*:\s*[{{$]")


def _names(given: Any) -> Iterator[str]:
    """The names of all members, at any level."""
    pending = [given]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            yield from value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
