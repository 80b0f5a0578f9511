"""The vectors of Binance's documentation, and the key types without published ones by signing and verifying."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from sim_support import Local, sign

from simulator.accounts import Account
from simulator.binance.signature import payload, verify
from simulator.http import Ask
from simulator.redacted import Secret

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
DOCUMENTED = Account("documented", KEY, Secret(SECRET))
H1 = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
H2 = H1.replace("LTCBTC", "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96")
QUERY, BODY = H1[: H1.index("&quantity")], H1[H1.index("quantity") :]
H1_HEX = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
H2_HEX = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"
H3_HEX = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"
DOCUMENTED_KEY = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u"
ED_PAYLOAD = (
    "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000"
)
ED_SIGNATURE = "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw=="


@pytest.mark.parametrize(
    ("query", "body", "signature"),
    [(H1, "", H1_HEX), ("", H1, H1_HEX), (H2, "", H2_HEX), (QUERY, BODY, H3_HEX)],
    ids=["query", "body", "percent-encoded", "mixed without a separator"],
)
def test_documented_hmac_vectors(query: str, body: str, signature: str) -> None:
    assert verify(DOCUMENTED, payload(query, body), signature)
    assert verify(DOCUMENTED, payload(query, body), signature.upper())
    assert not verify(DOCUMENTED, payload(query + "x", body), signature)
    assert not verify(DOCUMENTED, payload(query, body), signature[:-1] + ("0" if signature[-1] != "0" else "1"))


@pytest.mark.parametrize(
    "query", ["a=1&b=2&signature=00", "signature=00&a=1&b=2", "a=1&signature=00&b=2"], ids=["last", "first", "middle"]
)
def test_the_signature_itself_is_not_signed(query: str) -> None:
    assert payload(query, "") == b"a=1&b=2"
    assert payload("", query) == b"a=1&b=2"


def test_documented_ed25519_vector() -> None:
    private = load_der_private_key(base64.b64decode(DOCUMENTED_KEY), None)
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    account = Account("ed", "k", public_key=private.public_key())
    assert verify(account, ED_PAYLOAD.encode(), ED_SIGNATURE)
    assert verify(account, ED_PAYLOAD.encode(), quote(ED_SIGNATURE, safe=""))
    assert not verify(account, ED_PAYLOAD.encode() + b"0", ED_SIGNATURE)
    assert not verify(account, ED_PAYLOAD.encode(), ED_SIGNATURE.swapcase())
    assert not verify(account, ED_PAYLOAD.encode(), "not base64")


def test_rsa_pkcs1_v15_passes_and_pss_does_not() -> None:
    private = rsa.generate_private_key(65537, 2048)
    account = Account("rsa", "k", public_key=private.public_key())
    good = private.sign(b"a=1", padding.PKCS1v15(), SHA256())
    pss = private.sign(b"a=1", padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    assert verify(account, b"a=1", base64.b64encode(good).decode())
    assert not verify(account, b"a=2", base64.b64encode(good).decode())
    assert not verify(account, b"a=1", base64.b64encode(pss).decode())


def test_an_ed25519_account_trades() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    local = Local([Account("ed", "ed-key", public_key=private.public_key())])
    query = f"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01&timestamp={local.clock.now_ms()}"
    signed = quote(base64.b64encode(private.sign(query.encode())).decode(), safe="")
    ask = Ask("POST", "/api/v3/order", f"{query}&signature={signed}", "", {"X-MBX-APIKEY": "ed-key"}, "10.0.0.1")
    assert local.send(ask).body["status"] == "FILLED"


class TestRefusals:
    """In the order in which the dialect checks."""

    @pytest.mark.parametrize("headers", [{}, {"X-MBX-APIKEY": ""}, {"X-MBX-APIKEY": "a b"}, {"X-MBX-APIKEY": "ü"}])
    def test_malformed_key(self, local: Local, headers: dict[str, str]) -> None:
        ask = local.ask("GET", "/api/v3/account")
        ask.headers = headers
        assert local.send(ask).refusal == (401, -2014, "API-key format invalid.")

    def test_unknown_key(self, local: Local) -> None:
        ask = local.ask("GET", "/api/v3/account")
        ask.headers = {"X-MBX-APIKEY": "nobody"}
        assert local.send(ask).refusal == (401, -2015, "Invalid API-key, IP, or permissions for action.")

    @pytest.mark.parametrize("name", ["timestamp", "signature"])
    def test_missing(self, local: Local, name: str) -> None:
        ask = local.ask("GET", "/api/v3/account")
        ask.query = "&".join(part for part in ask.query.split("&") if not part.startswith(name))
        text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
        assert local.send(ask).refusal == (400, -1102, text)

    def test_wrong_signature(self, local: Local) -> None:
        ask = local.ask("GET", "/api/v3/account")
        ask.query = ask.query[:-1] + ("0" if ask.query[-1] != "0" else "1")
        assert local.send(ask).refusal == (400, -1022, "Signature for this request is not valid.")

    def test_bytes_that_are_not_percent_encoded(self, local: Local) -> None:
        query = f"symbol=ＢＴＣ&timestamp={local.clock.now_ms()}"
        ask = local.ask("GET", "/api/v3/openOrders")
        ask.query = f"{query}&signature={sign('sim-secret-1', query)}"
        assert local.send(ask).code == -1022

    @pytest.mark.parametrize(
        ("ahead_ms", "window", "text"),
        [
            (-5001, None, "Timestamp for this request is outside of the recvWindow."),
            (-101, "100", "Timestamp for this request is outside of the recvWindow."),
            (1000, None, "Timestamp for this request was 1000ms ahead of the server's time."),
            (-5000, None, None),
            (999, None, None),
            (-60_000, "60000", None),
            (-100, "100.5", None),
        ],
    )
    def test_timing(self, local: Local, ahead_ms: int, window: str | None, text: str | None) -> None:
        extra = {} if window is None else {"recvWindow": window}
        reply = local.call("GET", "/api/v3/account", timestamp=local.clock.now_ms() + ahead_ms, **extra)
        assert (reply.status == 200) if text is None else (reply.refusal == (400, -1021, text))

    def test_microseconds_are_understood_and_given(self, local: Local) -> None:
        ask = local.ask("GET", "/api/v3/account", timestamp=local.clock.now_us())
        assert local.send(ask).status == 200
        ask = local.ask("GET", "/api/v3/time", None)
        assert local.send(ask).body["serverTime"] == local.clock.now_ms()
        ask.headers = {"X-MBX-TIME-UNIT": "MICROSECOND"}
        assert local.send(ask).body["serverTime"] == local.clock.now_us()

    @pytest.mark.parametrize(
        ("window", "refusal"),
        [
            ("60000.001", (400, -1131, "recvWindow must be less than 60000")),
            ("abc", (400, -1100, None)),
            ("1.2345", (400, -1100, None)),
            ("", (400, -1105, "Parameter 'recvWindow' was empty.")),
        ],
    )
    def test_window_bounds(self, local: Local, window: str, refusal: tuple[int, int, str | None]) -> None:
        status, code, text = local.call("GET", "/api/v3/account", recvWindow=window).refusal
        assert (status, code) == refusal[:2]
        assert refusal[2] in (None, text)

    def test_the_deadline_is_checked_again_before_execution(self, local: Local) -> None:
        ask = local.ask("POST", "/api/v3/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
        job = local.binance.job(ask)
        assert job.begin() is None
        local.clock.advance(5001)
        reply = job.finish()
        assert (reply.status, b"-1021" in reply.body) == (400, True)
        assert local.world.ledger.orders == []
        assert local.binance.limits.orders.used("sim-1") == 1, "the count is charged"


def test_the_query_wins_over_the_body(local: Local) -> None:
    local.limit("BUY", "59000", "0.01", newClientOrderId="x")
    query = "symbol=BTCUSDT"
    body = f"symbol=ETHUSDT&origClientOrderId=x&timestamp={local.clock.now_ms()}"
    body += f"&signature={sign('sim-secret-1', query + body)}"
    ask = Ask("DELETE", "/api/v3/order", query, body, {"X-MBX-APIKEY": "sim-key-1"}, "10.0.0.1")
    assert local.send(ask).body["symbol"] == "BTCUSDT"
