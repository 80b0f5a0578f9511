"""How an order goes through a pit: accepted, matched or rested, woken, ended. `simulator.market` is its face."""

from dataclasses import replace

from simulator.algos import Algo, AlgoRegistry, AlgoStatus
from simulator.funds import Funds
from simulator.listing import Listing
from simulator.margin import MarginSettlement
from simulator.matching import Matcher
from simulator.orders import NewOrder, Order, Reason, Refused, Status, TimeInForce
from simulator.pit import Pit, Pits
from simulator.pool import Pool
from simulator.registry import Registry
from simulator.spot import SpotSettlement
from simulator.wallets import Wallet

NO_LIQUIDITY = "INSUFFICIENT_LIQUIDITY"
IOC_REST = "UNFILLED_IOC_QUANTITY_EXPIRED"
FOK_MISSED = "UNFILLED_FOK_ORDER_EXPIRED"
WOULD_TAKE = "POST_ONLY_WOULD_TAKE"
TIME_UP = "GOOD_TILL_DATE"


class Floor:
    """The pits of one market and what they share."""

    def __init__(self, listing: Listing, pool: Pool) -> None:
        self.listing = listing
        self.pool = pool
        self.clock = pool.clock
        self.ledger = pool.ledger
        self.wallets = pool.wallets
        self.positions = pool.positions
        self.funds = Funds(pool)
        self.algos = AlgoRegistry()
        self.instruments = {each.symbol: each for each in listing.instruments}
        settlement = SpotSettlement if listing.spot else MarginSettlement
        self.matcher = Matcher(listing, pool.clock, pool.ledger, settlement(pool, listing.rates))
        self.pits = Pits(self.instruments, f"{pool.seed}/{listing.exchange}/{listing.market}")
        pool.enter(self.pits)

    @property
    def registry(self) -> Registry:
        """The orders of this market."""
        return self.matcher.registry

    def wallet(self, account: str) -> Wallet:
        """An account's balances."""
        return self.wallets[account]

    def new(self, ask: NewOrder, pit: Pit) -> Order:
        """Accept an order and do with it what its kind asks for. Raises: Refused."""
        order = Order(ask, self.pool.next_order_id(), 0, self.clock.now_us())
        if ask.trigger is None:
            self._enter(order, pit)
        else:
            self._arm(order, pit)
        if ask.good_till_us and order.open:
            self.pool.timers.set(("good till", order.order_id), ask.good_till_us, lambda: self._time_up(order))
        return order

    def _register(self, order: Order) -> None:
        order.seq = self.ledger.next_seq()
        self.ledger.orders.append((self.listing.exchange, self.listing.market, order))
        self.registry.add(order)

    def _enter(self, order: Order, pit: Pit) -> None:
        """Reserve, accept and match an order that works at once."""
        ask = order.ask
        if ask.post_only and not ask.ends_crossing and pit.book.crosses(order.side, order.price or 0):
            raise Refused(Reason.WOULD_TAKE)
        self._reserve(order, pit)
        self._register(order)
        self.work(order, pit)

    def _reserve(self, order: Order, pit: Pit) -> None:
        if order.price is None:
            self.matcher.settlement.afford(order, pit.book)
        else:
            self.matcher.settlement.reserve(order, order.price)

    def work(self, order: Order, pit: Pit) -> None:
        """Match an accepted order, and rest or expire what is left."""
        order.working_us = self.clock.now_us()
        if order.ask.post_only and pit.book.crosses(order.side, order.price or 0):
            self.matcher.end(order, Status.EXPIRED, WOULD_TAKE)
            return
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
        """Accept a conditional order: it sleeps, and on spot locks its funds (a stop at any price: at its stop)."""
        trigger = order.ask.trigger
        if trigger is None or trigger.fires(pit.watched(trigger), self.clock.now_us()):
            raise Refused(Reason.WOULD_TRIGGER)
        price = order.price if order.price is not None else trigger.price or pit.book.last_price
        self.matcher.settlement.arm(order, price)
        self._register(order)
        pit.asleep[order.order_id] = order

    def take_off(self, order: Order, pit: Pit) -> None:
        """Take an open order from where it rests or sleeps."""
        if pit.asleep.pop(order.order_id, None) is None:
            pit.book.drop(order, order.price or 0)

    def settle(self, pit: Pit) -> None:
        """Fill the ladder up and wake what waits for a price, until nothing moves any more."""
        pit.quoter.replenish()
        while (pit.asleep or pit.algos) and (due := self._due(pit)):
            for each in due:
                self._rouse(each, pit)
                pit.quoter.replenish()

    def _due(self, pit: Pit) -> list[Order | Algo]:
        """Everything that the price of this moment wakes, whatever the first of it does to the price."""
        now = self.clock.now_us()
        found: list[Order | Algo] = []
        for order in pit.asleep.values():
            trigger = order.ask.trigger
            if trigger is not None and trigger.fires(pit.watched(trigger), now):
                found.append(order)
        found += [algo for algo in pit.algos.values() if algo.trigger.fires(pit.watched(algo.trigger), now)]
        return found

    def _rouse(self, each: Order | Algo, pit: Pit) -> None:
        """Wake an order or fire an algo order, unless it has gone meanwhile."""
        if isinstance(each, Order):
            if each.order_id in pit.asleep:
                self._wake(each, pit)
        elif each.algo_id in pit.algos:
            self._fire(each, pit)

    def _fire(self, algo: Algo, pit: Pit) -> None:
        """Place what an algo order stands for; the engine may refuse it now."""
        self.end_algo(algo, AlgoStatus.TRIGGERED)
        algo.triggered_us = self.clock.now_us()
        ask = replace(algo.ask, algo_id=algo.algo_id, hidden_us=0)
        if algo.close_all:
            position = self.positions.get(ask.account, ask.instrument, ask.position_side, isolated=ask.isolated)
            ask = replace(ask, quantity=position.closable(ask.side), reduce_only=True)
        try:
            algo.order = self.new(ask, pit)
        except Refused as refusal:
            algo.status, algo.reason = AlgoStatus.REJECTED, refusal.reason

    def _time_up(self, order: Order) -> None:
        if order.open:
            pit = self.pits[order.instrument.symbol]
            self.take_off(order, pit)
            self.matcher.end(order, Status.EXPIRED, TIME_UP)
            self.settle(pit)

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
        self.work(order, pit)

    def end_algo(self, algo: Algo, status: AlgoStatus) -> None:
        """Let an algo order wait no longer; nothing if it has not waited any more."""
        if self.pits[algo.ask.instrument.symbol].algos.pop(algo.algo_id, None) is not None:
            algo.status, algo.updated_us = status, self.clock.now_us()
