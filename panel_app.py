"""The panel as a process of its own, before an API elsewhere: what `lixiao panel` serves. It knows no database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from admin_panel.client import HttpClient
from app import Late, alive, in_threads
from graphql_api.observing import Observed
from settings import settings


def create_panel_app() -> Starlette:
    """The application for an ASGI server, to be run with its lifespan. Starting asks the API for its metadata, with
    LIXIAO_API_TOKEN; raises ApiUnreachable or ApiFailure when there is no answer, or none but a refusal."""
    panel = Late()
    api, token = settings().api_url, settings().api_token

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        client = HttpClient(f"{api}/graphql", token)
        try:
            panel.app = await in_threads(client)
            yield
        finally:
            client.close()

    async def ready(_request: Request) -> Response:
        """`/readyz`: the API behind answers and is ready itself."""
        try:
            async with httpx.AsyncClient(timeout=5) as asking:
                answered = (await asking.get(f"{api}/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            answered = False
        return JSONResponse({"api": answered}, 200 if answered else 503)

    return Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse("/admin/")),
            Route("/healthz", alive),
            Route("/readyz", ready),
            Route("/graphql", elsewhere),
            Mount("/admin", panel),
        ],
        middleware=[Middleware(Observed)],
        lifespan=lifespan,
    )


async def elsewhere(_request: Request) -> Response:
    """The API itself is not here: a proxy leads `/graphql` to it."""
    return PlainTextResponse(f"the API is served elsewhere: {settings().api_url}/graphql", 404)
