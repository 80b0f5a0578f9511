"""How the tests of what only OKX can do speak of it."""

from __future__ import annotations

from router.commands import AnyNewOrder, new_order
from workers.calls.endpoint import Call, Endpoint
from workers.exchanges.okx.exchange import OkxExchange

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"


def order(type: str = "limit", **fields: object) -> AnyNewOrder:  # noqa: A002 - as callers write it
    given = {"exchange": "okx", "account": "sim-1", "symbol": SPOT, "side": "buy"}
    sized = {} if {"notional", "close_position"} & fields.keys() else {"quantity": "0.01"}
    priced = {"price": "58000"} if type == "limit" else {}
    return new_order(type, **{**given, **sized, **priced, **fields})


def set_level(exchange: OkxExchange, level: int) -> None:
    """As the owner of the account does on the web."""
    endpoint = Endpoint("POST", "/api/v5/account/set-account-level", {}, idempotent=True)
    exchange.send(Call(endpoint, {"acctLv": str(level)}, lambda document: document, {}))


def the_option(exchange: OkxExchange) -> str:
    return next(str(each.symbol) for each in exchange.get_instruments() if each.symbol.strike == "60000")
