"""Who may ask on the OKX side, and how it is told no."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from okx_support import API, SPOT, Answer, Local

from simulator.accounts import Account, AccountsError, default_accounts, load_accounts
from simulator.http import Ask
from simulator.okx import errors
from simulator.okx.auth import signature
from simulator.redacted import Secret

DOCS_TIME = "2020-12-08T09:08:57.715Z"
NT_SECRET, DOCS_SECRET = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO", "22582BD0CFF14C41EDBF1AB98506286D"


@pytest.fixture
def local() -> Local:
    return Local()


@pytest.mark.parametrize(
    ("secret", "method", "path", "query", "body", "expected"),
    [
        (NT_SECRET, "GET", "/account/balance", "", "", "PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k="),
        (NT_SECRET, "GET", "/account/balance", "ccy=BTC", "", "ebNz0sDoc3LoFm1hqjP8LDT0fnRlDERj5C+I4ZqB4Cw="),
        (
            DOCS_SECRET,
            "POST",
            "/account/set-leverage",
            "",
            '{"instId":"BTC-USDT","lever":"5","mgnMode":"isolated"}',
            "eCnnCgWLjlQ9XnpUkrcny3qNq3WW/81KNrDr/XR6Xv8=",
        ),
    ],
)
def test_the_vectors_of_the_sheet(secret: str, method: str, path: str, query: str, body: str, expected: str) -> None:
    ask = Ask(method, API + path, query, body, {"OK-ACCESS-TIMESTAMP": DOCS_TIME}, "")
    assert signature(secret, ask) == expected


def changed(local: Local, **headers: str | None) -> Answer:
    """A balance request with some headers replaced, or left out."""
    ask = local.ask("GET", "/account/balance")
    wished = {name.replace("_", "-"): value for name, value in headers.items()}
    ask.headers = {name: value for name, value in {**ask.headers, **wished}.items() if value is not None}
    return local.send(ask)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"OK_ACCESS_KEY": None}, 401, "50103"),
        ({"OK_ACCESS_SIGN": None}, 401, "50106"),
        ({"OK_ACCESS_TIMESTAMP": None}, 401, "50107"),
        ({"OK_ACCESS_PASSPHRASE": None}, 401, "50104"),
        ({"OK_ACCESS_PASSPHRASE": "wrong"}, 401, "50105"),
        ({"OK_ACCESS_PASSPHRASE": "sim-paß-1"}, 401, "50105"),
        ({"OK_ACCESS_SIGN": "d3Jvbmc="}, 401, "50113"),
        ({"OK_ACCESS_KEY": "nobody"}, 200, "50119"),
        ({"OK_ACCESS_TIMESTAMP": "2026-05-28T20:27:00Z"}, 401, "50112"),
        ({"OK_ACCESS_TIMESTAMP": "2026-13-28T20:27:00.000Z"}, 401, "50112"),
        ({"OK_ACCESS_TIMESTAMP": "1780000020000"}, 401, "50112"),
    ],
)
def test_headers(local: Local, headers: dict[str, str | None], status: int, code: str) -> None:
    reply = changed(local, **headers)
    assert (reply.status, reply.code, "data" in reply.body) == (status, code, False)
    assert local.world.ledger.refused[code] == 1


@pytest.mark.parametrize("drift_ms", [-30_000, 30_000])
def test_thirty_seconds_are_near_enough(local: Local, drift_ms: int) -> None:
    ask = local.ask("GET", "/account/balance")
    local.clock.advance(drift_ms)
    assert local.send(ask).code == "0"
    further = local.ask("GET", "/account/balance")
    local.clock.advance(drift_ms + (1 if drift_ms > 0 else -1))
    assert (local.send(further).status, local.send(further).code) == (401, "50102")


TAMPERINGS: list[Callable[[Ask], None]] = [
    lambda ask: setattr(ask, "query", ask.query + "&ccy=BTC"),
    lambda ask: setattr(ask, "method", "POST"),
    lambda ask: setattr(ask, "body", "{}"),
    lambda ask: setattr(ask, "path", f"{API}/account/positions"),
]


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_everything_is_signed(local: Local, tamper: Callable[[Ask], None]) -> None:
    ask = local.ask("GET", "/trade/order", instId=SPOT, clOrdId="a1")
    tamper(ask)
    assert local.send(ask).code == "50113"


def test_the_query_is_signed_as_it_was_sent(local: Local) -> None:
    escaped = local.ask("GET", "/account/balance", ccy="BTC,USDT")
    assert "%2C" in escaped.query
    assert local.send(escaped).code == "0"
    escaped.query = escaped.query.replace("%2C", ",")
    assert local.send(escaped).code == "50113"


def test_environment_addresses_and_permission() -> None:
    keys = {"secret": Secret("sim-secret-1"), "passphrase": Secret("sim-pass-1")}
    bound = Account("one", "sim-key-1", **keys, environment="demo", ips=frozenset({"10.0.0.1"}), read_only=True)
    local = Local([bound])
    assert changed(local).code == "50101"
    assert changed(local, x_simulated_trading="0").code == "50101"
    assert changed(local, x_simulated_trading="1").code == "0"
    ask = local.ask("GET", "/account/balance")
    ask.headers = {**ask.headers, "x-simulated-trading": "1"}
    ask.peer = "10.0.0.2"
    assert (local.send(ask).status, local.send(ask).code) == (401, "50110")
    order = local.ask("POST", "/trade/order", body={"instId": SPOT})
    order.headers = {**order.headers, "x-simulated-trading": "1"}
    assert local.send(order).code == "50120"


def test_a_key_without_environment_fits_both(local: Local) -> None:
    assert {changed(local, x_simulated_trading=flag).code for flag in ("0", "1")} == {"0"}


def test_the_accounts_file_binds_keys(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(
        '[accounts.a]\napi_key = "k"\napi_secret = "s"\nenvironment = "demo"\nips = ["::1"]\nread_only = true\n'
    )
    (found,) = load_accounts(path)
    assert (found.environment, found.ips, found.read_only) == ("demo", {"::1"}, True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('environment = "mars"', "accounts.a.environment: 'mars' must be one of live, demo"),
        ('ips = "::1"', "accounts.a.ips: '::1' must be a list of addresses in quotes"),
        ("ips = [1]", "accounts.a.ips: [1] must be a list"),
        ("read_only = 1", "accounts.a.read_only: 1 must be true or false"),
    ],
)
def test_the_accounts_file_is_checked(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(f'[accounts.a]\napi_key = "k"\napi_secret = "s"\n{line}\n')
    with pytest.raises(AccountsError, match=re.escape(words)):
        load_accounts(path)


def post(local: Local, body: str, content_type: str = "application/json") -> Answer:
    ask = local.ask("POST", "/trade/order")
    ask.body = body
    ask.headers = {**ask.headers, "Content-Type": content_type}
    ask.headers["OK-ACCESS-SIGN"] = signature("sim-secret-1", ask)
    return local.send(ask)


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        ("", "application/json", "50000"),
        ("{", "application/json", "50002"),
        ("[]", "application/json", "50002"),
        ('"text"', "application/json", "50002"),
        ('[{"instId": "BTC-USDT"}]', "application/json", "50002"),
        ('{"instId": "BTC-USDT"}', "text/plain", "50006"),
        ('{"instId": "BTC-USDT"}', "application/json; charset=UTF-8", "50014"),
        ('{"instId": {"a": 1}}', "application/json", "51000"),
    ],
)
def test_bodies(local: Local, body: str, content_type: str, code: str) -> None:
    assert post(local, body, content_type).refusal[1] == code


def test_paths_and_methods(local: Local) -> None:
    assert (local.get("/nothing/here").status, local.get("/nothing/here").code) == (404, "404")
    assert (local.post("/account/balance", {}).status, local.post("/account/balance", {}).code) == (405, "50115")


def test_public_calls_need_no_key(local: Local) -> None:
    ask = Ask("GET", f"{API}/public/time", "", "", {}, "10.0.0.9")
    assert local.send(ask).data == [{"ts": str(local.clock.now_ms())}]


def test_times_of_a_write_are_taken_after_authentication(local: Local) -> None:
    reply = local.limit("buy", "59000", "0.01")
    assert reply.body["inTime"] == reply.body["outTime"] == str(local.clock.now_us())
    bad = local.ask("POST", "/trade/order", body={"instId": SPOT})
    bad.headers = {**bad.headers, "OK-ACCESS-SIGN": "wrong"}
    assert "inTime" not in local.send(bad).body


def test_every_code_in_use_is_in_the_table() -> None:
    sources = Path(errors.__file__).parent.glob("*.py")
    used = {code for path in sources for code in re.findall(r'"(5\d{4})"', path.read_text())}
    assert used - errors.CODES.keys() == set()
    assert len(default_accounts()) == 9
