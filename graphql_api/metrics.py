"""What a process counts of itself, in the text format of Prometheus: numbers about the whole, nothing about anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from graphql_api.answer import Answer
from graphql_api.context import Context
from graphql_api.trace import TRACE
from models import database
from policies import store

disable_created_metrics()  # type: ignore[no-untyped-call]  # else each counter has a second series: when it began
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MEDIA_TYPE = CONTENT_TYPE_LATEST
LAG_EVERY = 0.5  # seconds

requests = Counter(
    "lixiao_requests",
    "GraphQL operations by type and outcome (OK or the first error's code)",
    ("type", "outcome"),
    registry=REGISTRY,
)
durations = Histogram(
    "lixiao_request_seconds", "Duration of GraphQL operations", ("type",), buckets=SECONDS, registry=REGISTRY
)
plans = Counter(
    "lixiao_plans",
    "Queries by how they were executed: planned, kept (a plan used again), unplanned",
    ("plan",),
    registry=REGISTRY,
)
responses = Counter("lixiao_http_responses", "HTTP responses by status", ("status",), registry=REGISTRY)
limited = Counter("lixiao_rate_limited", "Operations refused because their caller asked too much", registry=REGISTRY)
pool = Gauge("lixiao_database_connections", "Connections to the database", ("state",), registry=REGISTRY)
policy = Gauge("lixiao_policy_version", "Version of the policy that this process uses", registry=REGISTRY)
degraded = Gauge("lixiao_policy_degraded", "1 when the version in force could not be used", registry=REGISTRY)
lag = Gauge("lixiao_event_loop_lag_seconds", "Longest wait of the event loop since the last look", registry=REGISTRY)
subscriptions = Gauge("lixiao_subscriptions_open", "Subscriptions that are being told", registry=REGISTRY)
sockets = Gauge("lixiao_sockets_open", "WebSockets that are open", registry=REGISTRY)


class Lag:
    """The longest wait since the last look, in seconds."""

    longest = 0.0


@cache
def _request(kind: str, outcome: str) -> Counter:
    return requests.labels(kind, outcome)


@cache
def _duration(kind: str) -> Histogram:
    return durations.labels(kind)


def observed(context: Context, answer: Answer, seconds: float) -> None:
    """Counts one operation, and tells the trace of its request what the log is to say."""
    kind, code = context.kind or "none", answer.code or "OK"
    _request(kind, code).inc()
    _duration(kind).observe(seconds)
    if code == "RATE_LIMITED":
        limited.inc()
    if answer.plan:
        plans.labels(answer.plan.partition(";")[0]).inc()
    trace = TRACE.get()
    if trace is not None:
        trace.questions += 1
        trace.kind, trace.operation, trace.plan, trace.code = kind, context.operation, answer.plan, code
        trace.cost += context.cost
        if context.signed_in is not None:
            token = context.signed_in.token
            trace.caller = f"token:{token.token_id}" if token else f"user:{context.signed_in.user_id}"
            trace.role = context.signed_in.role


def page(open_sockets: int, open_subscriptions: int) -> bytes:
    """Everything, as Prometheus reads it."""
    for state, number in database.connections().items():
        pool.labels(state).set(number)
    policy.set(store.STORE.number)
    degraded.set(store.STORE.degraded is not None)
    sockets.set(open_sockets)
    subscriptions.set(open_subscriptions)
    lag.set(Lag.longest)
    Lag.longest = 0.0
    return generate_latest(REGISTRY)


@asynccontextmanager
async def measuring_lag() -> AsyncIterator[None]:
    """While the body runs: how late the event loop comes to a task that is due."""
    task = asyncio.create_task(_measure_lag())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _measure_lag() -> None:
    while True:
        due = time.monotonic() + LAG_EVERY
        await asyncio.sleep(LAG_EVERY)
        Lag.longest = max(Lag.longest, time.monotonic() - due)
