"""Binance spot error codes and texts.

Source: Binance spot docs, `errors.md`; HTTP statuses: `rest-api.md`, "HTTP return codes".
"""

from simulator.orders import Reason

LEGAL_DECIMAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
LEGAL_INTEGER = "^[0-9]{1,20}$"
LEGAL_CLIENT_ID = "^[a-zA-Z0-9-_]{1,36}$"
LEGAL_WINDOW = r"^([0-9]{1,20})(\.[0-9]{1,3})?$"
LEGAL_SYMBOLS = r'^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\]$'

TOO_MANY_REQUESTS = -1003
TOO_MANY_ORDERS = -1015
INVALID_MESSAGE = -1013
INVALID_TIMESTAMP = -1021
INVALID_SIGNATURE = -1022
NEW_ORDER_REJECTED = -2010
CANCEL_REJECTED = -2011
NO_SUCH_ORDER = -2013
PARTLY_FAILED = -2021
WHOLLY_FAILED = -2022
AMEND_REJECTED = -2038


class ApiError(Exception):
    """An answer in the negative: HTTP status, code and text, sometimes with a document that explains it (`data`)."""

    def __init__(
        self, code: int, msg: str, status: int = 400, data: object = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(code, msg)
        self.code = code
        self.msg = msg
        self.status = status
        self.data = data
        self.headers = headers or {}

    def document(self) -> dict[str, object]:
        """The error body."""
        head: dict[str, object] = {"code": self.code, "msg": self.msg}
        return head if self.data is None else {**head, "data": self.data}


def missing(name: str) -> ApiError:
    """A mandatory parameter is absent."""
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def missing_either(first: str, second: str) -> ApiError:
    """Neither of two alternatives is there."""
    return ApiError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def empty(name: str) -> ApiError:
    """A parameter without a value."""
    return ApiError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> ApiError:
    """A parameter that this order type does not take."""
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


def illegal(name: str, legal: str) -> ApiError:
    """Characters outside the legal range."""
    return ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def invalid_data(name: str) -> ApiError:
    """A well-formed value that is none of the allowed ones."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def too_precise(name: str) -> ApiError:
    """More decimals than the asset has."""
    return ApiError(-1111, f"Parameter '{name}' has too much precision.")


def filter_failure(name: str) -> ApiError:
    """An order outside the symbol's rules."""
    return ApiError(INVALID_MESSAGE, f"Filter failure: {name}")


def invalid_symbol() -> ApiError:
    """No such symbol."""
    return ApiError(-1121, "Invalid symbol.")


def unsupported_combination(code: int = INVALID_MESSAGE) -> ApiError:
    """Parameters that exclude each other."""
    return ApiError(code, "Unsupported order combination")


def late() -> ApiError:
    """The request's window has passed."""
    return ApiError(INVALID_TIMESTAMP, "Timestamp for this request is outside of the recvWindow.")


def early() -> ApiError:
    """The client's clock is ahead."""
    return ApiError(INVALID_TIMESTAMP, "Timestamp for this request was 1000ms ahead of the server's time.")


def unknown_cancel() -> ApiError:
    """Nothing on the book to cancel."""
    return ApiError(CANCEL_REJECTED, "Unknown order sent.")


def duplicate_order() -> ApiError:
    """An open order has this client id."""
    return ApiError(NEW_ORDER_REJECTED, "Duplicate order sent.")


def from_engine(reason: Reason) -> ApiError:
    """The engine's refusal of a new order."""
    return ApiError(NEW_ORDER_REJECTED, _ENGINE[reason])


_ENGINE = {
    Reason.INSUFFICIENT_BALANCE: "Account has insufficient balance for requested action.",
    Reason.WOULD_TAKE: "Order would immediately match and take.",
    Reason.WOULD_TRIGGER: "Order would trigger immediately.",
    Reason.NO_LIQUIDITY: "Order book liquidity is less than `LOT_SIZE` filter minimum quantity.",
}
