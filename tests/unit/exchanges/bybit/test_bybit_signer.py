"""Bybit's signature: the published vectors, RSA, and that what is signed is what is sent, byte for byte."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from support.bybit import KEY, SECRET, account

from router.errors import ConfigurationError
from workers.calls.endpoint import Call, Endpoint
from workers.calls.sign import Fence
from workers.exchanges.bybit import endpoints
from workers.exchanges.bybit.signer import BybitSigner

FENCE = Fence(1_700_000_000_000, 5_000)
PEM_KEY = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u"
ED25519 = f"-----BEGIN PRIVATE KEY-----\n{PEM_KEY}\n-----END PRIVATE KEY-----"


def call(endpoint: Endpoint, parameters: dict[str, str] | None = None, body: object = None) -> Call[object]:
    return Call(endpoint, parameters or {}, lambda document: document, endpoint.cost, body=body)


def expected(text: str) -> str:
    payload = f"{FENCE.timestamp_ms}{KEY}{FENCE.window_ms}{text}"
    return hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("category=linear&symbol=BTCUSDT", "fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"),
        (
            '{"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "test-order-1"}',
            "2df4a0603d69c08d5dea29ba85b46eb7db64ce9e9ebd34a7802a3d69700cb2a1",
        ),
        ("", "cfffd774219bfa1d400476f699f830daaedcd3c41faa1dbdda95a8f4dd8170cc"),
    ],
    ids=["query", "body", "nothing"],
)
def test_hmac_vectors(text: str, signature: str) -> None:
    headers = BybitSigner(account()).headers(text, FENCE)
    assert headers["X-BAPI-SIGN"] == signature
    assert headers["X-BAPI-TIMESTAMP"] == "1700000000000"
    assert headers["X-BAPI-RECV-WINDOW"] == "5000"
    assert headers["X-BAPI-API-KEY"] == KEY


def test_a_get_signs_its_query_and_has_no_body() -> None:
    request = BybitSigner(account())(call(endpoints.POSITIONS, {"category": "linear", "symbol": "BTCUSDT"}), FENCE)
    assert (request.query, request.body) == ("category=linear&symbol=BTCUSDT", None)
    assert request.headers["X-BAPI-SIGN"] == "fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"
    assert "Content-Type" not in request.headers


def test_a_cursor_goes_back_as_it_came() -> None:
    """It is told percent-encoded; encoding it once more would change what it says."""
    cursor = "1321052653536515584%3A1672217748287%2C1321052653536515584%3A1672217748287"
    request = BybitSigner(account())(call(endpoints.POSITIONS, {"symbol": "a b&c", "cursor": cursor}), FENCE)
    assert request.query == f"symbol=a%20b%26c&cursor={cursor}"
    assert request.headers["X-BAPI-SIGN"] == expected(request.query)


def test_what_is_public_carries_no_key() -> None:
    request = BybitSigner(account())(call(endpoints.TICKERS, {"category": "spot"}), FENCE)
    assert dict(request.headers) == {}
    assert request.query == "category=spot"


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8), st.one_of(st.text(max_size=20), st.booleans(), st.integers(0, 9)), max_size=6
    )
)
def test_a_post_signs_the_very_bytes_it_sends(body: dict[str, object]) -> None:
    request = BybitSigner(account())(call(endpoints.PLACE["linear"], body=body), FENCE)
    assert request.body is not None
    assert request.headers["X-BAPI-SIGN"] == expected(request.body.decode())
    assert request.headers["Content-Type"] == "application/json"
    assert request.query == ""


def test_an_rsa_key_signs_in_base64_on_one_line() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    headers = BybitSigner(account(api_secret=SecretStr(pem))).headers("category=spot", FENCE)
    raw = base64.b64decode(headers["X-BAPI-SIGN"], validate=True)
    payload = f"1700000000000{KEY}5000category=spot".encode()
    key.public_key().verify(raw, payload, padding.PKCS1v15(), hashes.SHA256())
    assert headers["X-BAPI-SIGN-TYPE"] == "2"


def test_an_ed25519_key_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match=r"accounts\.main\.key_type 'ed25519': must be hmac or rsa"):
        BybitSigner(account(api_secret=SecretStr(ED25519)))
