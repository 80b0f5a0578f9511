"""`python -m benchmarks.peers`: run it by `make bench`; its results stand in docs/performance.md."""

from __future__ import annotations

import sys

from benchmarks.peers import ending
from benchmarks.peers.run import main

if __name__ == "__main__":
    ending.when_asked()
    sys.exit(main())
