"""`pointsman watch`: everything at a glance, anew every two seconds, in the eighty columns of any terminal."""

from __future__ import annotations

import json as json_module
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from router import OrderRouter, RouterError
from router.commands import read_command
from router.connection import answering
from router.journal import Journal
from router.limits import BudgetLeft, budgets_left
from router.queues import queues_of, readable
from router.standing import Standing, standing
from router.under_way import UnderWay, under_way
from workers.cli.status import STATES
from workers.exchanges import exchange_names

WIDTH: Final = 80
_LAST, _EVENTS, _BUDGETS = 8, 100, 6
_LOOKED_AT: Final = 10_000
_COLOURS: Final = {"done": "green", "rejected": "red", "failed": "red", "expired": "yellow", "unknown": "bold red"}
Json = Annotated[bool, typer.Option("--json", help="a line of JSON each time instead of a screen")]


class Move(NamedTuple):
    """A command's latest change of state: when (ms of Redis' clock), to which, and the command in a line."""

    at_ms: int
    id: str
    state: str
    command: str


class Sight(NamedTuple):
    """What one look found."""

    house: Standing
    work: UnderWay
    budgets: list[BudgetLeft]
    moves: list[Move]


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.command()(watch)


def watch(
    interval: Annotated[float, typer.Option(min=0.2, help="seconds between two looks")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="look once, print, end")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Queues, commands, budgets, breakers, clocks and workers, live; Ctrl-C ends it."""
    console = Console()
    with OrderRouter() as router, suppress(KeyboardInterrupt):
        if json or once or not console.is_terminal:
            _print_all(router, interval, once=once or not json, json=json)
            return
        with Live(console=console, screen=True, auto_refresh=False) as shown:
            while True:
                shown.update(_screen(_look(router)), refresh=True)
                time.sleep(interval)


def _print_all(router: OrderRouter, interval: float, *, once: bool, json: bool) -> None:
    while True:
        sight = _look(router)
        if json:
            print(json_module.dumps(_document(sight)), flush=True)
        else:
            Console(width=WIDTH).print(_screen(sight))
        if once:
            return
        time.sleep(interval)


def _look(router: OrderRouter) -> Sight:
    names = [queue for exchange in exchange_names() for queue in queues_of(exchange)]
    with answering(router.settings):
        journal = router.journal
        work = under_way(journal, names, _LOOKED_AT)
        return Sight(standing(journal), work, budgets_left(journal), last_moves(journal))


def last_moves(journal: Journal, count: int = _LAST) -> list[Move]:
    """The commands that changed last, the newest first, each with its latest state. Raises: redis.RedisError."""
    rows: Any = journal.client.xrevrange(journal.keys.events, count=_EVENTS)
    latest: dict[str, tuple[int, str]] = {}
    for name, fields in rows:
        command_id = fields[b"id"].decode()
        if command_id and command_id not in latest and len(latest) < count:
            latest[command_id] = int(name.partition(b"-")[0]), fields[b"state"].decode()
    with journal.client.pipeline(transaction=False) as pipeline:
        for command_id in latest:
            pipeline.hget(journal.keys.command(command_id), "document")
        documents = pipeline.execute()
    return [
        Move(at_ms, command_id, state, _line(document))
        for (command_id, (at_ms, state)), document in zip(latest.items(), documents, strict=True)
    ]


def _line(document: bytes | None) -> str:
    try:
        return readable(read_command(document)) if document else ""
    except RouterError:  # of another version
        return "(cannot be read)"


def _document(sight: Sight) -> dict[str, object]:
    house, work = sight.house, sight.work
    return {
        "not_ended": work.not_ended,
        "in_doubt": len(work.in_doubt),
        "dead_letters": house.dead_letters,
        "halts": [halt.what for halt in house.halts],
        "queues": {name: load._asdict() for name, load in work.queues.items()},
        "workers": {name: beat._asdict() for name, beat in sorted(house.workers.items())},
        "bans": [ban._asdict() for ban in house.bans],
        "breakers": [breaker._asdict() for breaker in house.breakers],
        "clocks": [clock._asdict() for clock in house.clocks],
        "budgets": [{**each.of._asdict(), "used": each.used, "left": each.left} for each in sight.budgets],
        "commands": [move._asdict() for move in sight.moves],
    }


def _screen(sight: Sight) -> Group:
    return Group(_headline(sight), *_tables(sight))


def _headline(sight: Sight) -> Text:
    house, work = sight.house, sight.work
    parts = [
        (f"Pointsman {datetime.now(UTC):%H:%M:%S} UTC", "bold"),
        (f"  not ended {work.not_ended}", ""),
        (f"  in doubt {len(work.in_doubt)}", "bold red" if work.in_doubt else "green"),
        (f"  halts {len(house.halts)}", "bold red" if house.halts else "green"),
        (f"  dead letters {house.dead_letters}", "yellow" if house.dead_letters else "green"),
    ]
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


def _tables(sight: Sight) -> Iterator[Table]:
    house = sight.house
    served = {queue for beat in house.workers.values() for queue in beat.queues}
    loads = {name: load for name, load in sight.work.queues.items() if name in served or load.messages or load.states}
    rows = [
        (name, load.messages, *(load.states.get(state, 0) for state in STATES), f"{load.oldest_seconds:.0f} s")
        for name, load in loads.items()
    ]
    yield _table(("queue", "messages", *STATES, "oldest"), rows)
    yield _table(("at", "state", "command", "id"), [_move(move) for move in sight.moves])
    scarce = sorted(sight.budgets, key=lambda each: each.share_left)[:_BUDGETS]
    yield _table(("budget", "left", "of", ""), [_budget(each) for each in scarce])
    yield _table(("way", "reached", "breaker", "banned", "clock", "+-"), list(_ways(house)))
    beats = [(name, ", ".join(beat.queues), f"{beat.quiet_seconds:.0f} s") for name, beat in house.workers.items()]
    yield _table(("worker", "queues", "canary"), sorted(beats))


def _move(move: Move) -> tuple[str, ...]:
    colour = _COLOURS.get(move.state, "")
    state = f"[{colour}]{move.state}[/]" if colour else move.state
    return f"{datetime.fromtimestamp(move.at_ms / 1_000, UTC):%H:%M:%S}", state, escape(move.command), move.id[:8]


def _budget(each: BudgetLeft) -> tuple[str, ...]:
    of, filled = each.of, round(each.share_left * 20)
    name = " ".join(part for part in (of.exchange, of.payer, of.symbol, of.name) if part)
    return escape(name), str(each.left), str(of.limit), "#" * filled + "." * (20 - filled)


def _ways(house: Standing) -> Iterator[tuple[str, ...]]:
    """Each way to an exchange: those whose clock is known, and those that something is wrong with."""
    clocks, bans = {each.way: each for each in house.clocks}, {each.egress: each for each in house.bans}
    opened = {each.way: each for each in house.open_breakers}
    for way in sorted({*clocks, *opened, *bans}):
        clock, ban = clocks.get(way), bans.get(way)
        reached = {True: "yes", False: "[bold red]no[/]", None: ""}[clock.is_reachable if clock else None]
        breaker = f"[bold red]open {opened[way].open_seconds:.0f} s[/]" if way in opened else "closed"
        banned = f"[bold red]{ban.left_seconds:.0f} s[/]" if ban else "no"
        offset = _ms(clock.offset_ms) if clock else ""
        yield escape(way), reached, breaker, banned, offset, _ms(clock.uncertainty_ms) if clock else ""


def _ms(value: float | None) -> str:
    return "" if value is None else f"{round(value)} ms"


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """As wide as the screen, one line a row; what does not fit is cut in the column that has the longest text."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(Text.from_markup(cell).cell_len for cell in column) for column in zip(columns, *cells, strict=True)]
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, padding=(0, 1, 0, 0))
    for name, width in zip(columns, widths, strict=True):
        keeps = width if width < max(widths) else None
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=keeps, ratio=None if keeps else 1)
    for row in cells:
        table.add_row(*row)
    return table
