"""A planted key and secret, every log at DEBUG, every way to fail: neither they nor a signature may show anywhere."""

from __future__ import annotations

import io
import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterator

import pytest
from support.bad_server import BadServer, Conversation
from support.exchanges import KEY, SECRET, binance

from router.commands import LimitOrder
from router.errors import RouterError
from workers.calls.sign import Fence
from workers.exchanges.base import BaseExchange

WHO = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT", "side": "buy"}
ORDER = LimitOrder(**WHO, quantity="0.01", price="60000", id="c1", expires_in=1)
SIGNATURE = re.compile(r"signature=|[0-9a-f]{64}")


@pytest.fixture
def everything() -> Iterator[Callable[[], str]]:
    """All that any logger says, at DEBUG, formatted with its traceback."""
    out = io.StringIO()
    handler, root = logging.StreamHandler(out), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


def refuse(status: int, body: bytes) -> Callable[[Conversation], None]:
    def script(talk: Conversation) -> None:
        while True:
            talk.read()
            talk.reply(body, status)

    return script


SCRIPTS: dict[str, Callable[[Conversation], None]] = {
    "reset": lambda talk: (talk.read(), talk.reset())[1],
    "garbage": lambda talk: (talk.read(), talk.write(b"garbage\r\n\r\n"), talk.close())[2],
    "half": lambda talk: (talk.read(), talk.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), talk.close())[2],
    "502": refuse(502, b"<html>"),
    "refused": refuse(400, b'{"code":-2010,"msg":"Duplicate order sent."}'),
    "signature": refuse(400, b'{"code":-1022,"msg":"Signature for this request is not valid."}'),
    "not understood": refuse(200, b'{"status":"?"}'),
    "not JSON": refuse(200, b"hello"),
}
CALLS: dict[str, Callable[[BaseExchange], object]] = {
    "place": lambda exchange: exchange.send(exchange.prepare(ORDER)),
    "cancel": lambda exchange: exchange.cancel_order("BTC/USDT", client_order_id="a"),
    "read": lambda exchange: exchange.find_order(ORDER.symbol, "a"),
}


def check_clean(text: str) -> None:
    assert KEY not in text
    assert SECRET not in text
    assert not SIGNATURE.search(text)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_failure_shows_no_secret(script: str, call: str, everything: Callable[[], str]) -> None:
    with BadServer(SCRIPTS[script]) as server, pytest.raises(RouterError) as caught:
        CALLS[call](binance(server.url))
    error = caught.value
    seen = "".join(traceback.format_exception(error))
    check_clean(seen + repr(error) + repr(error.problem) + repr(pickle.dumps(error)) + everything())
    assert (
        f"endpoint={'POST' if call == 'place' else 'DELETE' if call == 'cancel' else 'GET'}:/api/v3/order"
        in everything()
    )


def test_at_debug_the_path_is_logged_and_no_query(everything: Callable[[], str]) -> None:
    with BadServer(refuse(400, b'{"code":-2013,"msg":"Order does not exist."}')) as server:
        assert binance(server.url).find_order(ORDER.symbol, "a") is None
    assert "endpoint=GET:/api/v3/order status=400" in everything()
    check_clean(everything())


def test_an_exchange_and_its_calls_show_no_secret() -> None:
    exchange = binance()
    call = exchange.prepare(ORDER)
    request = exchange.signer(exchange.account)(call, Fence(1, 2))
    check_clean(f"{exchange!r}{exchange.account!r}{exchange.__dict__!r}{call!r}{request!r}{request}")
