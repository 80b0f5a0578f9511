"""Binance USDⓈ-M futures' error codes; where they collide with spot's (-2021, -2022, -40xx) they mean other things.

Source: Binance futures docs, "Error Codes" and "HTTP Return Codes"; what is not stated there is judged to the safe
side, as the comments say.
"""

from __future__ import annotations

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from workers.calls.endpoint import Budget
from workers.calls.error_table import ErrorTable, Fault, Ruling
from workers.calls.limit_signs import LimitSigns
from workers.calls.wire import Answer
from workers.exchanges.binance.errors import banned_until_ms
from workers.exchanges.binance.usdm.endpoints import ORDERS_1M, ORDERS_10S, WEIGHT

_SERVICE_UNAVAILABLE = 503


def _codes(*numbers: int) -> tuple[str, ...]:
    return tuple(f"-{number}" for number in numbers)


def _no(kind: ErrorKind, *numbers: int) -> Ruling:
    return Ruling(Rejected, kind, _codes(*numbers))


TABLE = ErrorTable(
    Ruling(NotProcessed, ErrorKind.CLOCK, _codes(1021, 5028)),
    Ruling(NotProcessed, ErrorKind.RATE_LIMITED, _codes(1003, 1015)),
    # The order is being triggered, or another change of it is under way: the same request shortly.
    Ruling(NotProcessed, ErrorKind.REFUSED, _codes(4117, 5043)),
    Ruling(NotProcessed, ErrorKind.OVERLOADED, ("503",), r"Service Unavailable\.?"),
    Ruling(OutcomeUnknown, ErrorKind.OVERLOADED, ("503",)),
    Ruling(NotProcessed, ErrorKind.OVERLOADED, _codes(1001), r"Internal error; unable to process your request\..*"),
    Ruling(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, _codes(1000, 1001)),
    Ruling(OutcomeUnknown, ErrorKind.TIMEOUT, _codes(1006, 1007)),
    # Documented as a failure that is not counted, yet a user saw an order placed with it: one look-up before a resend.
    Ruling(OutcomeUnknown, ErrorKind.OVERLOADED, _codes(1008)),
    _no(ErrorKind.BAD_CREDENTIALS, 1002, 1022, 2014, 2015, 2017),
    _no(ErrorKind.PERMISSION_DENIED, 1004, 1005, 1099, 1109, 2023, 4056, 4087, 4088, 4109, 4192, *range(4400, 4404)),
    _no(ErrorKind.MAINTENANCE, 1016),
    _no(ErrorKind.MARKET_CLOSED, 4140, 4141),
    _no(ErrorKind.UNKNOWN_SYMBOL, 1121),
    _no(ErrorKind.DUPLICATE_ORDER, 4116),
    _no(ErrorKind.ORDER_NOT_FOUND, 2011, 2013),
    _no(ErrorKind.INSUFFICIENT_BALANCE, 2018, 2019, 4050, 4051),
    _no(ErrorKind.NOTHING_TO_REDUCE, 2022, 2024, 4118),
    _no(ErrorKind.TOO_MANY_ORDERS, 2025, 4045),
    _no(ErrorKind.WOULD_TRIGGER, 2021, 4142),
    _no(ErrorKind.POST_ONLY_WOULD_TAKE, 5022),
    _no(ErrorKind.WOULD_NOT_FILL, 2020, 5021),
    _no(ErrorKind.UNCHANGED, 4046, 4059, 4171, 5027),
    _no(ErrorKind.UNSUPPORTED, 1014, 1020, 2026, 4120, 4135, 4136, 5038),
    _no(ErrorKind.FILTER, 1111, *range(4001, 4009), *range(4013, 4015), 4016, 4023, 4024, 4029, 4030, 4131, 4164),
    _no(ErrorKind.REFUSED, 2027, 2028, 4047, 4048, 4067, 4068, 4161, 4167, 4168, 4170, 5025, 5026, 5041),
    _no(
        ErrorKind.INVALID,
        *(*range(1100, 1107), 1108, *range(1114, 1121), 1125, 1127, 1128, 1130, 1131, *range(1134, 1137), 1145, 1151),
        *(1220, *range(4000, 4034), 4054, 4055, *range(4060, 4063), 4082, *range(4137, 4140), 5037, 5039, 5040),
    ),
)


def fault(answer: Answer, document: object) -> Fault | None:
    """Code and message of an error reply, or the status of a 503, whose texts differ in what they prove.

    Some success replies carry a code too, so the status decides.
    """
    if answer.status < 400:  # noqa: PLR2004 - HTTP's errors begin there
        return None
    told = document if isinstance(document, dict) else {}
    if "code" in told:
        return Fault(str(told["code"]), str(told.get("msg", "")))
    if answer.status == _SERVICE_UNAVAILABLE:
        text = told.get("msg") or answer.body.decode("utf-8", "replace")
        return Fault("503", str(text).strip())
    return None


def exhausted(told: Fault) -> Budget | None:
    """The budget a limit error speaks of: -1015 orders, -1003 request weight ("Limits")."""
    if told.code == "-1015":
        return ORDERS_1M if "MINUTE" in told.message.upper() else ORDERS_10S
    return WEIGHT if told.code == "-1003" and "current limit" in told.message else None


SIGNS = LimitSigns(
    usage={
        "x-mbx-used-weight-1m": WEIGHT,
        "x-mbx-order-count-10s": ORDERS_10S,
        "x-mbx-order-count-1m": ORDERS_1M,
    },
    exhausted=exhausted,
    banned_until_ms=banned_until_ms,
)
