"""OKX for tests: with the rules that were captured live in April 2026, so that nothing has to be read first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from router.symbols import Symbol
from router.terms import PositionMode
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.okx.exchange import OkxExchange
from workers.exchanges.okx.modes import Mode
from workers.exchanges.okx.rules import PARTS, to_listing
from workers.settings import AccountSettings, Environment

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parent / "okx_instruments.json").read_text())
ROWS: list[dict[str, Any]] = DOCUMENT["instruments"]
BANDS: dict[str, Any] = DOCUMENT["bands"]
ONE_WAY, HEDGE = PositionMode.ONE_WAY, PositionMode.HEDGE
FUTURES_MODE = Mode(2, ONE_WAY)
SPOT, SWAP, INVERSE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC"
OPTION = "BTC/USD:BTC-260428-72000-C"


def account(base_url: str | None = "http://127.0.0.1:9", **more: object) -> AccountSettings:
    given = {"name": "main", "exchange": "okx", "environment": Environment.SIMULATOR, "base_url": base_url}
    keys = {"api_key": SecretStr("KEYKEYKEY"), "api_secret": SecretStr("SECRETSECRET")}
    passphrase = {"passphrase": SecretStr("PASSPHRASE")}
    return AccountSettings.model_validate({**given, **keys, **passphrase, **more})


def okx(base_url: str = "http://127.0.0.1:9", mode: Mode | None = FUTURES_MODE, **more: object) -> OkxExchange:
    """An exchange with a gate of its own, whose clock is ours and whose mode is known."""
    exchange = get_exchange("okx", account(base_url, **more), LocalGate())
    assert isinstance(exchange, OkxExchange)
    exchange.clock.adopt(0, 1)
    parts = [to_listing(part, [row for row in ROWS if row["instType"] == part], BANDS) for part in PARTS]
    exchange.instruments._take(*parts)
    if mode is not None:
        exchange.mode._known = mode, float("inf")
    return exchange


def okx_of(base_url: str, given: Mapping[str, Any]) -> OkxExchange:
    """The same, of an account that is set as given: its ``level``, and whether it ``hedges``."""
    return okx(base_url, Mode(given.get("level", 2), HEDGE if given.get("hedges") else ONE_WAY))


def symbol(text: str) -> Symbol:
    return Symbol.parse(text)
