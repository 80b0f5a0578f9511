"""Every code of Bybit's error pages: what it proves about an order, and what kind of trouble it is."""

from __future__ import annotations

import pytest

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected, RouterError
from workers.calls.error_table import Fault
from workers.calls.wire import Answer
from workers.exchanges.bybit.errors import TABLE, fault

K = ErrorKind
AMBIGUOUS = """10000 10016 170001 170234 170007 170032 170035 170146 170147 170310 170149 170150 170311 5004 500000
3400214 340099 20006 131001 131003 131200 131201 131206 131230 10014"""
LIMITS = "10006 10018 10403 20003 170005 170222 30035 429 10429"
CLOCK = "10002 -1"
LATER = "10019 110079 170144 170191 40004 170212 110063 110066 110042 110095 3100197 110118"
DUPLICATES = "110072 170141 12141 30001 110030"
GONE = """110001 170213 170143 110008 170190 110010 170142 170139 20001 30032 30034 30037 140001 140008 140010"""
UNCHANGED = "110043 110025 110026 110027 34040"
CREDENTIALS = "10003 10004 10007 10010 33004 -2015 3100181"
ACCESS = "10005 10008 10009 10024 10027 10028 100028"
REQUEST = """10001 10017 10404 170105 170130 181017 3100326 3100198 110018 110019 110032"""
SYMBOL = "170121 170221 110037 10029 110074"
PRICE = """110003 110120 110121 30208 30209 170132 170133 170134 170192 170193 170194 170371 170372 170203 170204
170195 170196 170197 170198 170199 170200 170218 110108 110109"""
QUANTITY = """110094 170136 170137 170148 170140 170124 170381 170382 170341 110064 170313 110022"""
FUNDS = """110004 110045 110007 110012 110006 110014 110044 110051 110052 110053 170131 170033 170034 170207 170228
170229 110101 170346 3200300"""
CAPS = "110009 110020 110061 170810"
PERMANENT = """170202 170151 170157 30228 110023 110070 110132 170209 170348 170358 170359 110100 170115 170116 170117
170201 170159 170206 170217 110098 110099 110103 110119 170355 170227 170145 170312 110011 110046 110039 110040 110013
110021 110085 110086 110089 110090 110131 30256 3200403 110024 110028 110029 110036 110038 110005 110034 110057 110058
110059 110060 170036 170037 170344 110062 110065 110067 110068 110069 110080 110087 110104 110105 110106 110107 170215
170216 170220 170223 170226 170230 30133 30134 30135 30136 110123 110125 170241 110124 110135 110136 110137 131202
131203 131204 131207 131208 131210 131211 131212 131228 131215 131231 131232 170210 170219 170224 170031 170010 170011
170019 131214 110017"""
GROUPS: list[tuple[str, type[RouterError], ErrorKind | None]] = [
    (AMBIGUOUS, OutcomeUnknown, None),
    (LIMITS, NotProcessed, K.RATE_LIMITED),
    (CLOCK, NotProcessed, K.CLOCK),
    (LATER, NotProcessed, None),
    (DUPLICATES, Rejected, K.DUPLICATE_ORDER),
    (GONE, Rejected, K.ORDER_NOT_FOUND),
    (UNCHANGED, Rejected, K.UNCHANGED),
    (CREDENTIALS, Rejected, K.BAD_CREDENTIALS),
    (ACCESS, Rejected, K.PERMISSION_DENIED),
    (REQUEST, Rejected, K.INVALID),
    (SYMBOL, Rejected, K.UNKNOWN_SYMBOL),
    (PRICE, Rejected, K.FILTER),
    (QUANTITY, Rejected, K.FILTER),
    (FUNDS, Rejected, K.INSUFFICIENT_BALANCE),
    (CAPS, Rejected, K.TOO_MANY_ORDERS),
    (PERMANENT, Rejected, None),
]
CODES = [(code, verdict, kind) for codes, verdict, kind in GROUPS for code in codes.split()]


@pytest.mark.parametrize(("code", "verdict", "kind"), CODES, ids=[code for code, _, _ in CODES])
def test_every_documented_code(code: str, verdict: type[RouterError], kind: ErrorKind | None) -> None:
    ruling = TABLE.judge(Fault(code, "whatever it says"))
    assert ruling is not None
    assert ruling.verdict is verdict
    assert kind in (None, ruling.kind)


def test_no_code_is_listed_twice() -> None:
    assert len({code for code, _, _ in CODES}) == len(CODES)


@pytest.mark.parametrize(
    ("code", "text", "verdict", "kind"),
    [
        ("10001", "position idx not match position mode", Rejected, K.INVALID),
        ("10001", "buy: [56000.1,61000.2] invalid", NotProcessed, K.MARKET_CLOSED),
        (
            "10001",
            "The order remains unchanged as the parameters entered match the existing ones.",
            Rejected,
            K.UNCHANGED,
        ),
        (
            "10001",
            "The number of contracts exceeds maximum limit allowed: too large, order_qty:1 > max_qty:0",
            Rejected,
            K.FILTER,
        ),
        ("110017", "Reduce-only rule not satisfied", Rejected, K.NOTHING_TO_REDUCE),
        ("110017", "orderQty will be truncated to zero.", Rejected, K.FILTER),
        ("HTTP 403", "<html>access too frequent</html>", NotProcessed, K.BANNED),
        ("HTTP 403", "blocked access from your country", Rejected, K.PERMISSION_DENIED),
        ("HTTP 400", "Bad Request", Rejected, K.INVALID),
        ("HTTP 404", "Not Found", Rejected, K.UNSUPPORTED),
    ],
)
def test_codes_whose_text_decides(code: str, text: str, verdict: type[RouterError], kind: ErrorKind) -> None:
    ruling = TABLE.judge(Fault(code, text))
    assert ruling is not None
    assert (ruling.verdict, ruling.kind) == (verdict, kind)


def test_a_code_that_nobody_listed_is_unknown() -> None:
    assert TABLE.judge(Fault("999999", "new")) is None
    assert isinstance(TABLE.error(Fault("999999", "new")), OutcomeUnknown)


def answer(status: int, body: bytes = b"") -> Answer:
    return Answer(status, {}, body)


def test_the_code_in_the_body_decides_not_the_status() -> None:
    told = {"retCode": 110017, "retMsg": "Reduce-only rule not satisfied", "result": {}, "retExtInfo": {}}
    assert fault(answer(200), told) == Fault("110017", "Reduce-only rule not satisfied")
    assert fault(answer(200), {**told, "retCode": 0}) is None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_proves_nothing_whatever_it_says(status: int) -> None:
    assert fault(answer(status), {"retCode": 110001, "retMsg": "order not exists"}) is None


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_the_edge_says_is_a_fault_of_its_own(status: int) -> None:
    page = b"<html>\n <body>access too frequent</body>\n</html>"
    assert fault(answer(status, page), object()) == Fault(
        f"HTTP {status}", page.decode().replace("\n ", " ").replace("\n", " ")
    )


def test_a_page_instead_of_json_is_no_fault_of_ours_to_name() -> None:
    assert fault(answer(200, b"<html>"), object()) is None
    assert fault(answer(401, b""), object()) is None


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("error sign! origin_string[17000000KEYKEY5000{'request': [1]}]", "error sign! origin_string[...]"),
        (
            "empty value: apiTimestamp[17] apiKey[KEYKEY] apiSignature[abc]: openapi sign params error!",
            "empty value: apiTimestamp[17] apiKey[...] apiSignature[...]: openapi sign params error!",
        ),
        ("buy: [56000.1,61000.2] invalid", "buy: [56000.1,61000.2] invalid"),
    ],
)
def test_no_complaint_repeats_the_key_or_what_was_signed(told: str, shown: str) -> None:
    found = fault(answer(200), {"retCode": 10004, "retMsg": told})
    assert found is not None
    assert found.message == shown
