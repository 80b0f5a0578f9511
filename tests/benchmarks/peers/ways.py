"""`python -m benchmarks.peers.ways MODULE:WAY EXCHANGE`: makes signed orders one by one and tells what each cost.

Each line on standard input is {"count": …}; the answer is processor and wall microseconds per order. A way is made for
an exchange by calling it, and gives a function that places so many orders.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable

Place = Callable[[int], object]


def main() -> None:
    module, _, name = sys.argv[1].partition(":")
    place: Place = getattr(importlib.import_module(module), name)(sys.argv[2])
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        count = json.loads(line)["count"]
        began, cpu = time.monotonic_ns(), time.process_time_ns()
        place(count)
        cpu, wall = time.process_time_ns() - cpu, time.monotonic_ns() - began
        print(json.dumps({"cpu_us": cpu / count / 1e3, "wall_us": wall / count / 1e3}), flush=True)


if __name__ == "__main__":
    main()
