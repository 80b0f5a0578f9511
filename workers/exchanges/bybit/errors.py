"""Bybit's error codes: what each proves about an order, and what kind of trouble it is.

Business errors come with HTTP 200, so the code in the body decides. Source: Bybit v5 docs, "Error codes"; where they
give only a meaning, what the official SDK and public issue threads show. A code that is not here leaves the outcome of
a write unknown. One business error can surface under different codes, depending on what is checked first.
"""

from __future__ import annotations

import re

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from workers.calls.error_table import ErrorTable, Fault, Ruling
from workers.calls.wire import Answer
from workers.exchanges.bybit.refusals import REFUSALS

_SERVER_ERROR = 500
_EDGE = (400, 403, 404)
_EXCERPT = 300
_ECHOED = re.compile(r"(?<=origin_string)\[.*|(?<=apiKey)\[[^\]]*\]|(?<=apiSignature)\[[^\]]*\]", re.DOTALL)
"""Where a complaint repeats the key and what was signed: neither may get into a log or a result."""


ADDRESS_CODES = frozenset({"10018", "10403", "20003", "429", "10429", "HTTP 403", "HTTP 429"})
"""Limits of the address or of the whole system; the other limit codes are the account's."""

_LIMITS = ("10006", "10018", "10403", "20003", "170005", "170222", "30035", "429", "10429")
_AMBIGUOUS = (
    Ruling(OutcomeUnknown, ErrorKind.TIMEOUT, ("10000", "170007", "170032", "170146", "170147", "170310")),
    Ruling(OutcomeUnknown, ErrorKind.TIMEOUT, ("170035",)),  # "handed over for processing"
    Ruling(OutcomeUnknown, ErrorKind.OVERLOADED, ("10016", "5004", "500000", "3400214", "340099")),
    Ruling(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, ("170001", "170234", "170149", "170150", "170311")),
    Ruling(OutcomeUnknown, ErrorKind.DUPLICATE_ORDER, ("20006", "10014")),  # an earlier request may have run
    Ruling(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, ("131001", "131003", "131200", "131201", "131206", "131230")),
)
_UNPRICEABLE = r".*(buy|sell): \[.*\] invalid.*"
_LATER = (
    Ruling(NotProcessed, ErrorKind.RATE_LIMITED, _LIMITS),
    Ruling(NotProcessed, ErrorKind.CLOCK, ("10002", "-1")),
    Ruling(NotProcessed, ErrorKind.OVERLOADED, ("10019", "110079", "170144", "170191", "40004", "170212")),
    Ruling(NotProcessed, ErrorKind.MARKET_CLOSED, ("110066", "110042", "110095")),
    Ruling(NotProcessed, ErrorKind.MAINTENANCE, ("110063", "3100197")),
    Ruling(NotProcessed, ErrorKind.MARKET_CLOSED, ("110118",)),  # no book to price a market order with
    Ruling(NotProcessed, ErrorKind.MARKET_CLOSED, ("10001",), _UNPRICEABLE),
)
_UNCHANGED = r".*remains unchanged.*"
_ALREADY = (
    Ruling(Rejected, ErrorKind.DUPLICATE_ORDER, ("110072", "170141", "12141", "30001", "110030")),
    Ruling(Rejected, ErrorKind.ORDER_NOT_FOUND, ("110001", "170213", "170143", "110008", "170190", "110010")),
    Ruling(Rejected, ErrorKind.ORDER_NOT_FOUND, ("170142", "170139")),
    Ruling(Rejected, ErrorKind.ORDER_NOT_FOUND, ("20001", "30032", "30034", "30037", "140001", "140008", "140010")),
    Ruling(Rejected, ErrorKind.UNCHANGED, ("110043", "110025", "110026", "110027", "34040")),
    Ruling(Rejected, ErrorKind.UNCHANGED, ("10001",), _UNCHANGED),
    Ruling(Rejected, ErrorKind.CONFLICT, ("131214",)),  # the transfer's id is taken: it exists
)
_ACCESS = (
    Ruling(Rejected, ErrorKind.BAD_CREDENTIALS, ("10003", "10004", "10007", "10010", "33004", "-2015", "3100181")),
    Ruling(Rejected, ErrorKind.PERMISSION_DENIED, ("10005", "10008", "10009", "10024", "10027", "10028", "100028")),
    # The edge: too many requests from the address, or a country that Bybit does not serve. What else it may mean is not
    # documented, so it is taken for the former, which stops all calls for as long as that does.
    Ruling(Rejected, ErrorKind.PERMISSION_DENIED, ("HTTP 403",), r"(?i).*(your country|your region|restricted).*"),
    Ruling(NotProcessed, ErrorKind.BANNED, ("HTTP 403",)),
    Ruling(Rejected, ErrorKind.INVALID, ("HTTP 400",)),
    Ruling(Rejected, ErrorKind.UNSUPPORTED, ("HTTP 404",)),
)

TABLE = ErrorTable(*_AMBIGUOUS, *_LATER, *_ALREADY, *_ACCESS, *REFUSALS)


def fault(answer: Answer, document: object) -> Fault | None:
    """Code and message of an error reply; None for a success, and for a 5xx, whatever it says: it proves nothing."""
    if answer.status >= _SERVER_ERROR:
        return None
    if isinstance(document, dict) and "retCode" in document:
        code = str(document["retCode"])
        return None if code == "0" else Fault(code, _ECHOED.sub("[...]", str(document.get("retMsg", ""))))
    if answer.status in _EDGE:
        return Fault(f"HTTP {answer.status}", " ".join(answer.body[:_EXCERPT].decode("utf-8", "replace").split()))
    return None
