"""The exact bytes that OKX is sent, against signatures that were computed otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from pydantic import SecretStr
from support.okx import account

from router.errors import ConfigurationError
from workers.calls.endpoint import Call
from workers.calls.keys import KeyType
from workers.calls.sign import Fence
from workers.exchanges.okx import endpoints
from workers.exchanges.okx.signer import OkxSigner, iso_time
from workers.settings import Environment

FENCE = Fence(1_607_418_537_715, 3_000)  # 2020-12-08T09:08:57.715Z
FIRST, SECOND = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO", "22582BD0CFF14C41EDBF1AB98506286D"


def a_call(endpoint: object, parameters: dict[str, str] | None = None, body: object = None) -> Call[object]:
    return Call(endpoint, parameters or {}, lambda document: document, {}, body=body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("secret", "text", "signature"),
    [
        (
            FIRST,
            "2020-12-08T09:08:57.715ZGET/api/v5/account/balance",
            "PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k=",
        ),
        (
            FIRST,
            "2020-12-08T09:08:57.715ZGET/api/v5/account/balance?ccy=BTC",
            "ebNz0sDoc3LoFm1hqjP8LDT0fnRlDERj5C+I4ZqB4Cw=",
        ),
        (
            SECOND,
            '2020-12-08T09:08:57.715ZPOST/api/v5/account/set-leverage{"instId":"BTC-USDT","lever":"5","mgnMode":"isolated"}',
            "eCnnCgWLjlQ9XnpUkrcny3qNq3WW/81KNrDr/XR6Xv8=",
        ),
    ],
)
def test_the_known_vectors(secret: str, text: str, signature: str) -> None:
    assert OkxSigner(account(api_secret=SecretStr(secret))).signed(text) == signature


def test_a_whole_request_by_vector() -> None:
    signer = OkxSigner(account(api_secret=SecretStr(FIRST), api_key=SecretStr(" key\n")))
    request = signer(a_call(endpoints.BALANCE, {"ccy": "BTC"}), FENCE)
    assert (request.method, request.target, request.body) == ("GET", "/api/v5/account/balance?ccy=BTC", None)
    assert request.headers == {
        "OK-ACCESS-KEY": "key",
        "OK-ACCESS-PASSPHRASE": "PASSPHRASE",
        "OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z",
        "OK-ACCESS-SIGN": "ebNz0sDoc3LoFm1hqjP8LDT0fnRlDERj5C+I4ZqB4Cw=",
    }


def test_what_is_posted_is_what_was_signed() -> None:
    body = [{"instId": "BTC-USDT", "reduceOnly": True, "sz": "0.1"}]
    request = OkxSigner(account())(a_call(endpoints.PLACE_BATCH, body=body), FENCE)
    assert request.body == b'[{"instId":"BTC-USDT","reduceOnly":true,"sz":"0.1"}]'
    text = f"{request.headers['OK-ACCESS-TIMESTAMP']}POST/api/v5/trade/batch-orders{request.body.decode()}"
    expected = hmac.new(b"SECRETSECRET", text.encode(), hashlib.sha256).digest()
    assert request.headers["OK-ACCESS-SIGN"] == base64.b64encode(expected).decode()
    assert request.headers["Content-Type"] == "application/json"


def test_texts_by_name_are_posted_as_an_object() -> None:
    request = OkxSigner(account())(a_call(endpoints.SET_POSITION_MODE, {"posMode": "net_mode"}), FENCE)
    assert json.loads(request.body or b"") == {"posMode": "net_mode"}


def test_a_list_of_kinds_keeps_its_comma() -> None:
    request = OkxSigner(account())(a_call(endpoints.ALGOS_PENDING, {"ordType": "conditional,oco"}), FENCE)
    assert request.query == "ordType=conditional,oco"


def test_a_public_call_carries_no_key() -> None:
    request = OkxSigner(account())(a_call(endpoints.TICKER, {"instId": "BTC-USDT"}), FENCE)
    assert (request.headers, request.body) == ({}, None)


@pytest.mark.parametrize(
    ("endpoint", "fenced"),
    [
        (endpoints.PLACE, True),
        (endpoints.PLACE_BATCH, True),
        (endpoints.AMEND, True),
        (endpoints.CANCEL, False),
        (endpoints.CANCEL_BATCH, False),
        (endpoints.PLACE_ALGO, False),
        (endpoints.CANCEL_ALGOS, False),
        (endpoints.AMEND_ALGO, False),
        (endpoints.SET_LEVERAGE, False),
    ],
)
def test_expiry_is_told_where_it_is_obeyed(endpoint: object, *, fenced: bool) -> None:
    request = OkxSigner(account())(a_call(endpoint, body={"a": "b"}), FENCE)
    assert request.headers.get("expTime") == (str(FENCE.timestamp_ms + 3_000) if fenced else None)


def test_a_look_at_an_order_has_no_fence() -> None:
    """The order's details share the path of placing one."""
    assert "expTime" not in OkxSigner(account())(a_call(endpoints.ORDER, {"ordId": "1"}), FENCE).headers


@pytest.mark.parametrize(
    ("environment", "header"),
    [(Environment.DEMO, "1"), (Environment.LIVE, None), (Environment.SIMULATOR, None)],
)
def test_the_demo_is_meant_by_a_header(environment: Environment, header: str | None) -> None:
    signer = OkxSigner(account(environment=environment))
    for endpoint in (endpoints.TIME, endpoints.BALANCE):
        assert signer(a_call(endpoint), FENCE).headers.get("x-simulated-trading") == header


@pytest.mark.parametrize(
    ("moment_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_607_418_537_005, "2020-12-08T09:08:57.005Z"),
        (999, "1970-01-01T00:00:00.999Z"),
    ],
)
def test_time_has_exactly_milliseconds(moment_ms: int, text: str) -> None:
    assert iso_time(moment_ms) == text


def test_a_passphrase_is_needed() -> None:
    with pytest.raises(ConfigurationError, match=r"accounts.main.passphrase '\(not set\)': is required on okx"):
        OkxSigner(account(passphrase=None))


def test_no_other_key_will_do() -> None:
    settings = account().model_copy(update={"key_type": KeyType.RSA})
    with pytest.raises(ConfigurationError, match=r"accounts.main.key_type 'rsa': must be hmac on okx"):
        OkxSigner(settings)


def test_nothing_secret_shows() -> None:
    request = OkxSigner(account())(a_call(endpoints.BALANCE), FENCE)
    assert "PASSPHRASE" not in repr(request)
    assert "SECRET" not in repr(OkxSigner(account()).__dict__["_keys"].keys())
