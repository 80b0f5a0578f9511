"""Harbour's server, for the example of an exchange from another package: one account, one market, a real socket."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET, MARKET = "harbour-key", "harbour-secret", "BTC/USDT"
Row = dict[str, Any]
LAST = Decimal(60_000)
PUBLIC = ("/time", "/markets", "/book", "/ticker")


class Refusal(Exception):
    """An error reply."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Harbour:
    """Orders and balances. ``lose`` is how many replies to placements are lost from here on."""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.lose = 0
        self.lock = threading.Lock()

    def answer(self, method: str, path: str, asked: dict[str, str]) -> object:
        own = getattr(self, f"{method}_{path.strip('/')}".lower(), None)
        if own is None:
            raise Refusal(404, "no_such_path")
        return own(asked)

    def get_time(self, _: Row) -> Row:
        return {"now_ms": time.time_ns() // 1_000_000}

    def get_markets(self, _: Row) -> list[Row]:
        return [{"market": MARKET, "tick": "0.1", "lot": "0.001"}]

    def get_ticker(self, _: Row) -> Row:
        return {"symbol": MARKET, "last_price": str(LAST), "bid_price": "59999.9", "ask_price": "60000.1"}

    def get_book(self, _: Row) -> Row:
        bid, ask = ({"price": price, "quantity": "2"} for price in ("59999.9", "60000.1"))
        return {"symbol": MARKET, "bids": [bid], "asks": [ask]}

    def get_balances(self, _: Row) -> list[Row]:
        bought = sum((Decimal(row["filled_quantity"]) for row in self.orders), Decimal(0))
        return [{"asset": "BTC", "free": str(bought), "locked": "0"}]

    def get_order(self, asked: Row) -> Row:
        for row in self.orders:
            if all(row[name] == value for name, value in asked.items()):
                return row
        raise Refusal(400, "no_order")

    def get_orders(self, asked: Row) -> list[Row]:
        return [row for row in self.orders if "open" not in asked or row["status"] == "new"]

    def get_fills(self, asked: Row) -> list[Row]:
        filled = [row for row in self.orders if row["status"] == "filled"]
        return [
            {"symbol": MARKET, "trade_id": f"t{row['order_id']}", "order_id": row["order_id"], "price": str(LAST),
             "quantity": row["quantity"], "notional": row["filled_notional"]}
            for row in filled if asked.get("order_id") in (None, row["order_id"])
        ]  # fmt: skip

    def post_order(self, asked: Row) -> Row:
        if any(row["client_order_id"] == asked["client_order_id"] for row in self.orders):
            raise Refusal(400, "duplicate")
        if Decimal(asked["quantity"]) > 1:
            raise Refusal(400, "no_funds")
        takes = asked["type"] == "market"
        filled = Decimal(asked["quantity"]) if takes else Decimal(0)
        told = {name: value for name, value in asked.items() if name != "market"}
        row = {"symbol": MARKET, **told, "order_id": str(len(self.orders) + 1), "status": "filled" if takes else "new"}
        row |= {"filled_quantity": str(filled), "filled_notional": str(filled * LAST)}
        self.orders.append(row)
        return row

    def delete_order(self, asked: Row) -> Row:
        row = self.get_order(asked)
        if row["status"] != "new":
            raise Refusal(400, "no_order")
        row["status"] = "cancelled"
        return row

    def delete_orders(self, _: Row) -> list[Row]:
        return [self.delete_order({"order_id": row["order_id"]}) for row in self.get_orders({"open": "true"})]


def check(method: str, target: str, headers: Any, body: bytes) -> None:  # noqa: ANN401 - the library's headers
    until = headers.get("X-Until", "0")
    wanted = hmac.new(SECRET.encode(), f"{method}{target}{until}".encode() + body, hashlib.sha256).hexdigest()
    if (headers.get("X-Key"), headers.get("X-Sign")) != (KEY, wanted):
        raise Refusal(401, "bad_sign")
    if time.time() * 1_000 > int(until):
        raise Refusal(400, "late")


@contextmanager
def a_harbour() -> Iterator[tuple[Harbour, str]]:
    harbour = Harbour()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            split = urlsplit(self.path)
            asked = json.loads(body) if body else dict(parse_qsl(split.query))
            try:
                if split.path not in PUBLIC:
                    check(self.command, self.path, self.headers, body)
                with harbour.lock:
                    status, told = 200, harbour.answer(self.command, split.path, asked)
                    if self.command == "POST" and harbour.lose:
                        harbour.lose -= 1
                        self.close_connection = True
                        return
            except Refusal as refusal:
                status, told = refusal.status, {"code": refusal.code, "text": f"refused: {refusal.code}"}
            reply = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_POST = do_DELETE = handle_one  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield harbour, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
