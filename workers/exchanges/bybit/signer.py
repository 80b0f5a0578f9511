"""How Bybit wants a request signed: timestamp, key, receive window and the exact text that is sent, one after another.

Of a GET that is the query, of a POST the JSON body, byte for byte. HMAC keys sign in lower-case hex, RSA keys in
base64. Source: Bybit v5 docs, "Integration guidance"; the receive window is always sent, since nothing tells what is
signed without, and the sign type is 2 for both kinds of key, as in the official SDK.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from router.errors import ConfigurationError
from workers.calls.endpoint import Call
from workers.calls.keys import KeyType, base64_text, signature
from workers.calls.sign import Fence
from workers.calls.wire import Request, compact
from workers.settings import AccountSettings

_CURSOR = "cursor"


class BybitSigner:
    """Signs for one account with its HMAC or RSA key. Raises: ConfigurationError for an Ed25519 key."""

    def __init__(self, account: AccountSettings) -> None:
        key_type = account.signs_with
        if key_type is KeyType.ED25519:
            field = f"accounts.{account.name}.key_type"
            raise ConfigurationError.because(field, str(key_type), "must be hmac or rsa: Bybit takes no other keys")
        self._sign = signature(key_type, account.api_secret.get_secret_value())
        self._is_hex = key_type is KeyType.HMAC
        self._key = account.api_key.get_secret_value().strip()

    def __call__(self, call: Call[Any], fence: Fence) -> Request:
        """Build the request; what needs no signature carries no key either, and a GET never a body (HTTP 403)."""
        endpoint = call.endpoint
        if endpoint.method == "GET":
            query = _query(call.parameters)
            headers = self.headers(query, fence) if endpoint.signed else {}
            return Request(endpoint.method, endpoint.path, query, headers)
        text = compact(call.parameters if call.body is None else call.body)
        headers = {**self.headers(text, fence), "Content-Type": "application/json"}
        return Request(endpoint.method, endpoint.path, "", headers, text.encode())

    def headers(self, text: str, fence: Fence) -> dict[str, str]:
        """The headers that authenticate a text, within its fence."""
        timestamp, window = str(fence.timestamp_ms), str(fence.window_ms)
        raw = self._sign(f"{timestamp}{self._key}{window}{text}".encode())
        return {
            "X-BAPI-API-KEY": self._key,
            "X-BAPI-TIMESTAMP": timestamp,
            "X-BAPI-RECV-WINDOW": window,
            "X-BAPI-SIGN": raw.hex() if self._is_hex else base64_text(raw),
            "X-BAPI-SIGN-TYPE": "2",
        }


def _query(parameters: dict[str, str]) -> str:
    """Percent-encoded, but for a cursor: Bybit tells it encoded already, and encoding it again would change it."""
    return "&".join(
        f"{name}={value if name == _CURSOR else quote(value, safe='')}" for name, value in parameters.items()
    )
