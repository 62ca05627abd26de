"""What every bulk act may be told besides: dry run, idempotency key, error policy; translated for the rules."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sized
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from graphql_api import ids
from graphql_api.context import Context
from graphql_api.errors import bad_input, not_found
from models.rules.clearances import ErrorPolicy
from models.rules.idempotency import Idempotency

strawberry.enum(ErrorPolicy, description="有不能办理的行时 · What to do when a row is refused")

LONGEST_KEY = 128
MOST_ROWS = 20_000  # of one act: up to so many it is one transaction


@strawberry.input(description="What the caller saw of one row: its version then (B12)")
class ExpectedVersion:
    id: strawberry.ID
    version: int


T = TypeVar("T", bound=Sized)


def few_enough(argument: str, rows: T, most: int = MOST_ROWS) -> T:
    """A list as it is. Raises BAD_INPUT for one that would keep everybody else waiting."""
    if len(rows) > most:
        raise bad_input(argument, problem="TOO_MANY_ROWS", count=len(rows), limit=most)
    return rows


def idempotency(context: Context, mutation: str, asked: Any, key: str | None) -> Idempotency | None:
    """The caller's key with the fingerprint of what it stands for; `asked` is the mutation's whole input."""
    if key is None:
        return None
    if not key:
        raise bad_input("idempotencyKey", problem="MISSING")
    if len(key) > LONGEST_KEY:
        raise bad_input("idempotencyKey", length=len(key), limit=LONGEST_KEY)
    caller = context.caller
    who = f"token:{caller.token.token_id}" if caller.token else f"user:{caller.user_id}"
    text = json.dumps([mutation, caller.role, _plain(asked)], ensure_ascii=True, sort_keys=True, default=str)
    return Idempotency(who, key, hashlib.sha256(text.encode()).hexdigest())


def _plain(asked: Any) -> Any:
    if asked is UNSET:
        return None
    if dataclasses.is_dataclass(asked):
        return {each.name: _plain(getattr(asked, each.name)) for each in dataclasses.fields(asked)}
    return [_plain(each) for each in asked] if isinstance(asked, list) else asked


def local_id(object_name: str, text: str) -> int | None:
    """The number of the row that an id names; None for an id of something else, which nobody has."""
    try:
        name, number = ids.split(text)
    except ValueError:
        return None
    return number if name == object_name and number <= ids.LARGEST else None


def row_id(object_name: str, text: str, argument: str) -> int:
    """The number of the row that an argument names. Raises NOT_FOUND, as for a row that is not there."""
    found = local_id(object_name, text)
    if found is None:
        raise not_found(argument)
    return found


def versions(asked: list[ExpectedVersion] | None, object_name: str, argument: str) -> dict[int, int] | None:
    """The expected versions by row. Raises NOT_FOUND for an id of something else."""
    return {row_id(object_name, each.id, argument): each.version for each in asked} if asked else None
