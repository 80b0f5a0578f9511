"""What truly happened, in order: the yardstick a test compares a client's beliefs with."""

from collections import Counter
from dataclasses import dataclass

from simulator.algos import Algo
from simulator.amounts import render
from simulator.clock import Clock
from simulator.http import encode
from simulator.instruments import Kind
from simulator.orders import Order, Trade


@dataclass(frozen=True, slots=True)
class Cancel:
    """A cancel that took effect; `remaining` is what was not filled."""

    seq: int
    order: Order
    cancel_client_order_id: str
    remaining: int
    at_us: int


class Ledger:
    """Orders, trades and cancels of all markets of one exchange-wide sequence, and counts of requests and refusals."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seq = 0
        self.orders: list[tuple[str, str, Order]] = []
        self.trades: list[tuple[str, str, Trade]] = []
        self.cancels: list[tuple[str, str, Cancel]] = []
        self.algos: list[tuple[str, str, Algo]] = []
        self.requests = 0
        self.refused: Counter[str] = Counter()

    def next_seq(self) -> int:
        """The next number of the sequence, from 1."""
        self._seq += 1
        return self._seq

    def counts(self) -> dict[str, object]:
        """How many of everything."""
        return {
            "orders": len(self.orders),
            "trades": len(self.trades),
            "cancels": len(self.cancels),
            "algos": len(self.algos),
            "requests": self.requests,
            "refused": dict(self.refused),
        }

    def document(self, query: "Query") -> bytes:
        """The ledger as JSON, cut to what is asked for.

        Orders that did not change since last time are not rendered again.
        """
        parts: list[bytes] = []
        if query.wants("orders"):
            rows = [order_document(*row) for row in self.orders if query.order(row[2], row[2].seq)]
            parts.append(b'"orders":[' + b",".join(rows) + b"]")
        if query.wants("trades"):
            trades = [trade_document(*row) for row in self.trades if query.trade(row[2])]
            parts.append(b'"trades":' + encode(trades))
        if query.wants("cancels"):
            cancels = [cancel_document(*row) for row in self.cancels if query.order(row[2].order, row[2].seq)]
            parts.append(b'"cancels":' + encode(cancels))
        if query.wants("algos"):
            algos = [algo_document(*row) for row in self.algos if query.algo(row[2])]
            parts.append(b'"algos":' + encode(algos))
        parts.append(b'"counts":' + encode(self.counts()))
        parts.append(b'"now_ms":' + str(self._clock.now_ms()).encode())
        return b"{" + b",".join(parts) + b"}"


@dataclass(frozen=True, slots=True)
class Query:
    """Which part of the ledger is asked for; `fields` empty means all."""

    account: str | None = None
    client_order_id: str | None = None
    since_seq: int = 0
    fields: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Whether a section is asked for."""
        return not self.fields or name in self.fields

    def order(self, order: Order, seq: int) -> bool:
        """Whether an order (or its cancel, of that number) is asked for."""
        if seq <= self.since_seq or (self.account is not None and order.account != self.account):
            return False
        return self.client_order_id is None or order.ask.client_order_id == self.client_order_id

    def algo(self, algo: Algo) -> bool:
        """Whether an algo order is asked for."""
        if algo.seq <= self.since_seq or self.account not in (None, algo.ask.account):
            return False
        return self.client_order_id in (None, algo.client_id)

    def trade(self, trade: Trade) -> bool:
        """Whether a trade is asked for: one of its two orders is."""
        return self.order(trade.buy, trade.seq) or self.order(trade.sell, trade.seq)


def order_document(exchange: str, market: str, order: Order) -> bytes:
    """One order of the ledger; cached in the order until it changes."""
    if order.document is None:
        ask = order.ask
        contract = {} if order.instrument.kind is Kind.SPOT else _contract(order)
        order.document = encode(
            {
                "seq": order.seq,
                "exchange": exchange,
                "market": market,
                "account": order.account,
                "symbol": order.instrument.symbol,
                "order_id": order.order_id,
                "client_order_id": ask.client_order_id,
                "side": order.side,
                "type": ask.type_name,
                "time_in_force": ask.time_in_force,
                "status": order.status,
                "quantity": render(order.quantity),
                "quote_quantity": render(ask.quote_quantity),
                "price": render(order.price or 0),
                "filled_quantity": render(order.filled),
                "filled_quote": render(order.filled_quote),
                "accepted_at_ms": order.accepted_us // 1000,
                "updated_at_ms": order.updated_us // 1000,
                "request_timestamp_ms": ask.request_us // 1000,
                "recv_window_ms": -(-ask.recv_window_us // 1000),
                **contract,
            }
        )
    return order.document


def _contract(order: Order) -> dict[str, object]:
    """What only orders in contracts have; `algo_id` is 0 unless an algo order placed it."""
    ask = order.ask
    return {"position_side": ask.position_side, "reduce_only": ask.closes, "algo_id": ask.algo_id}


def algo_document(exchange: str, market: str, algo: Algo) -> dict[str, object]:
    """One algo order of the ledger; `order_id` is that of the order it placed, 0 before."""
    ask = algo.ask
    return {
        "seq": algo.seq,
        "exchange": exchange,
        "market": market,
        "account": ask.account,
        "symbol": ask.instrument.symbol,
        "algo_id": algo.algo_id,
        "client_order_id": algo.client_id,
        "side": ask.side,
        "type": ask.type_name,
        "status": algo.status,
        "quantity": render(ask.quantity),
        "price": render(ask.price or 0),
        "trigger_price": render(algo.trigger.price or 0),
        "order_id": algo.order.order_id if algo.order else 0,
        "accepted_at_ms": algo.created_us // 1000,
        "updated_at_ms": algo.updated_us // 1000,
        "request_timestamp_ms": ask.request_us // 1000,
        "recv_window_ms": -(-ask.recv_window_us // 1000),
    }


def trade_document(exchange: str, market: str, trade: Trade) -> dict[str, object]:
    """One trade of the ledger; an order id below zero is the synthetic market maker's."""
    return {
        "seq": trade.seq,
        "exchange": exchange,
        "market": market,
        "symbol": trade.symbol,
        "trade_id": trade.trade_id,
        "price": render(trade.price),
        "quantity": render(trade.quantity),
        "quote_quantity": render(trade.quote),
        "at_ms": trade.time_us // 1000,
        "buyer_is_maker": trade.buyer_is_maker,
        "buy": _party(trade.buy, trade.buy_fee),
        "sell": _party(trade.sell, trade.sell_fee),
    }


def _party(order: Order, fee: tuple[int, str]) -> dict[str, object]:
    return {
        "account": order.account,
        "order_id": order.order_id,
        "client_order_id": order.ask.client_order_id,
        "commission": render(fee[0]),
        "commission_asset": fee[1],
    }


def cancel_document(exchange: str, market: str, cancel: Cancel) -> dict[str, object]:
    """One cancel of the ledger."""
    order = cancel.order
    return {
        "seq": cancel.seq,
        "exchange": exchange,
        "market": market,
        "account": order.account,
        "symbol": order.instrument.symbol,
        "order_id": order.order_id,
        "client_order_id": order.ask.client_order_id,
        "cancel_client_order_id": cancel.cancel_client_order_id,
        "remaining_quantity": render(cancel.remaining),
        "at_ms": cancel.at_us // 1000,
    }
