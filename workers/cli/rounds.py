"""The second part of `pointsman demo --all`: a round of commands on every exchange and market, and its audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatch
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from router import Balances, Order, OrderRouter, OrderStatus, Position, RouterError, Side
from router.instruments import Instrument
from router.numbers import plain
from workers.cli.ledger import LEDGER_STATUS, Entry, entries, read_orders

_BELOW: Final = Decimal("0.96")  # of the last price: far enough to rest, near enough for every price band
_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Market:
    """One market to trade on: ``symbol`` may be a pattern, where contracts expire; ``asset`` pays or margins it."""

    name: str
    account: str
    symbol: str
    quantity: str
    asset: str
    on_margin: bool = False

    @property
    def exchange(self) -> str:
        """The exchange is the first word of the name."""
        return self.name.partition(" ")[0]


MARKETS: Final = (
    Market("binance spot", "sim-2", "BTC/USDT", "0.02", "USDT"),
    Market("binance usdm", "sim-2", "BTC/USDT:USDT", "0.02", "USDT"),
    Market("bybit spot", "sim-bybit-2", "BTC/USDT", "0.02", "USDT"),
    Market("bybit linear", "sim-bybit-2", "BTC/USDT:USDT", "0.02", "USDT"),
    Market("bybit inverse", "sim-bybit-2", "BTC/USD:BTC", "200", "BTC"),
    Market("bybit option", "sim-bybit-2", "BTC/USDT:USDT-*-60000-C", "0.2", "USDT"),
    Market("okx spot", "sim-okx-2", "BTC/USDT", "0.02", "USDT"),
    Market("okx margin", "sim-okx-2", "ETH/USDT", "0.2", "USDT", on_margin=True),
    Market("okx swap", "sim-okx-2", "BTC/USDT:USDT", "0.02", "USDT"),
    Market("okx inverse", "sim-okx-2", "BTC/USD:BTC", "200", "BTC"),
    Market("okx futures", "sim-okx-2", "ETH/USDT:USDT-*", "0.2", "USDT"),
    Market("okx option", "sim-okx-2", "BTC/USD:BTC-*-60000-C", "0.02", "BTC"),
)


@dataclass(frozen=True)
class Round:
    """What one round came to, in our words."""

    market: Market
    instrument: Instrument
    cancelled: Order
    bought: Order
    balances: Balances
    positions: Sequence[Position]

    def disagreements(self, ledger: Sequence[Entry]) -> list[str]:
        """What of it the exchange's ledger tells otherwise."""
        found = [f"{order.client_order_id}: {why}" for order in self.orders for why in self._differs(order, ledger)]
        if not self.balances[self.market.asset].total:
            found.append(f"no balance of {self.market.asset}")
        held = sum((each.quantity for each in self.positions), Decimal(0))
        wanted = Decimal(0) if self._is_cash else self.bought.filled_quantity
        if held != wanted:
            found.append(f"position {plain(held)} but {plain(wanted)} bought")
        return found

    @property
    def orders(self) -> tuple[Order, Order]:
        """The order that was cancelled and the one that was filled."""
        return self.cancelled, self.bought

    @property
    def _is_cash(self) -> bool:
        return self.instrument.symbol.is_spot and not self.market.on_margin

    def _differs(self, order: Order, ledger: Sequence[Entry]) -> list[str]:
        rows = entries(ledger, order.client_order_id, self.market.exchange)
        if len(rows) != 1:
            return [f"{len(rows)} orders of that id"]
        theirs = LEDGER_STATUS.get(rows[0]["status"]), Decimal(rows[0]["quantity"]), Decimal(rows[0]["filled_quantity"])
        sizes = (order.quantity or Decimal(0), order.filled_quantity)
        quantity, filled = (self.instrument.contracts(size) for size in sizes)
        ours = order.status, quantity, filled
        return [] if ours == theirs else [f"{told(ours)} but {told(theirs)}"]


def told(figures: tuple[OrderStatus | None, Decimal, Decimal]) -> str:
    """Status, size and fill, for people; the sizes are the ledger's, which counts contracts."""
    status, quantity, filled = figures
    return f"{status} {plain(filled)} of {plain(quantity)}"


def every_round(console: Console, router: OrderRouter, simulator: str, markets: Sequence[Market] = MARKETS) -> bool:
    """Trade on each market, show what came of it; True when everything agrees with the ledger."""
    table = Table("market", "symbol", "cancelled", "bought", "balance", "position", "agree")
    agreed = True
    for market in markets:
        try:
            done = _round(router, market)
        except (RouterError, TimeoutError) as error:
            console.print(f"  [red]{market.name}: {error}[/red]", highlight=False)
            table.add_row(market.name, market.symbol, *[""] * 4, "[red]NO[/red]")
            agreed = False
            continue
        wrong = done.disagreements(read_orders(simulator))
        for why in wrong:
            console.print(f"  [red]{market.name}: {why}[/red]", highlight=False)
        agreed = agreed and not wrong
        table.add_row(*_row(done), "[red]NO[/red]" if wrong else "[green]yes[/green]")
    console.print(table)
    return agreed


def _row(done: Round) -> tuple[str, ...]:
    asset = done.market.asset
    held = ", ".join(f"{plain(each.quantity)} at {plain(each.entry_price or Decimal(0))}" for each in done.positions)
    cancelled, bought = (f"{order.status}, {plain(order.quantity or Decimal(0))}" for order in done.orders)
    total = f"{plain(done.balances[asset].total.quantize(Decimal('0.0001')))} {asset}"
    return done.market.name, str(done.instrument.symbol), cancelled, bought, total, held or "none"


def _round(router: OrderRouter, market: Market) -> Round:
    """Place, amend, cancel; buy at the ask; read balances and positions. Raises: RouterError; TimeoutError."""
    at: dict[str, Any] = {"exchange": market.exchange, "account": market.account}
    instrument = _listed(router, market)
    symbol, margin = str(instrument.symbol), {"margin_mode": "cross"} if market.on_margin else {}
    ticker = router.get_market_data(**at, symbol=symbol, timeout=_PATIENCE_SECONDS)
    quantity = Decimal(market.quantity)
    bid = instrument.quantise_price(ticker.last_price * _BELOW, Side.BUY)
    rests = router.buy_limit(symbol, quantity, bid, **at, **margin)
    rests.order(_PATIENCE_SECONDS)
    router.amend(rests, quantity=quantity / 2).order(_PATIENCE_SECONDS)
    cancelled = router.cancel(rests).order(_PATIENCE_SECONDS)
    ask = instrument.quantise_price((ticker.ask_price or ticker.last_price) * Decimal("1.002"), Side.SELL)
    bought = router.buy_limit(symbol, quantity, ask, **at, **margin).order(_PATIENCE_SECONDS)
    if not bought.status.is_final:  # Binance futures answer before they match
        bought = router.get_order(**at, symbol=symbol, order_id=bought.order_id, timeout=_PATIENCE_SECONDS)
    wallet = instrument.symbol.market if market.exchange == "binance" else None
    balances = router.get_balances(**at, market=wallet, max_age=None, timeout=_PATIENCE_SECONDS)
    named: dict[str, Any] = {} if instrument.symbol.is_spot and not market.on_margin else {"symbol": symbol}
    positions = router.get_positions(**at, **named, timeout=_PATIENCE_SECONDS)
    mine = [each for each in positions if each.symbol == instrument.symbol]
    return Round(market, instrument, cancelled, bought, balances, mine)


def _listed(router: OrderRouter, market: Market) -> Instrument:
    """The first listed instrument that fits. Raises: RouterError when there is none."""
    instruments = router.catalog.instruments(market.account)
    for name, instrument in sorted(instruments.items()):
        if fnmatch(name, market.symbol):
            return instrument
    raise RouterError(f"{market.symbol} is not listed on {market.exchange}")
