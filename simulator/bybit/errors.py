"""Bybit's return codes and texts. Business errors leave with HTTP 200; only the gateway answers with other statuses.

Source: Bybit v5 docs, "Error codes"; texts as recorded in public issues where the docs give only a meaning.
"""

PARAMETER = 10001
TIMESTAMP = 10002
KEY = 10003
SIGNATURE = 10004
PERMISSION = 10005
TOO_MANY_VISITS = 10006
ADDRESS = 10010
GONE = 110001
PRICE_RANGE = 110003
NO_BALANCE = 110007
TOO_MANY_CONDITIONAL = 110009
LEVERAGE_ABOVE_TIER = 110013
REDUCE_ONLY = 110017
TOO_MANY_ACTIVE = 110020
MODE_NOT_MODIFIED = 110025
MARGIN_MODE_NOT_MODIFIED = 110026
POSITION_OPEN = 110024
ORDERS_OPEN = 110028
NO_HEDGE_MODE = 110029
LEVERAGE_NOT_MODIFIED = 110043
MARGIN_INSUFFICIENT = 110044
BELOW_FILLED = 110064
DUPLICATE = 110072
MARGIN_MODE_FAILED = 3400045
PORTFOLIO_UNSUPPORTED = 110077
EXPECTS_RISE, EXPECTS_FALL = 110092, 110093
ATTACHED_NOT_ALLOWED = 110057
ATTACHED_LOCKED = 110059
STOP_NOT_MODIFIED = 34040
NOTIONAL = 110094
SLIPPAGE_TICKS, SLIPPAGE_PERCENT = 110108, 110109
NO_RPI = 110119
BELOW_BAND, ABOVE_BAND = 110120, 110121
FINAL_STATUS_ONLY = 181017
LINK_MISSING = 3100198
NOT_WHEN_ISOLATED = 3200403
SPOT_EMPTY = 170105
SPOT_TIME_IN_FORCE, SPOT_TYPE, SPOT_SIDE = 170115, 170116, 170117
SPOT_SYMBOL = 170121
SPOT_MARGIN_OFF = 170036
SPOT_NO_BALANCE = 170131
SPOT_ABOVE_MAXIMUM, SPOT_BELOW_MINIMUM = 170132, 170133
SPOT_TOO_HIGH, SPOT_TOO_LOW = 170193, 170194
SPOT_PRICE_DECIMALS = 170134
SPOT_QUANTITY_BELOW = 170136
SPOT_QUANTITY_DECIMALS = 170137
SPOT_VALUE_BELOW = 170140
SPOT_DUPLICATE = 170141
SPOT_AMOUNT_DECIMALS = 170148
SPOT_FILTER = 170201
SPOT_TRIGGER_MISSING = 170202
SPOT_GONE = 170213
SPOT_UNSUPPORTED = 170227
SPOT_BELOW_FILLED = 170313
SPOT_NO_RPI = 170355
SPOT_TOO_LARGE_LIMIT, SPOT_TOO_LARGE_MARKET = 170381, 170382
SPOT_TOO_MANY = 170810


class ApiError(Exception):
    """An answer in the negative: HTTP 200 with a code and a text."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(code, msg)
        self.code = code
        self.msg = msg


class GatewayError(Exception):
    """An answer of the gateway in front: an HTTP status with a page that is no JSON."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


def parameter(text: str) -> ApiError:
    """A parameter is missing, malformed or makes no sense."""
    return ApiError(PARAMETER, text)


def missing(name: str) -> ApiError:
    """A mandatory parameter is absent or empty."""
    return parameter(f"params error: {name} is required")


def invalid(name: str) -> ApiError:
    """A parameter's value is none of the allowed ones."""
    return parameter(f"params error: {name} invalid")


def gone(*, spot: bool) -> ApiError:
    """There is no such open order: never was, or it has ended."""
    if spot:
        return ApiError(SPOT_GONE, "Order does not exist.")
    return ApiError(GONE, "order not exists or too late to cancel")


def duplicate(*, spot: bool) -> ApiError:
    """The orderLinkId has been used."""
    if spot:
        return ApiError(SPOT_DUPLICATE, "Duplicate clientOrderId.")
    return ApiError(DUPLICATE, "OrderLinkedID is duplicate")


def nothing_to_reduce() -> ApiError:
    """A reduce-only order without a position to reduce."""
    return ApiError(REDUCE_ONLY, "Reduce-only rule not satisfied")


def too_many_visits() -> ApiError:
    """The limit of an account and a call."""
    return ApiError(TOO_MANY_VISITS, "Too many visits. Exceeded the API Rate Limit.")
