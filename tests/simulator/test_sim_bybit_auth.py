"""Who may ask Bybit, when, and how a signature is made."""

from __future__ import annotations

import base64
import json

import pytest
from bybit_support import LocalBybit, said, signature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from simulator.accounts import Account
from simulator.bybit import signature as checked
from simulator.http import Ask
from simulator.redacted import Secret

WALLET = "accountType=UNIFIED"


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("category=linear&symbol=BTCUSDT", "fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"),
        (
            '{"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "test-order-1"}',
            "2df4a0603d69c08d5dea29ba85b46eb7db64ce9e9ebd34a7802a3d69700cb2a1",
        ),
        ("", "cfffd774219bfa1d400476f699f830daaedcd3c41faa1dbdda95a8f4dd8170cc"),
    ],
)
def test_published_vectors(sent: str, expected: str) -> None:
    account = Account("a", "test_api_key", Secret("test_secret"))
    signed = checked.payload("1700000000000", "test_api_key", "5000", sent)
    assert checked.verify(account, signed, expected)
    assert not checked.verify(account, signed + " ", expected)
    assert not checked.verify(account, signed, expected.upper())
    assert not checked.verify(account, signed, "ü")


def test_the_exact_text_is_signed(bybit: LocalBybit) -> None:
    stamp = bybit.clock.now_ms()
    body = '{"category": "spot",   "symbol":"BTCUSDT"}'
    head = {"X-BAPI-API-KEY": "sim-key-1", "X-BAPI-TIMESTAMP": str(stamp), "X-BAPI-RECV-WINDOW": "5000"}
    head["X-BAPI-SIGN"] = signature("sim-secret-1", str(stamp), "sim-key-1", "5000", body)
    assert bybit.send(Ask("POST", "/v5/order/cancel-all", "", body, head, "p")).code == 0
    compact = json.dumps(json.loads(body), separators=(",", ":"))
    refused = bybit.send(Ask("POST", "/v5/order/cancel-all", "", compact, head, "p"))
    assert (refused.status, refused.code) == (200, 10004)
    assert refused.body["retMsg"] == f"error sign! origin_string[{stamp}sim-key-15000{compact}]"


def test_without_a_window_nothing_of_it_is_signed(bybit: LocalBybit) -> None:
    stamp = str(bybit.clock.now_ms())
    head = {"X-BAPI-API-KEY": "sim-key-1", "X-BAPI-TIMESTAMP": stamp}
    head["X-BAPI-SIGN"] = signature("sim-secret-1", stamp, "sim-key-1", WALLET)
    ask = Ask("GET", "/v5/account/wallet-balance", WALLET, "", head, "p")
    assert bybit.send(ask).code == 0
    bybit.clock.advance(5001)
    assert bybit.send(ask).code == 10002


@pytest.mark.parametrize(
    ("age", "code"), [(5000, 0), (5001, 10002), (0, 0), (-999, 0), (-1000, 10002), (-1002, 10002), (6609, 10002)]
)
def test_both_edges_of_the_window(bybit: LocalBybit, age: int, code: int) -> None:
    stamp = bybit.clock.now_ms() - age
    answer = bybit.get("account/info", timestamp=stamp)
    assert (answer.status, answer.code) == (200, code)
    if code:
        assert answer.body["retMsg"].endswith(
            f"req_timestamp[{stamp}],server_timestamp[{bybit.clock.now_ms()}],recv_window[5000]"
        )


def test_a_smaller_window_counts(bybit: LocalBybit) -> None:
    stamp = bybit.clock.now_ms() - 2001
    assert bybit.get("account/info", timestamp=stamp, recv_window="2000").code == 10002
    assert bybit.get("account/info", timestamp=stamp, recv_window="60000").code == 0
    assert bybit.get("account/info", recv_window="soon").code == 10001


def test_an_order_that_waits_beyond_its_window_is_refused(bybit: LocalBybit) -> None:
    wish = {"category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "100"}
    job = bybit.receive(bybit.ask("POST", "order/create", **wish))
    bybit.clock.advance(5001)
    assert said(job.finish()).code == 10002
    assert bybit.world.ledger.orders == []


def test_keys(bybit: LocalBybit) -> None:
    assert bybit.get("account/info", who=None).status == 401
    ask = bybit.ask("GET", "account/info", who=77)
    assert bybit.send(ask).code == 10003
    ask = bybit.ask("GET", "account/info")
    ask.headers = {**ask.headers, "X-BAPI-SIGN": ""}
    empty = bybit.send(ask)
    assert (empty.code, "openapi sign params error!" in empty.body["retMsg"]) == (10001, True)


def test_what_the_gateway_refuses(bybit: LocalBybit) -> None:
    assert bybit.get("order/nowhere").status == 404
    assert bybit.get("order/create").status == 400
    with_body = bybit.ask("GET", "market/time", who=None)
    with_body.body = "{}"
    refused = bybit.send(with_body)
    assert (refused.status, isinstance(refused.body, str)) == (403, True)
    malformed = bybit.ask("POST", "order/create")
    malformed.body = "{"
    assert bybit.send(malformed).code == 10001


def test_keys_bound_to_addresses_or_to_reading() -> None:
    accounts = [
        Account("sim-1", "sim-key-1", Secret("sim-secret-1"), ips=frozenset({"10.9.9.9"})),
        Account("sim-2", "sim-key-2", Secret("sim-secret-2"), read_only=True),
    ]
    bybit = LocalBybit(accounts)
    assert bybit.get("account/info").code == 10010
    assert bybit.get("account/info", peer="10.9.9.9").code == 0
    assert bybit.get("account/info", who=2).code == 0
    assert bybit.post("order/cancel-all", who=2, category="spot").code == 10005
    assert bybit.get("user/query-api", who=2).result["readOnly"] == 1


def test_rsa_keys_sign_in_base64() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    account = Account("sim-1", "sim-key-1", public_key=key.public_key())
    bybit = LocalBybit([account])
    ask = bybit.ask("GET", "account/wallet-balance", accountType="UNIFIED")
    assert bybit.send(ask).code == 10004
    text = f"{bybit.clock.now_ms()}sim-key-15000{WALLET}"
    made = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()
    ask.headers = {**ask.headers, "X-BAPI-SIGN": made, "X-BAPI-SIGN-TYPE": "2"}
    assert bybit.send(ask).code == 0
    ask.headers = {**ask.headers, "X-BAPI-SIGN": made[:-4] + "AAAA"}
    assert bybit.send(ask).code == 10004


def test_there_are_no_ed25519_keys() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    account = Account("sim-1", "sim-key-1", public_key=key.public_key())
    text = "1sim-key-15000"
    assert not checked.verify(account, text, base64.b64encode(key.sign(text.encode())).decode())


def test_key_info_and_envelope(bybit: LocalBybit) -> None:
    info = bybit.get("user/query-api")
    assert info.body.keys() == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert info.body["time"] == bybit.clock.now_ms()
    found = info.result
    assert (found["apiKey"], found["secret"], found["uta"], found["parentUid"]) == ("sim-key-1", "", 1, "0")
    assert found["userID"] != bybit.get("user/query-api", who=2).result["userID"]
    assert bybit.get("account/info").result["unifiedMarginStatus"] == 6
    assert bybit.get("market/time", who=None).result["timeSecond"] == str(bybit.clock.now_ms() // 1000)
