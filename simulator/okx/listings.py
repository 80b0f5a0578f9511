"""OKX's markets, one per instrument type, all on one balance; values as captured live in April 2026 where they were.

Source: `exchanges/okx.md`, section 4.7 (captures of BTC, ETH and PEPE); the other rows follow their pattern.
"""

from dataclasses import dataclass

from simulator import expiries
from simulator.amounts import SCALE, parse
from simulator.instruments import Instrument, Kind
from simulator.listing import Listing, Rates
from simulator.okx.names import family_of

EXCHANGE, POOL = "okx", "trading"
QUARTERS = 2
_HIGHEST = parse("10000000")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a family of instruments is traded in; amounts as OKX writes them.

    `grid` is tick, lot and least size; `caps` the greatest limit and market size. `coin` is a contract's ctVal, ctMult
    and ctValCcy, `depth` the size of a level of the book, `lever` the greatest leverage.
    """

    family: str
    seed: str
    grid: str
    caps: str
    depth: str
    lever: str
    coin: str = ""
    settle: str = ""


PAIRS = (
    Terms("BTC-USDT", "60000", "0.1 0.00000001 0.00001", "9999999999 1000000", "1", "10"),
    Terms("ETH-USDT", "3000", "0.01 0.000001 0.0001", "9999999999 1000000", "20", "10"),
    Terms("SOL-USDT", "150", "0.01 0.000001 0.001", "9999999999 1000000", "200", "10"),
    Terms("XRP-USDT", "0.6", "0.0001 0.000001 1", "9999999999 1000000", "50000", "10"),
    Terms("LTC-USDT", "80", "0.01 0.000001 0.01", "9999999999 1000000", "300", "5"),
    Terms("PEPE-USDT", "0.00001", "0.000000001 1 100000", "9999999999999999 1000000", "5000000000", "5"),
    Terms("BTC-USDC", "60000", "0.1 0.00000001 0.00001", "9999999999 1000000", "1", "10"),
    Terms("ETH-BTC", "0.05", "0.00001 0.000001 0.0001", "9999999999 1000000", "20", "5"),
)
SWAPS = (
    Terms("BTC-USDT", "60000", "0.1 0.01 0.01", "100000000 34000", "100", "100", "0.01 1 BTC", "USDT"),
    Terms("ETH-USDT", "3000", "0.01 0.01 0.01", "100000000 67000", "200", "100", "0.1 1 ETH", "USDT"),
    Terms("SOL-USDT", "150", "0.01 0.01 0.01", "100000000 50000", "200", "75", "1 1 SOL", "USDT"),
    Terms("XRP-USDT", "0.6", "0.0001 0.01 0.01", "100000000 50000", "500", "75", "100 1 XRP", "USDT"),
    Terms("BTC-USDC", "60000", "0.1 0.01 0.01", "100000000 34000", "100", "50", "0.01 1 BTC", "USDC"),
    Terms("BTC-USD", "60000", "0.1 0.1 0.1", "100000000 54000", "600", "100", "100 1 USD", "BTC"),
    Terms("ETH-USD", "3000", "0.01 0.1 0.1", "100000000 54000", "6000", "100", "10 1 USD", "ETH"),
)
FUTURES = (
    Terms("BTC-USD", "60600", "0.1 0.1 0.1", "1000000 10000", "600", "100", "100 1 USD", "BTC"),
    Terms("BTC-USDT", "60600", "0.1 0.01 0.01", "1000000 10000", "100", "100", "0.01 1 BTC", "USDT"),
    Terms("ETH-USD", "3030", "0.01 0.1 0.1", "1000000 10000", "6000", "100", "10 1 USD", "ETH"),
    Terms("ETH-USDT", "3030", "0.01 0.01 0.01", "1000000 10000", "200", "100", "0.1 1 ETH", "USDT"),
)
OPTIONS = (
    Terms("BTC-USD", "60000", "0.0001 1 1", "1000000 5000", "50", "", "1 0.01 BTC", "BTC"),
    Terms("ETH-USD", "3000", "0.0001 1 1", "1000000 5000", "100", "", "1 0.1 ETH", "ETH"),
)
STRIKES = {"BTC-USD": (50_000, 55_000, 60_000, 65_000, 70_000), "ETH-USD": (2_500, 3_000, 3_500)}
UNDERLYING = {"BTC-USD": "BTC-USDT", "ETH-USD": "ETH-USDT"}
"""Which pair stands for the index of an option family."""
BANDS = (("0.0001", "0", "0.005"), ("0.0005", "0.005", "100"))
"""The ticks of coin-margined options: tick, from which price, up to which."""
_OPTION_TICK = parse("0.0005")
"""What the market maker quotes options in: on the grid of every band."""
ASSETS = frozenset(word for each in PAIRS for word in each.family.split("-"))
"""What an account can start with here."""
TERMS = {
    (market, each.family): each
    for market, table in (("spot", PAIRS), ("swap", SWAPS), ("futures", FUTURES), ("option", OPTIONS))
    for each in table
}


def terms(market: str, inst_id: str) -> Terms:
    """What an instrument is traded in."""
    return TERMS[market, family_of(inst_id)]


def listings(now_ms: int) -> tuple[Listing, ...]:
    """Every market of OKX, dated contracts as of this time."""
    dates = expiries.quarters(now_ms, QUARTERS)
    futures = [_contract(each, f"-{expiries.code(date)}", date) for each in FUTURES for date in dates]
    option_dates = sorted({expiries.friday(now_ms), dates[0]})
    options = [
        _option(each, date, strike, call=call)
        for each in OPTIONS
        for date in option_dates
        for strike in STRIKES[each.family]
        for call in (True, False)
    ]
    return (
        _listing("spot", [_pair(each) for each in PAIRS], "0.0008", "0.001"),
        _listing("swap", [_contract(each, "-SWAP", 0) for each in SWAPS], "0.0002", "0.0005"),
        _listing("futures", futures, "0.0002", "0.0005"),
        _listing("option", options, "0.0002", "0.0003"),
    )


def _listing(market: str, instruments: list[Instrument], maker: str, taker: str) -> Listing:
    return Listing(EXCHANGE, market, tuple(instruments), Rates(parse(maker), parse(taker)), POOL, ASSETS)


def _pair(each: Terms) -> Instrument:
    return _instrument(each, each.family, kind=Kind.SPOT, max_leverage=int(each.lever))


def _contract(each: Terms, suffix: str, expiry_ms: int) -> Instrument:
    value, times, _ = each.coin.split()
    return _instrument(
        each,
        each.family + suffix,
        kind=Kind.INVERSE if each.family.startswith(each.settle) else Kind.LINEAR,
        settle=each.settle,
        contract=parse(value) * parse(times) // SCALE,
        expiry_ms=expiry_ms,
        max_leverage=int(each.lever),
    )


def _option(each: Terms, expiry_ms: int, strike: int, *, call: bool) -> Instrument:
    value, times, _ = each.coin.split()
    return _instrument(
        each,
        f"{each.family}-{expiries.code(expiry_ms)}-{strike}-{'C' if call else 'P'}",
        kind=Kind.OPTION,
        settle=each.settle,
        contract=parse(value) * parse(times) // SCALE,
        expiry_ms=expiry_ms,
        strike=strike * SCALE,
        call=call,
        underlying=UNDERLYING[each.family],
        tick=_OPTION_TICK,
        seed_price=_premium(parse(each.seed), strike * SCALE, call=call),
    )


def _premium(index: int, strike: int, *, call: bool) -> int:
    """A plausible price in coin: what it is in the money, plus less and less time value away from the strike."""
    inside = max(0, index - strike if call else strike - index) * SCALE // index
    away = abs(index - strike) * SCALE // index
    price = inside + max(parse("0.0025"), parse("0.04") - away * 3 // 10)
    return price // _OPTION_TICK * _OPTION_TICK


def _instrument(each: Terms, symbol: str, **more: object) -> Instrument:
    base, quote = each.family.split("-")
    tick, step, least = (parse(word) for word in each.grid.split())
    most, most_at_market = (parse(word) for word in each.caps.split())
    fields: dict[str, object] = {
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "tick": tick,
        "min_price": 0,
        "max_price": _HIGHEST,
        "step": step,
        "min_quantity": least,
        "max_quantity": most,
        "max_market_quantity": most_at_market,
        "min_notional": 0,
        "max_notional": parse("20000000"),
        "seed_price": parse(each.seed),
        "level_quantity": parse(each.depth),
    }
    return Instrument(**{**fields, **more})  # type: ignore[arg-type]
