"""One market of one exchange: accepts, matches, wakes, cancels and amends orders."""

from simulator.algos import Algo, AlgoStatus
from simulator.floor import Floor
from simulator.ledger import Cancel
from simulator.listing import Listing
from simulator.orders import Amendment, NewOrder, Order, Reason, Refused, Side, Status
from simulator.pit import Pit
from simulator.pool import Pool
from simulator.triggers import Trigger


class Market(Floor):
    """A market of spot pairs or of contracts. All methods run to their end at once: requests see no state in between.

    Raises (where an order is refused): `simulator.orders.Refused`, with nothing changed.
    """

    def __init__(self, listing: Listing, pool: Pool) -> None:
        super().__init__(listing, pool)
        self._execution_ids = 0

    def place(self, ask: NewOrder) -> Order:
        """Accept an order, match it, and settle everything that follows from it."""
        pit = self.pits[ask.instrument.symbol]
        order = self.new(ask, pit)
        self.settle(pit)
        return order

    def cancel(self, order: Order, cancel_client_order_id: str | None = None, reason: str = "") -> None:
        """Cancel an open order; it takes over the cancel's client id, if that has one."""
        pit = self.pits[order.instrument.symbol]
        self.take_off(order, pit)
        self.matcher.end(order, Status.CANCELED, reason)
        if cancel_client_order_id is not None:
            self.registry.rename(order, cancel_client_order_id)
        name = cancel_client_order_id or ""
        record = Cancel(self.ledger.next_seq(), order, name, order.remaining, order.updated_us)
        self.ledger.cancels.append((self.listing.exchange, self.listing.market, record))
        self.settle(pit)

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
            self.take_off(order, pit)
            order.quantity = order.filled
            self.matcher.end(order, Status.EXPIRED)
        else:
            order.quantity = quantity
            order.visible = min(order.visible, order.remaining)
            self.matcher.settlement.shrink(order)
            order.touch(record.time_us)
            pit.book.updates += 1
        self.settle(pit)
        return record

    def replace(self, order: Order, price: int | None, quantity: int, trigger_price: int | None = None) -> Amendment:
        """Give an open order another price and whole quantity: it loses its place and may match at once.

        With no more than it has filled it is cancelled. A conditional order that sleeps goes on sleeping, with another
        trigger price if one is given.

        Raises: Refused (would take, insufficient balance), and the order stays as it was.
        """
        pit = self.pits[order.instrument.symbol]
        asleep = order.order_id in pit.asleep
        if order.ask.post_only and not asleep and pit.book.crosses(order.side, price or 0):
            raise Refused(Reason.WOULD_TAKE)
        self._execution_ids += 1
        name, now, old = order.client_order_id, self.clock.now_us(), (order.quantity, order.price or 0)
        if quantity <= order.filled:
            self.cancel(order)
        else:
            self._reserve_anew(order, price, quantity)
            if trigger_price is not None and order.ask.trigger is not None:
                order.ask.trigger.price = trigger_price
            if not asleep:
                pit.book.drop(order, old[1])
                self.work(order, pit)
        order.touch(now)
        record = Amendment(self._execution_ids, name, name, old[0], quantity, now, old[1], price or 0)
        order.amendments.append(record)
        self.settle(pit)
        return record

    def _reserve_anew(self, order: Order, price: int | None, quantity: int) -> None:
        settlement = self.matcher.settlement
        old = (order.price, order.quantity)
        asleep = order.order_id in self.pits[order.instrument.symbol].asleep
        reserve = settlement.arm if asleep else settlement.reserve
        settlement.release(order)
        order.price, order.quantity = price, quantity
        try:
            reserve(order, price or order.reserve_price)
        except Refused:
            order.price, order.quantity = old
            reserve(order, old[0] or order.reserve_price, force=True)
            raise

    def watch(self, ask: NewOrder, trigger: Trigger, client_id: str, *, close_all: bool = False) -> Algo:
        """Accept an algo order. Raises: Refused (would trigger at once)."""
        pit = self.pits[ask.instrument.symbol]
        now = self.clock.now_us()
        if trigger.fires(pit.watched(trigger), now):
            raise Refused(Reason.WOULD_TRIGGER)
        number = self.pool.next_order_id()
        algo = Algo(number, client_id, ask, trigger, self.ledger.next_seq(), now, now, now + ask.hidden_us, close_all)
        self.algos.add(algo)
        pit.algos[number] = algo
        self.ledger.algos.append((self.listing.exchange, self.listing.market, algo))
        if ask.good_till_us:
            self.pool.timers.set(
                ("good till", number), ask.good_till_us, lambda: self.end_algo(algo, AlgoStatus.EXPIRED)
            )
        return algo

    def unwatch(self, algo: Algo) -> None:
        """Cancel an algo order that has not fired."""
        self.end_algo(algo, AlgoStatus.CANCELED)

    def move(self, symbol: str, price: int) -> None:
        """Move the market to a price.

        Resting orders it passes are filled, stops wake up, the ladder is rebuilt around it.
        """
        pit = self.pits[symbol]
        for side in (Side.SELL, Side.BUY):
            self._sweep(pit, side, price)
        pit.book.last_price = price
        pit.quoter.requote(price)
        self.settle(pit)

    def deposit(self, account: str, asset: str, amount: int) -> None:
        """Credit an account."""
        self.wallets[account].free[asset] += amount

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
