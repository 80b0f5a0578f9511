"""When OKX's algo orders fire: one of two prices, or a trail of a fixed width.

Source: OKX v5 docs, "Place algo order": conditional (one of take profit and stop loss), oco (both, one cancels the
other), move_order_stop.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.amounts import short
from simulator.okx.params import Params
from simulator.orders import NewOrder
from simulator.pit import Pit
from simulator.triggers import Trigger

AT_MARKET = "-1"
PRICE_TYPES = ("last", "index", "mark")


@dataclass(frozen=True, slots=True)
class Leg:
    """One of the prices that fire: `name` is tp, sl or empty; `order_price` None places a market order."""

    name: str
    price: int
    price_type: str
    order_price: int | None
    rises: bool

    def reached(self, pit: Pit) -> bool:
        """Whether the watched price has come there; the index is taken for the mark price."""
        watched = pit.book.last_price if self.price_type == "last" else pit.mark
        return watched >= self.price if self.rises else watched <= self.price

    def fields(self) -> dict[str, str]:
        """The leg as parameters and replies have it."""
        order_price = AT_MARKET if self.order_price is None else short(self.order_price)
        if not self.name:
            return {"triggerPx": short(self.price), "triggerPxType": self.price_type, "ordPx": order_price}
        return {
            f"{self.name}TriggerPx": short(self.price),
            f"{self.name}TriggerPxType": self.price_type,
            f"{self.name}OrdPx": order_price,
        }


@dataclass(slots=True)
class Legs(Trigger):
    """Fires at the first leg that is reached, and gives the order that leg's price.

    `size`, when given, says at that moment how much to place (an attached order follows what its parent has filled).
    """

    legs: tuple[Leg, ...] = ()
    ask: NewOrder | None = None
    pit: Pit | None = None
    size: Callable[[], int] | None = None
    fired: str = ""

    def fires(self, last: int, now_us: int) -> bool:  # noqa: ARG002 - each leg watches a price of its own
        """Whether one of the legs is reached; the order is made ready then."""
        assert self.pit is not None  # noqa: S101 - set when made
        assert self.ask is not None  # noqa: S101
        for leg in self.legs:
            if leg.reached(self.pit):
                self.ask.price = leg.order_price
                self.ask.type_name = "market" if leg.order_price is None else "limit"
                if self.size is not None:
                    self.ask.quantity = self.size()
                self.fired = leg.name
                return True
        return False


@dataclass(slots=True)
class Trail(Trigger):
    """Trails by a distance instead of a share; `trailing` is not zero, so that it counts as a trail."""

    spread: int = 0

    def _trailed(self, last: int) -> bool:
        assert self.extreme is not None  # noqa: S101 - set by fires() before
        return last >= self.extreme + self.spread if self.rises else last <= self.extreme - self.spread


def read_leg(item: Params, name: str, *, rises: bool, new: str = "") -> Leg | None:
    """Take profit ("tp"), stop loss ("sl") or plain trigger ("") from parameters; `new` prefixes those of an amendment.

    Raises: ApiError 51000, 51514.
    """
    trigger, kind, order = _names(name, new)
    price = item.price(trigger)
    if price is None:
        return None
    text = item.text(order)
    order_price = None if text in ("", AT_MARKET) else item.price(order)
    return Leg(name, price, item.choice(kind, PRICE_TYPES, "last"), order_price, rises)


def _names(name: str, new: str) -> tuple[str, str, str]:
    words = ("TriggerPx", "TriggerPxType", "OrdPx")
    if not name and not new:
        return "triggerPx", "triggerPxType", "orderPx"
    head = new + (name.capitalize() if new else name)
    first, second, third = (head + word for word in words)
    return first, second, third


@dataclass(slots=True)
class Attached:
    """A take profit, stop loss or both, waiting for the order it is attached to; `algo_id` once that has filled."""

    client_id: str
    legs: tuple[Leg, ...]
    algo_id: str = ""

    def row(self) -> dict[str, object]:
        """As the parent order shows it."""
        row: dict[str, object] = {
            "attachAlgoId": self.algo_id,
            "attachAlgoClOrdId": self.client_id,
            "tpOrdKind": "condition",
            "sz": "",
            "amendPxOnTriggerType": "0",
            "failCode": "",
            "failReason": "",
        }
        for leg in self.legs:
            row.update(leg.fields())
        return row
