"""From an answer, or from none, to one of our errors: what it proves decides, first by code, then by status."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from urllib3 import HTTPHeaderDict

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected, RouterError
from router.models import Order, OrderStatus, OrderType, Side
from router.symbols import Symbol
from workers.calls.classify import Classify, Dialect
from workers.calls.endpoint import Call, Endpoint
from workers.calls.wire import Answer, TransportFault
from workers.exchanges.binance import endpoints
from workers.exchanges.binance.errors import SIGNS, TABLE, fault

K = ErrorKind
NOW_MS = 1_700_000_012_345
DIALECT = Dialect(TABLE, SIGNS, fault)


def call(endpoint: Endpoint = endpoints.PLACE) -> Call[object]:
    return Call(endpoint, {}, lambda document: document, endpoint.cost)


def classified(asked: Call[Any], answer: Answer | TransportFault) -> object:
    def dispatch(_: Call[Any]) -> Answer:
        if isinstance(answer, TransportFault):
            raise answer
        return answer

    return Classify(DIALECT, lambda: NOW_MS, dispatch)(asked)


def answer(status: int, body: object, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, HTTPHeaderDict({name.replace("_", "-"): value for name, value in headers.items()}), raw)


def error_of(asked: Call[Any], given: Answer | TransportFault) -> RouterError:
    with pytest.raises(RouterError) as caught:
        classified(asked, given)
    return caught.value


def test_a_good_answer_is_parsed_with_exact_numbers() -> None:
    assert classified(call(), answer(200, b'{"a": 0.1, "n": 7}')) == {"a": Decimal("0.1"), "n": 7}


@pytest.mark.parametrize(
    ("sent", "timed_out", "on_write", "kind"),
    [
        (False, False, NotProcessed, K.CONNECTION),
        (False, True, NotProcessed, K.CONNECTION),
        (True, False, OutcomeUnknown, K.CONNECTION),
        (True, True, OutcomeUnknown, K.TIMEOUT),
    ],
)
def test_no_answer(sent: bool, timed_out: bool, on_write: type[RouterError], kind: ErrorKind) -> None:  # noqa: FBT001
    lost = TransportFault("lost", sent=sent, timed_out=timed_out)
    for endpoint, expected in (
        (endpoints.PLACE, on_write),
        (endpoints.CANCEL, on_write),
        (endpoints.ORDER, NotProcessed),
    ):
        asked = call(endpoint)
        error = error_of(asked, lost)
        assert (type(error), error.problem.kind) == (expected, kind)
        assert asked.trace.server_failed


@pytest.mark.parametrize(
    ("status", "body", "on_write", "on_read"),
    [
        (400, {"code": -1121, "msg": "Invalid symbol."}, Rejected, Rejected),
        (400, {"code": -1007, "msg": "Timeout"}, OutcomeUnknown, NotProcessed),
        (500, {"code": -1007, "msg": "Timeout"}, OutcomeUnknown, NotProcessed),
        (503, {"code": -1008, "msg": "overloaded"}, OutcomeUnknown, NotProcessed),
        (503, {"code": -2010, "msg": "Duplicate order sent."}, Rejected, Rejected),
        (
            400,
            {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."},
            NotProcessed,
            NotProcessed,
        ),
        (400, {"code": -99999, "msg": "new"}, OutcomeUnknown, Rejected),
        (500, {"code": -99999, "msg": "new"}, OutcomeUnknown, NotProcessed),
        (502, b"<html>Bad Gateway</html>", OutcomeUnknown, NotProcessed),
        (504, b"", OutcomeUnknown, NotProcessed),
        (400, b"<html>odd</html>", OutcomeUnknown, Rejected),
        (404, b"not here", OutcomeUnknown, Rejected),
        (408, b"", OutcomeUnknown, NotProcessed),
        (302, b"", OutcomeUnknown, Rejected),
        (401, b"", Rejected, Rejected),
        (403, b"<html>WAF</html>", NotProcessed, NotProcessed),
        (410, b"<html>Gone</html>", Rejected, Rejected),
        (451, b"", Rejected, Rejected),
        (429, b"slow down", NotProcessed, NotProcessed),
        (418, b"", NotProcessed, NotProcessed),
        (429, {"code": -99999, "msg": "new"}, NotProcessed, NotProcessed),
        (200, b"<html>all is well</html>", OutcomeUnknown, NotProcessed),
        (200, b"", OutcomeUnknown, NotProcessed),
        (200, b"\xff\xfe", OutcomeUnknown, NotProcessed),
        (200, b"[" * 100_000, OutcomeUnknown, NotProcessed),
    ],
)
def test_an_answer(status: int, body: object, on_write: type[RouterError], on_read: type[RouterError]) -> None:
    assert type(error_of(call(endpoints.PLACE), answer(status, body))) is on_write
    assert type(error_of(call(endpoints.ORDER), answer(status, body))) is on_read


def test_a_403_of_the_firewall_keeps_the_whole_address_off_for_a_while() -> None:
    place = call(endpoints.PLACE)
    error = error_of(place, answer(403, b"<html>WAF</html>"))
    assert (error.problem.kind, error.problem.retry_after_ms) == (ErrorKind.BANNED, 60_000)
    assert place.trace.banned_for_ms == 60_000


@pytest.mark.parametrize(
    "error", [KeyError("orderId"), TypeError("x"), ValueError("x"), ArithmeticError("x"), IndexError()]
)
def test_a_good_answer_that_is_not_understood_leaves_a_write_unknown(error: Exception) -> None:
    def parse(_: object) -> object:
        raise error

    for endpoint, expected in ((endpoints.PLACE, OutcomeUnknown), (endpoints.ORDER, NotProcessed)):
        found = error_of(Call(endpoint, {}, parse, endpoint.cost), answer(200, {}))
        assert (type(found), found.problem.kind) == (expected, K.UNEXPECTED_REPLY)


def test_the_exchange_is_quoted_with_its_code_and_cut() -> None:
    problem = error_of(call(), answer(400, {"code": -1100, "msg": "x" * 1000})).problem
    assert (problem.code, problem.message) == ("-1100", "x" * 300)
    assert error_of(call(), answer(502, b"<h1>Bad\n\tGateway</h1>")).problem.message == "<h1>Bad Gateway</h1>"


def test_a_limit_of_the_address_stops_the_address_until_the_window_ends() -> None:
    asked, text = call(), "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."
    error = error_of(asked, answer(429, {"code": -1003, "msg": text}))
    left_ms = 60_000 - NOW_MS % 60_000
    assert (error.problem.kind, error.problem.retry_after_ms) == (K.RATE_LIMITED, left_ms)
    assert asked.trace.banned_for_ms == left_ms
    assert asked.trace.usage == {}


def test_a_retry_after_goes_before_what_we_would_have_guessed() -> None:
    asked = call()
    error = error_of(asked, answer(429, {"code": -1003, "msg": "Too many requests queued."}, Retry_After="7"))
    assert (error.problem.retry_after_ms, asked.trace.banned_for_ms) == (7_000, 7_000)


def test_a_limit_of_the_account_does_not_stop_the_address() -> None:
    asked, text = call(), "Too many new orders; current limit is 100 orders per 10 SECOND."
    error = error_of(asked, answer(429, {"code": -1015, "msg": text}))
    assert error.problem.retry_after_ms == 10_000 - NOW_MS % 10_000
    assert asked.trace.banned_for_ms is None
    assert asked.trace.exhausted is endpoints.ORDERS_10S
    assert asked.trace.refunds == {endpoints.ORDERS_10S: 1}  # what is refused is not counted


def test_a_ban_lasts_as_long_as_its_words_say() -> None:
    text = f"Way too much request weight used; IP banned until {NOW_MS + 120_000}. Please use WebSocket Streams."
    asked = call()
    error = error_of(asked, answer(418, {"code": -1003, "msg": text}))
    assert (type(error), error.problem.kind, asked.trace.banned_for_ms) == (NotProcessed, K.BANNED, 120_000)


def test_a_server_error_may_ask_for_patience_without_banning_anybody() -> None:
    asked = call(endpoints.ORDER)
    error = error_of(asked, answer(503, b"", Retry_After="2"))
    assert (error.problem.retry_after_ms, asked.trace.banned_for_ms) == (2_000, None)


def test_usage_headers_are_read_on_good_answers_and_on_refusals() -> None:
    headers = {"X_MBX_USED_WEIGHT_1M": "17", "x_mbx_order_count_10s": "3", "X_Mbx_Order_Count_1d": "9", "other": "5"}
    expected = {endpoints.WEIGHT: 17, endpoints.ORDERS_10S: 3, endpoints.ORDERS_1D: 9}
    for status, body in ((200, {}), (400, {"code": -1121, "msg": ""})):
        asked = call()
        with contextlib.suppress(Rejected):
            classified(asked, answer(status, body, **headers))
        assert asked.trace.usage == expected


def test_only_server_errors_speak_against_the_exchange() -> None:
    for status, failed in ((200, False), (400, False), (429, False), (500, True), (503, True)):
        asked = call(endpoints.ORDER)
        with contextlib.suppress(RouterError):
            classified(asked, answer(status, {}))
        assert asked.trace.server_failed is failed


def an_order(filled: str) -> Order:
    return Order(
        exchange="binance", account="main", symbol=Symbol("BTC", "USDT"), client_order_id="a", order_id="1",
        side=Side.BUY, type=OrderType.LIMIT, status=OrderStatus.NEW, quantity=Decimal(1),
        filled_quantity=Decimal(filled),
    )  # fmt: skip


@pytest.mark.parametrize("filled", ["0", "0.5"])
def test_success_gives_back_what_it_does_not_cost(filled: str) -> None:
    endpoint = endpoints.PLACE
    asked: Call[Order] = Call(endpoint, {}, lambda _: an_order(filled), endpoint.cost)
    classified(asked, answer(200, {}))
    orders = {endpoints.ORDERS_10S: 1, endpoints.ORDERS_1D: 1} if filled != "0" else {}
    assert asked.trace.refunds == {endpoints.WEIGHT: 1, **orders}


def test_a_refusal_gives_nothing_back() -> None:
    asked = call()
    error_of(asked, answer(400, {"code": -2010, "msg": "Duplicate order sent."}))
    assert asked.trace.refunds == {}
