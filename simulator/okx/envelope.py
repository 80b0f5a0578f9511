"""The replies to writes: one row per order with its own verdict, and what the envelope makes of them.

Source: OKX v5 docs, "Place order", "Place multiple orders"; recorded replies in `exchanges/okx.md`, section 4.1.
"""

from collections.abc import Callable

from simulator.okx.call import Call, Row
from simulator.okx.errors import ALL_FAILED, OK, SOME_FAILED, ApiError, error
from simulator.okx.params import Params

_WORDS = {OK: "", ALL_FAILED: "All operations failed", SOME_FAILED: "Bulk operation partially succeeded."}


def written(rows: list[Row], in_us: int, out_us: int) -> Row:
    """The body of a write; `inTime` and `outTime` are microseconds at the gateway, the first after authentication.

    Without an `out_us` it has neither: algo orders do not tell.
    """
    failed = sum(row["sCode"] != OK for row in rows)
    code = OK if not failed else ALL_FAILED if failed == len(rows) else SOME_FAILED
    times = {"inTime": str(in_us), "outTime": str(out_us)} if out_us else {}
    return {"code": code, "data": rows, "msg": _WORDS[code], **times}


def done(order_id: int, client_id: str, tag: str, now_ms: int, words: str = "") -> Row:
    """A row that says yes."""
    return {
        "clOrdId": client_id,
        "ordId": str(order_id),
        "sCode": OK,
        "sMsg": words,
        "subCode": "",
        "tag": tag,
        "ts": str(now_ms),
    }


def refused(item: Params, problem: ApiError, now_ms: int) -> Row:
    """A row that says no; it repeats what names the order, whatever it is."""
    return {
        "clOrdId": _plain(item, "clOrdId"),
        "ordId": _plain(item, "ordId"),
        "sCode": problem.code,
        "sMsg": problem.msg,
        "subCode": "",
        "tag": _plain(item, "tag"),
        "ts": str(now_ms),
    }


def each(call: Call, one: Callable[[Call, Params], Row]) -> list[Row]:
    """Carry out every item in turn; an item that is refused, or late, does not stop those after it."""
    rows = []
    for item in call.items:
        try:
            if call.deadline_us and call.received_us > call.deadline_us:
                raise error("50037")
            rows.append(one(call, item))
        except ApiError as problem:
            rows.append(refused(item, problem, call.now_ms))
    return rows


def _plain(item: Params, name: str) -> str:
    try:
        return item.text(name)
    except ApiError:
        return ""
