"""Every futures code of Binance's error page: what it proves, and what kind of trouble it is; spot's means another."""

from __future__ import annotations

import pytest

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from workers.calls.error_table import Fault
from workers.calls.wire import Answer
from workers.exchanges.binance.errors import TABLE as SPOT
from workers.exchanges.binance.usdm.endpoints import ORDERS_1M, ORDERS_10S, WEIGHT
from workers.exchanges.binance.usdm.errors import SIGNS, TABLE, exhausted, fault

K = ErrorKind
REJECTED = {
    K.BAD_CREDENTIALS: (1002, 1022, 2014, 2015, 2017),
    K.PERMISSION_DENIED: (
        1004, 1005, 1099, 1109, 2023, 4056, 4087, 4088, 4109, 4192, 4400, 4401, 4402, 4403,
    ),
    K.MAINTENANCE: (1016,),
    K.MARKET_CLOSED: (4140, 4141),
    K.UNKNOWN_SYMBOL: (1121,),
    K.DUPLICATE_ORDER: (4116,),
    K.ORDER_NOT_FOUND: (2011, 2013),
    K.INSUFFICIENT_BALANCE: (2018, 2019, 4050, 4051),
    K.NOTHING_TO_REDUCE: (2022, 2024, 4118),
    K.TOO_MANY_ORDERS: (2025, 4045),
    K.WOULD_TRIGGER: (2021, 4142),
    K.POST_ONLY_WOULD_TAKE: (5022,),
    K.WOULD_NOT_FILL: (2020, 5021),
    K.UNCHANGED: (4046, 4059, 4171, 5027),
    K.UNSUPPORTED: (1014, 1020, 2026, 4120, 4135, 4136, 5038),
    K.FILTER: (
        1111, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4008, 4013, 4014, 4016, 4023, 4024, 4029, 4030, 4131, 4164,
    ),
    K.REFUSED: (2027, 2028, 4047, 4048, 4067, 4068, 4161, 4167, 4168, 4170, 5025, 5026, 5041),
    K.INVALID: (
        *range(1100, 1107), 1108, *range(1114, 1121), 1125, 1127, 1128, 1130, 1131, 1134, 1135, 1136, 1145, 1151, 1220,
        4000, 4009, 4010, 4011, 4012, 4015, *range(4017, 4023), *range(4025, 4029), *range(4031, 4034), 4054, 4055,
        4060, 4061, 4062, 4082, 4137, 4138, 4139, 5037, 5039, 5040,
    ),
}  # fmt: skip
OTHERS = [
    (1021, NotProcessed, K.CLOCK),
    (5028, NotProcessed, K.CLOCK),
    (1003, NotProcessed, K.RATE_LIMITED),
    (1015, NotProcessed, K.RATE_LIMITED),
    (4117, NotProcessed, K.REFUSED),
    (5043, NotProcessed, K.REFUSED),
    (1000, OutcomeUnknown, K.UNEXPECTED_REPLY),
    (1001, OutcomeUnknown, K.UNEXPECTED_REPLY),
    (1006, OutcomeUnknown, K.TIMEOUT),
    (1007, OutcomeUnknown, K.TIMEOUT),
    (1008, OutcomeUnknown, K.OVERLOADED),
]
CODES = [*((code, Rejected, kind) for kind, codes in REJECTED.items() for code in codes), *OTHERS]


@pytest.mark.parametrize(("code", "verdict", "kind"), CODES, ids=[str(code) for code, _, _ in CODES])
def test_a_code_means_what_the_page_says(code: int, verdict: type, kind: ErrorKind) -> None:
    ruling = TABLE.judge(Fault(f"-{code}", "Whatever it says."))
    assert ruling is not None
    assert (ruling.verdict, ruling.kind) == (verdict, kind)


def test_the_table_has_these_codes_and_no_other() -> None:
    assert TABLE.codes == {f"-{code}" for code, _, _ in CODES} | {"503"}


@pytest.mark.parametrize("code", ["-2021", "-2022", "-2026", "-1004"])
def test_where_they_collide_with_spots_they_mean_something_else(code: str) -> None:
    here, there = TABLE.judge(Fault(code, "x")), SPOT.judge(Fault(code, "x"))
    assert here is not None
    assert there is not None
    assert (here.verdict, here.kind) != (there.verdict, there.kind)


def test_the_four_503_texts_differ_in_what_they_prove() -> None:
    """Futures general info, "HTTP Return Codes": one says that nobody knows, three that nothing was done."""
    unknown, unavailable, internal, throttled = (
        Answer(503, {}, b'{"msg":"Unknown error, please check your request or try again later."}'),
        Answer(503, {}, b"Service Unavailable."),
        Answer(503, {}, b'{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}'),
        Answer(503, {}, b'{"code":-1008,"msg":"Request throttled by system-level protection."}'),
    )
    documents = (
        {"msg": "Unknown error, please check your request or try again later."},
        None,
        {"code": -1001, "msg": "Internal error; unable to process your request. Please try again."},
        {"code": -1008, "msg": "Request throttled by system-level protection."},
    )
    told = [
        fault(each, document)
        for each, document in zip((unknown, unavailable, internal, throttled), documents, strict=True)
    ]
    rulings = [TABLE.judge(each) for each in told if each is not None]
    verdicts = [each.verdict for each in rulings if each is not None]
    assert verdicts == [OutcomeUnknown, NotProcessed, NotProcessed, OutcomeUnknown], (
        "the last is looked up all the same"
    )


def test_a_success_with_a_code_is_no_error() -> None:
    assert fault(Answer(200, {}, b""), {"code": 200, "msg": "success"}) is None
    assert fault(Answer(408, {}, b"<html>"), None) is None, "its status decides"


@pytest.mark.parametrize(
    ("code", "text", "budget"),
    [
        ("-1015", "Too many new orders; current limit is 300 orders per 10 SECOND.", ORDERS_10S),
        ("-1015", "Too many new orders; current limit is 1200 orders per 1 MINUTE.", ORDERS_1M),
        ("-1015", "Too many new orders.", ORDERS_10S),
        ("-1003", "Too many requests; current limit is 2400 requests per minute.", WEIGHT),
        ("-1003", "Way too many requests; IP banned until 1700000000000.", None),
        ("-1003", "Too many requests queued.", None),
        ("-2019", "Margin is insufficient.", None),
    ],
)
def test_which_budget_a_limit_error_speaks_of(code: str, text: str, budget: object) -> None:
    assert exhausted(Fault(code, text)) is budget


def test_where_the_counts_stand() -> None:
    assert SIGNS.usage == {
        "x-mbx-used-weight-1m": WEIGHT,
        "x-mbx-order-count-10s": ORDERS_10S,
        "x-mbx-order-count-1m": ORDERS_1M,
    }
    assert (
        SIGNS.banned_until_ms(Fault("-1003", "Way too many requests; IP banned until 1700000000000."))
        == 1_700_000_000_000
    )
