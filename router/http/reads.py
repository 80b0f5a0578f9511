"""Balances, positions and tickers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, TypeAdapter

from router.command_base import Market, Name
from router.http.access import AtDesk, Caller, demand
from router.http.problems import told
from router.models import Balances, Ticker
from router.positions import Position

routes = APIRouter(prefix="/v1")
Age = Annotated[
    float | None, Query(ge=0, le=86_400, allow_inf_nan=False, description="seconds; an answer that old will do")
]
_READ = told(502, 504)
_POSITIONS = TypeAdapter(list[Position])
_TICKERS = TypeAdapter(dict[str, Ticker])


class Health(BaseModel):
    """That the server and the Redis behind it answer."""

    status: str = "ok"


@routes.get("/balances", response_model=Balances, responses=_READ)
async def get_balances(
    desk: AtDesk, token: Caller, exchange: Name, account: Name, market: Market | None = None, max_age: Age = None
) -> Response:
    """All balances that are not zero."""
    demand(token, "read", account)
    names = {"exchange": exchange, "account": account, "market": market}
    asked = desk.router.get_balances(max_age=max_age, timeout=desk.settings.http_longest_wait_seconds, **names)
    return _json((await desk.in_time(asked)).model_dump_json())


@routes.get("/positions", response_model=list[Position], responses=_READ)
async def get_positions(
    desk: AtDesk, token: Caller, exchange: Name, account: Name, symbol: str | None = None, max_age: Age = None
) -> Response:
    """Open positions, all or of one symbol."""
    demand(token, "read", account)
    names = {"exchange": exchange, "account": account, "symbol": symbol}
    asked = desk.router.get_positions(max_age=max_age, timeout=desk.settings.http_longest_wait_seconds, **names)
    return _json(_POSITIONS.dump_json(await desk.in_time(asked)))


@routes.get("/tickers", response_model=dict[str, Ticker], responses=_READ)
async def get_tickers(
    desk: AtDesk,
    token: Caller,
    exchange: Name,
    account: Name,
    symbol: Annotated[list[str], Query(min_length=1, max_length=100, description="as often as there are symbols")],
    max_age: Age = None,
) -> Response:
    """Tickers by symbol; the account is the one whose worker asks."""
    demand(token, "read", account)
    names = {"exchange": exchange, "account": account}
    longest = desk.settings.http_longest_wait_seconds
    asked = desk.router.get_tickers(symbol, max_age=max_age, timeout=longest, **names)
    return _json(_TICKERS.dump_json(await desk.in_time(asked)))


@routes.get("/health", response_model=Health, responses={503: told()[503]})
async def health(desk: AtDesk) -> Health:
    """Whether orders are taken. Needs no token."""
    await desk.router.newest_event()
    return Health()


def _json(document: str | bytes) -> Response:
    return Response(document, media_type="application/json")
