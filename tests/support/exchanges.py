"""Exchanges for tests: Binance with fixed rules, so that nothing has to be read first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.exchanges.binance.rules import to_listing
from workers.exchanges.binance.usdm.rules import to_listing as to_futures_listing
from workers.settings import AccountSettings, Environment

LISTING: dict[str, Any] = json.loads((Path(__file__).parent / "binance_exchange_info.json").read_text())
FUTURES: dict[str, Any] = json.loads((Path(__file__).parent / "binance_futures_exchange_info.json").read_text())
KEY, SECRET = "KEYKEYKEY", "SECRETSECRET"


def account(base_url: str = "http://127.0.0.1:9", **more: object) -> AccountSettings:
    given = {"name": "main", "exchange": "binance", "environment": Environment.SIMULATOR, "base_url": base_url}
    keys = {"api_key": SecretStr(KEY), "api_secret": SecretStr(SECRET)}
    return AccountSettings.model_validate({**given, **keys, **more})


def binance(base_url: str = "http://127.0.0.1:9", **more: object) -> BaseExchange:
    """An exchange with a gate of its own: its clock is ours, its rules are the documented example of exchangeInfo."""
    exchange = get_exchange("binance", account(base_url, **more), LocalGate())
    exchange.clock.adopt(0, 1)
    listings = to_listing(LISTING), to_futures_listing(FUTURES)
    for listing in listings:
        exchange.tariff.learn(listing.limits)
    exchange.instruments._take(*listings)
    return exchange
