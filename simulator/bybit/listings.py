"""Bybit's markets: spot, linear, inverse and option over one balance per account, as in a unified trading account.

Grids and bounds are modelled on the live instruments of 2026; clients read them from the instruments info.

Source: Bybit v5 docs, "Get Instruments Info"; commission rates of the non-VIP tier, "Get Fee Rate".
"""

from dataclasses import dataclass

from simulator.amounts import parse
from simulator.expiries import code, friday, quarters
from simulator.instruments import Instrument, Kind
from simulator.listing import Listing, Rates

EXCHANGE = "bybit"
POOL = "unified"
_NO_BOUND = "100000000000"
_MONTH_LETTERS = {3: "H", 6: "M", 9: "U", 12: "Z"}


@dataclass(frozen=True, slots=True)
class _Grid:
    """Tick and step; least value; greatest price, limit quantity, market quantity; a level's quantity."""

    tick: str
    step: str
    value: str
    price: str
    limit: str
    market: str
    level: str


_SPOT = {
    "BTC/USDT": ("60000", _Grid("0.1", "0.000001", "5", "9999999", "83", "41.5", "1")),
    "ETH/USDT": ("3000", _Grid("0.01", "0.00001", "5", "999999", "1600", "800", "20")),
    "SOL/USDT": ("150", _Grid("0.01", "0.001", "5", "99999", "30000", "15000", "200")),
    "XRP/USDT": ("0.6", _Grid("0.0001", "0.01", "5", "9999", "2500000", "1200000", "50000")),
    "LTC/USDT": ("80", _Grid("0.01", "0.00001", "5", "99999", "20000", "10000", "300")),
    "BNB/USDT": ("600", _Grid("0.1", "0.0001", "5", "99999", "4000", "2000", "50")),
    "BTC/USDC": ("60000", _Grid("0.01", "0.000001", "5", "9999999", "83", "41.5", "1")),
    "ETH/BTC": ("0.05", _Grid("0.000001", "0.001", "0.0001", "999", "1600", "800", "20")),
}
_BTC = _Grid("0.10", "0.001", "5", "1999999.80", "1190", "500", "2")
_ETH = _Grid("0.01", "0.01", "5", "199999.98", "7240", "3900", "40")
_LINEAR = {
    "BTC/USDT": ("60000", _BTC),
    "ETH/USDT": ("3000", _ETH),
    "SOL/USDT": ("150", _Grid("0.010", "0.1", "5", "19999.980", "79770", "39880", "400")),
    "XRP/USDT": ("0.6", _Grid("0.0001", "0.1", "5", "199.9998", "5000000", "2500000", "100000")),
    "BTC/USDC": ("60000", _BTC),
    "ETH/USDC": ("3000", _ETH),
}
_INVERSE = {
    "BTC": ("60000", _Grid("0.50", "1", "0", "999999", "25000000", "5000000", "60000")),
    "ETH": ("3000", _Grid("0.05", "1", "0", "99999.90", "12000000", "2500000", "60000")),
    "XRP": ("0.6", _Grid("0.0001", "1", "0", "199.9998", "1000000", "500000", "30000")),
}
_OPTION_GRID = {
    "BTC": _Grid("5", "0.01", "0", "1110000", "500", "500", "10"),
    "ETH": _Grid("0.1", "0.1", "0", "111000", "2000", "2000", "100"),
}
_TIME_VALUE_DIVISOR = 50  # an option at the money costs a fiftieth of its underlying
_LEVERAGE = 100


def listings(now_ms: int) -> tuple[Listing, ...]:
    """Every market of Bybit."""
    contract = Rates(maker=parse("0.0002"), taker=parse("0.00055"))
    return (
        Listing(EXCHANGE, "spot", _spot(), Rates(maker=parse("0.001"), taker=parse("0.001")), POOL),
        Listing(EXCHANGE, "linear", _linear(now_ms), contract, POOL),
        Listing(EXCHANGE, "inverse", _inverse(now_ms), contract, POOL),
        Listing(EXCHANGE, "option", _options(now_ms), Rates(maker=parse("0.0002"), taker=parse("0.0003")), POOL),
    )


def _spot() -> tuple[Instrument, ...]:
    found = []
    for pair, (seed, grid) in _SPOT.items():
        base, quote = pair.split("/")
        found.append(_instrument(base + quote, (base, quote), grid, parse(seed)))
    return tuple(found)


def _linear(now_ms: int) -> tuple[Instrument, ...]:
    """USDT perpetuals under the pair's name, USDC ones as BTCPERP, dated ones with their day."""
    found = []
    for pair, (seed, grid) in _LINEAR.items():
        base, quote = pair.split("/")
        symbol = f"{base}PERP" if quote == "USDC" else base + quote
        found.append(_contract(symbol, (base, quote), grid, parse(seed), settle=quote))
    day = quarters(now_ms, 1)[0]
    for symbol, quote in (("BTCUSDT", "USDT"), ("BTC", "USDC")):
        name = f"{symbol}-{_day(day)}"
        found.append(_contract(name, ("BTC", quote), _BTC, parse("60600"), settle=quote, expiry_ms=day))
    return tuple(found)


def _inverse(now_ms: int) -> tuple[Instrument, ...]:
    found = []
    for base, (seed, grid) in _INVERSE.items():
        found.append(_contract(f"{base}USD", (base, "USD"), grid, parse(seed), settle=base))
    day = quarters(now_ms, 1)[0]
    symbol = f"BTCUSD{_MONTH_LETTERS[int(code(day, '%m'))]}{code(day, '%y')}"
    found.append(_contract(symbol, ("BTC", "USD"), _INVERSE["BTC"][1], parse("60600"), settle="BTC", expiry_ms=day))
    return tuple(found)


def _options(now_ms: int) -> tuple[Instrument, ...]:
    """Calls and puts around the underlying's first price; USDC options carry no suffix."""
    day = friday(now_ms)
    found = []
    for base, seed, strikes in (("BTC", "60000", ("50000", "60000", "70000")), ("ETH", "3000", ("2800", "3000"))):
        for settle, suffix in (("USDT", "-USDT"), ("USDC", "")):
            underlying = f"{base}USDT" if settle == "USDT" else f"{base}PERP"
            for strike in strikes:
                for call in (True, False):
                    symbol = f"{base}-{_day(day)}-{strike}-{'C' if call else 'P'}{suffix}"
                    price = _option_price(parse(seed), parse(strike), _OPTION_GRID[base], call=call)
                    found.append(
                        _instrument(
                            symbol,
                            (base, settle),
                            _OPTION_GRID[base],
                            price,
                            kind=Kind.OPTION,
                            settle=settle,
                            expiry_ms=day,
                            strike=parse(strike),
                            call=call,
                            underlying=underlying,
                        )
                    )
    return tuple(found)


def _option_price(underlying: int, strike: int, grid: _Grid, *, call: bool) -> int:
    """What it is worth at once, plus something for the time that is left."""
    intrinsic = max(0, underlying - strike if call else strike - underlying)
    tick = parse(grid.tick)
    return (intrinsic + underlying // _TIME_VALUE_DIVISOR) // tick * tick


def _contract(
    symbol: str, pair: tuple[str, str], grid: _Grid, seed: int, *, settle: str, expiry_ms: int = 0
) -> Instrument:
    kind = Kind.INVERSE if settle == pair[0] else Kind.LINEAR
    return _instrument(symbol, pair, grid, seed, kind=kind, settle=settle, expiry_ms=expiry_ms, max_leverage=_LEVERAGE)


def _instrument(symbol: str, pair: tuple[str, str], grid: _Grid, seed: int, **details: object) -> Instrument:
    """Spell a row of the tables above out. The least price is the tick, the least quantity the step."""
    return Instrument(
        symbol=symbol,
        base=pair[0],
        quote=pair[1],
        tick=parse(grid.tick),
        min_price=parse(grid.tick),
        max_price=parse(grid.price),
        step=parse(grid.step),
        max_quantity=parse(grid.limit),
        max_market_quantity=parse(grid.market),
        min_notional=parse(grid.value),
        max_notional=parse(_NO_BOUND),
        seed_price=seed,
        level_quantity=parse(grid.level),
        min_quantity=parse(grid.step),
        **details,  # type: ignore[arg-type]
    )


def _day(expiry_ms: int) -> str:
    """27NOV26; a day below ten has no zero in front."""
    return code(expiry_ms, "%d%b%y").upper().lstrip("0")
