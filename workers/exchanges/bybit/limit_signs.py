"""What Bybit's replies tell about limits: three headers on private calls, the limit codes, a 403 of the edge.

Source: Bybit v5 docs, "Rate limit": ``X-Bapi-Limit`` is how much of this call the account may use in a second,
``X-Bapi-Limit-Status`` what is left of it, ``X-Bapi-Limit-Reset-Timestamp`` (ms) when a breached limit frees up. Some
10006 replies come without; the official SDK then waits two seconds. A 403 bans the address for at least ten minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workers.calls.endpoint import Call
from workers.calls.limit_signs import LimitSigns, Refused
from workers.calls.wire import Answer
from workers.exchanges.bybit.endpoints import counted
from workers.exchanges.bybit.errors import ADDRESS_CODES

BAN_MS = 600_000
_UNTOLD_MS = 2_000
_OVERLOADED_MS = 1_000


@dataclass(frozen=True)
class BybitSigns(LimitSigns):
    """Reads the headers, which speak of the very call they answer, and the codes."""

    def note_usage(self, call: Call[Any], answer: Answer) -> None:
        """Write what is used, and what this account may use at all, into the call's trace."""
        limit, left = _number(answer.headers.get("X-Bapi-Limit")), _number(answer.headers.get("X-Bapi-Limit-Status"))
        budget = counted(call.cost)
        if budget is not None and limit and left is not None:
            call.trace.limits[budget] = limit
            call.trace.usage[budget] = max(limit - left, 0)

    def note_refusal(self, call: Call[Any], refused: Refused) -> int:
        """Write what a limit code means for others into the call's trace; returns how long to wait.

        One of the account spends that call's budget, and counts itself (whether it does is not documented); one of the
        address or of the whole system stops the address. A public call has no limit of its own that is published, so
        its 10006 is nobody else's concern.
        """
        code = refused.fault.code
        if code in ADDRESS_CODES:
            wait_ms = BAN_MS if code in ("HTTP 403", "10018") else refused.retry_after_ms or _OVERLOADED_MS
            call.trace.banned_for_ms = wait_ms
            return wait_ms
        call.trace.exhausted = counted(call.cost)
        frees_at_ms = _number(refused.headers.get("X-Bapi-Limit-Reset-Timestamp"))
        return _UNTOLD_MS if frees_at_ms is None else max(frees_at_ms - refused.now_ms, 0)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


SIGNS = BybitSigns(usage={}, exhausted=lambda _: None, banned_until_ms=lambda _: None)
