"""OKX's error codes: the HTTP status each travels with, and its text in our words.

Source: OKX v5 docs, "Error Code"; what each means for a write: `exchanges/okx.md`, section 7. Clients classify by code,
texts vary between regions and months.
"""

from simulator.orders import Reason

OK, ALL_FAILED, SOME_FAILED = "0", "1", "2"
RATE_LIMITED = "50011"
DUPLICATE_CLIENT_ID = "51016"
ORDER_GONE = "51400"
NO_SUCH_ORDER = "51603"

CODES: dict[str, tuple[int, str]] = {
    "50000": (400, "The body of a POST request can not be empty."),
    "50001": (503, "Service temporarily unavailable. Try again later"),
    "50002": (400, "JSON syntax error"),
    "50006": (400, "Invalid Content-Type. Please use application/json"),
    "50011": (429, "Too Many Requests"),
    "50014": (400, "Parameter {0} can not be empty."),
    "50015": (400, "Either parameter {0} or {1} is required"),
    "50024": (400, "Parameter {0} and {1} can not exist at the same time"),
    "50036": (200, "The expTime can't be earlier than the current system time."),
    "50037": (200, "Order expired."),
    "50061": (200, "Sub-account rate limit of orders reached."),
    "50072": (200, "Isolated margin is not available in the current account mode."),
    "50101": (401, "APIKey does not match current environment."),
    "50102": (401, "Timestamp request expired"),
    "50103": (401, "Request header OK-ACCESS-KEY can not be empty."),
    "50104": (401, "Request header OK-ACCESS-PASSPHRASE can not be empty."),
    "50105": (401, "Request header OK-ACCESS-PASSPHRASE incorrect."),
    "50106": (401, "Request header OK-ACCESS-SIGN can not be empty."),
    "50107": (401, "Request header OK-ACCESS-TIMESTAMP can not be empty."),
    "50110": (401, "Your IP {0} is not included in your API key's IP whitelist."),
    "50112": (401, "Invalid OK-ACCESS-TIMESTAMP"),
    "50113": (401, "Invalid Sign"),
    "50115": (405, "Invalid request method"),
    "50119": (200, "API key doesn't exist"),
    "50120": (200, "This API key doesn't have permission to use this function"),
    "51000": (400, "Parameter {0} error"),
    "51001": (200, "Instrument ID doesn't exist."),
    "51003": (200, "Either client order ID or order ID is required."),
    "51006": (200, "Order price is not within the price limit (max buy price: {0}, min sell price: {1})."),
    "51008": (200, "Order failed. Insufficient {0} balance in account."),
    "51010": (200, "You can't complete this request under your current account mode."),
    "51015": (200, "Instrument ID does not match instrument type."),
    "51016": (200, "Client order ID already exists."),
    "51020": (200, "Your order should meet or exceed the minimum order amount."),
    "51023": (200, "Position does not exist."),
    "51025": (200, "Order count exceeds the limit."),
    "51027": (200, "The contract has expired."),
    "51039": (200, "Leverage cannot be set for cross positions of futures and swaps in portfolio margin mode."),
    "51041": (200, "Portfolio margin mode supports net positions only."),
    "51042": (200, "MMP orders are for options in portfolio margin mode only."),
    "51046": (200, "The take profit trigger price should be above the order price."),
    "51047": (200, "The stop loss trigger price should be below the order price."),
    "51048": (200, "The take profit trigger price should be below the order price."),
    "51049": (200, "The stop loss trigger price should be above the order price."),
    "51065": (200, "algoClOrdId already exists."),
    "51066": (200, "Market orders are unavailable for options."),
    "51071": (200, "Cancel-all-after tags exceed the limit."),
    "51100": (200, "Take profit and stop loss can not be attached to a reduce-only order."),
    "51111": (200, "A maximum of {0} orders can be placed in one batch."),
    "51112": (200, "The close order size exceeds your available size."),
    "51115": (200, "Cancel all pending close orders before closing the position."),
    "51121": (200, "Order quantity must be a multiple of the lot size."),
    "51137": (200, "The highest price limit for buy orders is {0}."),
    "51138": (200, "The lowest price limit for sell orders is {0}."),
    "51150": (200, "The precision of the amount or price is incorrect."),
    "51169": (200, "You have no position in this direction to reduce or close."),
    "51170": (200, "A reduce-only order can not have the same direction as the position."),
    "51174": (200, "The number of pending orders has reached the limit ({0})."),
    "51185": (200, "The order value exceeds the maximum of {0} USD."),
    "51201": (200, "The value of a market order can not exceed {0} USDT."),
    "51202": (200, "The amount of a market order exceeds the maximum."),
    "51203": (200, "The amount of a limit order exceeds the maximum."),
    "51204": (200, "The price of a limit order can not be empty."),
    "51205": (200, "Reduce only is not available."),
    "51250": (200, "The algo order price is out of the available range."),
    "51253": (200, "Number of algo orders exceeds the limit ({0})."),
    "51274": (200, "The activation or callback of a trailing stop is out of the available range."),
    "51277": (200, "The take profit trigger price of a sell order must be higher than the last price."),
    "51278": (200, "The stop loss trigger price of a buy order must be higher than the last price."),
    "51279": (200, "The take profit trigger price of a buy order must be lower than the last price."),
    "51280": (200, "The stop loss trigger price of a sell order must be lower than the last price."),
    "51332": (200, "closeFraction is not available in portfolio margin mode."),
    "51400": (200, "Cancellation failed as the order has been filled, canceled or does not exist."),
    "51406": (400, "The number of orders in one cancel exceeds {0}."),
    "51407": (200, "Either order ID or client order ID is required."),
    "51408": (200, "Instrument ID does not match the order."),
    "51500": (200, "A new price or size is required."),
    "51501": (400, "A maximum of {0} orders can be modified in one batch."),
    "51502": (200, "Order modification failed for insufficient balance."),
    "51503": (200, "Order modification failed as the order has been filled, canceled or does not exist."),
    "51506": (200, "Order modification unavailable for this order type."),
    "51511": (200, "Modification failed as the post-only condition is not met."),
    "51512": (200, "Duplicate orders in one batch modification."),
    "51514": (200, "The price length must be less than 32."),
    "51536": (200, "The size of options orders priced in pxUsd or pxVol can not be modified."),
    "51603": (200, "Order does not exist"),
    "54004": (200, "Order placement or modification failed because one of the orders in the batch failed."),
    "54008": (200, "Mass cancel is unavailable for this instrument family."),
    "54036": (200, "FOK orders can not cancel both sides of a self trade."),
    "59000": (200, "Settings failed. Close any open orders or positions before modifying settings."),
    "59102": (200, "Leverage exceeds the maximum. Please lower the leverage."),
    "59108": (200, "Low leverage and insufficient margin, please adjust the leverage."),
    "59110": (200, "The instrument type does not support the tgtCcy parameter."),
    "59111": (200, "The leverage can not be read in portfolio margin mode."),
    "59202": (200, "The maximum size is not supported in portfolio margin mode."),
}
"""What this simulator answers with: code, HTTP status at the envelope level, text."""


class ApiError(Exception):
    """An answer in the negative.

    In the envelope it travels with `status`; as one item of a write it becomes `sCode` and `sMsg` under HTTP 200.
    `bare` bodies come from the gateway and have no `data`.
    """

    def __init__(self, code: str, msg: str, status: int = 200, *, bare: bool = False) -> None:
        super().__init__(code, msg)
        self.code = code
        self.msg = msg
        self.status = status
        self.bare = bare
        self.rows: list[dict[str, object]] = []

    def document(self) -> dict[str, object]:
        """The body when the whole request is refused; with `rows`, those tell why."""
        if self.rows:
            return {"code": ALL_FAILED, "data": self.rows, "msg": ""}
        if self.bare:
            return {"msg": self.msg, "code": self.code}
        return {"code": self.code, "data": [], "msg": self.msg}


def error(code: str, *about: object) -> ApiError:
    """An error of the table above, with what its text is about."""
    status, text = CODES[code]
    return ApiError(code, text.format(*about), status)


def gateway(code: str, *about: object) -> ApiError:
    """The same, from the gateway in front: without `data`."""
    status, text = CODES[code]
    return ApiError(code, text.format(*about), status, bare=True)


def missing(name: str) -> ApiError:
    """A mandatory parameter is absent or empty."""
    return error("50014", name)


def illegal(name: str) -> ApiError:
    """A parameter has none of its legal values."""
    return error("51000", name)


def from_engine(reason: Reason, asset: str) -> ApiError:
    """The engine's refusal of a new order that spends this asset."""
    if reason is Reason.INSUFFICIENT_BALANCE:
        return error("51008", asset)
    return error(_ENGINE[reason])


_ENGINE = {
    Reason.NO_LIQUIDITY: "51020",
    Reason.WOULD_TAKE: "51511",
    Reason.WOULD_TRIGGER: "51250",
}
