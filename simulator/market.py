"""One market of one exchange: accepts, matches, wakes, cancels and amends orders."""

from simulator.books import Book
from simulator.clock import Clock
from simulator.ledger import Cancel, Ledger
from simulator.listing import Listing
from simulator.maker import Quoter
from simulator.matching import Matcher, Pit
from simulator.orders import Amendment, NewOrder, Order, Reason, Refused, Side, Status, TimeInForce
from simulator.registry import Registry
from simulator.spot import SpotSettlement
from simulator.wallets import Wallet, Wallets

NO_LIQUIDITY = "INSUFFICIENT_LIQUIDITY"
IOC_REST = "UNFILLED_IOC_QUANTITY_EXPIRED"
FOK_MISSED = "UNFILLED_FOK_ORDER_EXPIRED"


class Market:
    """A spot market. All methods run to their end at once: there is no state between two requests.

    Raises (where an order is refused): `simulator.orders.Refused`, with nothing changed.
    """

    def __init__(self, listing: Listing, clock: Clock, ledger: Ledger, seed: int) -> None:
        self.listing = listing
        self.clock = clock
        self.ledger = ledger
        self.wallets = Wallets()
        self.instruments = {each.symbol: each for each in listing.instruments}
        self.matcher = Matcher(listing, clock, ledger, SpotSettlement(self.wallets, listing.rates))
        self.pits: dict[str, Pit] = {}
        for each in listing.instruments:
            book = Book(each.seed_price)
            self.pits[each.symbol] = Pit(
                book, Quoter(each, book, f"{seed}/{listing.exchange}/{listing.market}/{each.symbol}")
            )
        self._order_ids = 1_000_000
        self._execution_ids = 0

    @property
    def registry(self) -> Registry:
        """The orders of this market."""
        return self.matcher.registry

    def wallet(self, account: str) -> Wallet:
        """An account's balances."""
        return self.wallets[account]

    def place(self, ask: NewOrder) -> Order:
        """Accept an order, match it, and settle everything that follows from it."""
        pit = self.pits[ask.instrument.symbol]
        self._order_ids += 1
        order = Order(ask, self._order_ids, 0, self.clock.now_us())
        if ask.trigger is None:
            self._enter(order, pit)
        else:
            self._arm(order, pit)
        self._settle(pit)
        return order

    def cancel(self, order: Order, cancel_client_order_id: str) -> None:
        """Cancel an open order; it takes over the cancel's client id."""
        pit = self.pits[order.instrument.symbol]
        self._take_off(order, pit)
        self.matcher.end(order, Status.CANCELED)
        self.registry.rename(order, cancel_client_order_id)
        record = Cancel(self.ledger.next_seq(), order, cancel_client_order_id, order.remaining, order.updated_us)
        self.ledger.cancels.append((self.listing.exchange, self.listing.market, record))
        self._settle(pit)

    def amend(self, order: Order, quantity: int, client_order_id: str) -> Amendment:
        """Reduce an open order's quantity; it keeps its place in the queue.

        An order amended to no more than it has filled expires (assumption: the documents only say that it can
        happen).
        """
        pit = self.pits[order.instrument.symbol]
        self._execution_ids += 1
        record = Amendment(
            self._execution_ids, order.client_order_id, client_order_id, order.quantity, quantity, self.clock.now_us()
        )
        order.amendments.append(record)
        self.registry.rename(order, client_order_id)
        if quantity <= order.filled:
            self._take_off(order, pit)
            order.quantity = order.filled
            self.matcher.end(order, Status.EXPIRED)
        else:
            order.quantity = quantity
            order.visible = min(order.visible, order.remaining)
            self.matcher.settlement.shrink(order)
            order.touch(record.time_us)
            pit.book.updates += 1
        self._settle(pit)
        return record

    def move(self, symbol: str, price: int) -> None:
        """Move the market to a price.

        Resting orders it passes are filled, stops wake up, the ladder is rebuilt around it.
        """
        pit = self.pits[symbol]
        for side in (Side.SELL, Side.BUY):
            self._sweep(pit, side, price)
        pit.book.last_price = price
        pit.quoter.requote(price)
        self._settle(pit)

    def deposit(self, account: str, asset: str, amount: int) -> None:
        """Credit an account."""
        self.wallets[account].free[asset] += amount

    def _register(self, order: Order) -> None:
        order.seq = self.ledger.next_seq()
        self.ledger.orders.append((self.listing.exchange, self.listing.market, order))
        self.registry.add(order)

    def _enter(self, order: Order, pit: Pit) -> None:
        """Reserve, accept and match an order that works at once."""
        ask = order.ask
        if ask.post_only and pit.book.crosses(order.side, order.price or 0):
            raise Refused(Reason.WOULD_TAKE)
        self._reserve(order, pit)
        self._register(order)
        self._work(order, pit)

    def _reserve(self, order: Order, pit: Pit) -> None:
        if order.price is None:
            self.matcher.settlement.afford(order, pit.book)
        else:
            self.matcher.settlement.reserve(order, order.price)

    def _work(self, order: Order, pit: Pit) -> None:
        order.working_us = self.clock.now_us()
        if order.ask.time_in_force is TimeInForce.FOK and not self.matcher.can_fill(order, pit.book):
            self.matcher.end(order, Status.EXPIRED, FOK_MISSED)
            return
        self.matcher.take(order, pit)
        if not order.open:
            return
        if order.ask.quote_quantity:
            self._end_quote_order(order, pit)
        elif order.price is None:
            self.matcher.end(order, Status.EXPIRED, NO_LIQUIDITY)
        elif order.ask.time_in_force is TimeInForce.IOC:
            self.matcher.end(order, Status.EXPIRED, IOC_REST)
        else:
            pit.book.rest(order, order.price)

    def _end_quote_order(self, order: Order, pit: Pit) -> None:
        """A quote amount is used up when less than one lot is left of it; its quantity is what it traded."""
        order.quantity = order.filled
        if order.filled and pit.book.other(order.side).keys:
            self.matcher.end(order, Status.FILLED)
        else:
            self.matcher.end(order, Status.EXPIRED, NO_LIQUIDITY)

    def _arm(self, order: Order, pit: Pit) -> None:
        """Accept a conditional order: it locks its funds (a stop at any price: at the stop price) and sleeps."""
        trigger = order.ask.trigger
        if trigger is None or trigger.fires(pit.book.last_price, self.clock.now_us()):
            raise Refused(Reason.WOULD_TRIGGER)
        price = order.price if order.price is not None else trigger.price or pit.book.last_price
        self.matcher.settlement.reserve(order, price)
        self._register(order)
        pit.asleep[order.order_id] = order

    def _take_off(self, order: Order, pit: Pit) -> None:
        if pit.asleep.pop(order.order_id, None) is None:
            pit.book.drop(order, order.price or 0)

    def _settle(self, pit: Pit) -> None:
        """Fill the ladder up and wake the stops, until nothing moves any more."""
        pit.quoter.replenish()
        while pit.asleep:
            order = self._next_awake(pit)
            if order is None:
                return
            self._wake(order, pit)
            pit.quoter.replenish()

    def _next_awake(self, pit: Pit) -> Order | None:
        last, now = pit.book.last_price, self.clock.now_us()
        for order in pit.asleep.values():
            if order.ask.trigger is not None and order.ask.trigger.fires(last, now):
                return order
        return None

    def _wake(self, order: Order, pit: Pit) -> None:
        del pit.asleep[order.order_id]
        self.matcher.settlement.release(order)
        order.touch(self.clock.now_us())
        try:
            self._reserve(order, pit)
        except Refused:
            # The market moved past what was locked: the exchange accepted the order, so it can only expire.
            self.matcher.end(order, Status.EXPIRED, NO_LIQUIDITY)
            return
        self._work(order, pit)

    def _sweep(self, pit: Pit, side: Side, price: int) -> None:
        """Let the market maker take every user's order that a move to `price` passes."""
        book = pit.book
        pit.quoter.withdraw()
        quantity = sum(
            order.remaining
            for level_price, level in book.other(side).best_first()
            if (level_price >= price if side is Side.SELL else level_price <= price)
            for order in level.values()
        )
        if quantity:
            self.matcher.take(pit.quoter.order(side, price, quantity), pit)
