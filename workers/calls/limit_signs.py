"""What an exchange tells about its limits: how much is used, that a limit was hit, and until when it bans us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from router.errors import ErrorKind
from workers.calls.endpoint import Budget, Call, Scope
from workers.calls.error_table import Fault
from workers.calls.wire import Answer

FORBIDDEN, BANNED, LIMITED = 403, 418, 429
_UNTOLD_MS = 1_000


class Refused(NamedTuple):
    """A limit error: what it says, its Retry-After if it has one, when it came (exchange clock), its headers."""

    fault: Fault
    retry_after_ms: int | None
    now_ms: int
    headers: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class LimitSigns:
    """Where to look.

    ``usage`` names the headers that tell how much of a budget is used. ``exhausted`` names the budget a limit error
    speaks of, None when it does not say; ``banned_until_ms`` reads the end of a ban (exchange clock) from its words.
    ``forbidden_ms`` is how long to keep off after a 403 of the edge, which says nothing itself; None where it means a
    lack of permission.
    """

    usage: Mapping[str, Budget]
    exhausted: Callable[[Fault], Budget | None]
    banned_until_ms: Callable[[Fault], int | None]
    forbidden_ms: int | None = None

    def note_usage(self, call: Call[Any], answer: Answer) -> None:
        """Write the counts told by headers into the call's trace."""
        for header, budget in self.usage.items():
            used = answer.headers.get(header)
            if used is not None and used.isdigit():
                call.trace.usage[budget] = int(used)

    def note_refusal(self, call: Call[Any], refused: Refused) -> int:
        """Write what a limit error means for others into the call's trace; returns how long to wait.

        A limit of the account spends that budget and nobody else's; one of the address, or an unnamed one, stops the
        address for as long as the reply says, else to the end of the window.
        """
        budget = self.exhausted(refused.fault)
        wait_ms = self._wait_ms(refused, budget)
        if budget is not None and budget.scope is not Scope.ADDRESS:
            call.trace.exhausted = budget
            call.trace.refunds[budget] = call.cost.get(budget, 0)  # what is refused is not counted
        else:
            call.trace.banned_for_ms = wait_ms
        return wait_ms

    def _wait_ms(self, refused: Refused, budget: Budget | None) -> int:
        until_ms = self.banned_until_ms(refused.fault)
        if refused.retry_after_ms is not None:
            return refused.retry_after_ms
        if until_ms is not None:
            return max(until_ms - refused.now_ms, 0)
        if self.forbidden_ms is not None and refused.fault.code == f"HTTP {FORBIDDEN}":
            return self.forbidden_ms
        return _UNTOLD_MS if budget is None else budget.window_ms - refused.now_ms % budget.window_ms


def is_limit(status: int, kind: ErrorKind) -> bool:
    """True for an answer that says a limit was hit or an address is banned."""
    return status in (BANNED, LIMITED) or kind in (ErrorKind.RATE_LIMITED, ErrorKind.BANNED)


def retry_after_ms(answer: Answer) -> int | None:
    """The reply's Retry-After, given in whole seconds; None when it names none."""
    text = answer.headers.get("Retry-After")
    return int(text) * 1_000 if text is not None and text.isdigit() else None
