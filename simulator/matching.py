"""Matching: price first, then time; what a match does to both orders."""

from collections.abc import Callable

from simulator.books import Book, BookSide
from simulator.clock import Clock
from simulator.ledger import Ledger
from simulator.listing import Listing
from simulator.orders import Order, SelfTrade, Side, Status, Trade
from simulator.pit import Pit
from simulator.registry import Registry
from simulator.settlement import Settlement
from simulator.spot import lots_for_quote
from simulator.wallets import MAKER

NOTHING_LEFT = "NOTHING_LEFT_TO_REDUCE"


def _ignore(order: Order, maker: bool) -> None:  # noqa: FBT001 - the shape of a listener
    """No one listens to first fills."""


class Matcher:
    """Matches takers against a book and books every consequence."""

    def __init__(self, listing: Listing, clock: Clock, ledger: Ledger, settlement: Settlement) -> None:
        self.listing = listing
        self.clock = clock
        self.ledger = ledger
        self.settlement = settlement
        self.registry = Registry()
        self.on_first_fill: Callable[[Order, bool], None] = _ignore
        self._trade_ids: dict[str, int] = {}
        self._prevented_ids = 0

    def take(self, taker: Order, pit: Pit) -> None:
        """Match until the taker is filled, the book has nothing better, or self-trade prevention ends it."""
        against = pit.book.other(taker.side)
        limit = None if taker.price is None else against.key(taker.price)
        while taker.open and against.keys and (limit is None or against.keys[-1] >= limit):
            maker = against.front()
            if maker.account == taker.account and taker.ask.self_trade is not SelfTrade.NONE:
                self._prevent(taker, maker, pit)
                continue
            quantity = min(maker.visible, _wanted(taker, maker))
            if quantity <= 0:
                break
            self._trade(taker, maker, quantity, pit)

    def can_fill(self, taker: Order, book: Book) -> bool:
        """Whether the book could fill the taker wholly at its price, without its own orders if those are prevented."""
        wanted = taker.remaining
        for price, level in book.other(taker.side).best_first():
            if taker.price is not None and (price > taker.price if taker.side is Side.BUY else price < taker.price):
                break
            own = taker.account if taker.ask.self_trade is not SelfTrade.NONE else None
            wanted -= sum(order.remaining for order in level.values() if order.account != own)
            if wanted <= 0:
                return True
        return False

    def end(self, order: Order, status: Status, expiry: str = "") -> None:
        """Close an order that is not on a book (any more): unlock the rest, free its client id."""
        order.expiry = expiry
        self.settlement.release(order)
        if order.account != MAKER:
            self.registry.close(order)
        order.close(status, self.clock.now_us())

    def _trade(self, taker: Order, maker: Order, quantity: int, pit: Pit) -> None:
        price = maker.price or 0
        trade = self._record(taker, maker, price, quantity)
        self.settlement.fill(trade)
        pit.book.last_price = price
        pit.book.updates += 1
        pit.tape.add(trade)
        self.ledger.trades.append((self.listing.exchange, self.listing.market, trade))
        self._filled(maker, trade, as_maker=True)
        self._advance(maker, quantity, price, pit)
        self._filled(taker, trade, as_maker=False)
        if not taker.ask.quote_quantity and taker.filled >= taker.quantity:
            self.end(taker, Status.FILLED)
        for order, allowed in self.settlement.displaced(trade):
            self._displace(order, allowed, pit)

    def _displace(self, order: Order, allowed: int, pit: Pit) -> None:
        """Trim an order to what it may still fill; with nothing left it ends."""
        if not order.open:
            return
        if allowed:
            order.quantity = order.filled + allowed
            order.visible = min(order.visible, allowed)
            order.touch(self.clock.now_us())
            return
        price = order.price or 0
        if pit.asleep.pop(order.order_id, None) is None and pit.book.holds(order, price):
            pit.book.drop(order, price)
        self.end(order, Status.EXPIRED, NOTHING_LEFT)

    def _record(self, taker: Order, maker: Order, price: int, quantity: int) -> Trade:
        symbol = taker.instrument.symbol
        number = self._trade_ids[symbol] = self._trade_ids.get(symbol, 0) + 1
        maker_buys = maker.side is Side.BUY
        buy, sell = (maker, taker) if maker_buys else (taker, maker)
        quote = taker.instrument.value(price, quantity)
        buy_fee, sell_fee = self.settlement.fees(buy, sell, (quantity, quote), buyer_is_maker=maker_buys)
        return Trade(
            seq=self.ledger.next_seq(),
            trade_id=number,
            symbol=symbol,
            price=price,
            quantity=quantity,
            quote=quote,
            time_us=self.clock.now_us(),
            buy=buy,
            sell=sell,
            buyer_is_maker=maker_buys,
            buy_fee=buy_fee,
            sell_fee=sell_fee,
        )

    def _filled(self, order: Order, trade: Trade, *, as_maker: bool) -> None:
        first = not order.filled
        order.filled += trade.quantity
        order.filled_quote += trade.quote
        order.status = Status.PARTIALLY_FILLED
        order.touch(trade.time_us)
        if order.account != MAKER:
            self.registry.add_fill(order, trade)
            if first:
                self.on_first_fill(order, as_maker)

    def _advance(self, maker: Order, quantity: int, price: int, pit: Pit) -> None:
        """Move a maker on after a fill: off the book when done, to the back when its visible part is used up."""
        maker.visible -= quantity
        side: BookSide = pit.book.own(maker.side)
        if maker.account == MAKER:
            pit.quoter.hit.append(maker)
        if maker.filled >= maker.quantity:
            side.remove(maker, price)
            self.end(maker, Status.FILLED)
        elif maker.visible <= 0:
            maker.visible = min(maker.ask.iceberg, maker.remaining)
            side.requeue(maker, price)

    def _prevent(self, taker: Order, maker: Order, pit: Pit) -> None:
        self._prevented_ids += 1
        prevented = min(maker.remaining, max(_wanted(taker, maker), 0))
        mode = taker.ask.self_trade
        if mode in (SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH):
            pit.book.drop(maker, maker.price or 0)
            self._expire_in_match(maker, prevented)
        if mode in (SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_BOTH):
            self._expire_in_match(taker, prevented)

    def _expire_in_match(self, order: Order, prevented: int) -> None:
        order.prevented, order.prevented_id = prevented, self._prevented_ids
        if order.ask.quote_quantity:
            order.quantity = order.filled
        self.end(order, Status.EXPIRED_IN_MATCH)


def _wanted(taker: Order, maker: Order) -> int:
    """How much the taker still wants at the maker's price."""
    if taker.ask.quote_quantity:
        return lots_for_quote(taker, maker.price or 0, taker.filled_quote)
    return taker.remaining
