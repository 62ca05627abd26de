"""What the desk says where another system has spoken (B6): beside each observation, how its clearance stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import strawberry

from graphql_api.computed import computed
from graphql_api.context import Context
from models.declare import Words
from models.enums import ClearanceStatus, DecidedBy
from models.rules import observations
from models.rules.naming import clearances_among
from models.rules.observations import Standing
from models.rules.selection import is_everything

TOLD = ("status", "decided_by", "decided_at")


@strawberry.type(name="DeskDecision", description="本系统的状态 · How the item stands here, and by whose decision")
class DeskDecisionInfo:
    status: ClearanceStatus
    decided_by: DecidedBy
    decided_at: datetime | None
    disagrees: bool = strawberry.field(
        description="是否与来源系统不一致 · Whether the other system says something else"
    )


DESK = Words("本系统的状态", "How the item stands here; null where the caller may not see it")


@computed("SyncObservation", "desk", DeskDecisionInfo, DESK)
async def desk(observation_ids: list[int], context: Context) -> Mapping[int, DeskDecisionInfo]:
    """Of the clearances that the caller sees, on active sheets."""
    found = await seen(context, await observations.standings(observation_ids))
    return {
        observation_id: DeskDecisionInfo(
            status=each.status, decided_by=each.decided_by, decided_at=each.decided_at, disagrees=each.disagrees
        )
        for observation_id, each in found.items()
    }


async def seen(context: Context, standings: Mapping[int, Standing]) -> dict[int, Standing]:
    """Those whose clearance the caller sees with its status and who decided."""
    rows = context.access.rows("Clearance", "read", TOLD)
    if rows is None or not standings:
        return {}
    if is_everything(rows):
        return dict(standings)
    visible: Collection[int] = await clearances_among(rows, {each.clearance_id for each in standings.values()})
    return {key: each for key, each in standings.items() if each.clearance_id in visible}
