"""A call and those that complete it: the next page, what belongs to it, the other place to look."""

from __future__ import annotations

from typing import TypeVar

from router.errors import NotProcessed, OutcomeUnknown, Rejected, RouterError
from workers.calls.endpoint import Call
from workers.calls.pipeline import Proceed

T = TypeVar("T")


def carry(call: Call[T], send: Proceed) -> T:
    """Send a call and whatever its answers ask for; the last reply stands for all.

    Raises: what ``send`` raises. Once a write of them has been carried out, trouble with what follows is
    OutcomeUnknown: it must never look as if nothing had happened.
    """
    changed, first = False, call
    while True:
        following: Call[T] | None
        first.trace.calls += 1
        try:
            reply = send(call)
        except Rejected as refusal:
            following = call.otherwise(refusal) if call.otherwise is not None else None
            if following is None:
                raise _after(refusal, changed=changed) from refusal
        except NotProcessed as trouble:
            raise _after(trouble, changed=changed) from trouble
        else:
            changed = changed or call.endpoint.writes
            following = call.then(reply) if call.then is not None else None
            if following is None:
                return reply
        following.probe, following.bulk, following.symbol = call.probe, call.bulk, following.symbol or call.symbol
        call = following


def _after(error: NotProcessed | Rejected, *, changed: bool) -> RouterError:
    return OutcomeUnknown(error.problem) if changed else error
