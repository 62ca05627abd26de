"""Composes the web application: the API, the panel before it, what a load balancer asks. Nothing is decided here."""

from __future__ import annotations

import asyncio
import gc
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from admin_panel.app import Installation, make_panel
from admin_panel.arriving import Arrived
from admin_panel.client import Client, InProcessClient
from admin_panel.language import Text
from admin_panel.uploading import FIELDS, LARGEST
from graphql_api import file_http, file_making, going_on, jobs, metrics
from graphql_api.authentication import bearer_of
from graphql_api.execute import Api
from graphql_api.graphiql import FILES, Files
from graphql_api.http import Endpoint, schema_text
from graphql_api.observing import Observed
from graphql_api.rates import Rates
from graphql_api.schema import build_schema
from graphql_api.websocket import SocketEndpoint
from models import change_bus, database
from policies import store
from policies.watching import watching
from settings import settings

PANEL_THREADS = 8
GARBAGE_THRESHOLDS = (50_000, 20, 50)
#: What proxies add to what they pass on.
PASSED_ON = frozenset({"x-forwarded-for", "forwarded", "via", "x-real-ip"})


class Late:
    """An application that exists only after start-up."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app or PlainTextResponse("not ready", 503)
        await app(scope, receive, send)


def create_app(*, with_panel: bool = True) -> Starlette:
    """The application for an ASGI server, to be run with its lifespan; without the panel, the API alone.

    Starting raises DatabaseUnavailable or NotMigrated, whose message is the one line for the operator.
    """
    panel, sockets = Late(), SocketEndpoint()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await database.connect(settings().database_url)
        try:
            await database.require_migrated()
            await file_making.begun()
            url, zone = settings().database_url, settings().timezone
            async with watching(store.STORE, url, zone), change_bus.running(url) as bus, metrics.measuring_lag():
                app.state.api = Api(await asyncio.to_thread(build_schema), bus=bus, rates=rates())
                app.state.sockets = sockets
                if with_panel:
                    panel.app = await panel_over(app.state.api)
                await asyncio.to_thread(settle)
                async with jobs.TAKER.taking():
                    yield
        finally:
            await file_making.ended()
            await going_on.ended()
            await database.disconnect()

    return Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse("/admin/")),
            Route("/graphql", Endpoint()),
            WebSocketRoute("/graphql", sockets),
            Mount(FILES, Files()),
            Route(file_http.PATH, file_http.Door()),
            Route(f"{file_http.PATH}/{{id:path}}", file_http.Door()),
            Route("/schema.graphql", schema_text),
            Route("/healthz", alive),
            Route("/readyz", ready),
            Route("/metrics", measures),
            Mount("/admin", panel),
        ],
        middleware=[Middleware(Observed)],
        lifespan=lifespan,
    )


def settle() -> None:
    """Tells Python's garbage collector that what start-up made stays, and to look for cycles less often.

    An answer of 22,000 rows makes as many dicts, none of them a cycle: with Python's own thresholds the collector
    walked the whole schema some thirty times for each, and took five times as long as making them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


async def panel_over(api: Api) -> ASGIApp:
    """The panel, a WSGI application in threads. It is made in a thread, because it asks this loop for the metadata."""
    return await in_threads(InProcessClient(api, asyncio.get_running_loop()))


async def in_threads(client: Client) -> ASGIApp:
    """The panel over this client."""
    panel = await asyncio.to_thread(make_panel, client, installation())
    threads = WSGIMiddleware(panel, workers=PANEL_THREADS)  # type: ignore[arg-type]  # two names for WSGI's types
    return Arrived(cast(ASGIApp, threads), LARGEST + FIELDS)


def rates() -> Rates:
    """How often one caller may ask this process."""
    here = settings()
    return Rates(requests=here.requests_per_minute, cost=here.cost_per_minute, anonymous=here.anonymous_per_minute)


def installation() -> Installation:
    """What the panel must know of where it stands."""
    here = settings()
    return Installation(
        secret_key=here.secret_key,
        university=Text(here.university_zh, here.university_en),
        help_phone=here.help_phone,
        help_email=here.help_email,
        locale=here.locale,
        timezone=here.timezone.key,
        secure_cookies=here.secure_cookies,
    )


async def measures(request: Request) -> Response:
    """`/metrics` for Prometheus: for who knows LIXIAO_METRICS_TOKEN, or without one for this machine alone."""
    if not may_measure(request):
        return PlainTextResponse("only with LIXIAO_METRICS_TOKEN, or from this machine while there is none", 403)
    api, sockets = request.app.state.api, request.app.state.sockets
    followers = api.bus.followers if api.bus else 0
    return Response(metrics.page(sockets.open, followers), media_type=metrics.MEDIA_TYPE)


def may_measure(request: Request) -> bool:
    """A request that a proxy passed on is not from this machine, whatever its address says."""
    token = settings().metrics_token
    if token:
        return hmac.compare_digest((bearer_of(request.headers.get("authorization")) or "").encode(), token.encode())
    passed_on = PASSED_ON.intersection(request.headers)
    return not passed_on and request.client is not None and request.client.host in ("127.0.0.1", "::1")


async def alive(request: Request) -> Response:
    """`/healthz`: the process answers."""
    return PlainTextResponse("ok")


async def ready(request: Request) -> Response:
    """`/readyz`: the database answers and has this version's schema, and the policy in force is the published one."""
    checks = {"database": True, "migrations": True}
    try:
        await database.ping()
        await database.require_migrated()
        await store.for_read()
    except database.DatabaseUnavailable:
        checks |= {"database": False, "migrations": False}
    except database.NotMigrated:
        checks["migrations"] = False
    checks["policy"] = store.STORE.degraded is None
    return JSONResponse(checks, 200 if all(checks.values()) else 503)
