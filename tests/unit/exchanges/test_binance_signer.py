"""Binance's published signature vectors, and keys of our own where it publishes none."""

from __future__ import annotations

import base64
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from workers.calls.endpoint import Call
from workers.calls.keys import KeyType
from workers.calls.sign import Fence
from workers.exchanges.binance import endpoints
from workers.exchanges.binance.signer import BinanceSigner
from workers.settings import AccountSettings

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
ORDER = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
PEM_KEY = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u"
ED25519 = f"-----BEGIN PRIVATE KEY-----\n{PEM_KEY}\n-----END PRIVATE KEY-----"


def signer(secret: str = SECRET, key_type: KeyType | None = None) -> BinanceSigner:
    return BinanceSigner(account(secret, key_type))


def account(secret: str, key_type: KeyType | None = None) -> AccountSettings:
    keys = {"api_key": SecretStr(KEY), "api_secret": SecretStr(secret)}
    return AccountSettings(name="main", exchange="binance", key_type=key_type, **keys)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (f"symbol=LTCBTC&{ORDER}", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (
            f"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&{ORDER}",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
        (
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
            "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77",
        ),
    ],
    ids=["H1 plain", "H2 percent-encoded", "H3 query and body without separator"],
)
def test_hmac_vectors(payload: str, expected: str) -> None:
    assert signer().spelled(payload.encode()) == expected


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        ("１２３４５６", "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"),
    ],
)
def test_parameters_are_encoded_first_then_signed_then_sent(symbol: str, expected: str) -> None:
    asked = {"symbol": symbol, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "0.1"}
    call = Call(endpoints.PLACE, asked, lambda document: document, endpoints.PLACE.cost)
    request = signer()(call, Fence(1499827319559, 5000))
    assert (request.query, request.headers["X-MBX-APIKEY"]) == ("", KEY)
    assert request.body is not None
    payload, _, signature = request.body.decode().partition("&signature=")
    assert signature == expected
    assert payload.isascii()
    assert payload.endswith("&recvWindow=5000&timestamp=1499827319559")


@pytest.mark.parametrize("value", ["a b", "a&b=c", "a+b", "ä", "a/b", "%41"])
def test_whatever_needs_encoding_is_encoded(value: str) -> None:
    call = Call(endpoints.ORDER, {"symbol": value, "x": "1"}, lambda document: document, endpoints.ORDER.cost)
    query = signer()(call, Fence(1, 2)).query
    first, *rest = query.split("&")
    assert unquote(first.removeprefix("symbol=")) == value
    assert [part.partition("=")[0] for part in rest] == ["x", "recvWindow", "timestamp", "signature"]


def test_reads_and_cancels_are_signed_in_the_query() -> None:
    for endpoint in (endpoints.ORDER, endpoints.CANCEL):
        request = signer()(Call(endpoint, {"symbol": "BTCUSDT"}, lambda d: d, endpoint.cost), Fence(1, 2))
        assert request.body is None
        assert request.query.startswith("symbol=BTCUSDT&recvWindow=2&timestamp=1&signature=")
        assert request.target == f"{endpoint.path}?{request.query}"


def test_what_is_public_carries_neither_key_nor_signature() -> None:
    request = signer()(Call(endpoints.DEPTH, {"symbol": "BTCUSDT"}, lambda d: d, {}), Fence(1, 2))
    assert (request.query, dict(request.headers), request.body) == ("symbol=BTCUSDT", {}, None)


def test_ed25519_vectors() -> None:
    """The key pair is that of Binance's FIX logon example, its only official one that verifies."""
    fix = "A\x01EXAMPLE\x01SPOT\x011\x0120240627-11:17:25.223"
    rest = "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2"
    rest += "&timestamp=1668481559918&recvWindow=5000"
    ours = signer(ED25519)
    assert unquote(ours.spelled(fix.encode())) == (
        "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="
    )
    assert unquote(ours.spelled(rest.encode())) == (
        "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw=="
    )
    assert "+" not in ours.spelled(fix.encode())


def test_rsa_is_pkcs1_v15_with_sha256() -> None:
    """No official vector has a matching key, so an own key signs and verifies."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    payload = f"symbol=LTCBTC&{ORDER}".encode()
    signature = base64.b64decode(unquote(signer(pem).spelled(payload)))
    key.public_key().verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())


def test_the_type_of_a_key_is_told_by_its_content() -> None:
    assert account(SECRET).signs_with is KeyType.HMAC
    assert account(ED25519).signs_with is KeyType.ED25519
    assert account(f"\n  {ED25519}\n").signs_with is KeyType.ED25519


@pytest.mark.parametrize(
    ("secret", "key_type", "rule"),
    [
        (SECRET, KeyType.RSA, "no PEM private key"),
        (ED25519, KeyType.RSA, "a PEM key of type ed25519"),
        (ED25519, KeyType.HMAC, "a PEM key of type ed25519"),
        ("-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----", None, "unencrypted PEM private key"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_without_showing_it(
    secret: str, key_type: KeyType | None, rule: str
) -> None:
    with pytest.raises(ValueError, match=rule) as caught:
        account(secret, key_type)
    assert secret not in str(caught.value)
