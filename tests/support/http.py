"""`pointsman http` on a free port, and a client of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from router import OrderRouter
from router.http.tokens import hash_of
from support.house import House
from support.processes import ROOT, Process, eventually, free_port

TRADER, READER, STRANGER = "trader-token", "reader-token", "stranger-token"
AT = {"exchange": "binance", "account": "sim-1"}


def write_tokens(path: Path) -> Path:
    tables = [
        (TRADER, ["trade", "read"], ["sim-1", "sim-2"]),
        (READER, ["read"], ["sim-1"]),
    ]
    text = [
        f'[tokens.t{n}]\nsha256 = "{hash_of(token)}"\nscopes = {scopes}\naccounts = {accounts}\n'.replace("'", '"')
        for n, (token, scopes, accounts) in enumerate(tables)
    ]
    path.write_text("\n".join(text))
    return path


class HttpServer(Process):
    """The server over a house's Redis."""

    FORKED = True

    def __init__(self, house: House, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        tokens = write_tokens(house.folder / "tokens.toml")
        given = {f"POINTSMAN_{name.upper()}": value for name, value in settings.items()}
        environment = {**house.environment, "POINTSMAN_HTTP_TOKENS": str(tokens), **given}
        argv = [sys.executable, "-m", "workers.cli", "http", "--port", str(self.port)]
        super().__init__("http", argv, house.folder / f"http-{self.port}.log", environment)

    def start(self) -> None:
        super().start()
        eventually(lambda: requests.get(f"{self.url}/v1/health", timeout=5).ok, 30, "the HTTP server answers")


class Client:
    """One token's requests."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - requests' own
        return self.session.request(method, self.url + path, timeout=30, **options)

    def order(self, key: str | None = None, wait: float = 10, **fields: object) -> requests.Response:
        order = {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.001", **AT, **fields}
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.ask("POST", "/v1/orders", params={"wait": wait}, json=order, headers=headers)


def fuzz(house: House, url: str, examples: int) -> str:
    """Have schemathesis ask for everything but the endless stream of events; what it says.

    Not every order that the description allows is one that the router takes: it knows the symbols and their steps.
    """
    argv = [
        *(Path(sys.executable).with_name("schemathesis"), "--config-file", ROOT / "tests/support/schemathesis.toml"),
        *("run", f"{url}/openapi.json", "--no-color"),
        *("--header", f"Authorization: Bearer {TRADER}", "--exclude-path", "/v1/events", "--phases", "fuzzing"),
        *("--max-examples", str(examples), "--generation-deterministic"),
        *("--exclude-checks", "positive_data_acceptance"),
    ]
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": "support.fuzz_hooks", "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=house.folder, env=hooks)
    assert done.returncode == 0, done.stdout[-6_000:]
    return done.stdout


def assert_only_valid(router: OrderRouter, since: str) -> int:
    """All that was enqueued are commands that can be read, on accounts that the token may use; how many there were."""
    told = [event for event in router.events(since, patience=0.2) if event.state == "queued"]
    for event in told:
        assert event.command is not None, event
        assert (event.exchange, event.account in ("sim-1", "sim-2")) == ("binance", True), event
        router.catalog.check(event.command)
    return len(told)
