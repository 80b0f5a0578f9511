# ruff: noqa: E501 - a row of the table is a line
"""The table: every way in which a request of ours differs from ccxt's, and the choice that it follows from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from differences import NOTHING, Difference


class Choice(StrEnum):
    """The choices, as docs/adding-an-exchange.md names them."""

    REFUSED = "refused before it is sent"
    EXACT = "numbers as given"
    SAID = "nothing left to a default"
    SPARE = "nothing said twice"
    FENCED = "a last moment"
    NAMED = "an id on every order"
    WHOLE = "read in full"
    FIRST = "read first"
    SPELT = "spelt as documented"
    OTHER = "the call that does it"
    UNTAGGED = "no broker's tag"
    MORE = "what ccxt does not offer"


@dataclass(frozen=True)
class Reason:
    """Which difference, by patterns: on which exchange, in which intents, in which part, between which values."""

    exchange: str
    intents: str
    part: str
    ours: str
    theirs: str
    choice: Choice
    why: str

    def explains(self, intent: str, found: Difference) -> bool:
        pairs = ((intent, self.intents), (found.part, self.part), (found.ours, self.ours), (found.theirs, self.theirs))
        return all(fnmatchcase(text, pattern) for text, pattern in pairs)


_EVERY = ("binance", "bybit", "okx")


def _everywhere(intents: str, part: str, ours: str, theirs: str, choice: Choice, why: str) -> list[Reason]:
    return [Reason(exchange, intents, part, ours, theirs, choice, why) for exchange in _EVERY]


def _rows(exchange: str, *rows: tuple[str, str, str, str, Choice, str]) -> list[Reason]:
    return [Reason(exchange, *row) for row in rows]


_R, _E, _S, _T, _W, _D = Choice.REFUSED, Choice.EXACT, Choice.SAID, Choice.SPARE, Choice.WHOLE, Choice.SPELT

# fmt: off
TABLE: list[Reason] = [
    *_everywhere("*/boundary/price:*", "refusal", "price: must be a multiple of *; nearest are *", "sends", _R, "ccxt rounds the price"),
    *_everywhere("*/boundary/quantity:*", "refusal", "quantity: must be a multiple of *; nearest are *", "sends", _R, "ccxt cuts the quantity"),
    *_everywhere("*/boundary/quantity:above most", "refusal", "quantity: must be at most *", "sends", _R, "ccxt checks no maximum"),
    *_everywhere("*/place/limit:*visible_quantity=*", "refusal", "visible_quantity: * takes no icebergs", "sends", _R, "ccxt sends it as it is"),
    *_rows(
        "binance",
        ("*/boundary/price:above most", "refusal", "price: must be at most *", "sends", _R, "ccxt checks no maximum"),
        ("usdm/boundary/price:below least", "refusal", "price: must be at least *", "sends", _R, "ccxt checks no minimum"),
        ("*/boundary/*", "refusal", "notional: must be at *", "sends", _R, "ccxt does not multiply"),
        ("*margin_mode=*", "refusal", "margin_mode: *", "sends", _R, "futures have it set per symbol, and margin trading is not offered; ccxt drops the one and goes to the margin wallet with the other"),
        ("usdm/place/market:*notional=*", "refusal", "notional: * takes quantity only", "sends", _R, "ccxt sends the cost as a quantity"),
        ("usdm/place/stop:*trigger_by=index", "refusal", "trigger_by: must be last or mark *", "sends", _R, "futures watch no index"),
        ("usdm/set_leverage/*2.5", "refusal", "leverage: must be a whole number *", "sends", _R, "ccxt sends a fraction"),
        ("usdm-hedge/*side=buy,position_side=long,reduce_only=True", "refusal", "reduce_only: *", "sends", _R, "a buy cannot reduce a long position; ccxt turns it into one that reduces a short one"),
        ("spot/batch/*", "refusal", "sends", "* spot*", Choice.MORE, "spot has no batches: we send them one by one"),
        ("spot/batch/*", "refusal", "sends", "* only supported for swap markets.", Choice.MORE, "the same, cancels"),
        ("usdm/cancel_after/*", "refusal", "sends", "NotSupported: *", Choice.MORE, "the countdown"),
        ("*/place/limit:quantity=0.0100,price=59000.10", "body.quantity", "0.0100", "0.01", _E, "the same number"),
        ("*/place/limit:quantity=0.0100,price=59000.10", "body.price", "59000.10", "59000.1", _E, "the same number"),
        ("usdm*/place/*", "body.selfTradePreventionMode", "EXPIRE_MAKER", NOTHING, _S, "documents differ on the default"),
        ("usdm/boundary/*", "body.selfTradePreventionMode", "EXPIRE_MAKER", NOTHING, _S, "documents differ on the default"),
        ("usdm/batch/place:*", "body.batchOrders.*.selfTradePreventionMode", "EXPIRE_MAKER", NOTHING, _S, "the same, in a batch"),
        ("usdm/place/*trigger*", "body.newOrderRespType", NOTHING, "RESULT", _T, "an algo order has one form of reply"),
        ("usdm/place/*trailing_delta*", "body.newOrderRespType", NOTHING, "RESULT", _T, "an algo order has one form of reply"),
        ("usdm/place/*trailing_delta*", "name", "body.activatePrice", "body.activationPrice", _D, "the algo endpoint renamed it"),
        ("usdm/batch/cancel:*,order_id", "name", "query.orderIdList.*", "query.orderidlist.*", _D, "lower case is not documented"),
        ("usdm/batch/cancel:*,client_order_id", "name", "query.origClientOrderIdList.*", "query.origclientorderidlist.*", _D, "lower case is not documented"),
        ("usdm/*/algo", "query.symbol", NOTHING, "BTCUSDT", _T, "an algo order's id needs no symbol"),
        ("usdm/amend_order/client_order_id*", "body.orderId", NOTHING, "None", _T, "ccxt sends the id that it was not given"),
        ("usdm/amend_order/*", "request", "GET /fapi/v1/order", NOTHING, Choice.FIRST, "PUT order wants side, price and quantity; ccxt has its user say them"),
        ("spot/amend_order/*", "path", "PUT /api/v3/order/amend/keepPriority", "POST /api/v3/order/cancelReplace", Choice.OTHER, "an amended order keeps its place; ccxt cancels it and places another"),
        ("spot/amend_order/*", "name", "body.newQty", "body.quantity", Choice.OTHER, "parameters of that call"),
        ("spot/amend_order/order_id*", "name", "body.orderId", "body.cancelOrderId", Choice.OTHER, "parameters of that call"),
        ("spot/amend_order/*", "body.*", NOTHING, "*", Choice.OTHER, "parameters of that call"),
        ("spot/amend_order/order_id*", "request", "GET /api/v3/order", NOTHING, Choice.FIRST, "the amendment must repeat the client order id, or it would be renamed"),
        ("spot/get_balances/*", "query.omitZeroBalances", "true", NOTHING, _T, "hundreds of zeros say nothing"),
        ("usdm/get_balances/*", "path", "GET /fapi/v3/balance", "GET /fapi/v3/account", Choice.OTHER, "balances without all positions"),
        ("usdm/get_fills/*since_ms*", "query.endTime", NOTHING, "*", _T, "the end is seven days on by itself"),
        ("usdm/get_positions/one:", "query.symbol", "BTCUSDT", NOTHING, _T, "ccxt reads all and sifts"),
        ("usdm/get_positions/*", "request", NOTHING, "GET /fapi/v1/leverageBracket", _T, "ccxt computes margins from the brackets; we tell what the exchange tells"),
        ("usdm/get_trading_settings/*", "query.symbol", "BTCUSDT", NOTHING, _T, "ccxt reads all and sifts"),
        ("usdm/get_trading_settings/*", "request", "GET /fapi/v1/accountConfig", NOTHING, _W, "the position mode belongs to it"),
        ("usdm/get_ticker/*", "request", "GET /fapi/v1/ticker/bookTicker", NOTHING, _W, "the day's ticker has no bid and ask"),
        ("usdm/get_open_orders/*", "request", "GET /fapi/v1/openAlgoOrders", NOTHING, _W, "those that wait for a trigger are open, too"),
        ("usdm/cancel_all/*", "request", "* /fapi/v1/*lgo*", NOTHING, _W, "those that wait for a trigger are cancelled, too"),
        ("usdm/cancel_all/*", "request", "GET /fapi/v1/openOrders", NOTHING, Choice.FIRST, "the reply names no order, and we tell which were cancelled"),
    ),
    *_rows(
        "bybit",
        ("*/boundary/price:above most", "refusal", "price: must be at most *", "sends", _R, "ccxt checks no maximum"),
        ("*/boundary/*", "refusal", "notional: must be at least 5", "sends", _R, "ccxt does not multiply"),
        ("*/place/limit:margin_mode=isolated", "refusal", "margin_mode: *", "sends", _R, "it is the account's; ccxt passes anything on"),
        ("*/place/market:*notional=*", "refusal", "notional: * takes quantity only", "sends", _R, "ccxt sends the cost as a quantity"),
        ("*/place/stop:trailing_delta=100", "refusal", "trailing_delta: *", "sends", _R, "a trail belongs to a position; ccxt passes over it and sends another order"),
        ("spot/place/*trigger_by=*", "refusal", "trigger_by: must be last *", "sends", _R, "spot watches the last price only; ccxt sends what is not offered"),
        ("inverse/batch/cancel:*", "refusal", "sends", "NotSupported: *", Choice.MORE, "inverse orders are cancelled together, too"),
        ("*/place/limit:price=59000.50", "body.price", "59000.50", "59000.5", _E, "the same number"),
        ("spot/place/market:*notional=12.34", "body.qty", "12.34", "12.3", _E, "ccxt cuts a cost to the price's places, and spends less"),
        ("spot/place/market:*notional=*", "body.marketUnit", "quoteCoin", NOTHING, _S, "the default unit depends on the side"),
        ("*/place/*trigger_price=*", "body.triggerBy", "LastPrice", NOTHING, _S, "the default is not documented"),
        ("spot/place/*trigger_by=last", "body.triggerBy", NOTHING, "LastPrice", _T, "spot knows no other price"),
        ("linear-hedge/place/*reduce_only=True", "body.reduceOnly", "true (bool)", NOTHING, _S, "it is asked for, and the position index alone would not say it"),
        ("*/place/limit:client_order_id=None", "body.orderLinkId", "<an id of its own>", NOTHING, Choice.NAMED, "a lost reply is looked up by it"),
        ("spot/cancel_order/*", "body.orderFilter", NOTHING, "Order", _T, "it is the default"),
        ("spot/cancel_all/*", "body.orderFilter", "Order", NOTHING, _W, "ccxt cancels plain orders only"),
        ("spot/cancel_all/*", "request", "POST /v5/order/cancel-all", NOTHING, _W, "the other two kinds of spot orders"),
        ("*/cancel_after/all:*", "body.product", "SPOT", "DERIVATIVES", _W, "ccxt protects contracts only"),
        ("*/cancel_after/all:*", "request", "POST /v5/order/disconnected-cancel-all", NOTHING, _W, "the other products"),
        ("*", "header.content-type", NOTHING, "application/json", _T, "a GET has no content"),
        ("*", "header.referer", NOTHING, "CCXT", Choice.UNTAGGED, "ccxt names itself as the broker"),
        ("*", "header.x-bapi-sign-type", "2", NOTHING, _S, "as the official client; without it the default is not documented"),
        ("*/get_fills/*", "query.execType", NOTHING, "Trade", _W, "what is no trade is sifted here, so that a page's end is told rightly"),
        ("*/get_fills/*order_id*", "query.limit", "100", "500", _W, "100 is the most a page has"),
        ("option/get_order_book/*depth=200", "query.limit", "25", "200", _R, "an option's book has 25 levels"),
        ("*/get_o*", "query.limit", "50", NOTHING, _W, "the longest page"),
        ("*/get_open_orders/*", "query.openOnly", "0", NOTHING, _S, "open ones only"),
        ("*/get_open_orders/*market=inverse", "query.settleCoin", NOTHING, "USDT", _W, "inverse contracts settle in no USDT: ccxt finds none"),
        ("*/get_open_orders/*market=linear", "request", "GET /v5/order/realtime", NOTHING, _W, "those that settle in USDC, too"),
        ("*/get_positions/all:", "request", "GET /v5/position/list", NOTHING, _W, "ccxt reads those that settle in USDT"),
        ("*/get_order/client_order_id", "query.orderId", NOTHING, "None", _T, "ccxt sends the id that it was not given"),
        ("*/get_order/*", "request", "GET /v5/order/history", NOTHING, _W, "the real-time list forgets"),
        ("*/get_order/*", "request", "GET /v5/execution/list", NOTHING, _W, "the history lags"),
    ),
    *_rows(
        "okx",
        ("spot/boundary/quantity:below least", "refusal", "quantity: must be at least *", "sends", _R, "ccxt checks the step only"),
        ("margin/place/market:side=buy,*", "refusal", "quantity: *", "sends", _R, "OKX sizes it by notional, whatever ccxt means"),
        ("*time_in_force=IOC", "refusal", "time_in_force: must be GTC*", "sends", _R, "ccxt passes over it where there is a trigger"),
        ("option/place/market:*", "refusal", "type: * takes limit", "sends", _R, "options have limit orders only"),
        ("*/cancel_all/*", "refusal", "sends", "NotSupported: *", Choice.MORE, "what is open is listed and cancelled in batches"),
        ("spot/place/market:*notional=12.34", "body.sz", "12.34", "12.3", _E, "ccxt cuts a cost to the price's places, and spends less"),
        ("spot/boundary/quantity:below most", "body.sz", "9999999998.99999999", "9999999999", _E, "a float has no such number"),
        ("*/set_leverage/*", "body.lever", "*", "* (*)", _D, "documented as text"),
        ("*/cancel_after/*", "body.timeOut", "*", "* (int)", _D, "documented as text"),
        ("*", "name", "body.algoClOrdId", "body.clOrdId", _D, "an algo order's id has a name of its own"),
        ("*client_order_id=a-b_c", "body.clOrdId", "<an id of its own>", "a-b_c", Choice.NAMED, "OKX takes letters and digits only; we spell the others, ccxt is refused"),
        ("*client_order_id=None", "body.tag", NOTHING, "6b9ad766b55dBCDE", Choice.UNTAGGED, "ccxt's broker"),
        ("*", "header.exptime", "<the end of its window>", NOTHING, Choice.FENCED, "an order that is late must not execute"),
        ("spot*/place/market:*", "body.banAmend", "true (bool)", NOTHING, _S, "OKX would shrink the order to the balance"),
        ("*close_position=True", "body.reduceOnly", "true (bool)", NOTHING, _S, "documented as required in one-way mode"),
        ("spot/place/*trigger_price*", "body.tdMode", "cash", "cross", _D, "a cash order with a trigger; ccxt asks for a margin that it was not told of"),
        ("spot-at-1/*margin_mode=cross", "refusal", "margin_mode: an okx account of level 1 has no margin", "sends", _R, "ccxt does not know the account's level"),
        ("spot-at-[34]/place/*", "body.tdMode", "cross", "cash", _S, "these levels know no cash orders; ccxt does not know the level"),
        ("spot-at-[34]/*margin_mode=cross", "body.ccy", NOTHING, "*", _T, "these levels have no margin coin to choose"),
        ("spot/place/*:*trigger_price*", "body.tgtCcy", "base_ccy", NOTHING, _S, "a sell's unit is said as a buy's is"),
        ("spot*", "body.tgtCcy", NOTHING, "base_ccy", _T, "it speaks of market orders"),
        ("spot/batch/place:*", "body.*.tgtCcy", NOTHING, "base_ccy", _T, "it speaks of market orders"),
        ("margin/place/market:*notional=*", "body.tgtCcy", NOTHING, "quote_ccy", _T, "refused on margin"),
        ("margin/place/*side=sell*", "body.ccy", "USDT", "BTC", _S, "one margin coin for both sides: the quote"),
        ("*", "body.slTriggerPxType", NOTHING, "last", _T, "documented as the default"),
        ("*", "body.tpTriggerPxType", NOTHING, "last", _T, "documented as the default"),
        ("*/set_leverage/*margin_mode=isolated", "body.posSide", NOTHING, "net", _T, "one-way mode has no sides"),
        ("*/set_position_mode/*", "request", "GET /api/v5/account/config", NOTHING, Choice.FIRST, "setting what is so already would be refused while orders are open"),
        ("*/set_position_mode/*=hedge", "request", NOTHING, "POST /api/v5/account/set-position-mode", Choice.FIRST, "it is so already"),
        ("*/get_fills/*", "path", "GET /api/v5/trade/fills", "GET /api/v5/trade/fills-history", Choice.OTHER, "the last three days, six times as often"),
        ("*/get_fills/*", "query.instType", NOTHING, "*", Choice.OTHER, "the history's, and it would leave out trades on margin"),
        ("*/get_fills/*", "query.limit", "100", "*", _W, "the longest page; 100 is the most there is"),
        ("*/get_open_orders/*", "query.limit", "100", NOTHING, _W, "the longest page"),
        ("*/get_open_orders/*", "request", "GET /api/v5/trade/orders-algo-pending", NOTHING, _W, "those that wait for a trigger are open, too"),
        ("*/get_order/algo", "query.instId", NOTHING, "BTC-*", _T, "an algo order's id needs no instrument"),
    ),
]
# fmt: on


def explained(exchange: str, intent: str, found: Difference) -> list[Reason]:
    """The reasons for a difference; none means that it is a fault."""
    return [each for each in TABLE if each.exchange == exchange and each.explains(intent, found)]
