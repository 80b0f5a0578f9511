"""How OKX tells that a limit was hit. No header tells how much is used (UNCONFIRMED, as none is documented).

Source: OKX v5 docs, "Rate Limits" and "Error Code" (50011: the call's own bucket; 50061: the sub-account's).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from workers.calls.endpoint import Budget, Call
from workers.calls.limit_signs import LimitSigns, Refused
from workers.exchanges.okx.endpoints import CHANGES

_BUCKETS: Final = frozenset({"50011", "50040", "51113"})
_PER_ACCOUNT: Final = "50061"
_BUSY: Final = "50013"
_BUSY_MS: Final = 1_000
_FORBIDDEN_MS: Final = 10_000


@dataclass(frozen=True)
class OkxSigns(LimitSigns):
    """A limit binds what it counts and nothing else: an instrument's orders, an account's, one public call's.

    Only an answer without a code, which comes from the network in front, stops the address: nothing of OKX has seen the
    request. How long a 403 from there lasts is not documented; it is asked again every ten seconds.
    """

    def note_refusal(self, call: Call[Any], refused: Refused) -> int:
        """Mark the bucket as spent, for a whole window; what is refused is taken to be counted (UNCONFIRMED)."""
        code = refused.fault.code
        if code == _BUSY:
            return refused.retry_after_ms or _BUSY_MS  # "Systems are busy" with status 429 is no limit of ours
        budget = self._bucket(call, code)
        if budget is None:
            return super().note_refusal(call, refused)
        call.trace.exhausted = budget
        return refused.retry_after_ms or budget.window_ms

    def _bucket(self, call: Call[Any], code: str) -> Budget | None:
        if code == _PER_ACCOUNT:
            return CHANGES
        return next(iter(call.cost), None) if code in _BUCKETS else None


SIGNS = OkxSigns(usage={}, exhausted=lambda _: None, banned_until_ms=lambda _: None, forbidden_ms=_FORBIDDEN_MS)
