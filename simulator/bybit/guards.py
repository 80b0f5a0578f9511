"""Take profit and stop loss of a position: reduce-only orders that sleep until the price is there.

With mode Full one of each kind closes the whole position, whatever its size is by then; with Partial each closes what
its order filled (or the size given), and its pair goes with it. When the position is gone they are cleared.

Source: Bybit v5 docs, "Place Order" (takeProfit, stopLoss, tpslMode), "Set Trading Stop".
"""

from dataclasses import dataclass

from simulator.amounts import parse
from simulator.bybit import decimals
from simulator.market import Market
from simulator.orders import NewOrder, Order, PositionSide, Refused, Side
from simulator.positions import Position
from simulator.triggers import Trigger
from simulator.world import World

TAKE, STOP = "takeProfit", "stopLoss"
FULL, PARTIAL = "Full", "Partial"
CLEARED = "CancelByTpSlTsClear"
_KINDS = {TAKE: "TakeProfit", STOP: "StopLoss"}
_SHORT = {TAKE: "tp", STOP: "sl"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of the protection; `limit` None closes at any price, `size` 0 is the whole position."""

    name: str
    price: int
    watched: str
    limit: int | None = None
    size: int = 0

    def trigger(self, *, long: bool) -> Trigger:
        """What wakes it: for a long position profit is above, loss below."""
        return Trigger(rises=long is (self.name == TAKE), price=self.price, by_mark=self.watched != "LastPrice")


@dataclass(slots=True)
class Guard:
    """A sleeping order, what it guards, and (Partial) the order whose fills it closes."""

    market: Market
    position: Position
    order: Order
    name: str
    full: bool
    parent: Order | None = None
    pair: "Guard | None" = None


class Guards:
    """All of one simulated Bybit."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._guards: list[Guard] = []

    def first_fill(self, market: Market, order: Order) -> None:
        """Let what is attached to an order start to wait as soon as matching is over."""
        if TAKE in order.ask.notes or STOP in order.ask.notes:
            now = self._world.clock.now_us()
            self._world.timers.set(("bybit guard", order.order_id), now, lambda: self._attach(market, order))

    def _attach(self, market: Market, order: Order) -> None:
        ask = order.ask
        position = market.positions.get(ask.account, ask.instrument, ask.position_side, isolated=ask.isolated)
        legs = legs_of(order)
        full = ask.notes.get("tpslMode", FULL) == FULL
        made = [guard for leg in legs if (guard := self.protect(market, position, leg, full=full, parent=order))]
        if not full:
            pair(made)

    def protect(
        self, market: Market, position: Position, leg: Leg, *, full: bool, parent: Order | None = None
    ) -> Guard | None:
        """Set one side up; a Full one replaces the former. Nothing is left to guard when it fires at once."""
        if full:
            self.clear(position, leg.name)
        if not position.quantity:
            return None
        ask = self._ask(position, leg, full=full)
        ask.quantity = (parent.filled if parent is not None and not full else leg.size) or abs(position.quantity)
        try:
            order = market.place(ask)
        except Refused:
            # The market has passed the price meanwhile.
            ask.trigger = None
            market.place(ask)
            return None
        guard = Guard(market, position, order, leg.name, full, parent)
        self._guards.append(guard)
        return guard

    def _ask(self, position: Position, leg: Leg, *, full: bool) -> NewOrder:
        long = position.quantity > 0
        instrument = position.instrument
        kind = _KINDS[leg.name]
        return NewOrder(
            account=position.account,
            instrument=instrument,
            side=Side.SELL if long else Side.BUY,
            type_name="Market" if leg.limit is None else "Limit",
            client_order_id="",
            price=leg.limit,
            trigger=leg.trigger(long=long),
            position_side=position.side,
            reduce_only=True,
            isolated=position.isolated,
            notes={
                "timeInForce": "IOC" if leg.limit is None else "GTC",
                "orderFilter": "StopOrder",
                "stopOrderType": kind if full else f"Partial{kind}",
                "createType": f"CreateBy{kind}" if full else f"CreateByPartial{kind}",
                "closeOnTrigger": "1",
                "triggerBy": leg.watched,
                "triggerDirection": "1" if long is (leg.name == TAKE) else "2",
                "positionIdx": {PositionSide.NET: "0", PositionSide.LONG: "1", PositionSide.SHORT: "2"}[position.side],
                "tpslMode": FULL if full else PARTIAL,
            },
        )

    def sync(self) -> None:
        """Clear what guards nothing any more, and let the others follow their position's size."""
        for guard in [each for each in self._guards if not self._asleep(each)]:
            self._guards.remove(guard)
            if guard.pair is not None and self._asleep(guard.pair):
                self._cancel(guard.pair)
        for guard in list(self._guards):
            held = guard.position.closable(guard.order.side)
            if held:
                self._resize(guard, held)
            else:
                self._cancel(guard)

    def _resize(self, guard: Guard, held: int) -> None:
        order = guard.order
        wanted = guard.parent.filled if guard.parent is not None else order.quantity
        quantity = held if guard.full else min(wanted, held)
        if quantity != order.quantity:
            order.quantity = quantity
            order.touch(self._world.clock.now_us())

    def clear(self, position: Position, name: str) -> bool:
        """Take a position's Full guard of a kind away; says whether there was one."""
        found = self.full(position, name)
        if found is not None:
            self._cancel(found)
        return found is not None

    def full(self, position: Position, name: str) -> Guard | None:
        """A position's Full guard of a kind."""
        same = (each for each in self._guards if each.position is position and each.name == name and each.full)
        return next((each for each in same if self._asleep(each)), None)

    def shown(self, position: Position, name: str) -> str:
        """The price that a position shows for it; empty without one."""
        found = self.full(position, name)
        trigger = found.order.ask.trigger if found is not None else None
        return decimals.price(position.instrument, trigger.price or 0) if trigger is not None else ""

    def _cancel(self, guard: Guard) -> None:
        self._guards.remove(guard)
        guard.order.ask.notes["cancelType"] = CLEARED
        guard.market.cancel(guard.order)

    @staticmethod
    def _asleep(guard: Guard) -> bool:
        return guard.order.open and not guard.order.working_us


def pair(made: list[Guard]) -> None:
    """Bind two guards: when one fires, the other goes."""
    if len(made) == len((TAKE, STOP)):
        made[0].pair, made[1].pair = made[1], made[0]


def legs_of(order: Order) -> list[Leg]:
    """What is attached to an order, as its notes have it."""
    notes = order.ask.notes
    found = []
    for name, short in _SHORT.items():
        if name in notes:
            limit = notes.get(f"{short}LimitPrice", "")
            found.append(Leg(name, parse(notes[name]), notes[f"{short}TriggerBy"], parse(limit) if limit else None))
    return found
