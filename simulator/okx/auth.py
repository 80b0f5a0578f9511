"""Who asks: the four headers, the clock rule, the environment and the signature.

Source: OKX v5 docs, "REST Authentication", "Making Requests"; codes 501xx: "Error Code". In which order OKX checks is
not documented; here: headers, time, key, environment, address, passphrase, signature. Bodies come from the gateway,
without `data`.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from simulator.accounts import Account
from simulator.http import Ask
from simulator.okx.errors import gateway

MAX_DRIFT_MS = 30_000
_MANDATORY = (
    ("OK-ACCESS-KEY", "50103"),
    ("OK-ACCESS-SIGN", "50106"),
    ("OK-ACCESS-TIMESTAMP", "50107"),
    ("OK-ACCESS-PASSPHRASE", "50104"),
)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def authenticate(ask: Ask, accounts: Mapping[str, Account], now_ms: int) -> tuple[Account, int]:
    """Check everything that proves who asks.

    Returns: the account and the request's timestamp (ms). Raises: ApiError of the 501xx family.
    """
    for header, code in _MANDATORY:
        if not ask.headers.get(header, ""):
            raise gateway(code)
    timestamp_ms = _timestamp(ask.headers["OK-ACCESS-TIMESTAMP"])
    if abs(now_ms - timestamp_ms) > MAX_DRIFT_MS:
        raise gateway("50102")
    account = accounts.get(ask.headers["OK-ACCESS-KEY"])
    if account is None or account.secret is None or account.passphrase is None:
        raise gateway("50119")
    _check_place(ask, account)
    if not _equal(account.passphrase.reveal(), ask.headers["OK-ACCESS-PASSPHRASE"]):
        raise gateway("50105")
    if not _equal(signature(account.secret.reveal(), ask), ask.headers["OK-ACCESS-SIGN"]):
        raise gateway("50113")
    return account, timestamp_ms


def signature(secret: str, ask: Ask) -> str:
    """What a request has to be signed with: base64 of HMAC-SHA256 over time, method, path with query, and body."""
    query = f"?{ask.query}" if ask.query else ""
    signed = f"{ask.headers['OK-ACCESS-TIMESTAMP']}{ask.method}{ask.path}{query}{ask.body}"
    digest = hmac.digest(secret.encode(), signed.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return base64.b64encode(digest).decode()


def _timestamp(text: str) -> int:
    """ISO 8601 in UTC with exactly milliseconds. Raises: ApiError 50112."""
    if _TIMESTAMP.fullmatch(text) is None:
        raise gateway("50112")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as no_such_time:
        raise gateway("50112") from no_such_time
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def _check_place(ask: Ask, account: Account) -> None:
    """The key's environment against the demo header, and its list of addresses. An absent header means live."""
    environment = "demo" if ask.headers.get("x-simulated-trading", "0") == "1" else "live"
    if account.environment not in ("", environment):
        raise gateway("50101")
    if account.ips and ask.peer not in account.ips:
        raise gateway("50110", ask.peer)


def _equal(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(), second.encode("utf-8", "surrogateescape"))
