"""`python -m benchmarks.peers.app SENDER`: an app in a process of its own, told over its standard input what to do.

Each line is JSON: {"do": "many", "count": …, "accounts": …}, {"do": "paced", …, "gap": …} or {"do": "steps",
"count": …}. The answer is a line of JSON: wall and processor seconds, and for paced orders their times.
``SENDER`` is ``module:Class``.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from benchmarks.peers.driving import Sender
from benchmarks.peers.orders import orders


def _done(sender: Sender, wish: dict[str, Any]) -> dict[str, object]:
    match wish["do"]:
        case "many":
            given = orders(wish["count"], wish["accounts"])
            began, cpu = time.monotonic_ns(), time.process_time_ns()
            sender.many(given)
            taken: list[Any] = []
        case "paced":
            given = orders(wish["count"], wish["accounts"])
            began, cpu = time.monotonic_ns(), time.process_time_ns()
            taken = sender.paced(given, wish["gap"])
        case _:
            began, cpu = time.monotonic_ns(), time.process_time_ns()
            sender.steps(wish["count"])
            taken = []
    return {
        "began_ns": began,
        "seconds": (time.monotonic_ns() - began) / 1e9,
        "cpu_seconds": (time.process_time_ns() - cpu) / 1e9,
        "taken": taken,
    }


def main() -> None:
    module, _, name = sys.argv[1].partition(":")
    sender: Sender = getattr(importlib.import_module(module), name)()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_done(sender, json.loads(line))), flush=True)
    sender.close()


if __name__ == "__main__":
    main()
