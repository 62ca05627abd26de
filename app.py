"""Composes the web application: the API, the panel before it, what a load balancer asks. Nothing is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from admin_panel.app import Installation, make_panel
from admin_panel.client import InProcessClient
from admin_panel.language import Text
from graphql_api.execute import Api
from graphql_api.graphiql import FILES, Files
from graphql_api.http import Endpoint, schema_text
from graphql_api.schema import build_schema
from models import database
from policies import store
from policies.watching import watching
from settings import settings

PANEL_THREADS = 8


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
    panel = Late()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await database.connect(settings().database_url)
        try:
            await database.require_migrated()
            async with watching(store.STORE, settings().database_url, settings().timezone):
                app.state.api = Api(await asyncio.to_thread(build_schema))
                if with_panel:
                    panel.app = await panel_over(app.state.api)
                yield
        finally:
            await database.disconnect()

    return Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse("/admin/")),
            Route("/graphql", Endpoint()),
            Mount(FILES, Files()),
            Route("/schema.graphql", schema_text),
            Route("/healthz", alive),
            Route("/readyz", ready),
            Mount("/admin", panel),
        ],
        lifespan=lifespan,
    )


async def panel_over(api: Api) -> ASGIApp:
    """The panel, a WSGI application in threads. It is made in a thread, because it asks this loop for the metadata."""
    client = InProcessClient(api, asyncio.get_running_loop())
    panel = await asyncio.to_thread(make_panel, client, installation())
    return cast(ASGIApp, WSGIMiddleware(panel, workers=PANEL_THREADS))  # type: ignore[arg-type]  # two names for WSGI's types


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
