"""Every spot code and message of Binance's error pages: what it proves, and what kind of trouble it is."""

from __future__ import annotations

import pytest

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from workers.calls.error_table import Fault
from workers.calls.wire import Answer
from workers.exchanges.binance.endpoints import ORDERS_1D, ORDERS_10S, WEIGHT
from workers.exchanges.binance.errors import TABLE, banned_until_ms, exhausted, fault

K = ErrorKind
CODES = [
    ("-1000", OutcomeUnknown, K.UNEXPECTED_REPLY),
    ("-1001", OutcomeUnknown, K.UNEXPECTED_REPLY),
    ("-1002", Rejected, K.BAD_CREDENTIALS),
    ("-1003", NotProcessed, K.RATE_LIMITED),
    ("-1004", OutcomeUnknown, K.OVERLOADED),
    ("-1006", OutcomeUnknown, K.TIMEOUT),
    ("-1007", OutcomeUnknown, K.TIMEOUT),
    ("-1008", OutcomeUnknown, K.OVERLOADED),
    ("-1010", Rejected, K.REFUSED),
    ("-1013", Rejected, K.INVALID),
    ("-1014", Rejected, K.UNSUPPORTED),
    ("-1015", NotProcessed, K.RATE_LIMITED),
    ("-1016", Rejected, K.MAINTENANCE),
    ("-1020", Rejected, K.UNSUPPORTED),
    ("-1021", NotProcessed, K.CLOCK),
    ("-1022", Rejected, K.BAD_CREDENTIALS),
    ("-1109", Rejected, K.PERMISSION_DENIED),
    ("-1111", Rejected, K.FILTER),
    ("-1121", Rejected, K.UNKNOWN_SYMBOL),
    ("-2010", Rejected, K.REFUSED),
    ("-2011", Rejected, K.REFUSED),
    ("-2013", Rejected, K.ORDER_NOT_FOUND),
    ("-2014", Rejected, K.BAD_CREDENTIALS),
    ("-2015", Rejected, K.BAD_CREDENTIALS),
    ("-2017", Rejected, K.BAD_CREDENTIALS),
    ("-2021", OutcomeUnknown, K.REFUSED),
    ("-2022", Rejected, K.REFUSED),
    ("-2026", Rejected, K.ORDER_NOT_FOUND),
    ("-2038", Rejected, K.REFUSED),
    ("-2039", Rejected, K.INVALID),
    *[
        (f"-{code}", Rejected, K.INVALID)
        for code in (
            *range(1100, 1107), 1108, *range(1114, 1121), 1125, 1127, 1128, 1130, 1131, 1134, 1135, 1136, 1145,
            1151, 1220,
        )
    ],
]  # fmt: skip
MESSAGES = [
    ("Unknown order sent.", K.ORDER_NOT_FOUND),
    ("Duplicate order sent.", K.DUPLICATE_ORDER),
    ("Market is closed.", K.MARKET_CLOSED),
    ("Account has insufficient balance for requested action.", K.INSUFFICIENT_BALANCE),
    ("Order would trigger immediately.", K.WOULD_TRIGGER),
    ("Stop price would trigger immediately.", K.WOULD_TRIGGER),
    ("Order would immediately match and take.", K.POST_ONLY_WOULD_TAKE),
    ("Price * QTY is zero or less.", K.FILTER),
    ("IcebergQty exceeds QTY.", K.FILTER),
    ("Unsupported order combination", K.UNSUPPORTED),
    ("This action is disabled on this account.", K.PERMISSION_DENIED),
    ("This account may not place or cancel orders.", K.PERMISSION_DENIED),
    ("This symbol is not permitted for this account.", K.PERMISSION_DENIED),
    ("This symbol is restricted for this account.", K.PERMISSION_DENIED),
    ("Market orders are not supported for this symbol.", K.UNSUPPORTED),
    ("Stop loss orders are not supported for this symbol.", K.UNSUPPORTED),
    ("Take profit orders are not supported for this symbol.", K.UNSUPPORTED),
    ("Iceberg orders are not supported for this symbol.", K.UNSUPPORTED),
    ("Trailing stop orders are not supported for this symbol.", K.UNSUPPORTED),
    ("Quote order qty market orders are not support for this symbol.", K.UNSUPPORTED),
    ("Rest API trading is not enabled.", K.PERMISSION_DENIED),
    ("WebSocket API trading is not enabled.", K.PERMISSION_DENIED),
    ("Order book liquidity is less than LOT_SIZE filter minimum quantity.", K.FILTER),
    ("Order book liquidity is less than `LOT_SIZE` filter minimum quantity.", K.FILTER),
    ("Order amend (quantity increase) is not supported.", K.UNSUPPORTED),
    ("The requested action would change no state; rejecting", K.REFUSED),
    ("Order cancel-replace is not supported for this symbol.", K.UNSUPPORTED),
    ("Order was not canceled due to cancel restrictions.", K.REFUSED),
    ("This symbol does not allow the specified self-trade prevention mode.", K.UNSUPPORTED),
    *[
        (f"Filter failure: {name}", K.FILTER)
        for name in (
            "PRICE_FILTER", "PERCENT_PRICE", "PERCENT_PRICE_BY_SIDE", "LOT_SIZE", "MIN_NOTIONAL", "NOTIONAL",
            "ICEBERG_PARTS", "MARKET_LOT_SIZE", "MAX_POSITION", "MAX_NUM_ORDER_AMENDS", "TRAILING_DELTA",
        )
    ],
    *[
        (f"Filter failure: {name}", K.TOO_MANY_ORDERS)
        for name in (
            "MAX_NUM_ORDERS", "MAX_NUM_ALGO_ORDERS", "MAX_NUM_ICEBERG_ORDERS", "MAX_NUM_ORDER_LISTS",
            "EXCHANGE_MAX_NUM_ORDERS", "EXCHANGE_MAX_NUM_ALGO_ORDERS", "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
            "EXCHANGE_MAX_NUM_ORDER_LISTS",
        )
    ],
]  # fmt: skip


@pytest.mark.parametrize(("code", "verdict", "kind"), CODES)
def test_a_code_means(code: str, verdict: type, kind: ErrorKind) -> None:
    ruling = TABLE.judge(Fault(code, "any words"))
    assert ruling is not None
    assert (ruling.verdict, ruling.kind) == (verdict, kind)


def test_every_code_of_the_table_is_tested() -> None:
    assert {code for code, _, _ in CODES} == TABLE.codes


@pytest.mark.parametrize("code", ["-1010", "-1013", "-2010", "-2011", "-2038"])
@pytest.mark.parametrize(("message", "kind"), MESSAGES)
def test_a_message_means_the_same_under_every_code_that_carries_it(code: str, message: str, kind: ErrorKind) -> None:
    ruling = TABLE.judge(Fault(code, message))
    assert ruling is not None
    assert (ruling.verdict, ruling.kind) == (Rejected, kind)


def test_a_message_is_matched_as_a_whole() -> None:
    ruling = TABLE.judge(Fault("-2010", "Perhaps: Duplicate order sent. Or not."))
    assert ruling is not None
    assert ruling.kind is K.REFUSED


def test_a_code_nobody_listed_has_no_ruling() -> None:
    assert TABLE.judge(Fault("-9999", "x")) is None


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (400, {"code": -1121, "msg": "Invalid symbol."}, Fault("-1121", "Invalid symbol.")),
        (200, {"code": 200, "msg": "done"}, None),
        (400, "text", None),
        (500, {}, None),
        (400, {"code": -1}, Fault("-1", "")),
    ],
)
def test_an_error_body_is_told_by_status_and_code(status: int, document: object, expected: Fault | None) -> None:
    assert fault(Answer(status, {}, b""), document) == expected


def test_limit_errors_name_their_budget() -> None:
    assert exhausted(Fault("-1015", "Too many new orders; current limit is 50 orders per 10 SECOND.")) is ORDERS_10S
    assert exhausted(Fault("-1015", "Too many new orders; current limit is 160000 orders per 1 DAY.")) is ORDERS_1D
    assert exhausted(Fault("-1015", "Too many new orders.")) is ORDERS_10S
    assert (
        exhausted(Fault("-1003", "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."))
        is WEIGHT
    )
    assert exhausted(Fault("-1003", "Too many requests queued.")) is None


def test_a_ban_tells_its_end() -> None:
    text = "Way too much request weight used; IP banned until 1700000000123. Please use WebSocket Streams."
    assert banned_until_ms(Fault("-1003", text)) == 1700000000123
    assert banned_until_ms(Fault("-1003", "Too many requests queued.")) is None
