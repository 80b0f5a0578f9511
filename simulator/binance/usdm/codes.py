"""Binance futures error codes and texts where they differ from spot.

Source: Binance futures docs, "Error codes" (`fapi error-code`). The same numbers mean other things on spot: -2021,
-2022, -2026, and all of the 40xx.
"""

from simulator.binance.errors import ApiError
from simulator.orders import Reason

NO_SUCH_ORDER, CANCEL_REJECTED = -2013, -2011
UNKNOWN_TYPE = "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
_TEXTS = {
    -1111: "Precision is over the maximum defined for this asset.",
    -2013: "Order does not exist.",
    -2011: "Unknown order sent.",
    -2019: "Margin is insufficient.",
    -2021: "Order would immediately trigger.",
    -2022: "ReduceOnly Order is rejected.",
    -2025: "Reach max open order limit.",
    -2027: "Exceeded the maximum allowable position at current leverage.",
    -2028: "Leverage is smaller than permitted: insufficient margin balance.",
    -4001: "Price less than 0.",
    -4002: "Price greater than max price.",
    -4003: "Quantity less than zero.",
    -4004: "Quantity less than min quantity.",
    -4005: "Quantity greater than max quantity.",
    -4006: "Stop price less than zero.",
    -4007: "Stop price greater than max price.",
    -4013: "Price less than min price.",
    -4014: "Price not increased by tick size.",
    -4015: "Client order id is not valid.",
    -4023: "Qty not increased by step size.",
    -4045: "Reach max stop order limit.",
    -4046: "No need to change margin type.",
    -4047: "Margin type cannot be changed if there exists open orders.",
    -4048: "Margin type cannot be changed if there exists position.",
    -4050: "Cross balance insufficient.",
    -4051: "Isolated balance insufficient.",
    -4054: "Cannot add position margin: position is 0.",
    -4055: "Amount must be positive.",
    -4059: "No need to change position side.",
    -4060: "Invalid position side.",
    -4061: "Order's position side does not match user's setting.",
    -4062: "Invalid or improper reduceOnly value.",
    -4067: "Position side cannot be changed if there exists open orders.",
    -4068: "Position side cannot be changed if there exists position.",
    -4082: "Invalid number of batch place orders.",
    -4116: "ClientOrderId is duplicated.",
    -4118: "ReduceOnly Order Failed. Please check your existing position and open orders.",
    -4120: UNKNOWN_TYPE,
    -4131: "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
    -4137: "Quantity must be zero with closePosition equals true.",
    -4138: "Reduce only must be true with closePosition equals true.",
    -4161: "Leverage reduction is not supported in Isolated Margin Mode with open positions.",
    -4167: "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.",
    -4168: "Unable to adjust to isolated-margin mode under the Multi-Assets mode.",
    -4170: "Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.",
    -4171: "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.",
    -5021: "Due to the order could not be filled immediately, the FOK order has been rejected. "
    "The order will not be recorded in the order history.",
    -5022: "Due to the order could not be executed as maker, the Post Only order will be rejected. "
    "The order will not be recorded in the order history.",
    -5025: "Only limit order is supported.",
    -5026: "Exceed maximum modify order limit.",
    -5027: "No need to modify the order.",
    -5028: "Timestamp for this request is outside of the ME recvWindow.",
    -5037: "Invalid price match",
    -5038: "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT",
    -5039: "Invalid self trade prevention mode",
    -5040: "The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than "
    "253402300799000",
    -5041: "No depth matches this BBO order",
}
_ENGINE = {
    Reason.INSUFFICIENT_BALANCE: -2019,
    Reason.NOTHING_TO_REDUCE: -2022,
    Reason.WOULD_TAKE: -5022,
    Reason.WOULD_TRIGGER: -2021,
    Reason.NO_LIQUIDITY: -4131,
}


def refuse(code: int) -> ApiError:
    """A refusal with the documented text of its code."""
    return ApiError(code, _TEXTS[code])


def from_engine(reason: Reason) -> ApiError:
    """The engine's refusal of an order."""
    return refuse(_ENGINE[reason])


def item(error: ApiError) -> dict[str, object]:
    """A refusal as one element of a batch's reply."""
    return {"code": error.code, "msg": error.msg}
