"""OKX's instruments in our words, one list per type.

Source: OKX v5 docs, "Get instruments", "Get option tick bands". A contract is `ctVal` times `ctMult` of `ctValCcy`: of
the base coin where it settles in quote or is an option, of dollars where it settles in its own coin. Options margined
in coin are priced in that coin. The greatest market size of a pair is in USDT and the greatest values are in USD, so
both are left to OKX to judge; how many decimals an amount in quote may have is UNCONFIRMED, so that is, too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from router.instruments import Instrument, Rung, Steps
from router.symbols import Symbol
from router.terms import OrderType
from workers.exchanges.listing import Listing
from workers.exchanges.okx.wire import Doc, data, exact, some

logger = logging.getLogger("pointsman.exchanges")
NAME: Final = "okx"
PARTS: Final = ("SPOT", "SWAP", "FUTURES", "OPTION")
_DATED = re.compile(r".*-(\d{6})(?:-.*)?").fullmatch
_PRECISION = 18  # decimals of an amount in quote: more than any price times any lot has

Bands = Mapping[str, Sequence[Mapping[str, Any]]]


def to_listing(part: str, rows: Sequence[Doc], bands: Bands | None = None) -> Listing:
    """Every market of one type; ``bands`` are the tick ladders of option families.

    What cannot be told in our words, as an instrument of a new kind, is left out and keeps nobody from trading others.
    """
    spellings: dict[str, Symbol] = {}
    found: dict[Symbol, Doc] = {}
    for row in rows:
        try:
            symbol = to_symbol(row)
        except (KeyError, ValueError, ArithmeticError) as trouble:
            logger.warning("okx lists %s, which is passed over: %s", row.get("instId"), trouble)
            continue
        spellings[row["instId"]] = symbol
        found[symbol] = row
    return Listing(spellings, lambda symbol: to_instrument(symbol, found[symbol], bands or {}), part=part)


def to_symbol(row: Doc) -> Symbol:
    """How we spell an instrument. Raises: ValueError for one that has no spelling, KeyError, ArithmeticError."""
    if row["instType"] == "SPOT":
        symbol = Symbol(row["baseCcy"], row["quoteCcy"])
    else:
        base, _, quote = row["uly"].partition("-")
        symbol = Symbol(base, quote, row["settleCcy"], _expiry(row), row["stk"] or None, row["optType"] or None)
        unit = quote if symbol.market == "inverse" else base
        if row["ctValCcy"] != unit or _size(row) <= 0:
            raise ValueError(f"a contract is {row['ctVal']} {row['ctValCcy']}, not of {unit}")
    if Symbol.parse(str(symbol)) != symbol:
        raise ValueError(f"{symbol} would be read otherwise")
    return symbol


def _expiry(row: Doc) -> str | None:
    """The day it ends (UTC), as the spelling tells; a perpetual has none."""
    if row["instType"] == "SWAP":
        return None
    dated = _DATED(row["instId"])
    if dated:
        return dated[1]
    return f"{datetime.fromtimestamp(int(row['expTime']) / 1_000, UTC):%y%m%d}"


def _size(row: Doc) -> Decimal:
    """How much one contract holds; one where there are no contracts."""
    if row["instType"] == "SPOT":
        return Decimal(1)
    return exact(row["ctVal"]) * (some(row["ctMult"]) or 1)


def to_instrument(symbol: Symbol, row: Doc, bands: Bands) -> Instrument:
    """One market's rules, its sizes in what its contracts hold."""
    size = _size(row)
    least, lot, most = (exact(row[name]) * size for name in ("minSz", "lotSz", "maxLmtSz"))
    at_market = Decimal(0) if symbol.is_spot else exact(row["maxMktSz"]) * size
    return Instrument(
        exchange=NAME,
        symbol=symbol,
        spelling=row["instId"],
        is_trading=row["state"] in ("live", "post_only"),
        order_types=_order_types(symbol, row),
        price=_price_steps(row, bands),
        quantity=Steps(minimum=least, step=lot, maximum=most),
        market_quantity=Steps(maximum=at_market),
        quote_decimals=_PRECISION,
        sizes_by_notional=symbol.is_spot,
        amends=True,
        contract_size=size,
        expires_at_ms=int(row["expTime"]) if row.get("expTime") else None,
        max_leverage=some(row.get("lever")),
    )


def _order_types(symbol: Symbol, row: Doc) -> list[OrderType]:
    """Options take limit orders only (51066), and so does what takes post-only orders only."""
    if symbol.strike is not None or row["state"] == "post_only":
        return [OrderType.LIMIT]
    return list(OrderType)


def _price_steps(row: Doc, bands: Bands) -> Steps:
    """The tick, of options a ladder of them: OKX rounds to it, which could make a price worse, so we refuse instead."""
    ladder = sorted(bands.get(row.get("instFamily", ""), ()), key=lambda band: exact(band["minPx"]))
    rungs = tuple(Rung(start=exact(band["minPx"]), step=exact(band["tickSz"])) for band in ladder)
    return Steps(step=exact(row["tickSz"]), rungs=rungs)


def to_bands(document: object) -> dict[str, list[Mapping[str, Any]]]:
    """The tick ladder of every option family."""
    return {row["instFamily"]: row["tickBand"] for row in data(document)}
