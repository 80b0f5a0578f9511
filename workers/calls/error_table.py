"""An exchange's codes as a table: which of our three classes, which kind. Decided on code and text, never on status."""

from __future__ import annotations

import re
from typing import NamedTuple

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Problem, Rejected

Verdict = type[NotProcessed] | type[Rejected] | type[OutcomeUnknown]
_LONGEST = 300


class Fault(NamedTuple):
    """What an exchange said in an error reply: its code as text, and its words."""

    code: str
    message: str

    def problem(self, kind: ErrorKind, retry_after_ms: int | None = None) -> Problem:
        """The same in our words; the message is cut to 300 characters."""
        return Problem(kind=kind, message=self.message[:_LONGEST], code=self.code, retry_after_ms=retry_after_ms)


class Ruling(NamedTuple):
    """These codes mean that; ``text`` narrows it to messages that match as a whole where the code is too coarse."""

    verdict: Verdict
    kind: ErrorKind
    codes: tuple[str, ...]
    text: str = ".*"


class ErrorTable:
    """The first ruling that fits decides, so narrow ones stand before wide ones."""

    def __init__(self, *rulings: Ruling) -> None:
        self._by_code: dict[str, list[tuple[re.Pattern[str], Ruling]]] = {}
        for ruling in rulings:
            for code in ruling.codes:
                self._by_code.setdefault(code, []).append((re.compile(ruling.text, re.DOTALL), ruling))

    def judge(self, fault: Fault) -> Ruling | None:
        """The ruling for what the exchange said; None for a code that nobody has listed."""
        for pattern, ruling in self._by_code.get(fault.code, ()):
            if pattern.fullmatch(fault.message):
                return ruling
        return None

    def error(self, fault: Fault) -> NotProcessed | Rejected | OutcomeUnknown:
        """What one item of a batch that writes comes to; a code that nobody has listed leaves its outcome unknown."""
        ruling = self.judge(fault) or Ruling(OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY, ())
        return ruling.verdict(fault.problem(ruling.kind))

    @property
    def codes(self) -> frozenset[str]:
        """Every code that is listed."""
        return frozenset(self._by_code)
