"""Lets `python -m workers.cli` do what `pointsman` does."""

from workers.cli import main

main()
