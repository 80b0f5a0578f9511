"""Which queue and which task a command goes by, and the message that carries it."""

from __future__ import annotations

import base64
import json
import os
import socket
import uuid
from collections.abc import Sequence
from functools import cache

from router.commands import (
    AmendOrder,
    CancelAfter,
    CancelAll,
    CancelOrder,
    Command,
    GetTickers,
    NewOrder,
    PollAccounts,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    Target,
)
from router.symbols import Symbol

CANARY = "pointsman.canary"
PLAIN = ":plain"  # of a queue: messages that the router did not send, left to Celery by the workers' own threads
OURS = b'"journaled": true'  # in every message of the router's and in no other: quotes in a text are escaped
_COUNTED_BY_SYMBOL = ("okx",)
_POLL_LINES = 8
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
            size = getattr(command, "quantity", None) or _other_size(command)
            words += [command.side, size, command.symbol, command.type]
            words += [getattr(command, "price", None), _trigger(command), getattr(command, "time_in_force", None)]
        case Target():
            words += [command.command_id or command.client_order_id or command.order_id, command.symbol]
            if isinstance(command, AmendOrder):
                words += [f"to {command.quantity}" if command.quantity else None]
                words += [f"at {command.price}" if command.price else None]
        case _:
            words += [*_wish(command), getattr(command, "symbol", None)]
    return " ".join(str(word) for word in words if word is not None)


def _other_size(order: NewOrder) -> str:
    return (
        "all of its position" if getattr(order, "close_position", False) else f"for {getattr(order, 'notional', None)}"
    )


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
    price = getattr(order, "trigger_price", None)
    return f"trigger {price}" if price else None


def writes(command: Command) -> bool:
    """True for what must not be done twice, whose lost reply therefore matters; settings are simply set again."""
    return isinstance(command, (NewOrder, CancelOrder, AmendOrder, CancelAll))


@cache
def _origin() -> str:
    return f"{os.getpid()}@{socket.gethostname()}"


def envelope(command_id: str, task: str, queue: str, document: str, shown: str) -> str:
    """The Celery task message (protocol 2, JSON serialiser) as its Redis transport stores it in the queue's list.

    The header ``journaled`` tells it from a foreign client's: its record exists, or has outlived its keeping.

    Source: Celery documentation, 'Message Protocol', version 2; kombu's virtual transport for the envelope.
    """
    body = json.dumps([[], {"command": document}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    headers = {
        "lang": "py",
        "task": task,
        "id": command_id,
        "shadow": None,
        "eta": None,
        "expires": None,
        "group": None,
        "group_index": None,
        "retries": 0,
        "timelimit": [None, None],
        "root_id": command_id,
        "parent_id": None,
        "argsrepr": "()",
        "kwargsrepr": shown,
        "origin": _origin(),
        "ignore_result": True,
        "journaled": True,
    }
    properties = {
        "correlation_id": command_id,
        "reply_to": "",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": queue},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": uuid.uuid4().hex,
    }
    message = {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": headers,
        "properties": properties,
    }
    return json.dumps(message)
