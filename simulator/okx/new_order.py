"""From parameters to an order the engine understands. Source: OKX v5 docs, "Place order"."""

from dataclasses import dataclass

from simulator.amounts import SCALE
from simulator.okx import checks, rules
from simulator.okx.call import Call
from simulator.okx.errors import error, illegal
from simulator.okx.names import FUTURES, OPTION, SPOT, SWAP
from simulator.okx.params import Params
from simulator.okx.rules import CASH, ISOLATED
from simulator.okx.venue import FUTURES_MODE, PORTFOLIO, Listed
from simulator.orders import NewOrder, SelfTrade, Side, TimeInForce

FORCES = {
    "market": TimeInForce.GTC,
    "limit": TimeInForce.GTC,
    "post_only": TimeInForce.GTC,
    "fok": TimeInForce.FOK,
    "op_fok": TimeInForce.FOK,
    "ioc": TimeInForce.IOC,
    "optimal_limit_ioc": TimeInForce.IOC,
    "mmp": TimeInForce.GTC,
    "mmp_and_post_only": TimeInForce.GTC,
}
UNPRICED = ("market", "optimal_limit_ioc")
POST_ONLY = ("post_only", "mmp_and_post_only")
MMP = ("mmp", "mmp_and_post_only")
_SELF_TRADE = {
    "cancel_maker": SelfTrade.EXPIRE_MAKER,
    "cancel_taker": SelfTrade.EXPIRE_TAKER,
    "cancel_both": SelfTrade.EXPIRE_BOTH,
}
BASE, QUOTE = "base_ccy", "quote_ccy"
_OPTION_PRICES = ("px", "pxUsd", "pxVol")


@dataclass(frozen=True, slots=True)
class Intent:
    """What an order and an algo order have in common once the account's modes have been asked."""

    listed: Listed
    mode: str
    side: Side
    kind: str
    margined: bool
    """Whether it is a pair's order on margin, which borrows."""


def read_intent(call: Call, item: Params) -> Intent:
    """Instrument, mode and side. Raises: ApiError 51001, 51027 (expired), 51000, 51010, 50072."""
    listed = call.venue.find(item.need("instId"))
    if 0 < listed.instrument.expiry_ms <= call.now_ms:
        raise error("51027")
    mode = rules.trade_mode(call, item, listed)
    margined = listed.kind == SPOT and mode != CASH and call.venue.level(call.user) == FUTURES_MODE
    return Intent(listed, mode, rules.side(item), rules.kind_shown(listed, mode), margined)


def read_order(call: Call, item: Params) -> tuple[Intent, NewOrder]:
    """Read one new order and hold it against every rule but the balance.

    Raises: ApiError of the first rule it breaks.
    """
    intent = read_intent(call, item)
    type_name = _type(call, item, intent.listed)
    quantity, quote_quantity = read_size(item, intent, type_name)
    ask = new_order(call, item, intent, type_name)
    ask.quantity, ask.quote_quantity = quantity, quote_quantity
    ask.client_order_id = item.client_id("clOrdId")
    if type_name not in UNPRICED:
        ask.price = _price(item, intent)
    if quantity:
        checks.check_quantity(intent.listed, quantity, at_market=type_name in UNPRICED)
    checks.check_value(call.venue, ask, intent.listed)
    checks.check_counts(call.venue, ask, intent.listed)
    return intent, ask


def new_order(call: Call, item: Params, intent: Intent, type_name: str) -> NewOrder:
    """An order without size, price and client id. Raises: ApiError 51000, 51205, 54036."""
    listed = intent.listed
    stp = item.choice("stpMode", _SELF_TRADE, "cancel_maker")
    if stp == "cancel_both" and type_name in ("fok", "op_fok"):
        raise error("54036")
    if intent.margined and item.text("tgtCcy"):
        raise error("59110")
    return NewOrder(
        account=call.user,
        instrument=listed.instrument,
        side=intent.side,
        type_name=type_name,
        client_order_id="",
        time_in_force=FORCES[type_name],
        post_only=type_name in POST_ONLY,
        ends_crossing=True,
        self_trade=_SELF_TRADE[stp],
        request_us=call.timestamp_us,
        recv_window_us=max(0, call.deadline_us - call.timestamp_us),
        hidden_us=call.hidden_us,
        position_side=rules.position_side(call, item, listed),
        reduce_only=rules.reduce_only(call, item, listed, intent.mode),
        isolated=intent.mode == ISOLATED,
        borrow=intent.margined or call.user in call.venue.auto_loan,
        notes=_notes(item, intent, stp),
    )


def _notes(item: Params, intent: Intent, stp: str) -> dict[str, str]:
    """What only the replies need."""
    target = ""
    if intent.listed.kind == SPOT and not intent.margined:
        target = item.choice("tgtCcy", (BASE, QUOTE), QUOTE if intent.side is Side.BUY else BASE)
    found = {name: item.text(name) for name in (*_OPTION_PRICES, "ccy", "sz")}
    return {
        **found,
        "instType": intent.kind,
        "tdMode": intent.mode,
        "tag": item.tag(),
        "tgtCcy": target,
        "stpMode": stp,
        "reduceOnly": "true" if item.flag("reduceOnly") and intent.kind != SPOT else "false",
    }


def _type(call: Call, item: Params, listed: Listed) -> str:
    """`ordType`, if the instrument has it. Raises: ApiError 51000, 51042, 51066."""
    name = item.need("ordType")
    if name not in FORCES:
        raise illegal("ordType")
    if listed.kind == OPTION:
        if name == "market":
            raise error("51066")
        if name in MMP and call.venue.level(call.user) != PORTFOLIO:
            raise error("51042")
    elif name in MMP:
        raise error("51042")
    if (name == "optimal_limit_ioc" and listed.kind not in (SWAP, FUTURES)) or (
        name == "op_fok" and listed.kind != OPTION
    ):
        raise illegal("ordType")
    return name


def read_size(item: Params, intent: Intent, type_name: str) -> tuple[int, int]:
    """`sz` as (quantity in base or contracts, amount in quote), of which one is zero.

    Only market orders of pairs can be sized in quote: buys are unless `tgtCcy` says otherwise, sells when it does. On
    contracts `tgtCcy` is ignored. Raises: ApiError 50014, 51000.
    """
    item.need("sz")
    size = item.amount("sz") or 0
    if intent.listed.kind == SPOT and type_name == "market":
        target = item.choice("tgtCcy", (BASE, QUOTE), QUOTE if intent.side is Side.BUY else BASE)
        if target == QUOTE:
            return 0, size
    return size, 0


def _price(item: Params, intent: Intent) -> int:
    """The limit price, for options from any of its three forms.

    Raises: ApiError 51204, 51000 (none, or several), 51150, 51006, 51137, 51138.
    """
    listed = intent.listed
    if listed.kind == OPTION:
        return option_price(item, listed, _OPTION_PRICES)
    amends = item.choice("pxAmendType", ("0", "1")) == "1"
    return checks.fit_price(listed, intent.side, rules.limit_price(item), amends=amends)


def option_price(item: Params, listed: Listed, names: tuple[str, ...]) -> int:
    """An option's price in coin from exactly one of a price in coin, in dollars, or a volatility.

    Volatilities are refused here: the simulator has no model that prices options. Raises: ApiError 51204, 51000.
    """
    given = [name for name in names if item.has(name)]
    if not given:
        raise error("51204")
    if len(given) > 1 or given[0] == names[2]:
        raise illegal(given[-1])
    price = rules.limit_price(item, given[0])
    if given[0] == names[1]:
        price = price * SCALE // listed.market.funds.index(listed.instrument)
    return checks.round_option(price)
