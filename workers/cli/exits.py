"""Exit codes of the command line: one per class of outcome, so that a script knows what it may do next."""

from __future__ import annotations

from typing import Final

from router.errors import NeverSent, NotProcessed, OutcomeUnknown, QueueUnavailable, RouterError

DONE: Final = 0  # it is as it was asked for
FAULT: Final = 1  # a fault of ours; please report it
BAD_INPUT: Final = 2  # an argument, a setting or a file is wrong; nothing was accepted
REFUSED: Final = 3  # the exchange said no, or a look found trouble
NO_ANSWER: Final = 4  # accepted, and no outcome yet: it goes on; `pointsman status ID` tells
NOT_SENT: Final = 5  # it ended and never reached the exchange: expired, cancelled, failed
NO_QUEUE: Final = 6  # Redis does not answer; the same command with the same --idempotency-key may be given again


def exit_code(error: RouterError) -> int:
    """The code for an error."""
    if isinstance(error, ValueError):  # InvalidCommand, ConfigurationError
        return BAD_INPUT
    if isinstance(error, QueueUnavailable):
        return NO_QUEUE
    if isinstance(error, OutcomeUnknown):
        return NO_ANSWER
    return NOT_SENT if isinstance(error, (NeverSent, NotProcessed)) else REFUSED
