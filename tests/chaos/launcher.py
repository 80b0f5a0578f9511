"""Starts `pointsman` with a bug planted in it; the code that is shipped knows nothing of this."""

from __future__ import annotations

import sys

from support.protocol.plants import planted

from workers.cli import main

if __name__ == "__main__":
    with planted(sys.argv.pop(1)):
        main()
