"""What assets are worth in one currency: by which markets they are priced, and what last prices make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from router.models import Ticker
from router.poll_report import AssetTotal, AssetValue, Valuation

_BRIDGES = ("USDT", "USDC", "BTC")
_DECIMALS = 8


class Leg(NamedTuple):
    """One market on the way from an asset to the quote; an ``inverted`` one is divided by."""

    exchange: str
    symbol: str
    inverted: bool = False


Route = tuple[Leg, ...]


def routes(assets: Iterable[str], quote: str, markets: Mapping[str, frozenset[str]]) -> dict[str, Route]:
    """The markets that price each asset in the quote: one spot market, or two over a common asset.

    ``markets`` are the unified names listed per exchange, the preferred exchange first. What has no route is left out.
    """
    found: dict[str, Route] = {}
    for asset in assets:
        route = _route(asset, quote, markets)
        if route is not None:
            found[asset] = route
    return found


def _route(asset: str, quote: str, markets: Mapping[str, frozenset[str]]) -> Route | None:
    if asset == quote:
        return ()
    straight = _leg(asset, quote, markets)
    if straight is not None:
        return (straight,)
    for bridge in _BRIDGES:
        first, second = _leg(asset, bridge, markets), _leg(bridge, quote, markets)
        if first is not None and second is not None:
            return first, second
    return None


def _leg(asset: str, quote: str, markets: Mapping[str, frozenset[str]]) -> Leg | None:
    for exchange, listed in markets.items():
        if f"{asset}/{quote}" in listed:
            return Leg(exchange, f"{asset}/{quote}")
        if f"{quote}/{asset}" in listed:
            return Leg(exchange, f"{quote}/{asset}", inverted=True)
    return None


def symbols_of(found: Mapping[str, Route]) -> dict[str, list[str]]:
    """The tickers that the routes need, by exchange."""
    needed: dict[str, list[str]] = {}
    for leg in sorted({leg for route in found.values() for leg in route}):
        needed.setdefault(leg.exchange, []).append(leg.symbol)
    return {exchange: sorted(set(symbols)) for exchange, symbols in needed.items()}


class Prices(NamedTuple):
    """What the exchanges told: tickers by exchange and symbol, and what went wrong with an exchange."""

    tickers: Mapping[str, Mapping[str, Ticker]]
    troubles: Mapping[str, str]


def value(totals: Mapping[str, AssetTotal], quote: str, found: Mapping[str, Route], prices: Prices) -> Valuation:
    """The totals at last prices. An asset without a price is named with the reason, and never dropped silently."""
    assets: list[AssetValue] = []
    unpriced: dict[str, str] = {}
    for asset, total in totals.items():
        if asset not in found:
            unpriced[asset] = f"no market leads from {asset} to {quote}"
            continue
        try:
            price = _price(found[asset], prices)
        except LookupError as error:
            unpriced[asset] = str(error.args[0])
            continue
        by = " and ".join(f"{leg.symbol} on {leg.exchange}" for leg in found[asset]) or quote
        worth = round(total.net * price, _DECIMALS)
        assets.append(AssetValue(asset=asset, price=price, value=worth, by=by))
    whole = sum((each.value for each in assets), Decimal(0))
    return Valuation(quote=quote, value=whole, assets=assets, unpriced=unpriced)


def _price(route: Route, prices: Prices) -> Decimal:
    """Raises: LookupError that says which price is missing and why."""
    price = Decimal(1)
    for leg in route:
        ticker = prices.tickers.get(leg.exchange, {}).get(leg.symbol)
        if ticker is None:
            raise LookupError(prices.troubles.get(leg.exchange, f"{leg.exchange} told no price of {leg.symbol}"))
        if not ticker.last_price:
            raise LookupError(f"{leg.symbol} was never traded on {leg.exchange}")
        price = price / ticker.last_price if leg.inverted else price * ticker.last_price
    return round(price, 2 * _DECIMALS) if len(route) > 1 or any(leg.inverted for leg in route) else price
