"""Every call with its handler and its quota. Source: OKX v5 docs; the figures are in `exchanges/okx.md`, section 3."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.okx import (
    account,
    algo_rows,
    algos,
    closing,
    instrument_rows,
    lookups,
    market_data,
    orders,
    positions,
    settings,
    sizes,
)
from simulator.okx.call import Call, Row
from simulator.okx.limits import ONE_SECOND_MS, Per, Quota

Handler = Callable[[Call], Sequence[Row] | Sequence[list[str]]]
Writer = Callable[[Call], list[Row]]
BATCH = 20
ALGO_BATCH = 10
FIVE_SECONDS_MS = 5_000
_API = "/api/v5"


@dataclass(frozen=True, slots=True)
class Route:
    """One call.

    `writer` answers with one verdict per order instead of plain rows; `fenced` obeys the `expTime` header. A call that
    takes an array has at most `most` items, one more is `too_many`.
    """

    quota: Quota
    reader: Handler | None = None
    writer: Writer | None = None
    public: bool = False
    fenced: bool = False
    most: int = 0
    too_many: str = ""
    timed: bool = True


def _public(handler: Handler, limit: int, per: Per = Per.ADDRESS, window_ms: int = 2_000) -> Route:
    return Route(Quota(limit, per, window_ms), reader=handler, public=True)


def _private(handler: Handler, limit: int, per: Per = Per.USER, window_ms: int = 2_000) -> Route:
    return Route(Quota(limit, per, window_ms), reader=handler)


def _single(writer: Writer, *, counts_orders: bool = False, fenced: bool = False) -> Route:
    return Route(Quota(60, Per.USER_INSTRUMENT, counts_orders=counts_orders), writer=writer, fenced=fenced)


def _batch(writer: Writer, single: str, too_many: str, *, new: bool = False) -> Route:
    """300 orders in two seconds; a batch of one draws on the quota of the single call."""
    quota = Quota(300, Per.USER_INSTRUMENT, single=_API + single, counts_orders=new)
    return Route(quota, writer=writer, fenced=new, most=BATCH, too_many=too_many)


def _algo(writer: Writer, most: int = 0) -> Route:
    """Items count one by one (the docs count requests, a client that measured counts items)."""
    return Route(
        Quota(20, Per.USER_INSTRUMENT), writer=writer, most=most, too_many="51406" if most else "", timed=False
    )


_KIND = Per.ADDRESS_KIND
_GET: dict[str, Route] = {
    "/public/time": _public(market_data.server_time, 10),
    "/public/instruments": _public(instrument_rows.instruments, 20, _KIND),
    "/public/instrument-tick-bands": _public(instrument_rows.tick_bands, 5),
    "/public/price-limit": _public(market_data.price_limit, 20),
    "/public/mark-price": _public(market_data.mark_price, 10, Per.ADDRESS_INSTRUMENT),
    "/public/convert-contract-coin": _public(instrument_rows.convert, 10),
    "/public/funding-rate": _public(market_data.funding_rate, 10, Per.ADDRESS_INSTRUMENT),
    "/market/tickers": _public(market_data.tickers, 20),
    "/market/ticker": _public(market_data.ticker, 20),
    "/market/books": _public(market_data.books, 40),
    "/market/books-full": _public(market_data.books_full, 10),
    "/market/trades": _public(market_data.trades, 100),
    "/market/history-trades": _public(market_data.trades, 20),
    "/market/candles": _public(market_data.candles, 40),
    "/market/history-candles": _public(market_data.candles, 20),
    "/system/status": _public(market_data.status, 1, Per.ADDRESS, FIVE_SECONDS_MS),
    "/trade/order": _private(lookups.get, 60, Per.USER_INSTRUMENT),
    "/trade/orders-pending": _private(lookups.pending, 60),
    "/trade/orders-history": _private(lookups.history, 40),
    "/trade/orders-history-archive": _private(lookups.archive, 20),
    "/trade/fills": _private(lookups.fills, 60),
    "/trade/fills-history": _private(lookups.fills_history, 10),
    "/trade/account-rate-limit": _private(account.rate_limit, 1, Per.USER, ONE_SECOND_MS),
    "/trade/order-algo": _private(algo_rows.get, 20),
    "/trade/orders-algo-pending": _private(algo_rows.pending, 20),
    "/trade/orders-algo-history": _private(algo_rows.history, 20),
    "/account/instruments": _private(instrument_rows.instruments, 20, Per.USER_KIND),
    "/account/balance": _private(account.balance, 10),
    "/account/positions": _private(positions.positions, 10),
    "/account/config": _private(account.config, 5),
    "/account/leverage-info": _private(settings.leverage_info, 20),
    "/account/trade-fee": _private(account.trade_fee, 5),
    "/account/max-size": _private(sizes.max_size, 20),
    "/account/max-avail-size": _private(sizes.max_avail_size, 20),
    "/asset/balances": _private(account.funding_balances, 6, Per.USER, ONE_SECOND_MS),
    "/asset/currencies": _private(account.currencies, 6, Per.USER, ONE_SECOND_MS),
}
_POST: dict[str, Route] = {
    "/trade/order": _single(orders.place, counts_orders=True, fenced=True),
    "/trade/batch-orders": _batch(orders.place, "/trade/order", "51111", new=True),
    "/trade/cancel-order": _single(orders.cancel),
    "/trade/cancel-batch-orders": _batch(orders.cancel, "/trade/cancel-order", "51406"),
    "/trade/amend-order": _single(orders.amend, counts_orders=True, fenced=True),
    "/trade/amend-batch-orders": _batch(orders.amend, "/trade/amend-order", "51501", new=True),
    "/trade/close-position": _private(closing.close_position, 20, Per.USER_INSTRUMENT),
    "/trade/mass-cancel": _private(closing.mass_cancel, 5),
    "/trade/cancel-all-after": _private(closing.cancel_all_after, 1, Per.USER_TAG, ONE_SECOND_MS),
    "/trade/order-algo": _algo(algos.place),
    "/trade/cancel-algos": _algo(algos.cancel, ALGO_BATCH),
    "/trade/amend-algos": _algo(algos.amend),
    "/account/set-leverage": _private(settings.set_leverage, 20),
    "/account/set-position-mode": _private(settings.set_position_mode, 5),
    "/account/set-account-level": _private(settings.set_account_level, 5),
    "/account/set-auto-loan": _private(settings.set_auto_loan, 5),
}
ROUTES: dict[tuple[str, str], Route] = {
    (method, _API + path): route for method, table in (("GET", _GET), ("POST", _POST)) for path, route in table.items()
}
PATHS = frozenset(path for _, path in ROUTES)
ALWAYS = frozenset({f"{_API}/public/time", f"{_API}/system/status"})
"""What still answers during maintenance."""
