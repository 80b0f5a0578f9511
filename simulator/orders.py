"""The engine's words: what an order asks for, what it has become, and what was traded.

Exchange-neutral: a dialect maps its own types onto these (a stop is a `Trigger`, post-only a flag) and keeps its
spelling in `NewOrder.type_name`.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum

from simulator.instruments import Instrument
from simulator.triggers import Trigger


class Side(StrEnum):
    """Which asset is bought: the base (BUY) or the quote (SELL)."""

    BUY = "BUY"
    SELL = "SELL"


class TimeInForce(StrEnum):
    """What happens to the part that does not fill at once."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class Status(StrEnum):
    """An order's life; everything but NEW and PARTIALLY_FILLED is final."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"


class SelfTrade(StrEnum):
    """Self-trade prevention: who gives way when an account would meet itself. The taker's mode decides."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class PositionSide(StrEnum):
    """Which position an order acts on: the one of one-way mode, or one of hedge mode's two."""

    NET = "NET"
    LONG = "LONG"
    SHORT = "SHORT"


class Reason(Enum):
    """Why the engine refused."""

    INSUFFICIENT_BALANCE = "insufficient balance"
    NOTHING_TO_REDUCE = "no position to reduce"
    WOULD_TAKE = "would immediately match"
    WOULD_TRIGGER = "would trigger immediately"
    NO_LIQUIDITY = "the book cannot fill the smallest lot"


class Refused(Exception):
    """The engine did nothing; `reason` says why. A dialect turns it into its own code."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(slots=True)
class NewOrder:
    """What is asked for.

    `price` None means at any price; exactly one of `quantity` and `quote_quantity` is above zero. `post_only` refuses
    an order that would take, or with `ends_crossing` accepts and expires it. `good_till_us` 0 is for ever.
    `position_side`, `reduce_only`, `isolated` are for contracts; `borrow` lets a spot order spend what other assets
    of the pool cover; a conditional spot order with `holds` off locks its funds only when it wakes up. `notes` are the
    dialect's own, the engine does not read them.
    """

    account: str
    instrument: Instrument
    side: Side
    type_name: str
    client_order_id: str
    quantity: int = 0
    quote_quantity: int = 0
    price: int | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    trigger: Trigger | None = None
    iceberg: int = 0
    self_trade: SelfTrade = SelfTrade.NONE
    request_us: int = 0
    recv_window_us: int = 0
    hidden_us: int = 0
    tags: dict[str, int] = field(default_factory=dict)
    position_side: PositionSide = PositionSide.NET
    reduce_only: bool = False
    isolated: bool = False
    borrow: bool = False
    holds: bool = True
    ends_crossing: bool = False
    good_till_us: int = 0
    algo_id: int = 0
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def closes(self) -> bool:
        """Whether it may only make a position smaller: by wish, or because in hedge mode it goes the other way."""
        if self.position_side is PositionSide.NET:
            return self.reduce_only
        return (self.position_side is PositionSide.LONG) is (self.side is Side.SELL)


@dataclass(slots=True)
class Trade:
    """One match. Fees are (amount, asset), zero for the synthetic market maker.

    `quote` is its value in quote, for contracts in the settlement asset; `buy_pnl` and `sell_pnl` are what it realised
    there.
    """

    seq: int
    trade_id: int
    symbol: str
    price: int
    quantity: int
    quote: int
    time_us: int
    buy: "Order"
    sell: "Order"
    buyer_is_maker: bool
    buy_fee: tuple[int, str]
    sell_fee: tuple[int, str]
    buy_pnl: int = 0
    sell_pnl: int = 0


@dataclass(slots=True)
class Amendment:
    """One change of an order's quantity or price (0: at any price)."""

    execution_id: int
    old_client_order_id: str
    new_client_order_id: str
    old_quantity: int
    new_quantity: int
    time_us: int
    old_price: int = 0
    new_price: int = 0


class Order:
    """An accepted order and its state. Times are microseconds of the exchange's clock."""

    __slots__ = (
        "accepted_us", "account", "amendments", "ask", "client_order_id", "document", "expiry", "filled",
        "filled_quote", "instrument",
        "open", "order_id", "prevented", "prevented_id", "price", "quantity", "reserve_price", "reserved", "seq",
        "side", "status",
        "trades", "updated_us", "visible", "visible_from_us", "working_us",
    )  # fmt: skip

    def __init__(self, ask: NewOrder, order_id: int, seq: int, now_us: int) -> None:
        self.ask = ask
        self.account = ask.account
        self.instrument = ask.instrument
        self.side = ask.side
        self.price = ask.price
        self.client_order_id = ask.client_order_id
        self.quantity = ask.quantity
        self.order_id = order_id
        self.seq = seq
        self.accepted_us = self.updated_us = now_us
        self.working_us = 0
        self.visible_from_us = now_us + ask.hidden_us
        self.status = Status.NEW
        self.open = True
        self.filled = self.filled_quote = 0
        self.reserve_price = self.reserved = 0
        self.visible = 0
        self.prevented = self.prevented_id = 0
        self.expiry = ""
        self.trades: list[Trade] = []
        self.amendments: list[Amendment] = []
        self.document: bytes | None = None

    @property
    def remaining(self) -> int:
        """What is still to be filled, in the base asset."""
        return self.quantity - self.filled

    def touch(self, now_us: int) -> None:
        """Note a change: the time moves and the cached ledger document is stale."""
        self.updated_us = now_us
        self.document = None

    def close(self, status: Status, now_us: int) -> None:
        """End the order's life."""
        self.status = status
        self.open = False
        self.touch(now_us)

    def __repr__(self) -> str:
        return f"Order({self.order_id}, {self.account}, {self.side} {self.instrument.symbol}, {self.status})"
