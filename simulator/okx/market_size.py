"""Cutting a market order of a pair to what the balance allows. Source: OKX v5 docs, "Place order", `banAmend`.

It applies to a buy sized in base and to a sell sized in quote: there the exchange cannot know beforehand what is
needed.
"""

from simulator.amounts import SCALE
from simulator.instruments import Kind
from simulator.market import Market
from simulator.orders import NewOrder, Side


def shrink_to_balance(market: Market, ask: NewOrder) -> bool:
    """Cut an order that the balance does not cover; False when it is of no such kind, or nothing would be left."""
    instrument = ask.instrument
    if instrument.kind is not Kind.SPOT or ask.price is not None or ask.borrow:
        return False
    if ask.side is Side.BUY and ask.quantity:
        quantity = _affordable(market, ask)
    elif ask.side is Side.SELL and ask.quote_quantity:
        quantity = market.funds.spendable(ask.account, instrument.base, borrow=False)
    else:
        return False
    quantity -= quantity % instrument.step
    if quantity < instrument.min_quantity:
        return False
    ask.quantity, ask.quote_quantity = quantity, 0
    return True


def _affordable(market: Market, ask: NewOrder) -> int:
    """How much base the free quote buys on the present book."""
    left = market.funds.spendable(ask.account, ask.instrument.quote, borrow=False)
    bought = 0
    for price, level in market.pits[ask.instrument.symbol].book.asks.best_first():
        step = ask.instrument.step
        wanted = min(ask.quantity - bought, left * SCALE // price)
        took = min(
            wanted - wanted % step, sum(each.remaining for each in level.values() if each.account != ask.account)
        )
        if took <= 0:
            break
        bought += took
        left -= ask.instrument.value(price, took)
    return bought
