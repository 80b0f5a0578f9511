"""Positions in pairs: what an account's orders on margin add up to.

The engine moves the balances of a pair and lets them go below zero; the position is read from the fills. Source: OKX
v5 docs, "Get positions": `pos` is never negative, `posCcy` tells the side (base long, quote short).
"""

from dataclasses import dataclass

from simulator.okx.names import MARGIN
from simulator.okx.venue import Listed, Venue
from simulator.orders import Order, Side, Trade


@dataclass(slots=True)
class MarginPosition:
    """Net base amount and what it cost in quote, both signed, per pair and margin mode; fees are left out."""

    listed: Listed
    mode: str
    ccy: str
    quantity: int = 0
    cost: int = 0
    realised: int = 0
    opened_us: int = 0
    updated_us: int = 0

    @property
    def average(self) -> int:
        """The average opening price."""
        return self.listed.instrument.average(abs(self.cost), abs(self.quantity))

    def unrealised(self) -> int:
        """Profit or loss at the mark price, in quote."""
        worth = self.listed.instrument.value(self.listed.mark, abs(self.quantity))
        return (worth if self.quantity > 0 else -worth) - self.cost

    def closable(self, side: Side) -> int:
        """How much an order of this side could close."""
        return max(0, self.quantity if side is Side.SELL else -self.quantity)

    def add(self, order: Order, trade: Trade) -> None:
        """Take a fill in: what goes against the position closes it first."""
        sign = 1 if order.side is Side.BUY else -1
        closing = min(trade.quantity, self.closable(order.side))
        value = sign * trade.quote
        if closing:
            share = self.cost * closing // abs(self.quantity)
            returned = value * closing // trade.quantity
            self.realised -= share + returned
            self.cost -= share
            value -= returned
        if not self.quantity or trade.quantity > closing > 0:
            self.opened_us = trade.time_us
        self.quantity += sign * trade.quantity
        self.cost += value
        self.updated_us = trade.time_us


def margin_positions(venue: Venue, user: str) -> list[MarginPosition]:
    """Everything an account holds, or has held, on margin."""
    found: dict[tuple[str, str], MarginPosition] = {}
    for listed in venue.of_kind(MARGIN):
        for trade, order in listed.market.registry.fills.get((user, listed.inst_id), ()):
            if order.ask.notes["instType"] != MARGIN:
                continue
            mode = order.ask.notes["tdMode"]
            key = (listed.inst_id, mode)
            if key not in found:
                found[key] = MarginPosition(listed, mode, order.ask.notes["ccy"])
            found[key].add(order, trade)
    return list(found.values())
