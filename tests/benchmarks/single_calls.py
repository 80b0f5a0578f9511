"""An ordinary worker that never makes a batch of what waits: the yardstick for the gain of those that do."""

from __future__ import annotations

from workers.company import CompanyExecutor


def alone() -> None:
    """Take the one method away that makes the difference."""
    del CompanyExecutor._act


if __name__ == "__main__":
    alone()
    from workers.cli import main

    main()
