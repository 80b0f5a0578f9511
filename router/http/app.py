"""The HTTP app: its routes, its limits, and the router behind them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from router.aio.client import AsyncOrderRouter
from router.http import events, orders, reads
from router.http.access import Desk
from router.http.leaving import Leaving
from router.http.limits import BodyLimit, Rate
from router.http.problems import handle
from router.http.settings import HttpSettings
from router.http.tokens import Tokens

log = logging.getLogger("pointsman.http")


def build_app(settings: HttpSettings | None = None, leaving: Leaving | None = None) -> FastAPI:
    """The app for these settings, or for those of the environment; any ASGI server can run it.

    Raises: ConfigurationError for a setting or a tokens file that cannot be.
    """
    chosen = settings or HttpSettings.from_environment()
    tokens = Tokens(()) if chosen.http_tokens is None else Tokens.load(chosen.http_tokens)
    if not tokens:
        log.warning("POINTSMAN_HTTP_TOKENS is not set: nobody may ask for anything; `pointsman token` makes one")

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncOrderRouter(settings=chosen) as router:
            rate = Rate(chosen.http_rate, chosen.http_burst)
            app.state.desk = Desk(router, chosen, tokens, rate, leaving or Leaving(chosen.http_drain_seconds))
            yield

    app = FastAPI(title="Pointsman", version="1", lifespan=life, docs_url=None, redoc_url=None)
    for part in (orders, reads, events):
        app.include_router(part.routes)
    app.add_middleware(BodyLimit, longest=chosen.http_longest_body)
    handle(app)
    return app
