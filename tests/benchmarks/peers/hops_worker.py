"""`python -m benchmarks.peers.hops_worker FILE worker binance …`: our worker, noting when each order passes where.

It wraps a few of our functions before the worker starts. What a checkout does not have (any more) is left out: its time
then counts to the next hop. The times go to FILE as JSON when the worker ends: {command: {hop: ns}}.
"""

from __future__ import annotations

import atexit
import importlib
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

Known = Callable[[tuple[Any, ...]], str]
_passed: dict[str, dict[str, int]] = defaultdict(dict)
_in_hand = threading.local()


def _note(command_id: str, hop: str) -> None:
    if command_id:
        _passed[command_id].setdefault(hop, time.monotonic_ns())


def _of_message(arguments: tuple[Any, ...]) -> str:
    return str(json.loads(arguments[1])["headers"]["id"])


def _of_delivery(arguments: tuple[Any, ...]) -> str:
    return str(arguments[1].id)


def _of_thread(_: tuple[Any, ...]) -> str:
    return str(getattr(_in_hand, "command", ""))


_POINTS: tuple[tuple[str, str, str, Known, str], ...] = (
    ("workers.message", "Message", "read", _of_message, "message"),
    ("workers.runtime", "Runtime", "run", _of_delivery, "task"),
    ("router.journal", "Journal", "begin", _of_delivery, "begin"),
    ("workers.calls.transport", "Transport", "__call__", _of_thread, "send"),
    ("router.journal", "Journal", "finish_and_take", _of_delivery, "finish"),
)
"""Where time is taken: module, class, method, whose order it is, the hop's name; before and after the call."""


def _wrap(kind: type, method: str, whose: Known, hop: str) -> None:
    real = getattr(kind, method)

    def timed(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever it is
        name = whose(arguments)
        if hop == "task":
            _in_hand.command = name
        _note(name, hop)
        try:
            return real(*arguments, **more)
        finally:
            _note(name, f"{hop} done")

    setattr(kind, method, timed)


def main() -> None:
    file = Path(sys.argv.pop(1))
    for module, kind, method, whose, hop in _POINTS:
        try:
            found = getattr(importlib.import_module(module), kind)
            getattr(found, method)
        except (ImportError, AttributeError):
            sys.stderr.write(f"{module} has no {kind}.{method}: the hop {hop!r} is left out\n")
            continue
        _wrap(found, method, whose, hop)
    atexit.register(lambda: file.write_text(json.dumps(_passed)))
    from workers.cli import main as pointsman  # noqa: PLC0415 - after its parts were wrapped

    pointsman()


if __name__ == "__main__":
    main()
