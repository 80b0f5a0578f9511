"""An async app that places orders and waits for them without blocking its event loop.

Run: uvicorn fastapi_app:app
For an HTTP interface with tokens, limits and events there is one ready: `pointsman http` (docs/http.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request

from router import AsyncOrderRouter, InvalidCommand, Order, Rejected

ACCOUNT = {"exchange": "binance", "account": "sim-1"}


@asynccontextmanager
async def life(app: FastAPI) -> AsyncIterator[None]:
    """One router for the whole app."""
    async with AsyncOrderRouter() as app.state.router:
        yield


app = FastAPI(lifespan=life)


@app.post("/buy")
async def buy(request: Request, symbol: str, quantity: str, key: str) -> Order:
    """Place a market order and answer with the filled order."""
    router: AsyncOrderRouter = request.app.state.router
    try:
        ticket = await router.buy_market(symbol, quantity=quantity, idempotency_key=key, **ACCOUNT)
        return await ticket.order(timeout=10)
    except InvalidCommand as error:
        raise HTTPException(422, error.problem.message) from error
    except Rejected as error:
        raise HTTPException(409, error.problem.message) from error
    except TimeoutError as error:  # it goes on; the same request with the same key asks again
        raise HTTPException(504, "not yet; ask again with the same key") from error
