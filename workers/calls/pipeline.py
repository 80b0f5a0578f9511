"""A call passes through small steps, the first outermost; each is a plain callable, tested alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from workers.calls.endpoint import Call

T = TypeVar("T")


class Proceed(Protocol):
    """What carries a call further and brings its parsed reply back, or raises one of our errors."""

    def __call__(self, call: Call[T], /) -> T:
        """Carry the call out."""


class Step(Protocol):
    """One concern on a call's way."""

    def __call__(self, call: Call[T], proceed: Proceed, /) -> T:
        """Do what this step is for, around (or instead of) ``proceed(call)``."""


def through(steps: Sequence[Step], send: Proceed) -> Proceed:
    """Put the steps in front of ``send``, the first outermost."""
    if not steps:
        return send
    first, rest = steps[0], through(steps[1:], send)

    def proceed(call: Call[T]) -> T:
        return first(call, rest)

    return proceed
