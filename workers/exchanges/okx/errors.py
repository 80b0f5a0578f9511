"""OKX's error codes: what each proves about an order, and what kind of trouble it is.

Source: OKX v5 docs, "Error Code". The docs give codes and texts; what a code proves is judged from them to the safe
side. An answer with a code of the gateway (501xx) or of validation shows that nothing was executed; a time-out or a
system error proves nothing. OKX does not say that a write answered with "service unavailable" or "busy" had no effect.
Orders carry verdicts of their own (``sCode``), which go before the reply's code: a reply of 0 may hold a refused order.
Codes as ``51008_1000`` are told as 51008. A code that is not here is unknown on a write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from workers.calls.error_table import ErrorTable, Fault, Ruling, Verdict
from workers.calls.wire import Answer

NO_SUCH_ORDER = ("51603", "51063")
GOOD = "0"


def _are(verdict: Verdict, kind: ErrorKind, codes: str, text: str = ".*") -> Ruling:
    return Ruling(verdict, kind, tuple(_expanded(codes)), text)


def _expanded(codes: str) -> list[str]:
    """Codes and ranges of them, both ends included."""
    found: list[str] = []
    for word in codes.split():
        first, _, last = word.partition("-")
        found += [str(code) for code in range(int(first), int(last or first) + 1)]
    return found


TABLE = ErrorTable(
    # Nothing was executed, and it may be sent again.
    _are(NotProcessed, ErrorKind.RATE_LIMITED, "50011 50040 50061 51113"),
    _are(NotProcessed, ErrorKind.CLOCK, "50036 50102"),  # too late by its clock, as it arrived
    _are(NotProcessed, ErrorKind.OVERLOADED, "50037 51513 51140 54047-54049"),  # 50037: too late after waiting there
    _are(NotProcessed, ErrorKind.MARKET_CLOSED, "51029 51030 51404 51508"),
    _are(NotProcessed, ErrorKind.REFUSED, "50017-50023 51115 51342 54004"),
    # Nobody knows.
    _are(OutcomeUnknown, ErrorKind.TIMEOUT, "50004 51054 51149 51412"),
    _are(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, "50026 50042 64007"),
    _are(OutcomeUnknown, ErrorKind.MAINTENANCE, "50001 50005 50046 50062 50064"),
    _are(OutcomeUnknown, ErrorKind.OVERLOADED, "50013"),
    # The goal is probably reached already: the order is read.
    _are(Rejected, ErrorKind.DUPLICATE_ORDER, "51016 50071 51011 51065 51068"),
    # UNCONFIRMED: a client that is widely used was told of a duplicate so. An id that is not legal is never sent.
    _are(Rejected, ErrorKind.DUPLICATE_ORDER, "51000", r"(?i).*clordid.*"),
    _are(Rejected, ErrorKind.ORDER_NOT_FOUND, "51400-51402 51405 51410 51503 51509 51510 51063 51603"),
    # It says no, and means it.
    _are(Rejected, ErrorKind.BAD_CREDENTIALS, "50100 50101 50103-50109 50111-50114 50119"),
    _are(Rejected, ErrorKind.PERMISSION_DENIED, "50030 50035 50110 50120 50121"),
    _are(
        Rejected,
        ErrorKind.PERMISSION_DENIED,
        "4088 50007-50009 50012 50027-50029 50032 50033 50041 50051 50052 50059 50060 51009 51024 51155 51732-51734"
        " 54092",
    ),
    _are(
        Rejected,
        ErrorKind.INVALID,
        "50000 50002 50006 50014-50016 50024 50025 50115 51000 51003 51015 51111 51406-51408 51500 51501 51512 51514"
        " 54036",
    ),
    _are(Rejected, ErrorKind.UNKNOWN_SYMBOL, "51001 51002"),
    _are(
        Rejected,
        ErrorKind.MARKET_CLOSED,
        "51021 51022 51027 51028 51087 51110 51124 51196 51197 54012 54072 54094",
    ),
    _are(Rejected, ErrorKind.FILTER, "50122 51005 51007 51020 51101 51120 51121 51150 51185 51201-51203"),  # sizes
    _are(Rejected, ErrorKind.FILTER, "51006 51031 51116 51122 51135-51138 51192-51195 51204 54084 54085"),  # prices
    _are(Rejected, ErrorKind.INSUFFICIENT_BALANCE, "51008 51119 51127 51131 51502 59108"),
    _are(Rejected, ErrorKind.TOO_MANY_ORDERS, "51025 51071 51102-51107 51174 51253"),
    _are(Rejected, ErrorKind.REFUSED, "51004 51017 51033 51129 51186 51187 54024-54028 54030 54031 54035"),  # risk
    _are(
        Rejected, ErrorKind.UNSUPPORTED, "50072 51010 51034-51036 51039 51041 51042 51066 51128 51205 59110 59111 59202"
    ),
    _are(Rejected, ErrorKind.REFUSED, "51037 51038 51209-51214"),  # portfolio margin under stress
    _are(Rejected, ErrorKind.NOTHING_TO_REDUCE, "51023 51043 51112 51117 51148 51169-51171 51206"),
    _are(Rejected, ErrorKind.REFUSED, "51108 51207"),
    _are(Rejected, ErrorKind.POST_ONLY_WOULD_TAKE, "51511"),
    _are(Rejected, ErrorKind.UNSUPPORTED, "51177 51506 51536 54008"),
    _are(Rejected, ErrorKind.REFUSED, "51403 51413 51416 51521 51522 51537 54071"),
    _are(Rejected, ErrorKind.WOULD_TRIGGER, "51277-51280"),
    _are(
        Rejected,
        ErrorKind.INVALID,
        "51046-51053 51076-51086 51088-51100 51178 51250-51252 51254-51276 51281-51312 51327-51333",
    ),
    _are(Rejected, ErrorKind.FILTER, "59102"),  # leverage beyond what there is
    _are(Rejected, ErrorKind.REFUSED, "59000 59001 59101 59103-59107 59109 59112 59668-59670"),
)


def fault(answer: Answer, document: object) -> Fault | None:
    """What an answer complains of, at whatever status: its only order's verdict, else its own code.

    Several orders are told of one by one, some of which may stand: who sent them reads that.
    """
    del answer
    if not isinstance(document, dict) or "code" not in document:
        return None
    verdicts = [row for row in _rows(document) if "sCode" in row]
    if len(verdicts) > 1:
        return None
    own = verdict(verdicts[0]) if verdicts else None
    if own is not None or _code(document["code"]) == GOOD:
        return own
    return Fault(_code(document["code"]), str(document.get("msg", "")))


def verdict(row: Mapping[str, Any]) -> Fault | None:
    """What the row of one order in a reply complains of; None when the order was taken."""
    code = _code(row["sCode"])
    return None if code == GOOD else Fault(code, str(row.get("sMsg", "")))


def _rows(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    rows = document.get("data")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _code(told: object) -> str:
    """Codes are texts, of old gateways numbers; a sub-code may be appended."""
    return str(told).partition("_")[0]
