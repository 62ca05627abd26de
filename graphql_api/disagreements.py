"""The list of disagreements (B6): where another system's newest word is not what the desk says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry

from graphql_api.computed_observations import seen
from graphql_api.context import Info
from graphql_api.naming import described
from graphql_api.reading import found_all
from graphql_api.rights import require
from graphql_api.types import types
from graphql_api.values import bad
from models.declare import Words
from models.observations import SyncObservation
from models.rules import observations
from models.rules.operation_rows import among

if TYPE_CHECKING:
    ObservationObject = Any  # generated from the model
else:
    ObservationObject = types().object["SyncObservation"]

FIRST = 50
MOST = 1_000
FARTHEST = 10_000_000


async def _nodes(root: strawberry.Parent[SyncDisagreements], info: Info) -> list[ObservationObject]:
    return await found_all(info, "SyncObservation", root.page)


@strawberry.type(description=described(Words("不一致清单的一页", "A page of disagreements")))
class SyncDisagreements:
    page: strawberry.Private[list[int]]
    total_count: int = strawberry.field(description=described(Words("总数", "How many there are")))
    nodes: list[ObservationObject] = strawberry.field(
        resolver=_nodes, description=described(Words("不一致的核对结果", "What the other systems said; newest first"))
    )


async def sync_disagreements(
    info: Info, batch: str, item: str | None = None, first: int = FIRST, offset: int = 0
) -> SyncDisagreements:
    """Of the observations and clearances that the caller sees. Raises FORBIDDEN, NOT_FOUND (batch, item), BAD_INPUT."""
    for name, number, most in (("first", first, MOST), ("offset", offset, FARTHEST)):
        if not 0 <= number <= most:
            raise bad((name,), "OUT_OF_RANGE", minimum=0, maximum=most)
    await require(info.context, "SyncObservation", "read")
    rows = info.context.access.rows("SyncObservation", "read")
    found = await seen(info.context, await observations.disagreements(batch, item))
    told = set() if rows is None else await among(SyncObservation, rows, found.keys())
    listed = [each for each in found if each in told]
    return SyncDisagreements(page=listed[offset:][:first], total_count=len(listed))


WORDS = Words("不一致清单:来源系统与本系统说法不同", "Where other systems say otherwise than the desk")


def disagreement_fields() -> dict[str, Any]:
    """The field of Query, by its Python name."""
    return {"sync_disagreements": strawberry.field(resolver=sync_disagreements, description=described(WORDS))}
