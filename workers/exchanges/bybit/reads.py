"""What can be read of Bybit's markets and of an account: our questions in its parameters."""

from __future__ import annotations

from collections.abc import Sequence

from router.commands import GetBalances, GetFills, GetOpenOrders, GetOrderBook
from router.models import Balances, Fill, Order, OrderBook, Ticker
from router.positions import Position
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.base import BaseExchange
from workers.exchanges.bybit import endpoints, rules, wire, wire_fills, wire_orders, wire_positions
from workers.exchanges.bybit.paging import Query, Reading, Told
from workers.exchanges.listing import Listing
from workers.exchanges.reading import Whose, mapping, rows
from workers.exchanges.tickers import NO_LIMIT, Offer

_LINEAR_COINS = ("USDT", "USDC")
"""What linear contracts settle in: lists of them are asked for one of these at a time."""

_WEEK_MS = 7 * 86_400_000
_OLDEST_MS = 730 * 86_400_000  # executions are kept for two years


class BybitReads(BaseExchange):
    """The reads; mixed into BybitExchange. A symbol's market is Bybit's word for its category."""

    def balances_call(self, command: GetBalances) -> Call[Balances]:
        """GET wallet-balance: the unified account is one wallet, whatever market is named."""

        def parse(document: object) -> Balances:
            balances = wire.to_balances(document)
            moment = wire.answered_at(document) or self.clock.now_ms()
            return Balances.model_construct(
                exchange=self.name,
                account=self.account.name,
                market=command.market,
                as_of_ms=moment,
                balances=balances,
            )

        endpoint = endpoints.WALLET
        return Call(endpoint, {"accountType": "UNIFIED"}, parse, endpoint.cost)

    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """GET position/list, of every kind of contract or of one symbol; spot has none: the wallet is read instead."""
        if symbol is not None and symbol.is_spot:
            wallet = endpoints.WALLET
            return Call(wallet, {"accountType": "UNIFIED"}, self._no_positions, wallet.cost)
        lists = [self._named(symbol)] if symbol else _every_list("linear", "inverse", "option")
        asked = [{**each, "limit": str(endpoints.POSITIONS_PAGE)} for each in lists]
        return Reading([Query(endpoints.POSITIONS, each) for each in asked], self._to_positions).call()

    def open_orders_call(self, command: GetOpenOrders) -> Call[list[Order]]:
        """GET order/realtime: of a symbol, of a category, or of all; those that wait for a trigger too."""
        if command.symbol is not None:
            lists = [self._named(command.symbol)]
        else:
            lists = _every_list(*([command.market] if command.market else endpoints.CATEGORIES))
        asked = [{**each, "openOnly": "0", "limit": str(endpoints.ORDERS_PAGE)} for each in lists]
        return Reading([Query(endpoints.REALTIME[each["category"]], each) for each in asked], self._to_orders).call()

    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """GET execution/list: of one order or the latest, of the last seven days; or the first since a moment."""
        named = {**self._named(command.symbol), "limit": str(min(command.limit, endpoints.FILLS_PAGE))}
        endpoint, limit, symbol = endpoints.EXECUTIONS[command.symbol.market], command.limit, command.symbol
        if command.order_id is not None:
            named["orderId"] = command.order_id
        is_latest = command.order_id is not None or command.since_ms is None
        weeks = [{}] if is_latest else self._weeks(command.since_ms or 0)

        def finish(told: list[Told]) -> list[Fill]:
            trades = [row for _, row in told if wire_fills.is_trade(row)]
            fills = sorted(
                (wire_fills.to_fill(row, self.name, symbol) for row in reversed(trades)),
                key=lambda fill: fill.time_ms or 0,
            )
            chosen = [fill for fill in fills if (fill.time_ms or 0) >= (command.since_ms or 0)]
            return chosen[-limit:] if is_latest else chosen[:limit]

        def enough(told: list[Told], week_is_read: bool) -> bool:  # noqa: FBT001 - a callable's shape
            return len(finish(told)) >= limit and (is_latest or week_is_read)

        return Reading([Query(endpoint, {**named, **week}) for week in weeks], finish, enough).call()

    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """GET tickers."""
        endpoint = endpoints.TICKERS
        return Call(endpoint, self._named(symbol), lambda doc: wire.to_ticker(doc, self.name, symbol), endpoint.cost)

    def ticker_offers(self, symbols: Sequence[Symbol]) -> Sequence[Offer]:
        """GET tickers of one symbol, or of a category; options, which are listed per base coin, one by one."""
        one = super().ticker_offers(symbols)
        if symbols[0].market == "option":
            return one
        return [*one, Offer(NO_LIMIT, endpoints.TICKERS.cost, self._tickers_call)]

    def _tickers_call(self, symbols: Sequence[Symbol]) -> Call[list[Ticker]]:
        wanted = {self.instruments.get(symbol).spelling: symbol for symbol in symbols}
        endpoint, asked = endpoints.TICKERS, {"category": symbols[0].market}
        return Call(endpoint, asked, lambda document: wire.to_tickers(document, self.name, wanted), endpoint.cost)

    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """GET orderbook; of a book deeper than Bybit tells (1000 levels, options 25) that much."""
        endpoint, symbol, depth = endpoints.ORDER_BOOK, command.symbol, command.depth
        asked = {**self._named(symbol), "limit": str(min(depth, endpoints.DEPTHS[symbol.market]))}
        return Call(endpoint, asked, lambda doc: wire.to_order_book(doc, self.name, symbol, depth), endpoint.cost)

    def listing_call(self, part: str) -> Call[Listing]:
        """GET instruments-info of a category. Options are listed per base coin, so those are read first."""
        if part == "option":
            coins = endpoints.OPTION_COINS
            found: list[str] = []

            def parse(document: object) -> Listing:
                found[:] = dict.fromkeys(row["baseCoin"] for row in rows(wire.result(document)["list"]) if _lists(row))
                return rules.to_listing(part, [])

            def then(_: Listing) -> Call[Listing] | None:
                return _instruments(part, [{"baseCoin": coin} for coin in found]) if found else None

            return Call(coins, {}, parse, coins.cost, then=then)
        return _instruments(part, [{}])

    def server_time_call(self, area: str = "") -> Call[int]:  # noqa: ARG002 - there is one clock
        """GET time."""
        return Call(endpoints.TIME, {}, wire.to_time_ms, endpoints.TIME.cost)

    def _named(self, symbol: Symbol) -> dict[str, str]:
        return {"category": symbol.market, "symbol": self.instruments.get(symbol).spelling}

    def _whose(self, symbol: Symbol) -> Whose:
        return Whose(self.name, self.account.name, symbol)

    def _of_row(self, told: Told) -> Whose:
        return self._whose(self.instruments.symbol(told.row["symbol"], told.category))

    def _to_orders(self, told: list[Told]) -> list[Order]:
        return [wire_orders.to_order(each.row, self._of_row(each)) for each in told]

    def _to_positions(self, told: list[Told]) -> list[Position]:
        return [
            wire_positions.to_position(each.row, self._of_row(each))
            for each in told
            if wire_positions.is_open(each.row)
        ]

    @staticmethod
    def _no_positions(document: object) -> list[Position]:
        mapping(wire.result(document))
        return []

    def _weeks(self, since_ms: int) -> list[dict[str, str]]:
        """A question covers seven days at most."""
        now_ms = self.clock.now_ms()
        first_ms = max(since_ms, now_ms - _OLDEST_MS)
        starts = range(first_ms, max(now_ms, first_ms) + 1, _WEEK_MS)
        return [{"startTime": str(start), "endTime": str(start + _WEEK_MS - 1)} for start in starts]


def _every_list(*categories: str) -> list[dict[str, str]]:
    """The lists that together hold everything of some categories."""
    found = []
    for category in categories:
        coins = _LINEAR_COINS if category == "linear" else (None,)
        found += [{"category": category, **({"settleCoin": coin} if coin else {})} for coin in coins]
    return found


def _instruments(category: str, questions: list[dict[str, str]]) -> Call[Listing]:
    asked = {"category": category, "limit": str(endpoints.INSTRUMENTS_PAGE)}
    queries = [Query(endpoints.INSTRUMENTS, {**asked, **question}) for question in questions]
    return Reading(queries, lambda told: rules.to_listing(category, [row for _, row in told])).call()


def _lists(row: wire.Row) -> bool:
    return bool(int(row["hasSymbol"]))
