"""Which queue and which task a command goes by, and the message that carries it."""

from __future__ import annotations

import json
import os
import socket
from base64 import b64encode
from collections.abc import Sequence
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from secrets import token_hex
from typing import Final

from router.commands import (
    AmendOrder,
    CancelAfter,
    CancelAll,
    CancelOrder,
    Command,
    GetTickers,
    LimitOrder,
    NewOrder,
    PollAccounts,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    StopLimitOrder,
    TakeProfitLimitOrder,
    Target,
    TriggeredOrder,
)
from router.symbols import Symbol

CANARY = "pointsman.canary"
PLAIN = ":plain"  # of a queue: messages that the router did not send, left to Celery by the workers' own threads
OURS = b'"journaled": true'  # in every message of the router's and in no other: quotes in a text are escaped
_COUNTED_BY_SYMBOL = ("okx",)
_POLL_LINES = 8
_PRICED = (LimitOrder, StopLimitOrder, TakeProfitLimitOrder)
_ALONE = '{"callbacks": null, "errbacks": null, "chain": null, "chord": null}'  # nothing follows from it in Celery
LANES = ("cancels", "orders", "queries")
TASKS = (
    "orders.place",
    "orders.cancel",
    "orders.amend",
    "orders.cancel_all",
    "orders.cancel_after",
    "orders.place_batch",
    "orders.cancel_batch",
    "settings.leverage",
    "settings.margin_mode",
    "settings.position_mode",
    "queries.balances",
    "queries.positions",
    "queries.order",
    "queries.open_orders",
    "queries.fills",
    "queries.income",
    "queries.trading_settings",
    "queries.ticker",
    "queries.tickers",
    "queries.order_book",
    "queries.poll",
)


def lane_of(task: str) -> str:
    """Cancels have a lane of their own, so that they never wait behind orders or reads; settings go with orders."""
    if task.startswith("orders.cancel"):
        return "cancels"
    return "queries" if task.startswith("queries.") else "orders"


def queue_of(exchange: str, task: str) -> str:
    """The queue's name: binance.orders, okx.cancels, ..."""
    return f"{exchange}.{lane_of(task)}"


def line_of(command: Command) -> str:
    """The line in which it waits for its turn: with those that spend the same budgets, so that order can be kept.

    OKX counts orders per instrument (options per family), the others per account and market.
    """
    if isinstance(command, PollAccounts):  # a few lines for each poll, so that a long one keeps no other waiting
        return f"{command.exchange}:{command.whole}:{command.task}:{command.part % _POLL_LINES}"
    symbol: Symbol | None = getattr(command, "symbol", None)
    what = "" if symbol is None else symbol.market
    if command.exchange in _COUNTED_BY_SYMBOL and symbol is not None:
        what = f"{symbol.base}/{symbol.quote}" if symbol.strike else str(symbol)
    return f"{command.exchange}:{command.account}:{command.task}:{what}"


def queues_of(exchange: str) -> list[str]:
    """Every queue of one exchange."""
    return [f"{exchange}.{lane}" for lane in LANES]


def readable(command: Command) -> str:
    """One line for people, as Flower shows it: ``main buy 0.01 BTC/USDT limit 60000 GTC``."""
    words: list[object] = [command.account]
    match command:
        case PollAccounts():
            words = [f"{command.what.replace('_', ' ')} of", *_whose(command), command.market]
        case GetTickers():
            words += [f"{len(command.symbols)} {command.market} symbols, from {command.symbols[0]}"]
        case NewOrder():
            words += _order_words(command)
        case Target():
            words += [command.command_id or command.client_order_id or command.order_id, command.symbol]
            if isinstance(command, AmendOrder):
                words += [f"to {command.quantity}" if command.quantity else None]
                words += [f"at {command.price}" if command.price else None]
        case _:
            words += [*_wish(command), getattr(command, "symbol", None)]
    return " ".join(str(word) for word in words if word is not None)


def _order_words(order: NewOrder) -> list[object]:
    size = getattr(order, "quantity", None) or _other_size(order)
    words: list[object] = [order.side, size, order.symbol, order.type]
    if isinstance(order, _PRICED):
        return [*words, order.price, _trigger(order), order.time_in_force]
    return [*words, _trigger(order)]


def _other_size(order: NewOrder) -> str:
    return "all of its position" if order.closes_position else f"for {getattr(order, 'notional', None)}"


def readable_batch(items: Sequence[Command]) -> str:
    """One line for people about several commands: the first of them, and how many more there are."""
    first = readable(items[0])
    return first if len(items) == 1 else f"{first} and {len(items) - 1} more"


def _whose(poll: PollAccounts) -> list[object]:
    if poll.accounts is None:
        return ["all accounts"]
    more = len(poll.accounts) - 1
    return [poll.accounts[0], *([f"and {more} more"] if more else [])]


def _wish(command: Command) -> list[object]:
    match command:
        case SetLeverage():
            return [f"leverage {command.leverage}"]
        case SetMarginMode():
            return [f"margin {command.margin_mode}"]
        case SetPositionMode():
            return [f"positions {command.position_mode}"]
        case CancelAfter():
            return [f"cancel after {command.seconds} s" if command.seconds else "stop the countdown"]
        case _:
            return []


def _trigger(order: NewOrder) -> str | None:
    if not isinstance(order, TriggeredOrder) or order.trigger_price is None:
        return None
    return f"trigger {order.trigger_price}"


def writes(command: Command) -> bool:
    """True for what must not be done twice, whose lost reply therefore matters; settings are simply set again."""
    return isinstance(command, (NewOrder, CancelOrder, AmendOrder, CancelAll))


@cache
def _origin() -> str:
    return f"{os.getpid()}@{socket.gethostname()}"


_HEADERS: Final[dict[str, object]] = {
    "lang": "py",
    "task": "",
    "id": "(id)",
    "shadow": None,
    "eta": None,
    "expires": None,
    "group": None,
    "group_index": None,
    "retries": 0,
    "timelimit": [None, None],
    "root_id": "(id)",
    "parent_id": None,
    "argsrepr": "()",
    "kwargsrepr": "(shown)",
    "origin": "",
    "ignore_result": True,
    "journaled": True,
}
_PROPERTIES: Final[dict[str, object]] = {
    "correlation_id": "(id)",
    "reply_to": "",
    "delivery_mode": 2,
    "delivery_info": {},
    "priority": 0,
    "body_encoding": "base64",
    "delivery_tag": "(tag)",
}


def envelope(command_id: str, task: str, queue: str, document: str, shown: str) -> str:
    """The Celery task message (protocol 2, JSON serialiser) as its Redis transport stores it in the queue's list.

    The header ``journaled`` tells it from a foreign client's: its record exists, or has outlived its keeping.

    Source: Celery documentation, 'Message Protocol', version 2; kombu's virtual transport for the envelope.
    """
    body = f'[[], {{"command": {_quoted(document)}}}, {_ALONE}]'
    return _form(task, queue) % {
        "id": _quoted(command_id),
        "shown": _quoted(shown),
        "body": b64encode(body.encode()).decode(),
        "tag": token_hex(16),
    }


@lru_cache(maxsize=256)
def _form(task: str, queue: str) -> str:
    """The message with a place for what differs; spelling it out anew for each took four times as long."""
    message = {
        "body": "(body)",
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {**_HEADERS, "task": task, "origin": _origin()},
        "properties": {**_PROPERTIES, "delivery_info": {"exchange": "", "routing_key": queue}},
    }
    text = json.dumps(message).replace("%", "%%")
    text = text.replace('"(id)"', "%(id)s").replace('"(shown)"', "%(shown)s")
    return text.replace('"(body)"', '"%(body)s"').replace('"(tag)"', '"%(tag)s"')
