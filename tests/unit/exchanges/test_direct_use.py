"""An exchange used directly: what is tried again, what is looked up, and what is left to the caller."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from support.bad_server import BadServer, Conversation
from support.exchanges import binance

from router.commands import CancelAll, CancelOrder, GetBalances, LimitOrder, MarketOrder
from router.errors import ErrorKind, InvalidCommand, NotProcessed, OutcomeUnknown, Rejected, UnknownSymbol
from router.models import OrderStatus
from router.symbols import Symbol
from workers.calls.gatekeeper import Grant, Passage, Refusal
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.exchanges.binance.exchange import BinanceExchange

BTC = Symbol("BTC", "USDT")
WHO = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT"}
NO_SUCH_ORDER = (400, {"code": -2013, "msg": "Order does not exist."})
UNKNOWN_ORDER = (400, {"code": -2011, "msg": "Unknown order sent."})
LATE = (400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."})
Reply = tuple[int, object]
Asked = tuple[str, dict[str, str]]


def document(**fields: object) -> dict[str, object]:
    return {
        "symbol": "BTCUSDT", "orderId": 7, "clientOrderId": "r-1", "price": "1.0", "origQty": "1.0",
        "executedQty": "0.0",
        "cummulativeQuoteQty": "0.0", "status": "NEW", "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "time": 1,
        "updateTime": 1, **fields,
    }  # fmt: skip


def an_order(**fields: object) -> LimitOrder:
    return LimitOrder.model_validate({**WHO, "side": "buy", "quantity": "0.01", "price": "60000", **fields})


class Answers:
    """Replies by 'METHOD path': a list is used up one by one, its last reply again and again."""

    def __init__(self, replies: dict[str, list[Reply] | Callable[[dict[str, str]], Reply]]) -> None:
        self.replies = replies
        self.asked: list[Asked] = []

    def __call__(self, talk: Conversation) -> None:
        while True:
            head, _, body = talk.read().decode().partition("\r\n\r\n")
            method, target, _ = head.split("\r\n")[0].split(" ")
            path, _, query = target.partition("?")
            asked, parameters = f"{method} {path.removeprefix('/api/v3')}", dict(parse_qsl(query or body))
            self.asked.append((asked, parameters))
            status, document = self.reply(asked, parameters)
            talk.reply(json.dumps(document).encode(), status)

    def reply(self, asked: str, parameters: dict[str, str]) -> Reply:
        known = self.replies[asked]
        if callable(known):
            return known(parameters)
        return known.pop(0) if len(known) > 1 else known[0]

    def names(self) -> list[str]:
        return [asked for asked, _ in self.asked]


@contextmanager
def answering(
    **replies: Reply | list[Reply] | Callable[[dict[str, str]], Reply],
) -> Iterator[tuple[BaseExchange, Answers]]:
    """Keywords spell 'GET /order' as GET_order; a single reply stands for a list of one."""
    spelled = {name.replace("_", " /", 1): reply for name, reply in replies.items()}
    answers = Answers({name: [reply] if isinstance(reply, tuple) else reply for name, reply in spelled.items()})
    with BadServer(answers) as server:
        yield binance(server.url), answers


def test_a_read_is_tried_again() -> None:
    with answering(GET_account=[(503, {}), (500, {}), (200, {"balances": []})]) as (exchange, answers):
        assert exchange.get_balances().balances == []
        assert answers.names() == ["GET /account"] * 3


def test_a_refused_read_is_not() -> None:
    with answering(GET_account=(401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})) as (
        exchange,
        answers,
    ):
        with pytest.raises(Rejected):
            exchange.get_balances()
        assert len(answers.asked) == 1


def test_a_write_whose_outcome_is_unknown_is_left_to_the_caller() -> None:
    with answering(POST_order=(502, {})) as (exchange, answers):
        with pytest.raises(OutcomeUnknown):
            exchange.place_order(an_order(id="r-1"))
        assert len(answers.asked) == 1


def test_a_write_that_certainly_did_nothing_is_sent_again_under_the_same_id() -> None:
    limited = (429, {"code": -1003, "msg": "Too many requests queued."})
    full = (200, document(transactTime=1, fills=[]))
    with answering(POST_order=[limited, full]) as (exchange, answers):
        assert exchange.place_order(an_order()).order_id == "7"
        ids = {parameters["newClientOrderId"] for _, parameters in answers.asked}
        assert (len(answers.asked), len(ids)) == (2, 1)


def test_a_fresh_client_order_id_is_given_where_there_is_none() -> None:
    exchange = binance()
    ids = [exchange.prepare(an_order()).parameters["newClientOrderId"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert all(len(each) == 32 for each in ids)
    assert exchange.prepare(an_order(id="cmd")).parameters["newClientOrderId"] == "cmd"
    assert exchange.prepare(an_order(id="cmd", client_order_id="own")).parameters["newClientOrderId"] == "own"


def test_a_clock_error_is_signed_anew_once() -> None:
    full = (200, document(transactTime=1, fills=[]))
    with answering(POST_order=[LATE, full], GET_time=(200, {"serverTime": 1_900_000_000_000})) as (exchange, answers):
        exchange.place_order(an_order())
        assert answers.names() == ["POST /order", *["GET /time"] * 10, "POST /order"]
        assert abs(int(answers.asked[-1][1]["timestamp"]) - 1_900_000_000_000) < 5_000


def test_a_clock_error_that_stays_is_told() -> None:
    with answering(POST_order=LATE, GET_time=(200, {"serverTime": 1_900_000_000_000})) as (exchange, answers):
        with pytest.raises(NotProcessed) as caught:
            exchange.place_order(an_order())
        assert caught.value.problem.kind is ErrorKind.CLOCK
        assert answers.names().count("POST /order") == 2


def test_a_granted_call_is_sent_once_and_left_to_its_owner() -> None:
    with answering(POST_order=LATE) as (exchange, answers):
        order = an_order(id="r-1")
        call = exchange.prepare(order)
        call.granted, call.timestamp_ms = True, exchange.clock.now_ms()
        with pytest.raises(NotProcessed):
            exchange.perform(order, call)
        assert len(answers.asked) == 1
        report = exchange.report_of(call, Grant(exchange.passage(call), "mark"))
        assert (report.healthy, report.banned_for_ms) == (True, None)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (document(status="FILLED", executedQty="1.0"), OrderStatus.FILLED),
        (document(status="CANCELED"), OrderStatus.CANCELLED),
    ],
)
def test_an_order_that_ended_before_its_cancel_is_returned_as_it_ended(found: object, status: OrderStatus) -> None:
    with answering(DELETE_order=UNKNOWN_ORDER, GET_order=(200, found)) as (exchange, answers):
        assert exchange.cancel_order("BTC/USDT", client_order_id="r-1").status is status
        assert answers.names() == ["DELETE /order", "GET /order"]


def test_an_order_that_an_earlier_copy_of_the_cancel_renamed_is_found_by_the_cancels_id() -> None:
    def by_id(parameters: dict[str, str]) -> Reply:
        renamed = document(status="CANCELED", clientOrderId="cancel-1")
        return (200, renamed) if parameters["origClientOrderId"] == "cancel-1" else NO_SUCH_ORDER

    command = CancelOrder(**WHO, client_order_id="r-1", id="cancel-1")
    with answering(DELETE_order=UNKNOWN_ORDER, GET_order=by_id) as (exchange, _):
        order = exchange.execute(command)
        assert (order.client_order_id, order.status) == ("r-1", OrderStatus.CANCELLED)  # type: ignore[union-attr]


def test_a_cancel_of_what_never_was_stays_refused() -> None:
    with answering(DELETE_order=UNKNOWN_ORDER, GET_order=NO_SUCH_ORDER) as (exchange, _):
        with pytest.raises(Rejected) as caught:
            exchange.cancel_order("BTC/USDT", client_order_id="r-1")
        assert caught.value.problem.kind is ErrorKind.ORDER_NOT_FOUND


def test_a_cancel_of_what_still_shows_as_open_is_to_be_sent_again() -> None:
    gone = (200, document(status="CANCELED", origClientOrderId="r-1", clientOrderId="x"))
    with answering(DELETE_order=[UNKNOWN_ORDER, gone], GET_order=(200, document())) as (exchange, answers):
        assert exchange.cancel_order("BTC/USDT", client_order_id="r-1").status is OrderStatus.CANCELLED
        assert answers.names() == ["DELETE /order", "GET /order", "DELETE /order"]


def test_cancelling_all_of_nothing_is_no_error() -> None:
    with answering(DELETE_openOrders=UNKNOWN_ORDER) as (exchange, _):
        assert exchange.cancel_all_orders("BTC/USDT") == []
        assert exchange.execute(CancelAll(**WHO)) == []


def test_an_amendment_keeps_the_orders_name_though_only_the_exchanges_id_is_known() -> None:
    amended = {"transactTime": 2, "amendedOrder": {**document(), "qty": "0.5", "cumulativeQuoteQty": "0"}}
    with answering(GET_order=(200, document(clientOrderId="own")), PUT_order_amend_keepPriority=(200, amended)) as (
        exchange,
        answers,
    ):
        answers.replies["PUT /order/amend/keepPriority"] = [(200, amended)]
        exchange.amend_order("BTC/USDT", order_id="7", quantity="0.5")
        assert answers.asked[-1][1]["newClientOrderId"] == "own"


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"price": "5"}, "price"), ({"quantity": "0.000001"}, "quantity"), ({"quantity": "1", "price": "5"}, "price")],
)
def test_an_amendment_that_spot_cannot_make_is_refused_here(fields: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        binance().amend_order("BTC/USDT", client_order_id="a", **fields)  # type: ignore[arg-type]
    assert caught.value.problem.field == field


def test_a_look_up_tells_absence_only_in_the_documented_words() -> None:
    with answering(GET_order=NO_SUCH_ORDER) as (exchange, _):
        assert exchange.find_order(BTC, "r-1") is None
    archived = (400, {"code": -2026, "msg": "Order was archived."})
    for reply, error in ((archived, Rejected), ((503, {}), NotProcessed), ((400, {"code": -1, "msg": ""}), Rejected)):
        with answering(GET_order=reply) as (exchange, answers):
            with pytest.raises(error):
                exchange.find_order(BTC, "r-1")
            assert len(answers.asked) == 1


def test_a_search_reads_every_source_before_it_tells_absence() -> None:
    with answering(GET_openOrders=(200, []), GET_allOrders=(200, []), GET_myTrades=(200, [])) as (exchange, answers):
        assert exchange.search_order(BTC, "r-1", 10_000) is None
        assert answers.names() == ["GET /openOrders", "GET /allOrders", "GET /myTrades"]
        assert [asked[1].get("startTime") for asked in answers.asked] == [None, "8000", "8000"]


@pytest.mark.parametrize("source", ["GET_openOrders", "GET_allOrders"])
@pytest.mark.parametrize("names", [{"clientOrderId": "r-1"}, {"clientOrderId": "cancel", "origClientOrderId": "r-1"}])
def test_a_search_finds_the_order_under_either_name(source: str, names: dict[str, str]) -> None:
    replies = {"GET_openOrders": (200, []), "GET_allOrders": (200, []), source: (200, [document(**names)])}
    with answering(**replies) as (exchange, _):
        found = exchange.search_order(BTC, "r-1", 10_000)
        assert found is not None
        assert found.client_order_id == "r-1"


def test_a_search_looks_behind_executions_that_the_history_does_not_show_yet() -> None:
    trades = (200, [{"id": 1, "orderId": 7, "time": 9_000}, {"id": 2, "orderId": 8, "time": 9_000}])

    def by_id(parameters: dict[str, str]) -> Reply:
        return 200, document(orderId=int(parameters["orderId"]), clientOrderId=f"r-{int(parameters['orderId']) - 6}")

    with answering(GET_openOrders=(200, []), GET_allOrders=(200, []), GET_myTrades=trades, GET_order=by_id) as (
        exchange,
        _,
    ):
        found = exchange.search_order(BTC, "r-2", 10_000)
        assert found is not None
        assert found.order_id == "8"


def test_a_search_reads_page_after_page() -> None:
    def page(parameters: dict[str, str]) -> Reply:
        first = int(parameters.get("orderId", 1))
        assert ("startTime" in parameters) == (first == 1)
        count = 1000 if first < 2001 else 3
        return 200, [document(orderId=number, clientOrderId=f"r-{number}") for number in range(first, first + count)]

    with answering(GET_openOrders=(200, []), GET_allOrders=page, GET_myTrades=(200, [])) as (exchange, answers):
        found = exchange.search_order(BTC, "r-2003", 10_000)
        assert found is not None
        assert found.order_id == "2003"
        assert answers.names().count("GET /allOrders") == 3


@pytest.mark.parametrize("source", ["GET_openOrders", "GET_allOrders", "GET_myTrades"])
def test_trouble_while_searching_proves_nothing(source: str) -> None:
    replies = {"GET_openOrders": (200, []), "GET_allOrders": (200, []), "GET_myTrades": (200, []), source: (502, {})}
    with answering(**replies) as (exchange, _), pytest.raises(NotProcessed):
        exchange.search_order(BTC, "r-1", 10_000)


def test_health() -> None:
    with answering(GET_time=(200, {"serverTime": 1})) as (exchange, _):
        health = exchange.health()
        assert (health.reachable, health.problem) == (True, None)
        assert health.latency_ms is not None
    unreachable = binance("http://127.0.0.1:9").health()
    assert not unreachable.reachable
    assert unreachable.problem is not None
    assert unreachable.problem.kind is ErrorKind.CONNECTION


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"symbol": "BTC/USD:BTC"}, "symbol"),
        ({"symbol": "NO/SUCH"}, "symbol"),
        ({"exchange": "okx"}, "exchange"),
        ({"account": "other"}, "account"),
        ({"id": "x" * 37}, "id"),
        ({"reduce_only": True}, "reduce_only"),
        ({"price": "0.001"}, "price"),
    ],
)
def test_a_senseless_order_is_refused_before_anything_is_sent(fields: dict[str, object], field: str) -> None:
    with answering() as (exchange, answers):
        with pytest.raises(InvalidCommand) as caught:
            exchange.place_order(an_order(**fields))
        assert caught.value.problem.field == field
        assert answers.asked == []


@pytest.mark.parametrize("symbol", ["BTC/USD:BTC", "BTC/USDT:USDT-261225-60000-C", "BTC/USDT:USDC"])
def test_what_binance_does_not_trade_here_is_refused_by_every_read(symbol: str) -> None:
    exchange = binance()
    reads: list[Callable[[], object]] = [
        lambda: exchange.get_order(symbol, order_id="1"),
        lambda: exchange.get_open_orders(symbol),
        lambda: exchange.get_fills(symbol),
        lambda: exchange.get_market_data(symbol),
        lambda: exchange.get_orderbook(symbol),
        lambda: exchange.get_position(symbol),
        lambda: exchange.cancel_all_orders(symbol),
    ]
    for read in reads:
        with pytest.raises(UnknownSymbol, match="Binance trades spot, and contracts that settle in their quote"):
            read()


def test_bad_symbols_and_references_are_named() -> None:
    exchange = binance()
    for call in (lambda: exchange.get_market_data("btc/usdt"), lambda: exchange.get_order("BTC-USDT", order_id="1")):
        with pytest.raises(InvalidCommand) as caught:
            call()
        assert caught.value.problem.field == "symbol"
    with pytest.raises(InvalidCommand, match="exactly one of"):
        exchange.get_order("BTC/USDT")
    with pytest.raises(InvalidCommand, match="known to the router only"):
        exchange.prepare(CancelOrder(exchange="binance", account="main", command_id="c"))


def test_new_orders_are_refused_while_the_clock_is_in_doubt_and_nothing_is_spent_on_them() -> None:
    with answering(GET_time=(503, "")) as (exchange, answers):
        exchange.clock.adopt(0, 600)
        for ask in (
            lambda: exchange.place_order(an_order()),
            lambda: exchange.amend_order(BTC, order_id="1", price="2"),
        ):
            with pytest.raises(NotProcessed) as caught:
                ask()
            problem = caught.value.problem
            assert (problem.kind, problem.retry_after_ms) == (ErrorKind.CLOCK, 500)
            assert (
                "new orders wait until the clock of binance is known: it is known to within 600 ms" in problem.message
            )
        assert set(answers.names()) == {"GET /time"}, "it was measured, in vain; no order was sent"
        exchange.prepare(CancelOrder(exchange="binance", account="main", symbol=BTC, order_id="1"))
        exchange.prepare(GetBalances(exchange="binance", account="main"))


def test_a_clock_that_was_never_measured_is_measured_before_the_first_order() -> None:
    full = (200, document(transactTime=1, fills=[]))
    with answering(POST_order=full, GET_time=(200, {"serverTime": 1_900_000_000_000})) as (exchange, answers):
        fresh = get_exchange("binance", exchange.account)
        fresh.instruments._take(*exchange.instruments._parts.values())
        fresh.place_order(an_order())
        assert answers.names() == [*["GET /time"] * 5, "POST /order"]
        assert abs(int(answers.asked[-1][1]["timestamp"]) - 1_900_000_000_000) < 5_000


def test_an_order_whose_time_is_nearly_over_takes_a_smaller_window() -> None:
    exchange = binance()
    assert exchange.prepare(an_order(expires_in=30)).window_ms == 3_000
    assert exchange.prepare(an_order(expires_in=0.5)).window_ms == 500
    assert exchange.prepare(an_order(expires_in=None)).window_ms == 3_000
    assert exchange.prepare(GetBalances(exchange="binance", account="main")).window_ms is None


def test_an_open_breaker_is_tried_by_a_read_and_then_the_order_goes() -> None:
    full = (200, document(transactTime=1, fills=[]))
    with answering(POST_order=full, GET_time=(200, {"serverTime": 1})) as (exchange, answers):
        refusals = iter([Refusal(ErrorKind.CIRCUIT_OPEN, 20)])

        class Keeper:
            def enter(self, passage: Passage) -> Grant | Refusal:
                return next(refusals, None) or Grant(passage, "mark")

            def report(self, report: object) -> None: ...

        guarded = get_exchange("binance", exchange.account, Keeper())
        guarded.clock.adopt(0, 1)
        guarded.instruments._take(*exchange.instruments._parts.values())
        guarded.place_order(an_order())
        assert answers.names() == ["GET /time", "POST /order"]


def test_a_market_order_in_base_and_in_quote() -> None:
    exchange = binance()
    assert exchange.prepare(MarketOrder(**WHO, side="buy", quantity=Decimal("0.5"))).parameters["quantity"] == "0.5"
    parameters = exchange.prepare(MarketOrder(**WHO, side="sell", notional="1E+2")).parameters
    assert (parameters["quoteOrderQty"], "timeInForce" in parameters) == ("100", False)


def test_what_the_executor_relies_on() -> None:
    exchange = binance()
    assert isinstance(exchange, BinanceExchange)
    assert (exchange.fence_margin_ms, exchange.lookups_after_fence) == (11_000, 2)
    assert exchange.budgets()["binance:simulator:direct:request_weight"].limit == 6_000
    passage = exchange.passage(exchange.prepare(an_order()))
    assert {charge.key for charge in passage.charges} == {key for key in exchange.budgets() if "futures" not in key}
