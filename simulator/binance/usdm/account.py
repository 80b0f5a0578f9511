"""Futures balances, the account as a whole, its income, fees and settings.

Source: Binance futures docs, "Futures Account Balance V3", "Account Information V2/V3", "Get Income History". Totals
count USDT alone, in multi-assets mode every asset in dollars.
"""

import zlib
from dataclasses import dataclass, replace

from simulator.amounts import SCALE, render, short
from simulator.binance.call import Call
from simulator.binance.usdm import contracts
from simulator.binance.usdm.lookups import WEEK_US, span
from simulator.binance.usdm.positions import every_side, in_use, risk_row
from simulator.binance.usdm.wire import Document
from simulator.funding import FUNDING
from simulator.margin import COMMISSION, REALISED
from simulator.positions import Income, Position

_INCOME = {REALISED: "REALIZED_PNL", COMMISSION: "COMMISSION", FUNDING: "FUNDING_FEE"}
_INCOME_TYPES = (
    *_INCOME.values(), "TRANSFER", "WELCOME_BONUS", "INSURANCE_CLEAR", "REFERRAL_KICKBACK", "COMMISSION_REBATE",
    "API_REBATE", "CONTEST_REWARD", "CROSS_COLLATERAL_TRANSFER", "OPTIONS_PREMIUM_FEE", "OPTIONS_SETTLE_PROFIT",
    "INTERNAL_TRANSFER", "AUTO_EXCHANGE", "DELIVERED_SETTELMENT", "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW",
    "POSITION_LIMIT_INCREASE_FEE", "STRATEGY_UMFUTURES_TRANSFER", "FEE_RETURN", "BFUSD_REWARD",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """One asset's figures, or their sum in dollars."""

    wallet: int = 0
    cross_wallet: int = 0
    unrealised: int = 0
    cross_unrealised: int = 0
    maintenance: int = 0
    positions: int = 0
    orders: int = 0
    available: int = 0

    @property
    def equity(self) -> int:
        """The margin balance."""
        return self.wallet + self.unrealised

    def worth(self, price: int) -> "Sums":
        """The same in dollars."""
        return Sums(*(amount * price // SCALE for amount in self.amounts()))

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(*(mine + its for mine, its in zip(self.amounts(), other.amounts(), strict=True)))

    def amounts(self) -> tuple[int, ...]:
        """All figures, in their order."""
        return (
            self.wallet, self.cross_wallet, self.unrealised, self.cross_unrealised, self.maintenance, self.positions,
            self.orders, self.available,
        )  # fmt: skip


def sums(call: Call, asset: str) -> Sums:
    """What an account has in one asset."""
    market = call.market
    held = market.funds.held(call.user, asset)
    wallet = market.wallet(call.user).free.get(asset, 0)
    positions = orders = maintenance = 0
    for position in held:
        margin = market.funds.margin(position)
        value = position.value(market.pool.mark(position.instrument))
        positions += value * SCALE // market.positions.of_position(position)
        orders += margin.orders
        maintenance += contracts.maintenance(position.instrument, value)
    return Sums(
        wallet=wallet,
        cross_wallet=wallet - sum(each.margin for each in held),
        unrealised=market.funds.unrealised(call.user, asset),
        cross_unrealised=market.funds.unrealised(call.user, asset, isolated=False),
        maintenance=maintenance,
        positions=positions,
        orders=orders,
        available=max(0, market.funds.available(call.user, asset)),
    )


def balance(call: Call) -> object:
    """GET /fapi/v3/balance (v2 is the same)."""
    call.params.finish()
    return [_balance(call, asset) for asset in contracts.MARGIN_ASSETS]


def _balance(call: Call, asset: str) -> Document:
    found = sums(call, asset)
    return {
        "accountAlias": f"{zlib.crc32(call.user.encode()):08x}",
        "asset": asset,
        "balance": render(found.wallet),
        "crossWalletBalance": render(found.cross_wallet),
        "crossUnPnl": render(found.cross_unrealised),
        "availableBalance": render(found.available),
        "maxWithdrawAmount": render(min(found.available, max(0, found.cross_wallet))),
        "marginAvailable": True,
        "updateTime": call.stamp(call.market.wallet(call.user).updated_us),
    }


def account(call: Call) -> object:
    """GET /fapi/v3/account: positions are those held or with open orders."""
    call.params.finish()
    return {**_account(call), "positions": [_position(call, each) for each in in_use(call)]}


def account_of_all(call: Call) -> object:
    """GET /fapi/v2/account (and v1): every symbol's positions, and what the account may do."""
    call.params.finish()
    positions = [each for one in call.market.instruments.values() for each in every_side(call, one)]
    head = {
        "feeTier": 0,
        "feeBurn": False,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": call.user in call.market.positions.multi_asset,
        "tradeGroupId": -1,
    }
    return {**head, **_account(call), "positions": [_old_position(call, each) for each in positions]}


def _account(call: Call) -> Document:
    each = {asset: sums(call, asset) for asset in contracts.MARGIN_ASSETS}
    total = each["USDT"]
    if call.user in call.market.positions.multi_asset:
        total = Sums()
        for asset, found in each.items():
            total = total.plus(found.worth(call.market.pool.price(asset)))
        total = replace(total, available=max(0, call.market.funds.total_available(call.user)))
    return {
        "totalInitialMargin": render(total.positions + total.orders),
        "totalMaintMargin": render(total.maintenance),
        "totalWalletBalance": render(total.wallet),
        "totalUnrealizedProfit": render(total.unrealised),
        "totalMarginBalance": render(total.equity),
        "totalPositionInitialMargin": render(total.positions),
        "totalOpenOrderInitialMargin": render(total.orders),
        "totalCrossWalletBalance": render(total.cross_wallet),
        "totalCrossUnPnl": render(total.cross_unrealised),
        "availableBalance": render(total.available),
        "maxWithdrawAmount": render(min(total.available, max(0, total.cross_wallet))),
        "assets": [_asset(call, asset, found) for asset, found in each.items()],
    }


def _asset(call: Call, asset: str, found: Sums) -> Document:
    return {
        "asset": asset,
        "walletBalance": render(found.wallet),
        "unrealizedProfit": render(found.unrealised),
        "marginBalance": render(found.equity),
        "maintMargin": render(found.maintenance),
        "initialMargin": render(found.positions + found.orders),
        "positionInitialMargin": render(found.positions),
        "openOrderInitialMargin": render(found.orders),
        "maxWithdrawAmount": render(min(found.available, max(0, found.cross_wallet))),
        "crossWalletBalance": render(found.cross_wallet),
        "crossUnPnl": render(found.cross_unrealised),
        "availableBalance": render(found.available),
        "marginAvailable": True,
        "updateTime": call.stamp(call.market.wallet(call.user).updated_us),
    }


def _position(call: Call, position: Position) -> Document:
    row = risk_row(call, position)
    names = (
        "symbol", "positionSide", "positionAmt", "isolatedMargin", "notional", "isolatedWallet", "initialMargin",
        "maintMargin", "updateTime",
    )  # fmt: skip
    return {"unrealizedProfit": row["unRealizedProfit"], **{name: row[name] for name in names}}


def _old_position(call: Call, position: Position) -> Document:
    row = risk_row(call, position)
    leverage = call.market.positions.of_position(position) // SCALE
    names = (
        "positionInitialMargin", "openOrderInitialMargin", "entryPrice", "breakEvenPrice", "bidNotional", "askNotional",
    )  # fmt: skip
    return {
        **_position(call, position),
        **{name: row[name] for name in names},
        "leverage": str(leverage),
        "isolated": position.isolated,
        "maxNotional": short(contracts.cap(position.instrument, leverage)),
    }


def income(call: Call) -> object:
    """GET /fapi/v1/income: of the last week unless times say otherwise, oldest first."""
    params = call.params
    symbol = call.instrument().symbol if params.has("symbol") else None
    kind = params.choice("incomeType", _INCOME_TYPES)
    limit, page = min(params.integer("limit") or 100, 1000), params.integer("page") or 1
    start, end = span(call)
    params.finish()
    first = start or call.market.clock.now_us() - WEEK_US
    found = [
        each
        for each in call.market.positions.income[call.user]
        if symbol in (None, each.symbol) and kind in (None, _INCOME[each.kind]) and first <= each.time_us <= end
    ]
    return [_income_row(call, each) for each in found[(page - 1) * limit : page * limit]]


def _income_row(call: Call, each: Income) -> Document:
    trade_id = str(each.trade_id) if each.trade_id else ""
    return {
        "symbol": each.symbol,
        "incomeType": _INCOME[each.kind],
        "income": render(each.amount),
        "asset": each.asset,
        "time": call.stamp(each.time_us),
        "info": trade_id or _INCOME[each.kind],
        "tranId": each.number,
        "tradeId": trade_id,
    }
