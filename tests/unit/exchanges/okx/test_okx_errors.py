"""Every code of OKX's error pages: what it proves about an order, and what kind of trouble it is."""

from __future__ import annotations

import pytest

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from workers.calls.error_table import Fault
from workers.calls.wire import Answer
from workers.exchanges.okx.errors import NO_SUCH_ORDER, TABLE, fault, verdict

K = ErrorKind
OK = Answer(200, {}, b"")
SAFE = {
    K.RATE_LIMITED: (50011, 50040, 50061, 51113),
    K.CLOCK: (50036, 50102),
    K.OVERLOADED: (50037, 51513, 51140, 54047, 54048, 54049),
    K.MARKET_CLOSED: (51029, 51030, 51404, 51508),
    K.REFUSED: (*range(50017, 50024), 51115, 51342, 54004),
}
UNKNOWN = {
    K.TIMEOUT: (50004, 51054, 51149, 51412),
    K.UNEXPECTED_REPLY: (50026, 50042),
    K.MAINTENANCE: (50001, 50005, 50046, 50062, 50064),
    K.OVERLOADED: (50013,),
}
LOOK = {
    K.DUPLICATE_ORDER: (51016, 50071, 51011, 51065, 51068),
    K.ORDER_NOT_FOUND: (51400, 51401, 51402, 51405, 51410, 51503, 51509, 51510, 51603, 51063),
    K.NOTHING_TO_REDUCE: (51023, 51043),
}
NO = {
    K.BAD_CREDENTIALS: (50100, 50101, *range(50103, 50110), *range(50111, 50115), 50119),
    K.PERMISSION_DENIED: (
        50030, 50035, 50110, 50120, 50121, 50007, 50008, 50009, 50012, 50027, 50028, 50029, 50032, 50033, 50041, 50051,
        50052, 50059, 50060, 51009, 51024, 51155, 51732, 51733, 51734, 54092, 4088,
    ),
    K.INVALID: (
        50000, 50002, 50006, 50014, 50015, 50016, 50024, 50025, 50115, 51000, 51003, 51407, 51408, 51015, 51111, 51406,
        51501, 51512, 51514, 51500, 54036, *range(51046, 51054), *range(51076, 51087), *range(51088, 51101), 51178,
        *range(51250, 51253), *range(51254, 51277), *range(51281, 51313), *range(51327, 51334),
    ),
    K.UNKNOWN_SYMBOL: (51001, 51002),
    K.MARKET_CLOSED: (51021, 51022, 51027, 51028, 51087, 54072, 54094, 51110, 51124, 51196, 51197, 54012),
    K.FILTER: (
        51005, 51007, 51020, 51120, 51121, 51101, 51202, 51203, 51201, 51185, 51150, 50122, 51006, 51116, 51122, 51031,
        51135, 51136, 51137, 51138, 51204, 51192, 51193, 51194, 51195, 54084, 54085, 59102,
    ),
    K.INSUFFICIENT_BALANCE: (51008, 51119, 51127, 51131, 51502, 59108),
    K.TOO_MANY_ORDERS: (51025, 51174, *range(51102, 51108), 51071, 51253),
    K.REFUSED: (
        51004, 51017, 51129, 51186, 51187, 54030, 54031, 54035, 51033, *range(54024, 54029), 51037, 51038,
        *range(51209, 51215), 51108, 51207, 51403, 51413, 51416, 51521, 51522, 54071, 51537, 59000, 59001, 59101,
        *range(59103, 59108), 59109, 59112, 59668, 59669, 59670,
    ),
    K.UNSUPPORTED: (
        51010, 50072, 51041, 51042, 51039, 59111, 59202, 51128, 59110, 51205, 51506, 51536, 51034, 51035, 51036, 51066,
        51177, 54008,
    ),
    K.NOTHING_TO_REDUCE: (51112, 51117, 51148, 51169, 51170, 51171, 51206),
    K.POST_ONLY_WOULD_TAKE: (51511,),
    K.WOULD_TRIGGER: (51277, 51278, 51279, 51280),
}  # fmt: skip
CASES = [
    (str(code), verdict, kind)
    for verdict, table in ((NotProcessed, SAFE), (OutcomeUnknown, UNKNOWN), (Rejected, LOOK), (Rejected, NO))
    for kind, codes in table.items()
    for code in codes
]


@pytest.mark.parametrize(("code", "proves", "kind"), CASES)
def test_a_code_means(code: str, proves: type, kind: ErrorKind) -> None:
    ruling = TABLE.judge(Fault(code, "whatever it says"))
    assert ruling is not None
    assert (ruling.verdict, ruling.kind) == (proves, kind)


def test_no_other_code_is_listed() -> None:
    """64007 is what the WebSocket says; should it ever come, it proves nothing."""
    assert TABLE.codes == {code for code, _, _ in CASES} | {"64007"}


def test_a_code_of_tomorrow_is_unknown() -> None:
    assert TABLE.judge(Fault("98765", "")) is None
    assert isinstance(TABLE.error(Fault("98765", "")), OutcomeUnknown)


@pytest.mark.parametrize("text", ["Parameter clOrdId error", "Parameter algoClOrdId error"])
def test_a_complaint_about_an_id_that_was_legal_is_taken_for_a_duplicate(text: str) -> None:
    ruling = TABLE.judge(Fault("51000", text))
    assert ruling is not None
    assert (ruling.verdict, ruling.kind) == (Rejected, K.DUPLICATE_ORDER)


def test_what_a_search_believes() -> None:
    for code in NO_SUCH_ORDER:
        ruling = TABLE.judge(Fault(code, "Order does not exist"))
        assert ruling is not None
        assert ruling.kind is K.ORDER_NOT_FOUND


def one(code: object = "1", **row: object) -> dict[str, object]:
    return {"code": code, "msg": "All operations failed", "data": [{"ordId": "", "clOrdId": "a", **row}]}


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"code": "0", "msg": "", "data": []}, None),
        ({"code": 0, "msg": "", "data": []}, None),
        (one("0", sCode="0", sMsg="Order placed"), None),
        (one(sCode="51008", sMsg="Insufficient"), Fault("51008", "Insufficient")),
        (one(sCode="51008_1000", sMsg="Insufficient"), Fault("51008", "Insufficient")),
        (one("0", sCode="51121", sMsg="Lot"), Fault("51121", "Lot")),
        (one("51000", sCode="0"), Fault("51000", "All operations failed")),
        ({"code": "51603", "msg": "Order does not exist", "data": []}, Fault("51603", "Order does not exist")),
        ({"msg": "Too Many Requests", "code": "50011"}, Fault("50011", "Too Many Requests")),
        ({"code": 50011, "msg": "Too Many Requests"}, Fault("50011", "Too Many Requests")),
        ({"code": "1", "msg": "", "data": [{"sCode": "0"}, {"sCode": "51008"}]}, None),
        ({"code": "1", "msg": "Operation failed.", "data": []}, Fault("1", "Operation failed.")),
        ({"code": "50004"}, Fault("50004", "")),
        ([], None),
        ({"no": "code"}, None),
        ("text", None),
    ],
)
def test_where_the_complaint_is(document: object, told: Fault | None) -> None:
    assert fault(OK, document) == told


def test_the_status_says_nothing() -> None:
    """Time-outs come with 400, refused orders with 200, and a good answer is told by its code alone."""
    assert fault(Answer(400, {}, b""), {"code": "50004", "msg": "timeout"}) == Fault("50004", "timeout")
    assert fault(Answer(200, {}, b""), {"code": "50119", "msg": "no key"}) == Fault("50119", "no key")


def test_the_verdict_of_an_item() -> None:
    assert verdict({"sCode": "0", "sMsg": ""}) is None
    assert verdict({"sCode": "51400", "sMsg": "gone"}) == Fault("51400", "gone")
