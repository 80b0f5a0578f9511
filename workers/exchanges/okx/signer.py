"""How OKX wants a request signed, and where each part goes.

Time, method, path with query and body are signed together, as they are sent; the demo's header and the fence are not.
Source: OKX v5 docs, "REST Authentication", "Demo Trading Services", "Place order" (header expTime).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from router.errors import ConfigurationError
from workers.calls.endpoint import Call
from workers.calls.keys import KeyType, base64_text, signature
from workers.calls.sign import Fence
from workers.calls.wire import Request, compact, target_of
from workers.exchanges.okx.endpoints import FENCED
from workers.settings import AccountSettings, Environment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON = {"Content-Type": "application/json"}
_DEMO = {"x-simulated-trading": "1"}


class OkxSigner:
    """Signs for one account with its secret (HMAC, OKX knows no other) and passphrase."""

    def __init__(self, account: AccountSettings) -> None:
        """Raises: ConfigurationError without a passphrase, or with a key of another type."""
        where = f"accounts.{account.name}"
        if account.signs_with is not KeyType.HMAC:
            raise ConfigurationError.because(f"{where}.key_type", str(account.signs_with), "must be hmac on okx")
        if account.passphrase is None:
            rule = "is required on okx: it was chosen when the key was made"
            raise ConfigurationError.because(f"{where}.passphrase", "(not set)", rule)
        self._sign = signature(KeyType.HMAC, account.api_secret.get_secret_value())
        self._place = _DEMO if account.environment is Environment.DEMO else {}
        self._keys = {
            "OK-ACCESS-KEY": account.api_key.get_secret_value().strip(),
            "OK-ACCESS-PASSPHRASE": account.passphrase.get_secret_value(),
        }

    def __call__(self, call: Call[Any], fence: Fence) -> Request:
        """Build the request; what needs no signature carries no key either."""
        endpoint = call.endpoint
        if endpoint.method == "GET":
            query, body = urlencode(call.parameters, safe=","), ""
        else:
            query, body = "", compact(call.parameters if call.body is None else call.body)
        headers = {**self._place, **(_JSON if body else {})}
        if endpoint.signed:
            headers.update(self._proof(fence, f"{endpoint.method}{target_of(endpoint.path, query)}{body}"))
        if endpoint.path in FENCED and body:
            headers["expTime"] = str(fence.timestamp_ms + fence.window_ms)
        return Request(endpoint.method, endpoint.path, query, headers, body.encode() or None)

    def _proof(self, fence: Fence, request: str) -> dict[str, str]:
        timestamp = iso_time(fence.timestamp_ms)
        return {**self._keys, "OK-ACCESS-TIMESTAMP": timestamp, "OK-ACCESS-SIGN": self.signed(timestamp + request)}

    def signed(self, text: str) -> str:
        """The signature of a text, in base64."""
        return base64_text(self._sign(text.encode()))


def iso_time(moment_ms: int) -> str:
    """A moment as OKX wants it: ISO 8601 in UTC, with exactly milliseconds."""
    return f"{_iso_second(moment_ms // 1_000)}.{moment_ms % 1_000:03d}Z"


@lru_cache(maxsize=8)
def _iso_second(moment: int) -> str:
    return f"{_EPOCH + timedelta(seconds=moment):%Y-%m-%dT%H:%M:%S}"
