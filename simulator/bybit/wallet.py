"""The unified account's balance, and what the asset calls tell about it.

A spot order with isLeverage may overdraw a coin; what is missing shows as borrowed. Every asset counts in full (no
collateral haircut), interest is not charged, the funding wallet is empty.

Source: Bybit v5 docs, "Get Wallet Balance", "Get Single Coin Balance", "Get All Coins Balance", "Get Coin Info".
"""

from dataclasses import dataclass

from simulator.amounts import SCALE
from simulator.bybit import decimals, errors
from simulator.bybit.call import Call
from simulator.funds import Funds
from simulator.instruments import Kind

_MOST_COINS = 10
_UNIFIED, _FUND = "UNIFIED", "FUND"
Row = dict[str, object]


@dataclass(slots=True)
class Coin:
    """One coin's figures, as amounts of itself; `price` is in dollars."""

    name: str
    price: int
    wallet: int = 0
    locked: int = 0
    borrowed: int = 0
    unrealised: int = 0
    options: int = 0
    order_margin: int = 0
    position_margin: int = 0
    maintenance: int = 0
    realised: int = 0

    @property
    def equity(self) -> int:
        """What would be left if everything were closed now."""
        return self.wallet - self.borrowed + self.unrealised + self.options

    def dollars(self, amount: int) -> int:
        """An amount of the coin in dollars."""
        return amount * self.price // SCALE


def wallet_balance(call: Call) -> object:
    """GET /v5/account/wallet-balance: the coins asked for, zero or not, else those that are not.

    Raises: ApiError 10001.
    """
    if call.params.need("accountType") != _UNIFIED:
        raise errors.parameter("accountType only support UNIFIED.")
    wanted = [name for name in call.params.text("coin").split(",") if name]
    every = coins(call)
    shown = [coin for coin in every if coin.equity or coin.wallet or coin.borrowed]
    if wanted:
        shown = [_coin(call, name) for name in dict.fromkeys(wanted)]
    return {"list": [{**_totals(every), "coin": [_coin_row(coin) for coin in shown]}]}


def coins(call: Call) -> list[Coin]:
    """Every coin of the account."""
    pool = call.exchange.pool
    wallet = pool.wallets[call.user]
    names = {*wallet.assets(), *(each.instrument.settle for each in pool.positions.of(call.user))}
    return [_coin(call, name) for name in sorted(names)]


def _coin(call: Call, name: str) -> Coin:
    pool = call.exchange.pool
    wallet = pool.wallets[call.user]
    free, locked = wallet.free.get(name, 0), wallet.locked.get(name, 0)
    borrowed = max(0, -free)
    coin = Coin(name, pool.price(name), free + locked + borrowed, locked, borrowed)
    funds = Funds(pool)
    for position in funds.held(call.user, name):
        mark = pool.mark(position.instrument)
        margin = funds.margin(position)
        coin.order_margin += margin.orders
        coin.position_margin += margin.position
        coin.maintenance += margin.maintenance
        if position.instrument.kind is Kind.OPTION:
            coin.options += position.worth(mark)
        else:
            coin.unrealised += position.unrealised(mark)
    coin.realised = sum(each.amount for each in pool.positions.income[call.user] if each.asset == name)
    return coin


def _coin_row(coin: Coin) -> Row:
    return {
        "coin": coin.name,
        "equity": decimals.plain(coin.equity),
        "usdValue": decimals.plain(coin.dollars(coin.equity)),
        "walletBalance": decimals.plain(coin.wallet),
        "locked": decimals.plain(coin.locked),
        "borrowAmount": decimals.plain(coin.borrowed),
        "spotBorrow": decimals.plain(coin.borrowed),
        "accruedInterest": "0",
        "totalOrderIM": decimals.plain(coin.order_margin),
        "totalPositionIM": decimals.plain(coin.position_margin),
        "totalPositionMM": decimals.plain(coin.maintenance),
        "unrealisedPnl": decimals.plain(coin.unrealised),
        "cumRealisedPnl": decimals.plain(coin.realised),
        "bonus": "0",
        "spotHedgingQty": "0",
        "marginCollateral": True,
        "collateralSwitch": True,
        "colRes": "0",
        "availableToWithdraw": "",
        "availableToBorrow": "",
        "free": "",
    }


def _totals(every: list[Coin]) -> Row:
    """The account's figures in dollars."""
    balance = sum(coin.dollars(coin.wallet - coin.borrowed) for coin in every)
    unrealised = sum(coin.dollars(coin.unrealised) for coin in every)
    initial = sum(coin.dollars(coin.order_margin + coin.position_margin) for coin in every)
    least = sum(coin.dollars(coin.maintenance) for coin in every)
    held = sum(coin.dollars(coin.locked) for coin in every)
    margin = balance + unrealised
    rates = [decimals.plain(part * SCALE // margin, 4) if margin > 0 else "0" for part in (initial, least)]
    return {
        "accountType": _UNIFIED,
        "totalEquity": decimals.plain(sum(coin.dollars(coin.equity) for coin in every)),
        "totalWalletBalance": decimals.plain(balance),
        "totalMarginBalance": decimals.plain(margin),
        "totalAvailableBalance": decimals.plain(margin - initial - held),
        "totalPerpUPL": decimals.plain(unrealised),
        "totalInitialMargin": decimals.plain(initial),
        "totalInitialMarginByMp": decimals.plain(initial),
        "totalMaintenanceMargin": decimals.plain(least),
        "totalMaintenanceMarginByMp": decimals.plain(least),
        "accountIMRate": rates[0],
        "accountIMRateByMp": rates[0],
        "accountMMRate": rates[1],
        "accountMMRateByMp": rates[1],
        "accountLTV": "0",
    }


def coin_balance(call: Call) -> object:
    """GET /v5/asset/transfer/query-account-coin-balance."""
    kind = call.params.choice("accountType", (_UNIFIED, _FUND), _UNIFIED)
    name = call.params.need("coin")
    return {"accountType": kind, "bizType": 1, "accountId": "", "memberId": "", "balance": _balance(call, kind, name)}


def coins_balance(call: Call) -> object:
    """GET /v5/asset/transfer/query-account-coins-balance: a unified account must name up to ten coins."""
    kind = call.params.choice("accountType", (_UNIFIED, _FUND), _UNIFIED)
    wanted = [name for name in call.params.text("coin").split(",") if name]
    if kind == _UNIFIED and not 1 <= len(wanted) <= _MOST_COINS:
        raise errors.parameter("params error: coin must name 1 to 10 coins")
    rows = [_balance(call, kind, name) for name in wanted]
    return {"memberId": "", "accountType": kind, "balance": rows}


def _balance(call: Call, kind: str, name: str) -> Row:
    coin = Coin(name, 0) if kind == _FUND else _coin(call, name)
    free = max(0, coin.wallet - coin.locked - coin.borrowed - coin.order_margin - coin.position_margin)
    return {
        "coin": name,
        "walletBalance": decimals.plain(coin.wallet),
        "transferBalance": decimals.plain(free),
        "transferSafeAmount": "",
        "ltvTransferSafeAmount": "",
        "bonus": "",
    }


def coin_info(call: Call) -> object:
    """GET /v5/asset/coin/query-info: every coin that is traded, on one chain of its own, closed to transfers."""
    asked = call.params.text("coin")
    traded = {name for market in call.exchange.markets.values() for each in market.instruments.values()
              for name in (each.base, each.quote) if name != "USD"}  # fmt: skip
    return {"rows": [_coin_info(name) for name in sorted(traded) if asked in ("", name)]}


def _coin_info(name: str) -> Row:
    chain = {
        "chainType": name,
        "chain": name,
        "confirmation": "1",
        "withdrawFee": "",
        "depositMin": "0",
        "withdrawMin": "0",
        "chainDeposit": "0",
        "chainWithdraw": "0",
        "minAccuracy": "8",
        "withdrawPercentageFee": "0",
        "contractAddress": "",
        "safeConfirmNumber": "1",
        "withdrawMax": "-1",
    }
    return {"name": name, "coin": name, "remainAmount": "0", "chains": [chain]}
