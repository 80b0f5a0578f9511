"""`pointsman status`: how one command stands, or how everything does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from router import OrderRouter
from router.connection import answering
from router.queues import queues_of
from router.standing import ExchangeClock, Standing, standing
from router.under_way import UnderWay, under_way
from workers.cli.views import as_json, show_pairs, table_of
from workers.exchanges import exchange_names

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
STATES = ("queued", "waiting", "sending", "unknown")
_SHOWN = 20


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.command()(status)


def status(
    command_id: Annotated[str | None, typer.Argument(help="one command; the whole if none is given")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """How one command stands; or what is under way, who works, and what holds calls back."""
    with OrderRouter() as router:
        if command_id is not None:
            record = router.record(command_id)
            show_pairs("command", {**record._asdict(), "took_ms": record.took_ms}, json=json)
            return
        with answering(router.settings):
            house = standing(router.journal)
            work = under_way(router.journal, [queue for name in exchange_names() for queue in queues_of(name)])
    if json:
        as_json(_document(house, work))
        return
    console = Console()
    for table in _tables(house, work):
        console.print(table)


def when(since_ms: int) -> str:
    """A moment of Redis' clock, for people."""
    return datetime.fromtimestamp(since_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _document(house: Standing, work: UnderWay) -> dict[str, object]:
    return {
        "not_ended": work.not_ended,
        "counted": work.counted,
        "dead_letters": house.dead_letters,
        "queues": {name: load._asdict() for name, load in work.queues.items()},
        "workers": {name: beat._asdict() for name, beat in sorted(house.workers.items())},
        "halts": [halt.model_dump(mode="json", exclude={"stood_before"}) for halt in house.halts],
        "bans": [ban._asdict() for ban in house.bans],
        "breakers": [breaker._asdict() for breaker in house.breakers],
        "clocks": [clock._asdict() for clock in house.clocks],
        "in_doubt": [each._asdict() for each in work.in_doubt],
    }


def _tables(house: Standing, work: UnderWay) -> Iterator[Table]:
    yield table_of(("status", ""), _summary(house, work).items())
    rows = [
        (name, load.messages, *(load.states.get(state, 0) for state in STATES), f"{load.oldest_seconds:.0f} s")
        for name, load in work.queues.items()
    ]
    yield table_of(("queue", "messages", *STATES, "oldest"), rows, "Queues")
    beats = [(name, ", ".join(beat.queues), f"{beat.quiet_seconds:.0f} s") for name, beat in house.workers.items()]
    yield table_of(("worker", "queues", "took a message before"), sorted(beats), "Workers")
    yield from _held_back(house)
    if work.in_doubt:
        doubts = [
            (each.id, each.queue, each.account, each.attempts, f"{each.age_seconds:.0f} s", each.why)
            for each in work.in_doubt[:_SHOWN]
        ]
        yield table_of(("id", "queue", "account", "tries", "age", "why"), doubts, "Commands in doubt, the oldest first")


def _held_back(house: Standing) -> Iterator[Table]:
    """What is not well is shown; what is, is not."""
    if house.halts:
        halts = [(halt.what, when(halt.since_ms), halt.by, halt.why) for halt in house.halts]
        yield table_of(("halted", "since", "by", "why"), halts, "Halts")
    if house.bans:
        yield table_of(("banned", "for"), [(ban.egress, f"{ban.left_seconds:.0f} s") for ban in house.bans], "Bans")
    if house.open_breakers:
        broken = [(each.way, each.failures, f"{each.open_seconds:.0f} s") for each in house.open_breakers]
        yield table_of(("way", "failures in a row", "open since"), broken, "Breakers open")
    if house.clocks:
        columns = ("way", "reachable", "offset", "give or take", "measured before", "stable")
        yield table_of(columns, [_clock(clock) for clock in house.clocks], "Clocks")


def _clock(clock: ExchangeClock) -> tuple[str, ...]:
    reachable = "" if clock.is_reachable is None else _yes(clock.is_reachable)
    off = (_ms(clock.offset_ms), _ms(clock.uncertainty_ms), _seconds(clock.age_seconds))
    return (clock.way, reachable, *off, _yes(clock.is_stable))


def _summary(house: Standing, work: UnderWay) -> dict[str, object]:
    return {
        "commands not ended": work.not_ended,
        **({} if work.counted >= work.not_ended else {"of these counted below": work.counted}),
        "in doubt": len(work.in_doubt),
        "halted": ", ".join(halt.what for halt in house.halts) or "nothing",
        "banned": len(house.bans),
        "breakers open": len(house.open_breakers),
        "dead letters": house.dead_letters,
    }


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} ms"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"


def _yes(value: bool) -> str:  # noqa: FBT001 - it is what is shown
    return "yes" if value else "no"
