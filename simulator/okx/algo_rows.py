"""Algo orders in OKX's JSON, and the calls that list them. Source: OKX v5 docs, "Algo Trading"."""

from collections.abc import Callable

from simulator.algos import Algo, AlgoStatus
from simulator.amounts import short
from simulator.okx.call import Call, Row
from simulator.okx.errors import ApiError, error, illegal
from simulator.okx.legs import Legs
from simulator.okx.lookups import page
from simulator.okx.names import KINDS
from simulator.okx.params import Params
from simulator.okx.venue import Venue

_STATES = {
    AlgoStatus.WAITING: "live",
    AlgoStatus.TRIGGERED: "effective",
    AlgoStatus.REJECTED: "order_failed",
    AlgoStatus.CANCELED: "canceled",
    AlgoStatus.EXPIRED: "canceled",
}
PAST = ("effective", "canceled", "order_failed")
_TYPES = ("conditional", "oco", "trigger", "move_order_stop", "chase", "twap", "iceberg")
_NAMED = (
    "tpTriggerPx", "tpTriggerPxType", "tpOrdPx", "slTriggerPx", "slTriggerPxType", "slOrdPx", "triggerPx",
    "triggerPxType", "ordPx", "callbackRatio", "callbackSpread", "activePx", "closeFraction",
)  # fmt: skip
_EMPTY = (
    "moveTriggerPx", "pxVar", "pxSpread", "szLimit", "pxLimit", "timeInterval", "quickMgnType", "chaseType", "chaseVal",
    "maxChaseType", "maxChaseVal", "amendPxOnTriggerType", "failReason",
)  # fmt: skip


def each(call: Call, one: Callable[[Call, Params], Row]) -> list[Row]:
    """Carry out every item in turn; expTime does not apply to algo orders."""
    rows = []
    for item in call.items:
        try:
            rows.append(one(call, item))
        except ApiError as problem:
            rows.append(
                {
                    "algoId": _plain(item, "algoId"),
                    "algoClOrdId": _plain(item, "algoClOrdId"),
                    "clOrdId": _plain(item, "clOrdId"),
                    "sCode": problem.code,
                    "sMsg": problem.msg,
                    "tag": _plain(item, "tag"),
                }
            )
    return rows


def _plain(item: Params, name: str) -> str:
    try:
        return item.text(name)
    except ApiError:
        return ""


def done(algo: Algo) -> Row:
    """A row that says yes."""
    return {
        "algoId": str(algo.algo_id),
        "algoClOrdId": algo.client_id,
        "clOrdId": algo.client_id,
        "sCode": "0",
        "sMsg": "",
        "tag": algo.ask.notes["tag"],
    }


def get(call: Call) -> list[Row]:
    """GET /trade/order-algo. Raises: ApiError 50015, 51603."""
    algo_id, client_id = call.params.text("algoId"), call.params.text("algoClOrdId")
    if not algo_id and not client_id:
        raise error("50015", "algoId", "algoClOrdId")
    found = [algo for algo in _all(call) if (str(algo.algo_id) == algo_id if algo_id else algo.client_id == client_id)]
    if not found:
        raise error("51603")
    return [algo_row(call.venue, found[-1])]


def pending(call: Call) -> list[Row]:
    """GET /trade/orders-algo-pending: one `ordType`; conditional and oco may be asked for together."""
    return _listed(call, [algo for algo in _all(call) if algo.status is AlgoStatus.WAITING])


def history(call: Call) -> list[Row]:
    """GET /trade/orders-algo-history: an `ordType` and a `state` or an `algoId`."""
    state, algo_id = call.params.choice("state", PAST), call.params.text("algoId")
    if not state and not algo_id:
        raise error("50015", "state", "algoId")
    found = [
        algo for algo in _all(call) if algo.status is not AlgoStatus.WAITING and state in ("", _STATES[algo.status])
    ]
    return _listed(call, found)


def _all(call: Call) -> list[Algo]:
    """An account's algo orders that have become visible, oldest first."""
    found = [algo for market in call.venue.markets.values() for algo in market.algos.of(call.user)]
    return sorted((algo for algo in found if algo.visible_from_us <= call.received_us), key=lambda algo: algo.algo_id)


def _listed(call: Call, algos: list[Algo]) -> list[Row]:
    params = call.params
    params.need("ordType")
    types = params.words("ordType", len(_TYPES))
    if any(name not in _TYPES for name in types) or (len(types) > 1 and set(types) != {"conditional", "oco"}):
        raise illegal("ordType")
    kind, inst_id, algo_id = params.choice("instType", KINDS), params.text("instId"), params.text("algoId")
    chosen = [
        algo
        for algo in algos
        if algo.ask.notes["ordType"] in types
        and kind in ("", algo.ask.notes["instType"])
        and inst_id in ("", algo.ask.instrument.symbol)
        and algo_id in ("", str(algo.algo_id))
    ]
    return [algo_row(call.venue, algo) for algo in page(params, chosen, lambda algo: algo.algo_id)]


def algo_row(venue: Venue, algo: Algo) -> Row:
    """One algo order as every query shows it."""
    ask, notes = algo.ask, algo.ask.notes
    placed = algo.order
    number = str(placed.order_id) if placed else ""
    fired = algo.trigger.fired if isinstance(algo.trigger, Legs) else ""
    position = venue.pool.positions.get(ask.account, ask.instrument, ask.position_side, isolated=ask.isolated)
    return {
        **dict.fromkeys(_EMPTY, ""),
        **{name: notes.get(name, "") for name in _NAMED},
        "instType": notes["instType"],
        "instId": ask.instrument.symbol,
        "algoId": str(algo.algo_id),
        "algoClOrdId": algo.client_id,
        "clOrdId": algo.client_id,
        "ordId": number,
        "ordIdList": [number] if number else [],
        "ordType": notes["ordType"],
        "side": ask.side.lower(),
        "posSide": ask.position_side.lower(),
        "tdMode": notes["tdMode"],
        "tgtCcy": notes["tgtCcy"],
        "ccy": notes["ccy"],
        "tag": notes["tag"],
        "sz": notes["sz"],
        "state": _STATES[algo.status],
        "lever": short(venue.pool.positions.of_position(position)) if ask.instrument.settle else "",
        "reduceOnly": notes["reduceOnly"],
        "actualSz": short(placed.filled) if placed else "0",
        "actualPx": short(placed.instrument.average(placed.filled_quote, placed.filled)) if placed else "",
        "actualSide": fired,
        "failCode": "51008" if algo.reason else "0",
        "triggerTime": str(algo.triggered_us // 1000) if algo.triggered_us else "",
        "last": short(venue.find(ask.instrument.symbol).pit.book.last_price),
        "attachAlgoOrds": [],
        "linkedOrd": {"ordId": ""},
        "isTradeBorrowMode": "",
        "cTime": str(algo.created_us // 1000),
        "uTime": str(algo.updated_us // 1000),
    }
