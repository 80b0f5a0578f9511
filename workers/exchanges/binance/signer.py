"""How Binance wants a request signed, and where each part goes.

The string is percent-encoded first, signed as it will be sent, and sent untouched with the signature last. GET and
DELETE carry it in the query, POST and PUT in a form body, so that no order shows in a URL.
Source: Binance spot rest-api.md, "SIGNED Endpoint Examples" and "Timing security"; FAQ api_key_types.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from workers.calls.endpoint import Call
from workers.calls.keys import KeyType, base64_text, signature
from workers.calls.sign import Fence
from workers.calls.wire import Request
from workers.settings import AccountSettings

_PLAIN = re.compile(r"[0-9A-Za-z._~=&-]*").fullmatch
_FORM = "application/x-www-form-urlencoded"


class BinanceSigner:
    """Signs for one account with its HMAC, RSA or Ed25519 key."""

    def __init__(self, account: AccountSettings) -> None:
        key_type = account.signs_with
        self._sign = signature(key_type, account.api_secret.get_secret_value())
        self._is_hex = key_type is KeyType.HMAC
        self._headers = {"X-MBX-APIKEY": account.api_key.get_secret_value().strip()}
        self._form_headers = {**self._headers, "Content-Type": _FORM}

    def __call__(self, call: Call[Any], fence: Fence) -> Request:
        """Build the request; what needs no signature carries no key either."""
        endpoint = call.endpoint
        if not endpoint.signed:
            return Request(endpoint.method, endpoint.path, _encoded(call.parameters))
        text = self.signed(call.parameters, fence)
        if endpoint.method in ("GET", "DELETE"):
            return Request(endpoint.method, endpoint.path, text, self._headers)
        return Request(endpoint.method, endpoint.path, "", self._form_headers, text.encode())

    def signed(self, parameters: dict[str, str], fence: Fence) -> str:
        """The parameters, encoded, with the fence and their signature."""
        fenced = {**parameters, "recvWindow": str(fence.window_ms), "timestamp": str(fence.timestamp_ms)}
        text = _encoded(fenced)
        return f"{text}&signature={self.spelled(text.encode())}"

    def spelled(self, payload: bytes) -> str:
        """The payload's signature as it stands in a URL: hex for HMAC, percent-encoded base64 for RSA and Ed25519."""
        raw = self._sign(payload)
        return raw.hex() if self._is_hex else quote(base64_text(raw), safe="")


def _encoded(parameters: dict[str, str]) -> str:
    """Percent-encode; nearly always there is nothing to encode, and one look at the whole is far cheaper."""
    text = "&".join([f"{name}={value}" for name, value in parameters.items()])
    if _PLAIN(text) and text.count("=") == len(parameters) == text.count("&") + 1:
        return text
    return urlencode(parameters, quote_via=quote, safe="")
