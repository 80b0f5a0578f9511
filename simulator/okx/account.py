"""Balances, configuration and fees.

Source: OKX v5 docs, "Trading Account"; which fields carry values at which level: `exchanges/okx.md`, section 4.4.
"""

import zlib
from dataclasses import dataclass

from simulator.amounts import SCALE, short
from simulator.instruments import Kind
from simulator.okx.call import Call, Row
from simulator.okx.errors import illegal
from simulator.okx.limits import ORDERS_PER_SUB_ACCOUNT
from simulator.okx.names import KINDS, SPOT
from simulator.okx.venue import FUTURES_MODE, MULTI_ASSET_LEVELS, Venue

MAX_CURRENCIES = 20
_COIN = (
    "liab", "crossLiab", "isoLiab", "interest", "maxLoan", "mgnRatio", "imr", "mmr", "spotInUseAmt", "clSpotInUseAmt",
    "maxSpotInUse", "rewardBal", "fixedBal", "twap", "uplLiab", "notionalLever", "smtSyncEq", "spotCopyTradingEq",
    "accAvgPx", "openAvgPx", "spotUpl", "spotUplRatio", "totalPnl", "totalPnlRatio", "spotIsoBal", "colRes",
    "borrowFroz",
)  # fmt: skip
_ACCOUNT = ("adjEq", "availEq", "ordFroz", "imr", "mmr", "mgnRatio", "borrowFroz", "notionalUsd", "upl", "delta")


@dataclass(frozen=True, slots=True)
class Holding:
    """One account's amounts in one currency.

    `cash` is what is its own or owed, without the margin of isolated positions; `isolated` and `options` are what those
    are worth; `used` and `ordered` the margin of cross positions and of orders.
    """

    asset: str
    cash: int
    upl: int
    isolated: int
    options: int
    used: int
    ordered: int
    maintenance: int
    available: int

    @property
    def equity(self) -> int:
        """What the currency's part of the account is worth, in it."""
        return self.cash + self.upl + self.isolated + self.options


def holding(venue: Venue, user: str, asset: str) -> Holding:
    """Add one currency up."""
    wallet = venue.pool.wallets[user]
    funds = venue.markets[SPOT].funds
    locked = wallet.locked.get(asset, 0)
    set_aside = isolated = options = upl = used = maintenance = 0
    ordered = locked
    for position in funds.held(user, asset):
        mark = venue.pool.mark(position.instrument)
        margin = funds.margin(position)
        ordered += margin.orders
        if position.isolated:
            set_aside += position.margin
            isolated += position.margin + position.unrealised(mark)
            continue
        used += margin.position
        maintenance += margin.maintenance
        if position.instrument.kind is Kind.OPTION:
            options += position.worth(mark) if position.quantity else 0
        else:
            upl += position.unrealised(mark)
    return Holding(
        asset=asset,
        cash=wallet.free.get(asset, 0) + locked - set_aside,
        upl=upl,
        isolated=isolated,
        options=options,
        used=used,
        ordered=ordered,
        maintenance=maintenance,
        available=max(0, funds.spendable(user, asset, borrow=False)),
    )


def balance(call: Call) -> list[Row]:
    """GET /account/balance; without `ccy` only currencies that are not zero."""
    venue, user = call.venue, call.user
    wanted = call.params.words("ccy", MAX_CURRENCIES)
    held = [holding(venue, user, asset) for asset in _assets(venue, user)]
    level = venue.level(user)
    shown = [each for each in held if (each.asset in wanted if wanted else each.cash or each.equity)]
    updated = str(venue.pool.wallets[user].updated_us // 1000 or call.now_ms)
    total = sum(_dollars(venue, each.equity, each.asset) for each in held)
    document: Row = {
        **dict.fromkeys(_ACCOUNT, ""),
        "uTime": updated,
        "totalEq": short(total),
        "isoEq": short(sum(_dollars(venue, each.isolated, each.asset) for each in held)),
        "details": [_coin(venue, each, level, updated) for each in shown],
    }
    if level in MULTI_ASSET_LEVELS:
        document.update(_multi_currency(venue, held, total))
    return [document]


def _assets(venue: Venue, user: str) -> list[str]:
    settled = {position.instrument.settle for position in venue.pool.positions.of(user)}
    return sorted({*venue.pool.wallets[user].assets(), *settled})


def _multi_currency(venue: Venue, held: list[Holding], total: int) -> Row:
    """What only an account has whose currencies back each other."""
    used = sum(_dollars(venue, each.used, each.asset) for each in held)
    ordered = sum(_dollars(venue, each.ordered, each.asset) for each in held)
    maintenance = sum(_dollars(venue, each.maintenance, each.asset) for each in held)
    return {
        "adjEq": short(total),
        "availEq": short(total - used - ordered),
        "ordFroz": short(ordered),
        "imr": short(used),
        "mmr": short(maintenance),
        "mgnRatio": short(total * SCALE // maintenance) if maintenance else "",
        "notionalUsd": short(sum(_dollars(venue, each.used, each.asset) for each in held)),
        "upl": short(sum(_dollars(venue, each.upl, each.asset) for each in held)),
        "borrowFroz": "0",
    }


def _coin(venue: Venue, each: Holding, level: int, updated: str) -> Row:
    owed = max(0, -each.cash)
    futures = level == FUTURES_MODE
    row: Row = {
        **dict.fromkeys(_COIN, ""),
        "ccy": each.asset,
        "eq": short(each.equity),
        "cashBal": short(each.cash),
        "availBal": short(each.available),
        "availEq": short(each.available) if level >= FUTURES_MODE else "",
        "frozenBal": short(each.used + each.ordered + max(0, each.isolated)),
        "ordFrozen": short(each.ordered),
        "upl": short(each.upl),
        "isoEq": short(each.isolated),
        "disEq": short(_dollars(venue, each.equity, each.asset)),
        "eqUsd": short(_dollars(venue, each.equity, each.asset)),
        "stgyEq": "0",
        "uTime": updated,
    }
    if owed:
        row.update({"liab": short(owed), "crossLiab": short(owed), "interest": "0"})
    if futures:
        ratio = short(each.equity * SCALE // each.maintenance) if each.maintenance else ""
        row.update({"imr": short(each.used), "mmr": short(each.maintenance), "mgnRatio": ratio})
    return row


def _dollars(venue: Venue, amount: int, asset: str) -> int:
    return amount * venue.pool.price(asset) // SCALE


def config(call: Call) -> list[Row]:
    """GET /account/config."""
    user, venue = call.user, call.venue
    uid = str(zlib.crc32(user.encode()))
    return [
        {
            "uid": uid,
            "mainUid": uid,
            "acctLv": str(venue.level(user)),
            "posMode": "long_short_mode" if venue.hedged(user) else "net_mode",
            "acctStpMode": "cancel_maker",
            "autoLoan": user in venue.auto_loan,
            "enableSpotBorrow": False,
            "spotBorrowAutoRepay": False,
            "greeksType": "PA",
            "feeType": "0",
            "level": "Lv1",
            "levelTmp": "",
            "ctIsoMode": "automatic",
            "mgnIsoMode": "automatic",
            "spotOffsetType": "",
            "roleType": "0",
            "spotRoleType": "0",
            "traderInsts": [],
            "spotTraderInsts": [],
            "opAuth": "0",
            "kycLv": "2",
            "label": user,
            "ip": "",
            "perm": "read_only,trade",
            "settleCcy": "USDT",
            "settleCcyList": ["USDT", "USDC"],
            "type": "0",
        }
    ]


def trade_fee(call: Call) -> list[Row]:
    """GET /account/trade-fee; below zero means that the account pays."""
    kind = call.params.need("instType")
    if kind not in KINDS:
        raise illegal("instType")
    rates = call.venue.markets[SPOT if kind == "MARGIN" else kind].listing.rates
    maker, taker = short(-rates.maker), short(-rates.taker)
    contract = kind not in (SPOT, "MARGIN")
    return [
        {
            "instType": kind,
            "level": "Lv1",
            "feeGroup": [{"groupId": "1", "maker": maker, "taker": taker}],
            "maker": maker,
            "taker": taker,
            "makerU": maker if contract else "",
            "takerU": taker if contract else "",
            "makerUSDC": maker,
            "takerUSDC": taker,
            "delivery": "0.0001" if contract else "",
            "exercise": "0.0002" if kind == "OPTION" else "",
            "category": "1",
            "ts": str(call.now_ms),
        }
    ]


def funding_balances(call: Call) -> list[Row]:  # noqa: ARG001 - the shape of a handler
    """GET /asset/balances: the funding account is empty, everything is on the trading account."""
    return []


def currencies(call: Call) -> list[Row]:
    """GET /asset/currencies; nothing can be deposited or withdrawn."""
    wanted = call.params.words("ccy", MAX_CURRENCIES)
    instruments = [each.instrument for each in call.venue.of_kind(SPOT)]
    assets = sorted({asset for each in instruments for asset in (each.base, each.quote)})
    return [
        {
            "ccy": asset,
            "name": asset,
            "chain": f"{asset}-Simulated",
            "canDep": False,
            "canWd": False,
            "canInternal": False,
            "mainNet": True,
            "minFee": "0",
            "maxFee": "0",
            "fee": "0",
            "minWd": "0",
            "maxWd": "0",
            "wdTickSz": "8",
        }
        for asset in assets
        if not wanted or asset in wanted
    ]


def rate_limit(call: Call) -> list[Row]:
    """GET /trade/account-rate-limit; the ratios are empty below VIP 5."""
    return [
        {
            "accRateLimit": str(ORDERS_PER_SUB_ACCOUNT),
            "fillRatio": "",
            "mainFillRatio": "",
            "nextAccRateLimit": "",
            "ts": str(call.now_ms),
        }
    ]
