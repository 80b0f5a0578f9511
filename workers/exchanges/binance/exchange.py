"""Binance: one account trades spot and USDⓈ-M futures; the symbol decides which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from router.commands import (
    AmendOrder,
    AnyNewOrder,
    CancelAfter,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetIncome,
    GetOpenOrders,
    GetOrderBook,
    GetTradingSettings,
    Market,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    Target,
)
from router.instruments import Instrument
from router.models import Balances, Fill, Order, OrderBook, Ticker
from router.positions import Countdown, Income, Position, TradingSettings
from router.symbols import Symbol
from workers.calls.classify import Dialect
from workers.calls.endpoint import Call
from workers.calls.sign import Signer
from workers.exchanges.base import BaseExchange
from workers.exchanges.binance import endpoints, errors, rules
from workers.exchanges.binance.signer import BinanceSigner
from workers.exchanges.binance.spot import SpotDesk
from workers.exchanges.binance.usdm import endpoints as usdm_endpoints
from workers.exchanges.binance.usdm import errors as usdm_errors
from workers.exchanges.binance.usdm import rules as usdm_rules
from workers.exchanges.binance.usdm.desk import UsdmDesk
from workers.exchanges.builders import Batch, Item, NewItem, Placed, Reference
from workers.exchanges.contracts import CancelTimer
from workers.exchanges.line import Area, Line
from workers.exchanges.listing import Instruments, Listing
from workers.exchanges.tickers import Offer
from workers.settings import AccountSettings, Environment

_FUTURES_DEMO = "https://demo-fapi.binance.com"


class BinanceExchange(BaseExchange):
    """One Binance account; one key for both markets, as there.

    The futures' testnet and their demo are one and the same, with keys of its own: an account whose key is of the spot
    testnet trades spot there. One clock serves both, which Binance's hosts agree upon.

    ``fence_margin_ms``: a timestamp may lead the server by one second, and the API waits ten for the engine before it
    answers -1007 (rest-api.md, "Timing security" and "General API information"). Futures check the window once more
    before matching (-5028), and no longer wait is documented there.
    """

    name = "binance"
    hosts: ClassVar = {
        Environment.LIVE: "https://api.binance.com",
        Environment.TESTNET: "https://testnet.binance.vision",
        Environment.DEMO: "https://demo-api.binance.com",
    }
    live_hosts = frozenset(f"{name}.binance.com" for name in ("api", "api1", "api2", "api3", "api4", "api-gcp", "fapi"))
    dialect = Dialect(errors.TABLE, errors.SIGNS, errors.fault)
    areas: ClassVar = {
        usdm_endpoints.AREA: Area(
            {
                Environment.LIVE: "https://fapi.binance.com",
                Environment.TESTNET: _FUTURES_DEMO,
                Environment.DEMO: _FUTURES_DEMO,
            },
            Dialect(usdm_errors.TABLE, usdm_errors.SIGNS, usdm_errors.fault),
        )
    }
    parts = (rules.PART, usdm_rules.PART)
    budgets_declared = (*endpoints.BUDGETS, *usdm_endpoints.BUDGETS)
    fence_margin_ms = 11_000
    cancel_timer = CancelTimer(market="linear", longest=3_600)

    def __init__(self, account: AccountSettings, line: Line, instruments: Instruments | None = None) -> None:
        super().__init__(account, line, instruments)
        self._spot = SpotDesk(self)
        self._usdm = UsdmDesk(self)

    @classmethod
    def signer(cls, account: AccountSettings) -> Signer:
        """Signs with the account's HMAC, RSA or Ed25519 key."""
        return BinanceSigner(account)

    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Placed]:
        """Place an order."""
        return self._desk(order.symbol).place_call(order, instrument)

    def cancel_call(self, command: CancelOrder) -> Call[Placed]:
        """Cancel one order."""
        return self._desk(command.symbol).cancel_call(command)

    def amend_call(self, command: AmendOrder) -> Call[Placed]:
        """Change one open order: spot its quantity downwards, futures quantity and price."""
        return self._desk(command.symbol).amend_call(command)

    def cancel_all_call(self, command: CancelAll) -> Call[Sequence[Placed]]:
        """Cancel every open order of a symbol."""
        return self._desk(command.symbol).cancel_all_call(command)

    def balances_call(self, command: GetBalances) -> Call[Balances]:
        """Read the wallet of spot, also when none is named, or of futures."""
        return self._wallet(command.market).balances_call(command)

    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """Read open positions; spot has none."""
        return (self._usdm if symbol is None else self._desk(symbol)).positions_call(symbol)

    def order_call(self, reference: Reference) -> Call[Order]:
        """Read one order."""
        return self._desk(reference.symbol).order_call(reference)

    def open_orders_call(self, command: GetOpenOrders) -> Call[list[Order]]:
        """Read open orders: of one symbol, of futures, or of spot, also when no market is named."""
        desk = self._wallet(command.market) if command.symbol is None else self._desk(command.symbol)
        return desk.open_orders_call(command)

    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """Read executions of one symbol."""
        return self._desk(command.symbol).fills_call(command)

    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """Read the top of the book and the last 24 hours."""
        return self._desk(symbol).ticker_call(symbol)

    def ticker_offers(self, symbols: Sequence[Symbol]) -> Sequence[Offer]:
        """Each by itself, some, or all of spot or of futures."""
        return (self._spot if symbols[0].is_spot else self._usdm).ticker_offers()

    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """Read the book's best levels."""
        return self._desk(command.symbol).order_book_call(command)

    def listing_call(self, part: str) -> Call[Listing]:
        """Read the rules and limits of spot or of futures."""
        return (self._usdm if part == usdm_rules.PART else self._spot).listing_call()

    def server_time_call(self, area: str = "") -> Call[int]:
        """Read the clock of spot or of futures."""
        return (self._usdm if area == usdm_endpoints.AREA else self._spot).server_time_call()

    def batch_of(self, command: AnyNewOrder | CancelOrder) -> Batch | None:
        """Futures have batches, spot has none."""
        return self._usdm.batch_of(command) if command.symbol and command.symbol.market == "linear" else None

    def place_batch_call(self, items: Sequence[NewItem]) -> Call[list[Item]]:
        """Place up to five orders of futures."""
        return self._usdm.place_batch_call(items)

    def cancel_batch_call(self, commands: Sequence[CancelOrder]) -> Call[list[Item]]:
        """Cancel up to ten orders of one contract."""
        return self._usdm.cancel_batch_call(commands)

    def set_leverage_call(self, command: SetLeverage) -> Call[TradingSettings]:
        """Set a contract's leverage."""
        return self._usdm.set_leverage_call(command)

    def set_margin_mode_call(self, command: SetMarginMode) -> Call[TradingSettings]:
        """Set a contract's margin mode."""
        return self._usdm.set_margin_mode_call(command)

    def set_position_mode_call(self, command: SetPositionMode) -> Call[TradingSettings]:
        """Set the account's position mode."""
        return self._usdm.set_position_mode_call(command)

    def trading_settings_call(self, command: GetTradingSettings) -> Call[TradingSettings]:
        """Read a contract's leverage and margin mode, and the account's position mode."""
        return self._usdm.trading_settings_call(command)

    def cancel_after_call(self, command: CancelAfter) -> Call[Countdown]:
        """Count down to the cancel of a contract's orders."""
        return self._usdm.cancel_after_call(command)

    def income_call(self, command: GetIncome) -> Call[list[Income]]:
        """Read what changed the futures wallet."""
        if command.market not in (None, "linear"):
            raise self.unsupported("market", command.market, "tells income of linear contracts only")
        return self._usdm.income_call(command)

    def look_up(self, target: Target) -> Order | None:
        """By the name the command used; spot renames what a cancel ends."""
        if target.symbol is not None and target.symbol.is_spot:
            return self._spot.look_up(target)
        return super().look_up(target)

    def find(self, reference: Reference) -> Order | None:
        """Read one order; None only for -2013 "Order does not exist."."""
        return self._desk(reference.symbol).find(reference)

    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """Read every source that could know the order."""
        return self._desk(symbol).search_order(symbol, client_order_id, since_ms)

    def _desk(self, symbol: Symbol | None) -> SpotDesk | UsdmDesk:
        """A symbol that is neither is refused by the desk of futures, which says what there is."""
        return self._spot if symbol is not None and symbol.is_spot else self._usdm

    def _wallet(self, market: Market | None) -> SpotDesk | UsdmDesk:
        if market in (None, "spot"):
            return self._spot
        if market == "linear":
            return self._usdm
        raise self.unsupported("market", market, "must be spot or linear")
