"""Starts our own programs sooner: one process imports their packages once, and forks for each `python -m …`.

What runs is a real process of its own, with its own arguments, environment and output; only the second that every start
spends on imports is spent once. Nothing of ours that reads settings while it is imported is imported beforehand.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

IMPORTED = (
    "celery.apps.worker", "celery.bin.worker", "celery.concurrency.thread", "celery.app.amqp", "celery.app.control",
    "celery.app.log", "celery.app.events", "celery.backends.redis", "celery.events.state", "celery.worker.consumer",
    "celery.worker.components", "celery.worker.strategy", "celery.worker.control", "celery.worker.state",
    "kombu.transport.redis", "redis.asyncio", "typer", "rich.table", "rich.live", "rich.markup", "rich.progress",
    "requests", "urllib3", "prometheus_client", "workers.runtime", "workers.exchanges.binance",
    "workers.exchanges.bybit", "workers.exchanges.okx", "simulator.server", "simulator.binance.usdm.dialect",
    "simulator.bybit.dialect", "simulator.okx.dialect",
)  # fmt: skip
_MOST = 1 << 20


def main(path: str) -> None:
    """Serve until whoever started this is gone: its end of our standard input closes then."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)  # noqa: FBT003 - its one argument
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        while True:
            ready, _, _ = select.select([listener, woken, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            if woken in ready:
                woken.recv(4096)
            if listener in ready:
                asked, _ = listener.accept()
                pid = _fork(asked, [listener, woken, wakes, *children.values()])
                children[pid] = asked
            _bury(children)


def _bury(children: dict[int, socket.socket]) -> None:
    """Tell of each child that has ended how it did: its code, below zero when a signal ended it."""
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with contextlib.suppress(OSError), children.pop(pid) as told:
                told.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _fork(asked: socket.socket, others: list[socket.socket]) -> int:
    text, fds = _receive(asked)
    pid = os.fork()
    if pid == 0:
        for each in (asked, *others):
            each.close()
        _become(json.loads(text), fds)
    for fd in fds:
        os.close(fd)
    asked.sendall(f"{pid}\n".encode())
    return pid


def _receive(asked: socket.socket) -> tuple[str, array.array[int]]:
    """The wish, ended by a line's end, and the descriptors of its output and its errors."""
    fds = array.array("i")
    data, extra, _, _ = asked.recvmsg(_MOST, socket.CMSG_LEN(2 * fds.itemsize))
    for _, _, part in extra:
        fds.frombytes(part)
    while not data.endswith(b"\n"):
        data += asked.recv(_MOST)
    return data.decode(), fds


def _become(wish: dict[str, Any], fds: array.array[int]) -> NoReturn:
    """Run the program as the interpreter would, and end."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(fds[0], 1)
    os.dup2(fds[1], 2)
    os.chdir(wish["cwd"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    sys.path[:0] = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.stdin = open(0)  # noqa: SIM115 - it stays open as long as the process lives
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = ["", *wish["arguments"]]
    code = 0
    try:
        runpy.run_module(wish["module"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter does at its end
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
