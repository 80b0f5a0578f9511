"""Several tickers in the calls that cost least: one for each symbol, one for some, or one for all, by declared cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from router.models import Ticker
from router.symbols import Symbol
from workers.calls.endpoint import Budget, Call

Tickers = list[Ticker]
NO_LIMIT = 1_000_000


class Offer(NamedTuple):
    """A way to ask: ``build`` makes the call for at most ``most`` symbols; it costs ``cost`` however few they are."""

    most: int
    cost: Mapping[Budget, int]
    build: Callable[[Sequence[Symbol]], Call[Tickers]]


def cheapest(symbols: Sequence[Symbol], offers: Sequence[Offer]) -> Call[Tickers]:
    """Ask for all of them by the offer that takes the smallest part of its limits; of equals in the fewest calls."""
    best = min(offers, key=lambda offer: (_calls(symbols, offer) * _part(offer.cost), _calls(symbols, offer)))
    groups = [symbols[at : at + best.most] for at in range(0, len(symbols), best.most)]
    return gathered([best.build(group) for group in groups])


def single(call: Call[Ticker]) -> Call[Tickers]:
    """One ticker as a list of one, with whatever calls complete it."""
    following = call.then

    def then(found: Tickers) -> Call[Tickers] | None:
        more = following(found[0]) if following is not None else None
        return None if more is None else single(more)

    return Call(
        call.endpoint,
        call.parameters,
        lambda document: [call.parse(document)],
        call.cost,
        symbol=call.symbol,
        counted_under=call.counted_under,
        then=then,
    )


def gathered(calls: Sequence[Call[Tickers]]) -> Call[Tickers]:
    """Calls one after the other, as a chain whose last reply is all that they told."""
    return _link(calls[0], calls[1:], [], first=True)


def _link(call: Call[Tickers], rest: Sequence[Call[Tickers]], found: Tickers, *, first: bool) -> Call[Tickers]:
    reply: Tickers = []

    def parse(document: object) -> Tickers:
        if first:
            found.clear()  # the chain is begun anew after a failure
        reply[:] = call.parse(document)
        return [*found, *reply]

    def then(_: Tickers) -> Call[Tickers] | None:
        more = call.then(list(reply)) if call.then is not None else None
        if more is not None:
            return _link(more, rest, found, first=False)
        found.extend(reply)
        return _link(rest[0], rest[1:], found, first=False) if rest else None

    return replace(call, parse=parse, then=then)


def _calls(symbols: Sequence[Symbol], offer: Offer) -> int:
    return math.ceil(len(symbols) / offer.most)


def _part(cost: Mapping[Budget, int]) -> float:
    return sum(units / budget.limit for budget, units in cost.items())
