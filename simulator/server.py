"""The HTTP server: one port, the path tells the dialect."""

import argparse
import asyncio
import gc
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop
from aiohttp import web

from simulator.accounts import AccountsError, default_accounts, load_accounts
from simulator.binance.dialect import Binance
from simulator.binance.usdm.dialect import BinanceFutures
from simulator.bybit.dialect import Bybit
from simulator.control import PREFIX, Control
from simulator.dialect import Dialect
from simulator.http import HTML, Ask, Reply, Wire
from simulator.limits import Policy, parse_policy
from simulator.misbehave import Misbehaviour
from simulator.okx.dialect import Okx
from simulator.world import DEFAULT_SEED, World

MAX_PORT = 65_535
_ABORT = struct.pack("ii", 1, 0)  # linger on, zero seconds: closing sends a reset
_GC_THRESHOLDS = (100_000, 50, 100)
_NOT_FOUND = Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>", content_type=HTML)


class Server:
    """Hands requests to the control API or to a dialect, and lets replies leave as their `wire` says."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = Control(world)
        self._dialects: list[tuple[tuple[str, ...], Dialect, Misbehaviour]] = []
        for dialect in (Binance(world), BinanceFutures(world), Bybit(world), Okx(world)):
            self._dialects.append((dialect.prefixes, dialect, Misbehaviour(dialect, lambda: world.faults)))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        path, _, query = request.raw_path.partition("?")
        body = (await request.read()).decode("utf-8", "surrogateescape") if request.can_read_body else ""
        ask = Ask(request.method, path, query, body, request.headers, request.remote or "")
        reply = self._control.answer(ask) if path.startswith(PREFIX) else await self._answer(ask)
        if reply.wire is not Wire.WHOLE:
            await _break_off(request, reply)
        return _response(reply)

    def stop(self) -> None:
        """Drop everything that waits."""
        for _, _, misbehaviour in self._dialects:
            misbehaviour.stop()

    async def _answer(self, ask: Ask) -> Reply:
        found = next((each for each in self._dialects if ask.path.startswith(each[0])), None)
        if found is None:
            return _NOT_FOUND
        _, dialect, misbehaviour = found
        self._world.ledger.requests += 1
        job = dialect.job(ask)
        refused = job.begin()
        if refused is not None:
            return refused
        if self._world.faults.quiet:
            return job.finish()
        return await misbehaviour.run(ask, job)


def _response(reply: Reply) -> web.Response:
    headers = {"Content-Type": reply.content_type, **reply.headers}
    return web.Response(body=reply.body, status=reply.status or 500, headers=headers)


async def _break_off(request: web.BaseRequest, reply: Reply) -> None:
    """End the connection without a reply, in the middle of it, or with a reset; aiohttp then drops the response."""
    transport = request.transport
    if transport is None:
        return
    if reply.wire is Wire.RESET:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        transport.abort()
        return
    if reply.wire is Wire.HALF:
        length = len(reply.body)
        head = f"HTTP/1.1 {reply.status} OK\r\nContent-Type: {reply.content_type}\r\nContent-Length: {length}\r\n\r\n"
        transport.write(head.encode() + reply.body[: length // 2])
    transport.close()


async def serve(world: World, host: str, port: int) -> None:
    """Listen until a signal asks to stop. Raises: OSError when the address cannot be used."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(world)
    runner = web.ServerRunner(web.Server(server.handle, access_log=None), shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        sys.stdout.write(f"simulator listening on http://{host}:{bound}\n")
        sys.stdout.flush()
        # Orders and trades live as long as the process does: looking for garbage among them is rarely worth it.
        gc.set_threshold(*_GC_THRESHOLDS)
        await stop.wait()
    finally:
        server.stop()
        await runner.cleanup()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "simulator", description="A local crypto exchange that speaks its users' dialects."
    )
    parser.add_argument("--port", type=_port, default=9100, help="0 picks a free one; default 9100")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--accounts", type=Path, help="TOML file of accounts; without it sim-1 to sim-9")
    parser.add_argument(
        "--limits", type=_policy, default=Policy(), help="real, off, or a number that multiplies every limit"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="makes the market reproducible")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 0 to {MAX_PORT}")
    return int(text)


def _policy(text: str) -> Policy:
    try:
        return parse_policy(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} must be real, off or a number above zero") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulator.

    Returns: 0 after SIGTERM or SIGINT, 2 when the accounts file or the address cannot be used (one sentence on stderr
    says why).
    """
    options = _arguments(argv)
    try:
        accounts = load_accounts(options.accounts) if options.accounts else default_accounts()
        uvloop.run(serve(World(accounts, options.limits, options.seed), options.host, options.port))
    except AccountsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"port: {options.port} on {options.host!r} must be free to listen on: {error.strerror}\n")
        return 2
    return 0
