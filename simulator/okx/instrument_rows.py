"""Instruments as OKX lists them: one set of keys for all types, empty where one does not apply.

Source: OKX v5 docs, "Get instruments"; captured rows in `exchanges/okx.md`, section 4.7.
"""

import zlib

from simulator.amounts import SCALE, short
from simulator.instruments import Kind
from simulator.okx.call import Call, Row
from simulator.okx.errors import error, illegal, missing
from simulator.okx.listings import BANDS, UNDERLYING
from simulator.okx.names import KINDS, OPTION, SPOT, SWAP
from simulator.okx.venue import Listed

LISTED_SINCE_MS = 1_600_000_000_000
_NOTHING = (
    "uly", "instFamily", "baseCcy", "quoteCcy", "settleCcy", "ctVal", "ctMult", "ctValCcy", "ctType", "optType", "stk",
    "expTime", "lever", "maxLmtAmt", "maxMktAmt", "posLmtAmt", "posLmtPct", "maxPlatOILmt",
)  # fmt: skip


def instruments(call: Call) -> list[Row]:
    """GET /public/instruments and /account/instruments: `instType`, for options also the family (or `uly`)."""
    params = call.params
    kind = params.need("instType")
    if kind not in KINDS:
        raise illegal("instType")
    family = params.text("instFamily") or params.text("uly")
    if kind == OPTION and not family:
        raise error("50015", "uly", "instFamily")
    inst_id = params.text("instId")
    found = call.venue.of_kind(kind, family, inst_id)
    if inst_id and not found:
        raise error("51001")
    return [instrument_row(each, kind) for each in found]


def instrument_row(each: Listed, kind: str) -> Row:
    """One instrument, listed as the type that was asked for."""
    instrument = each.instrument
    size, at_market = short(instrument.max_quantity), short(instrument.max_market_quantity)
    return {
        **dict.fromkeys(_NOTHING, ""),
        "instType": kind,
        "instId": each.inst_id,
        "instIdCode": zlib.crc32(each.inst_id.encode()),
        "tickSz": each.terms.grid.split()[0],
        "lotSz": short(instrument.step),
        "minSz": short(instrument.min_quantity),
        "maxLmtSz": size,
        "maxMktSz": at_market,
        "maxLmtAmt": "20000000",
        "maxTwapSz": size,
        "maxIcebergSz": size,
        "maxTriggerSz": size,
        "maxStopSz": at_market,
        "listTime": str(LISTED_SINCE_MS),
        "contTdSwTime": str(LISTED_SINCE_MS),
        "state": "live",
        "ruleType": "normal",
        "openType": "",
        "groupId": "1",
        "tradeQuoteCcyList": [],
        "futureSettlement": False,
        "upcChg": [],
        **(_pair(each) if each.kind == SPOT else _contract(each)),
    }


def _pair(each: Listed) -> Row:
    instrument = each.instrument
    return {
        "baseCcy": instrument.base,
        "quoteCcy": instrument.quote,
        "maxMktAmt": "1000000",
        "lever": each.terms.lever,
        "tradeQuoteCcyList": [instrument.quote],
    }


def _contract(each: Listed) -> Row:
    instrument = each.instrument
    value, times, coin = each.terms.coin.split()
    option = each.kind == OPTION
    return {
        "uly": each.family,
        "instFamily": each.family,
        "settleCcy": instrument.settle,
        "ctVal": value,
        "ctMult": times,
        "ctValCcy": coin,
        "ctType": "inverse" if instrument.settle == instrument.base else "linear",
        "optType": ("C" if instrument.call else "P") if option else "",
        "stk": short(instrument.strike) if option else "",
        "expTime": str(instrument.expiry_ms) if instrument.expiry_ms else "",
        "lever": each.terms.lever,
        "posLmtAmt": "250000000" if each.kind == SWAP else "",
        "posLmtPct": "30" if each.kind == SWAP else "",
        "maxPlatOILmt": "1000000000" if each.kind == SWAP else "",
    }


def tick_bands(call: Call) -> list[Row]:
    """GET /public/instrument-tick-bands: the tick ladder of each option family."""
    if call.params.need("instType") != OPTION:
        raise illegal("instType")
    wanted = call.params.text("instFamily")
    bands = [{"tickSz": tick, "minPx": start, "maxPx": end} for tick, start, end in BANDS]
    return [
        {"instType": OPTION, "instFamily": family, "tickBand": bands} for family in UNDERLYING if wanted in ("", family)
    ]


def convert(call: Call) -> list[Row]:
    """GET /public/convert-contract-coin: `type` 1 from coin to contracts (cut to the lot), 2 the other way."""
    params = call.params
    each = call.venue.find(params.need("instId"))
    if each.kind == SPOT:
        raise error("51015")
    way = params.choice("type", ("1", "2"), "1")
    size, price = params.amount("sz"), params.price("px")
    if size is None:
        raise missing("sz")
    instrument = each.instrument
    if instrument.kind is Kind.INVERSE and price is None:
        raise missing("px")
    if way == "1":
        value = size * price if instrument.kind is Kind.INVERSE and price else size * SCALE
        converted = value // instrument.contract // instrument.step * instrument.step
    else:
        converted = (
            instrument.value(price or SCALE, size)
            if instrument.kind is Kind.INVERSE
            else (size * instrument.contract // SCALE)
        )
    return [
        {
            "type": way,
            "instId": each.inst_id,
            "px": params.text("px"),
            "sz": short(converted),
            "unit": params.choice("unit", ("coin", "usds"), "coin"),
        }
    ]
