"""Binance spot's error codes: what each proves about an order, and what kind of trouble it is.

Source: Binance spot errors.md and rest-api.md ("HTTP Return Codes", "Error codes"); what is not stated there is judged
to the safe side, as the comments say. Codes are stable, messages vary, and five codes share one list of messages.
"""

from __future__ import annotations

import re

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from workers.calls.endpoint import Budget
from workers.calls.error_table import ErrorTable, Fault, Ruling
from workers.calls.limit_signs import LimitSigns
from workers.calls.wire import Answer
from workers.exchanges.binance.endpoints import ORDERS_1D, ORDERS_10S, WEIGHT

DOES_NOT_EXIST = "-2013"
_MESSAGED = ("-1010", "-1013", "-2010", "-2011", "-2038")  # gateway, gateway, engine, cancel, amend


def _says(kind: ErrorKind, text: str) -> Ruling:
    return Ruling(Rejected, kind, _MESSAGED, text)


TABLE = ErrorTable(
    _says(ErrorKind.TOO_MANY_ORDERS, r"Filter failure: (EXCHANGE_)?MAX_NUM_((ALGO_|ICEBERG_)?ORDERS|ORDER_LISTS)"),
    _says(ErrorKind.FILTER, r"Filter failure: .*"),
    _says(ErrorKind.ORDER_NOT_FOUND, r"Unknown order sent\."),
    _says(ErrorKind.DUPLICATE_ORDER, r"Duplicate order sent\."),
    _says(ErrorKind.MARKET_CLOSED, r"Market is closed\."),
    _says(ErrorKind.INSUFFICIENT_BALANCE, r"Account has insufficient balance for requested action\."),
    _says(ErrorKind.WOULD_TRIGGER, r"(Order|Stop price) would trigger immediately\."),
    _says(ErrorKind.POST_ONLY_WOULD_TAKE, r"Order would immediately match and take\."),
    _says(ErrorKind.FILTER, r"Price \* QTY is zero or less\.|IcebergQty exceeds QTY\."),
    _says(ErrorKind.FILTER, r"Order book liquidity is less than `?LOT_SIZE`? filter minimum quantity\."),
    _says(ErrorKind.PERMISSION_DENIED, r"This action is disabled on this account\."),
    _says(ErrorKind.PERMISSION_DENIED, r"This account may not place or cancel orders\."),
    _says(ErrorKind.PERMISSION_DENIED, r"This symbol is (not permitted|restricted) for this account\."),
    _says(ErrorKind.PERMISSION_DENIED, r"(Rest API|WebSocket API) trading is not enabled\."),
    _says(ErrorKind.UNSUPPORTED, r"Unsupported order combination\.?"),
    _says(ErrorKind.UNSUPPORTED, r".* orders are not support(ed)? for this symbol\."),
    _says(ErrorKind.UNSUPPORTED, r"Order (amend|cancel-replace) .*is not supported.*"),
    _says(ErrorKind.UNSUPPORTED, r"This symbol does not allow the specified self-trade prevention mode\."),
    _says(ErrorKind.REFUSED, r"The requested action would change no state; rejecting\.?"),
    _says(ErrorKind.REFUSED, r"Order was not canceled due to cancel restrictions\."),
    Ruling(Rejected, ErrorKind.INVALID, ("-1013",)),  # the gateway refused: it never reached the engine
    Ruling(Rejected, ErrorKind.REFUSED, ("-1010", "-2010", "-2011", "-2038")),  # the engine refused
    Ruling(NotProcessed, ErrorKind.CLOCK, ("-1021",)),
    Ruling(NotProcessed, ErrorKind.RATE_LIMITED, ("-1003", "-1015")),
    Ruling(Rejected, ErrorKind.BAD_CREDENTIALS, ("-1002", "-1022", "-2014", "-2015", "-2017")),
    Ruling(Rejected, ErrorKind.PERMISSION_DENIED, ("-1109",)),
    Ruling(Rejected, ErrorKind.MAINTENANCE, ("-1016",)),
    Ruling(Rejected, ErrorKind.UNSUPPORTED, ("-1014", "-1020")),
    Ruling(Rejected, ErrorKind.UNKNOWN_SYMBOL, ("-1121",)),
    Ruling(Rejected, ErrorKind.FILTER, ("-1111",)),
    Ruling(
        Rejected,
        ErrorKind.INVALID,
        (
            "-1100",
            "-1101",
            "-1102",
            "-1103",
            "-1104",
            "-1105",
            "-1106",
            "-1108",
            "-1114",
            "-1115",
            "-1116",
            "-1117",
            "-1118",
            "-1119",
            "-1120",
            "-1125",
            "-1127",
            "-1128",
            "-1130",
            "-1131",
            "-1134",
            "-1135",
            "-1136",
            "-1145",
            "-1151",
            "-1220",
            "-2039",
        ),
    ),
    Ruling(Rejected, ErrorKind.ORDER_NOT_FOUND, (DOES_NOT_EXIST, "-2026")),  # -2026: ended without fills, archived
    Ruling(OutcomeUnknown, ErrorKind.TIMEOUT, ("-1006", "-1007")),
    # "System overload" is documented as a failure, yet a user saw an order placed with it: one look-up before a resend.
    Ruling(OutcomeUnknown, ErrorKind.OVERLOADED, ("-1004", "-1008")),
    Ruling(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, ("-1000", "-1001")),
    # One half of a cancel-replace may have happened. We send none; should one arrive, the orders must be looked up.
    Ruling(OutcomeUnknown, ErrorKind.REFUSED, ("-2021",)),
    Ruling(Rejected, ErrorKind.REFUSED, ("-2022",)),
)

_BANNED_UNTIL = re.compile(r"banned until (\d{13})")
_PER_DAY = re.compile(r"per \d* ?DAY", re.IGNORECASE)


def fault(answer: Answer, document: object) -> Fault | None:
    """Code and message of an error reply; some success replies carry a code too, so the status decides."""
    if answer.status < 400 or not isinstance(document, dict) or "code" not in document:  # noqa: PLR2004 - HTTP's errors
        return None
    return Fault(str(document["code"]), str(document.get("msg", "")))


def exhausted(told: Fault) -> Budget | None:
    """The budget a limit error speaks of: -1015 orders, -1003 request weight ("Error codes for limits")."""
    if told.code == "-1015":
        return ORDERS_1D if _PER_DAY.search(told.message) else ORDERS_10S
    return WEIGHT if told.code == "-1003" and "weight" in told.message else None


def banned_until_ms(told: Fault) -> int | None:
    """The end of an IP ban, which the message tells in epoch milliseconds."""
    found = _BANNED_UNTIL.search(told.message)
    return int(found.group(1)) if found else None


SIGNS = LimitSigns(
    usage={
        "x-mbx-used-weight-1m": WEIGHT,
        "x-mbx-order-count-10s": ORDERS_10S,
        "x-mbx-order-count-1d": ORDERS_1D,
    },
    exhausted=exhausted,
    banned_until_ms=banned_until_ms,
    forbidden_ms=60_000,  # the firewall's 403 names no time; one minute is the longest of the usual windows
)
