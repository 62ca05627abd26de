"""How often one caller may ask, and how much: what a desk needs on its busiest day is far below, a runaway script far
above.

Each process counts for itself, in memory; of N processes behind one address a caller may get N times as much. GCRA: a
whole minute's measure may come at once, and comes back evenly.
"""

from __future__ import annotations

import ipaddress
import math

from throttled import MemoryStore, RateLimiterType, Throttled, per_min

from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode

MOST_CALLERS = 50_000  # remembered; beyond it whoever asked longest ago begins anew
IPV6_SITE = 64  # bits; whoever has one address of IPv6 has all of these


class Rates:
    """Requests and cost a minute of one caller: an account, a token, or the address of whoever is nobody; 0 is no
    limit. Of the panel's own questions at start-up nothing is counted."""

    def __init__(self, *, requests: int, cost: int, anonymous: int) -> None:
        self._requests = _limiter(requests)
        self._cost = _limiter(cost)
        self._anonymous = _limiter(anonymous)

    def count(self, context: Context) -> None:
        """One request. Raises RATE_LIMITED, with the seconds to wait."""
        if not context.credentials.inside:
            limiter = self._anonymous if context.signed_in is None else self._requests
            _take(limiter, context, 1, "REQUESTS")

    def count_cost(self, context: Context, cost: int) -> None:
        """What the request may bring, in objects (see `limits`). Raises RATE_LIMITED."""
        if cost and context.signed_in is not None:
            _take(self._cost, context, cost, "COST")


def _limiter(a_minute: int) -> Throttled | None:
    if not a_minute:
        return None
    store = MemoryStore(options={"MAX_SIZE": MOST_CALLERS})
    return Throttled(using=RateLimiterType.GCRA.value, quota=per_min(a_minute, burst=a_minute), store=store)


def _take(limiter: Throttled | None, context: Context, amount: int, what: str) -> None:
    if limiter is None:
        return
    found = limiter.limit(caller_of(context), cost=amount)
    if found.limited:
        seconds = max(1, math.ceil(found.state.retry_after))
        raise ApiError(ErrorCode.RATE_LIMITED, problem=what, limit=found.state.limit, seconds=seconds)


def caller_of(context: Context) -> str:
    """Who is counted together; `token 7`, `user 12` or `address 10.0.0.5`. No name and no credential."""
    if context.signed_in is None:
        return f"address {site_of(context.credentials.address)}"
    token = context.signed_in.token
    return f"token {token.token_id}" if token else f"user {context.signed_in.user_id}"


def site_of(address: str) -> str:
    """The address, or the site that an address of IPv6 belongs to; as it is when it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None or found.version == 4:
        return str(mapped or found)
    return str(ipaddress.ip_network((found, IPV6_SITE), strict=False))
