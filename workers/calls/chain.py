"""A call and those that complete it: the next page, or the look at what an acceptance came to."""

from __future__ import annotations

from typing import TypeVar

from router.errors import NotProcessed, OutcomeUnknown, Rejected
from workers.calls.endpoint import Call
from workers.calls.pipeline import Proceed

T = TypeVar("T")


def carry(call: Call[T], send: Proceed) -> T:
    """Send a call and whatever its replies ask for; the last reply stands for all.

    Raises: what ``send`` raises. Once a write has been carried out, trouble with what follows it is OutcomeUnknown:
    it must never look as if nothing had happened.
    """
    reply = send(call)
    step = call
    while step.then is not None:
        following = step.then(reply)
        if following is None:
            break
        following.probe, following.symbol = call.probe, following.symbol or call.symbol
        try:
            reply = send(following)
        except (NotProcessed, Rejected) as error:
            if call.endpoint.writes:
                raise OutcomeUnknown(error.problem) from error
            raise
        step = following
    return reply
