"""Spot settlement: what an order locks, what a fill moves, what commission it pays."""

from simulator.amounts import DECIMALS, SCALE, notional
from simulator.books import Book
from simulator.funds import Funds
from simulator.listing import Rates
from simulator.orders import Order, Reason, Refused, SelfTrade, Side, Trade
from simulator.pool import Pool
from simulator.settlement import Displaced, Fee
from simulator.wallets import FEES, MAKER

_FEE_GRAIN: int = 10 ** (DECIMALS - 8)  # commissions have eight decimals


def commission(amount: int, rate: int) -> int:
    """The commission on a received amount, cut to eight decimals."""
    fee = amount * rate // SCALE
    return fee - fee % _FEE_GRAIN


class SpotSettlement:
    """Moves balances between wallets; a sum over all wallets never changes."""

    def __init__(self, pool: Pool, rates: Rates) -> None:
        self.wallets = pool.wallets
        self.rates = rates
        self.funds = Funds(pool)

    def arm(self, order: Order, price: int, *, force: bool = False) -> None:
        """A conditional order locks its funds at once, or not at all before it wakes up."""
        if order.ask.holds:
            self.reserve(order, price, force=force)

    def reserve(self, order: Order, price: int, *, force: bool = False) -> None:
        """Lock what a resting order may spend: quantity x price in quote for a buy, quantity in base for a sell.

        Raises: Refused (insufficient balance), with nothing locked.
        """
        if order.account == MAKER:
            return
        order.reserve_price = price if order.side is Side.BUY else SCALE
        amount = notional(order.reserve_price, order.remaining)
        wallet = self.wallets[order.account]
        asset = spends(order)
        if not force and self.funds.spendable(order.account, asset, borrow=order.ask.borrow) < amount:
            raise Refused(Reason.INSUFFICIENT_BALANCE)
        wallet.lock(asset, amount)
        order.reserved = amount

    def afford(self, order: Order, book: Book) -> None:
        """Check that an order at any price can pay for what the book would give it now; nothing is locked.

        Raises: Refused (insufficient balance; or no liquidity, for a quote amount below one lot).
        """
        base, quote = market_cost(order, book)
        if order.ask.quote_quantity and not base and book.other(order.side).keys:
            raise Refused(Reason.NO_LIQUIDITY)
        need = quote if order.side is Side.BUY else base
        if order.ask.quote_quantity and order.side is Side.BUY:
            need = order.ask.quote_quantity
        if order.account == MAKER:
            return
        if self.funds.spendable(order.account, spends(order), borrow=order.ask.borrow) < need:
            raise Refused(Reason.INSUFFICIENT_BALANCE)

    def release(self, order: Order) -> None:
        """Unlock what an ended order did not spend."""
        if order.reserved:
            self.wallets[order.account].unlock(spends(order), order.reserved)
            order.reserved = 0

    def shrink(self, order: Order) -> None:
        """Unlock what an amended order no longer needs."""
        needed = notional(order.reserve_price, order.remaining)
        if order.reserved > needed:
            self.wallets[order.account].unlock(spends(order), order.reserved - needed)
            order.reserved = needed

    def fill(self, trade: Trade) -> None:
        """Move both assets and the commissions of a trade."""
        self._pay(trade.buy, trade.quote, trade.quantity, trade.time_us)
        self._pay(trade.sell, trade.quantity, trade.quantity, trade.time_us)
        self._receive(trade.buy, trade.quantity, trade.buy_fee)
        self._receive(trade.sell, trade.quote, trade.sell_fee)

    def displaced(self, trade: Trade) -> list[Displaced]:  # noqa: ARG002 - the shape of a settlement
        """Spot has no positions that an order could reduce."""
        return []

    def _pay(self, order: Order, amount: int, quantity: int, now_us: int) -> None:
        wallet = self.wallets[order.account]
        wallet.updated_us = now_us
        asset = spends(order)
        if order.reserved:
            spent = notional(order.reserve_price, quantity)
            order.reserved -= spent
            wallet.unlock(asset, spent)
        wallet.free[asset] -= amount

    def _receive(self, order: Order, amount: int, fee: Fee) -> None:
        asset = fee[1]
        self.wallets[order.account].free[asset] += amount - fee[0]
        if fee[0]:
            self.wallets[FEES].free[asset] += fee[0]

    def fees(self, buy: Order, sell: Order, size: tuple[int, int], *, buyer_is_maker: bool) -> tuple[Fee, Fee]:
        """Each side pays from what it receives; the synthetic market maker pays nothing."""
        quantity, quote = size
        instrument = buy.instrument
        buyer, seller = (self.rates.maker, self.rates.taker) if buyer_is_maker else (self.rates.taker, self.rates.maker)
        return (
            (0 if buy.account == MAKER else commission(quantity, buyer), instrument.base),
            (0 if sell.account == MAKER else commission(quote, seller), instrument.quote),
        )


def spends(order: Order) -> str:
    """The asset an order gives."""
    return order.instrument.quote if order.side is Side.BUY else order.instrument.base


def market_cost(order: Order, book: Book) -> tuple[int, int]:
    """What a market order would trade on the present book: (base, quote)."""
    base = quote = 0
    own = (
        order.account if order.ask.self_trade is not SelfTrade.NONE else None
    )  # prevented, so it neither costs nor fills
    for price, level in book.other(order.side).best_first():
        wanted = lots_for_quote(order, price, quote) if order.ask.quote_quantity else order.remaining - base
        if wanted <= 0:
            break
        took = min(wanted, sum(each.remaining for each in level.values() if each.account != own))
        base += took
        quote += order.instrument.value(price, took)
    return base, quote


def lots_for_quote(order: Order, price: int, spent: int) -> int:
    """How much base, in whole lots, the rest of a quote amount buys (or must be sold for) at a price."""
    wanted = (order.ask.quote_quantity - spent) * SCALE // price
    return wanted - wanted % order.instrument.step
