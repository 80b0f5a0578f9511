"""Settlement of contracts: margin instead of payment, profit and loss into the settlement asset."""

from simulator.amounts import SCALE
from simulator.books import Book
from simulator.funds import Funds
from simulator.instruments import Kind
from simulator.listing import Rates
from simulator.orders import Order, Reason, Refused, Side, Trade
from simulator.pool import Pool
from simulator.positions import Position
from simulator.settlement import Displaced, Fee
from simulator.spot import commission, market_cost
from simulator.wallets import FEES, MAKER

REALISED, COMMISSION, PREMIUM = "realised", "commission", "premium"
OPTION_FEE_CAP = 125 * SCALE // 1000
"""An option's commission follows the underlying's price, but is at most this share of its own (OKX, "Fees")."""


class MarginSettlement:
    """Holds a pool's wallets and positions together: over all accounts, wallet less cost never changes.

    (Options are paid for at once, so there the wallets alone never change.)
    """

    def __init__(self, pool: Pool, rates: Rates) -> None:
        self.pool = pool
        self.rates = rates
        self.funds = Funds(pool)

    def position(self, order: Order) -> Position:
        """The position an order acts on."""
        ask = order.ask
        return self.pool.positions.get(order.account, ask.instrument, ask.position_side, isolated=ask.isolated)

    def arm(self, order: Order, price: int, *, force: bool = False) -> None:
        """A conditional order needs no margin before it wakes up (Binance futures docs, "Algo order")."""

    def reserve(self, order: Order, price: int, *, force: bool = False) -> None:
        """Count what a resting order may need into the margin of its position, or trim it to what it can close.

        Raises: Refused (insufficient balance; nothing to reduce), with nothing changed.
        """
        if order.account == MAKER:
            return
        position = self.position(order)
        if order.ask.closes:
            self._close_only(order, position)
            return
        order.reserve_price = price
        value = self._needs(order, position, price, order.remaining)
        if not force:
            self._check(position, order.side, value)
        self._count(position, order.side, value)
        order.reserved = value

    def afford(self, order: Order, book: Book) -> None:
        """Check that an order at any price can be margined for what the book would give it now; nothing is counted.

        Raises: Refused (insufficient balance; nothing to reduce).
        """
        if order.account == MAKER:
            return
        position = self.position(order)
        if order.ask.closes:
            self._close_only(order, position)
            return
        quantity, value = market_cost(order, book)
        if order.instrument.kind is Kind.OPTION and quantity:
            value = self._needs(order, position, order.instrument.average(value, quantity), quantity)
        self._check(position, order.side, value)

    def release(self, order: Order) -> None:
        """Take what an ended order did not need out of its position's margin."""
        if order.account == MAKER:
            return
        position = self.position(order)
        position.closers.pop(order.order_id, None)
        if order.reserved:
            self._count(position, order.side, -order.reserved)
            order.reserved = 0

    def shrink(self, order: Order) -> None:
        """Take what an order of now smaller quantity no longer needs out of its position's margin."""
        if not order.reserved:
            return
        position = self.position(order)
        needed = min(order.reserved, self._needs(order, position, order.reserve_price, order.remaining))
        self._count(position, order.side, needed - order.reserved)
        order.reserved = needed

    def fees(self, buy: Order, sell: Order, size: tuple[int, int], *, buyer_is_maker: bool) -> tuple[Fee, Fee]:
        """A share of the value, in the settlement asset; the synthetic market maker pays nothing."""
        buyer, seller = (self.rates.maker, self.rates.taker) if buyer_is_maker else (self.rates.taker, self.rates.maker)
        asset = buy.instrument.settle
        return (self._fee(buy, size, buyer), asset), (self._fee(sell, size, seller), asset)

    def fill(self, trade: Trade) -> None:
        """Settle a trade on both sides."""
        trade.buy_pnl = self._settle(trade.buy, trade, trade.buy_fee[0])
        trade.sell_pnl = self._settle(trade.sell, trade, trade.sell_fee[0])

    def displaced(self, trade: Trade) -> list[Displaced]:
        """Reducing orders that are now greater than the position, and how much each may still fill."""
        found = []
        for order in (trade.buy, trade.sell):
            if order.account == MAKER:
                continue
            position = self.position(order)
            for closer in list(position.closers.values()):
                allowed = position.closable(closer.side)
                if closer.open and closer.remaining > allowed:
                    found.append((closer, allowed))
        return found

    def add_margin(self, position: Position, amount: int) -> None:
        """Move an amount into (or, below zero, out of) an isolated position, which keeps its initial margin.

        Raises: Refused (insufficient balance) when it is not there.
        """
        instrument = position.instrument
        value = position.value(self.pool.mark(instrument))
        least = value * SCALE // self.pool.positions.of_position(position) if amount < 0 else 0
        there = max(0, self.funds.available(position.account, instrument.settle))
        if amount > there or position.margin + amount < least:
            raise Refused(Reason.INSUFFICIENT_BALANCE)
        position.margin += amount

    def _close_only(self, order: Order, position: Position) -> None:
        allowed = position.closable(order.side)
        if not allowed:
            raise Refused(Reason.NOTHING_TO_REDUCE)
        order.quantity = min(order.quantity, order.filled + allowed)
        position.closers[order.order_id] = order

    def _needs(self, order: Order, position: Position, price: int, quantity: int) -> int:
        """What an order counts with: its value; for options what it pays, or the margin of what it writes."""
        instrument = order.instrument
        if instrument.kind is not Kind.OPTION:
            return instrument.value(price, quantity)
        opening = max(0, quantity - position.closable(order.side))
        if order.side is Side.BUY:
            return instrument.value(price, quantity)
        return self.funds.written(instrument, price, opening)

    def _check(self, position: Position, side: Side, value: int) -> None:
        """Raises: Refused when the orders' margin would grow by more than is available."""
        before = self.funds.margin(position).orders
        self._count(position, side, value)
        grows = self.funds.margin(position).orders - before
        self._count(position, side, -value)
        if grows > 0 and grows > self.funds.available(position.account, position.instrument.settle):
            raise Refused(Reason.INSUFFICIENT_BALANCE)

    def _count(self, position: Position, side: Side, value: int) -> None:
        if side is Side.BUY:
            position.bids += value
        else:
            position.asks += value

    def _fee(self, order: Order, size: tuple[int, int], rate: int) -> int:
        if order.account == MAKER:
            return 0
        quantity, value = size
        instrument = order.instrument
        if instrument.kind is not Kind.OPTION:
            return commission(value, rate)
        index = SCALE if instrument.settle == instrument.base else self.funds.index(instrument)
        return min(commission(instrument.value(index, quantity), rate), commission(value, OPTION_FEE_CAP))

    def _settle(self, order: Order, trade: Trade, fee: int) -> int:
        position, instrument = self.position(order), order.instrument
        if order.reserved:
            spent = min(order.reserved, self._spent(order, trade.quantity))
            order.reserved -= spent
            self._count(position, order.side, -spent)
        before = position.quantity
        flipped = not position.quantity or position.closable(order.side) < trade.quantity
        pnl = position.fill(order.side, trade.quantity, trade.quote)
        self._set_aside(position, order, trade, before)
        if flipped or not position.opened_us:
            position.opened_us = trade.time_us
        position.updated_us = trade.time_us
        position.fees += fee
        wallet = self.pool.wallets[order.account]
        wallet.updated_us = trade.time_us
        premium = -trade.quote if order.side is Side.BUY else trade.quote
        wallet.free[instrument.settle] += (premium if instrument.kind is Kind.OPTION else pnl) - fee
        if fee:
            self.pool.wallets[FEES].free[instrument.settle] += fee
        if order.account != MAKER:
            earned = (PREMIUM, premium) if instrument.kind is Kind.OPTION else (REALISED, pnl)
            self.pool.positions.earn(position, *earned, trade.time_us, trade.trade_id)
            self.pool.positions.earn(position, COMMISSION, -fee, trade.time_us, trade.trade_id)
        return pnl

    def _spent(self, order: Order, quantity: int) -> int:
        if order.instrument.kind is Kind.OPTION:
            return order.reserved * quantity // order.remaining
        return order.instrument.value(order.reserve_price, quantity)

    def _set_aside(self, position: Position, order: Order, trade: Trade, before: int) -> None:
        """Isolated margin: what closing gives back, and what opening takes at the position's leverage."""
        if not position.isolated or order.account == MAKER:
            return
        after = position.quantity
        turned = before * after <= 0
        if turned:
            position.margin = 0
        elif abs(after) < abs(before):
            position.margin = position.margin * after // before
        opened = abs(after) if turned else max(0, abs(after) - abs(before))
        if opened:
            value = trade.quote * opened // trade.quantity
            position.margin += value * SCALE // self.pool.positions.of_position(position)
