"""Funding: what holders of a perpetual pay each other, on command of the control API."""

from simulator.amounts import SCALE
from simulator.market import Market
from simulator.wallets import FEES

FUNDING = "funding"


def pay_funding(market: Market, symbol: str, rate: int) -> int:
    """Let every position in a perpetual pay its value at the mark price times a rate (an amount; shorts get it).

    Below zero it is the shorts who pay. What rounding leaves goes to the wallet of the fees.

    Returns: how many positions paid or received.
    """
    instrument, now = market.instruments[symbol], market.clock.now_us()
    asset = instrument.settle
    left = paid = 0
    for position in list(market.positions):
        if position.instrument is not instrument or not position.quantity:
            continue
        value = position.value(market.pits[symbol].mark)
        amount = (value if position.quantity > 0 else -value) * rate // SCALE
        market.wallets[position.account].free[asset] -= amount
        market.positions.earn(position, FUNDING, -amount, now)
        left += amount
        paid += 1
    market.wallets[FEES].free[asset] += left
    return paid
