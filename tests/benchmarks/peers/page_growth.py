"""The page's sections about growth and about starting."""

from __future__ import annotations

from benchmarks.peers.figures import Raw
from benchmarks.peers.tables import spread, table

_TITLES = {
    "backlog": "A backlog of commands, one worker draining it",
    "accounts": "Accounts of one worker",
    "workers": "Worker processes, ten accounts",
    "followers": "Followers of the stream of events in one app, one order a second (from 500 on more slowly)",
    "connected": "Followers with connections of their own, the same",
}


def growth(told: Raw) -> str:
    """Item 5."""
    parts = ["## Growth"]
    for kind, title in _TITLES.items():
        rows = told.get(kind) or []
        if rows:
            head = [name.replace("_", " ") for name in rows[0]]
            cells = [
                [
                    f"{value:,.2f}" if isinstance(value, float) and value < 10 else f"{value:,.0f}"
                    for value in row.values()
                ]
                for row in rows
            ]
            parts += [f"### {title}", table(head, cells)]
    return "\n\n".join([*parts, *(f"Failed: {each.splitlines()[0]}" for each in told["failed"])])


def start(told: Raw) -> str:
    """Item 6."""
    rows = [(name, spread(seconds, ".3f")) for name, seconds in told["seconds"].items()]
    return "\n\n".join(["## Start", table(("what", "seconds"), rows)])
