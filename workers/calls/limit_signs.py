"""What an exchange tells about its limits: how much is used, that a limit was hit, and until when it bans us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from router.errors import ErrorKind
from workers.calls.endpoint import Budget, Call, Scope
from workers.calls.error_table import Fault
from workers.calls.wire import Answer

BANNED, LIMITED = 418, 429
_UNTOLD_MS = 1_000


@dataclass(frozen=True)
class LimitSigns:
    """Where to look.

    ``usage`` names the headers that tell how much of a budget is used. ``exhausted`` names the budget a limit error
    speaks of, None when it does not say; ``banned_until_ms`` reads the end of a ban (exchange clock) from its words.
    """

    usage: Mapping[str, Budget]
    exhausted: Callable[[Fault], Budget | None]
    banned_until_ms: Callable[[Fault], int | None]

    def note_usage(self, call: Call[Any], answer: Answer) -> None:
        """Write the counts told by headers into the call's trace."""
        for header, budget in self.usage.items():
            used = answer.headers.get(header)
            if used is not None and used.isdigit():
                call.trace.usage[budget] = int(used)

    def note_refusal(self, call: Call[Any], fault: Fault, now_ms: int, limits: Mapping[Budget, int]) -> int:
        """Mark what a limit error says is spent; returns how long to wait if the reply names no Retry-After.

        A limit of the account spends that budget only; one of the address, or an unnamed one, stops the address.
        """
        budget, until_ms = self.exhausted(fault), self.banned_until_ms(fault)
        wait_ms = _UNTOLD_MS
        if budget is not None:
            call.trace.usage[budget] = limits.get(budget, budget.limit)
            wait_ms = budget.window_ms - now_ms % budget.window_ms
        if until_ms is not None:
            wait_ms = max(until_ms - now_ms, 0)
        if budget is None or budget.scope is Scope.ADDRESS:
            call.trace.banned_for_ms = wait_ms
        return wait_ms


def is_limit(status: int, kind: ErrorKind) -> bool:
    """True for an answer that says a limit was hit or an address is banned."""
    return status in (BANNED, LIMITED) or kind in (ErrorKind.RATE_LIMITED, ErrorKind.BANNED)


def retry_after_ms(answer: Answer) -> int | None:
    """The reply's Retry-After, given in whole seconds; None when it names none."""
    text = answer.headers.get("Retry-After")
    return int(text) * 1_000 if text is not None and text.isdigit() else None
