"""The contracts that Binance USDⓈ-M lists here, with what its exchange info says about each.

Values are modelled on the live ones of 2026 (Binance futures docs, "Exchange information" and "Notional and leverage
brackets"); clients must read them, not know them.
"""

from dataclasses import dataclass
from functools import lru_cache

from simulator.amounts import SCALE, parse
from simulator.expiries import code, quarters
from simulator.instruments import Instrument, Kind

PERPETUAL_DELIVERY_MS = 4_133_404_800_000
ONBOARD_MS = 1_569_398_400_000
PERCENT_UP, PERCENT_DOWN = parse("1.05"), parse("0.95")
TAKE_BOUND = parse("0.05")
MAX_ORDERS, MAX_ALGOS = 200, 200
MARGIN_ASSETS = ("USDT", "USDC", "BTC", "ETH", "BNB")
"""What a futures balance can be in; in multi-assets mode all of them back every position."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Up to `cap` of notional a position may have `leverage`; `ratio` of it is maintenance margin, less `cum`."""

    number: int
    leverage: int
    floor: int
    cap: int
    ratio: int
    cum: int


# pair, price at the start; tick, step, least notional; price bounds, greatest quantity, market quantity;
# a level's quantity; decimals of prices and quantities; greatest leverage
_ROWS = (
    ("BTC/USDT", "60000", "0.1 0.001 50", "556.8 4529764 1000 120", "1", (2, 3), 125),
    ("ETH/USDT", "3000", "0.01 0.001 20", "39.86 306177 10000 2000", "20", (2, 3), 125),
    ("BNB/USDT", "600", "0.01 0.01 5", "6.6 100000 10000 2000", "50", (3, 2), 75),
    ("SOL/USDT", "150", "0.01 0.01 5", "0.42 6857 1000000 5000", "200", (4, 2), 75),
    ("XRP/USDT", "0.6", "0.0001 0.1 5", "0.0143 100000 10000000 2000000", "50000", (4, 1), 75),
    ("LTC/USDT", "80", "0.01 0.001 20", "3.61 100000 10000 5000", "300", (2, 3), 75),
    ("BTC/USDC", "60000", "0.1 0.001 50", "556.8 4529764 1000 120", "1", (1, 3), 125),
    ("ETH/USDC", "3000", "0.01 0.001 20", "39.86 306177 10000 2000", "20", (2, 3), 100),
)
_DATED = ("BTC/USDT", "ETH/USDT")
_PLACES = {tuple(row[0].split("/")): row[5] for row in _ROWS}
_STEPS = (
    (125, "300000", "0.004"), (100, "800000", "0.005"), (75, "3000000", "0.0065"), (50, "12000000", "0.01"),
    (25, "70000000", "0.02"), (20, "100000000", "0.025"), (10, "230000000", "0.05"), (5, "480000000", "0.1"),
    (4, "600000000", "0.125"), (3, "800000000", "0.15"), (2, "1200000000", "0.25"), (1, "1800000000", "0.5"),
)  # fmt: skip


def contracts(now_ms: int) -> tuple[Instrument, ...]:
    """All contracts: perpetuals, and two quarters that have not expired."""
    perpetuals = [_contract(row, 0) for row in _ROWS]
    dated = [_contract(row, expiry) for row in _ROWS if row[0] in _DATED for expiry in quarters(now_ms)]
    return (*perpetuals, *dated)


def places(each: Instrument) -> tuple[int, int]:
    """How many decimals prices and quantities may have; a tick may be coarser than that."""
    return _PLACES[each.base, each.quote]


def brackets(each: Instrument) -> tuple[Bracket, ...]:
    """An instrument's brackets, the smallest positions first; amounts as in `simulator.amounts`."""
    return _brackets(each.max_leverage)


@lru_cache
def _brackets(most: int) -> tuple[Bracket, ...]:
    found: list[Bracket] = []
    floor = cum = previous = 0
    for leverage, most_notional, ratio in _STEPS:
        if leverage > most:
            continue
        rate = parse(ratio)
        cum += floor * (rate - previous) // SCALE
        found.append(Bracket(len(found) + 1, leverage, floor, parse(most_notional), rate, cum))
        floor, previous = parse(most_notional), rate
    return tuple(found)


def cap(each: Instrument, leverage: int) -> int:
    """The greatest notional of a position at a leverage (a whole number)."""
    return max(bracket.cap for bracket in brackets(each) if bracket.leverage >= min(leverage, each.max_leverage))


def maintenance(each: Instrument, notional: int) -> int:
    """The maintenance margin of a position of this notional."""
    found = brackets(each)
    bracket = next((bracket for bracket in found if notional <= bracket.cap), found[-1])
    return max(0, notional * bracket.ratio // SCALE - bracket.cum)


def _contract(row: tuple[str, str, str, str, str, tuple[int, int], int], expiry: int) -> Instrument:
    pair, seed, grid, bounds, depth, _, leverage = row
    base, quote = pair.split("/")
    tick, step, min_notional = (parse(word) for word in grid.split())
    min_price, max_price, max_quantity, max_market = (parse(word) for word in bounds.split())
    return Instrument(
        symbol=f"{base}{quote}_{code(expiry)}" if expiry else base + quote,
        base=base,
        quote=quote,
        tick=tick,
        min_price=min_price,
        max_price=max_price,
        step=step,
        max_quantity=max_quantity,
        max_market_quantity=max_market,
        min_notional=min_notional,
        max_notional=parse("1800000000"),
        seed_price=parse(seed),
        level_quantity=parse(depth),
        kind=Kind.LINEAR,
        settle=quote,
        min_quantity=step,
        expiry_ms=expiry,
        max_leverage=leverage,
    )
