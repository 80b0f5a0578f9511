"""Turns an answer, or the lack of one, into a parsed reply or one of our errors; steps above see nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Problem, Rejected, RouterError
from router.models import Order
from workers.calls.endpoint import Call
from workers.calls.error_table import ErrorTable, Fault, Ruling
from workers.calls.limit_signs import BANNED, FORBIDDEN, LIMITED, LimitSigns, Refused, is_limit, retry_after_ms
from workers.calls.wire import Answer, TransportFault

T = TypeVar("T")
_NOT_JSON = object()
_DECODE = json.JSONDecoder(parse_float=Decimal).decode  # made once: json.loads would make one per reply
_OK, _REDIRECT, _SERVER_ERROR = 200, 300, 500
_BY_STATUS = {  # replies of the edge, without a code: the request never got through to the exchange
    401: Ruling(Rejected, ErrorKind.BAD_CREDENTIALS, ()),
    403: Ruling(Rejected, ErrorKind.PERMISSION_DENIED, ()),
    410: Ruling(Rejected, ErrorKind.UNSUPPORTED, ()),
    451: Ruling(Rejected, ErrorKind.PERMISSION_DENIED, ()),
    408: Ruling(OutcomeUnknown, ErrorKind.TIMEOUT, ()),
    503: Ruling(OutcomeUnknown, ErrorKind.OVERLOADED, ()),
    504: Ruling(OutcomeUnknown, ErrorKind.TIMEOUT, ()),
}


@dataclass(frozen=True)
class Dialect:
    """How an exchange tells what it has to tell, apart from the reply itself.

    ``fault`` finds code and message in an answer and its decoded body; None when it is no error.
    """

    table: ErrorTable
    signs: LimitSigns
    fault: Callable[[Answer, object], Fault | None]


@dataclass(frozen=True)
class Classify:
    """The end of the pipeline. ``now_ms`` is the exchange's clock."""

    dialect: Dialect
    now_ms: Callable[[], int]
    dispatch: Callable[[Call[Any]], Answer]

    def __call__(self, call: Call[T], /) -> T:
        """Send and understand. Raises: NotProcessed, Rejected or OutcomeUnknown."""
        try:
            answer = self.dispatch(call)
        except TransportFault as fault:
            call.trace.server_failed, call.trace.unsent = True, not fault.sent
            error = _unanswered(call, fault)
        else:
            call.trace.status = answer.status
            call.trace.server_failed = answer.status >= _SERVER_ERROR
            self.dialect.signs.note_usage(call, answer)
            document = _decoded(answer)
            told = self.dialect.fault(answer, document)
            if told is None and _OK <= answer.status < _REDIRECT:
                return self._parsed(call, document)
            error = self._judged(call, answer, told)
        raise error  # outside the handler, so that no traceback leads into the HTTP stack

    def _parsed(self, call: Call[T], document: object) -> T:
        if document is not _NOT_JSON:
            try:
                reply = call.parse(document)
            except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError) as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                _note_refunds(call, reply)
                return reply
        else:
            trouble = "not JSON"
        raise _error(call, Ruling(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, ()), f"reply not understood: {trouble}")

    def _judged(self, call: Call[Any], answer: Answer, told: Fault | None) -> RouterError:
        ruling = self._ruling(call, answer, told)
        fault = told or Fault(f"HTTP {answer.status}", _excerpt(answer))
        wait_ms = retry_after_ms(answer)
        if is_limit(answer.status, ruling.kind):
            wait_ms = self.dialect.signs.note_refusal(call, Refused(fault, wait_ms, self.now_ms(), answer.headers))
            if answer.status == BANNED:
                ruling = ruling._replace(kind=ErrorKind.BANNED)
        return _verdict(call, ruling)(fault.problem(ruling.kind, wait_ms))

    def _ruling(self, call: Call[Any], answer: Answer, told: Fault | None) -> Ruling:
        listed = self.dialect.table.judge(told) if told else None
        if listed is not None:
            return listed
        if answer.status in (BANNED, LIMITED):
            return Ruling(NotProcessed, ErrorKind.RATE_LIMITED, ())
        if told is None and answer.status == FORBIDDEN and self.dialect.signs.forbidden_ms is not None:
            return Ruling(NotProcessed, ErrorKind.BANNED, ())
        if told is None and answer.status in _BY_STATUS:
            return _BY_STATUS[answer.status]
        if call.endpoint.idempotent and answer.status < _SERVER_ERROR:
            return Ruling(Rejected, ErrorKind.REFUSED if told else ErrorKind.UNEXPECTED_REPLY, ())
        return Ruling(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, ())


def _unanswered(call: Call[Any], fault: TransportFault) -> RouterError:
    kind = ErrorKind.TIMEOUT if fault.timed_out and fault.sent else ErrorKind.CONNECTION
    verdict = OutcomeUnknown if fault.sent else NotProcessed
    return _error(call, Ruling(verdict, kind, ()), str(fault))


def _error(call: Call[Any], ruling: Ruling, message: str) -> RouterError:
    return _verdict(call, ruling)(Problem(kind=ruling.kind, message=message[:300]))


def _verdict(call: Call[Any], ruling: Ruling) -> type[RouterError]:
    """Reading again is always safe, so a read has no unknown outcome."""
    return NotProcessed if ruling.verdict is OutcomeUnknown and call.endpoint.idempotent else ruling.verdict


def _decoded(answer: Answer) -> object:
    try:
        return _DECODE(answer.body.decode())
    except (ValueError, RecursionError):
        return _NOT_JSON


def _excerpt(answer: Answer) -> str:
    text = " ".join(answer.body[:300].decode("utf-8", "replace").split())
    return text or "an empty reply"


def _note_refunds(call: Call[T], reply: T) -> None:
    """What this success costs less than was charged for it before it was sent."""
    for budget in call.endpoint.free_on_success:
        call.trace.refunds[budget] = call.cost.get(budget, 0)
    if call.endpoint.refund_on_fill and isinstance(reply, Order) and reply.filled_quantity:
        for budget in call.endpoint.refund_on_fill:
            call.trace.refunds[budget] = call.cost.get(budget, 0)
