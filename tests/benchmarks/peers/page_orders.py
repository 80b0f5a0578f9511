"""The page's sections about orders: one signed, one enqueued, bursts, paced ones, and the distance to the floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.peers.figures import Raw, median, ratios
from benchmarks.peers.side_by_side import EXCHANGES
from benchmarks.peers.systems import SYSTEMS
from benchmarks.peers.tables import by_system, spread, table, times, values

OURS = "pointsman"
_CLIENT = """Processor time of one order on a kept connection, {rounds} rounds of {count} in turn on one core. The
ratio is ours to theirs, round by round. "The call" is one request, checked, gated, signed, sent and read into a model;
`place_order` also reads the order where the exchange only acknowledges it (Bybit and OKX: two requests)."""
_BURST = """{orders} orders at once, two worker processes, {rounds} rounds in turn. Orders/s are counted from the app's
first call to the last arrival at the exchange; drained/s from the first arrival. Processor time is that of all worker
processes. Redis' commands are those it ran, inside scripts too; reads are its reads from sockets, about round trips."""
_PACED = """{orders} orders, two worker processes, {rounds} rounds in turn: milliseconds from the app's call to the
exchange, and to the result in the app's hands."""
_FLOOR = """The floor is the same path as bare as Python allows, and promises nothing: LPUSH, BRPOP, a hand-signed
http.client, SET. One worker process each, 50 orders a second, exchange at 0 ms."""
Picture = tuple[str, str, Mapping[str, Sequence[float]]]


def client(told: Raw) -> str:
    """Item 1."""
    parts = [
        "## One signed order, client side",
        _CLIENT.format(**told),
    ]
    for exchange in EXCHANGES:
        cpu = {name.partition(": ")[2]: way["cpu_us"] for name, way in _of(told, exchange).items()}
        call = f"{OURS}, the call"
        rows = [(name, spread(taken), f"{median(ratios(cpu, call, name)):.2f}×") for name, taken in cpu.items()]
        parts += [f"### {exchange}", table(("way", "CPU µs", "our call ÷ this"), rows)]
    return "\n\n".join([*parts, "![One signed order](pictures/performance-client.svg)"])


def _of(told: Raw, exchange: str) -> dict[str, Raw]:
    return {name: way for name, way in told["ways"].items() if name.startswith(f"{exchange}:")}


def enqueue(told: Raw) -> str:
    """Item 2."""
    wall = {name: way["wall_us"] for name, way in told["ways"].items()}
    cpu = {name: way["cpu_us"] for name, way in told["ways"].items()}
    one, many = f"{OURS} place_order", f"{OURS} submit_many"
    rows = [
        (
            name, spread(wall[name]), spread(cpu[name]), f"{median(ratios(wall, one, name)):.2f}×",
            f"{median(ratios(wall, many, name)):.2f}×",
        )
        for name in wall
    ]  # fmt: skip
    head = ("way", "µs per order", "CPU µs per order", "place_order ÷ this", "submit_many ÷ this")
    text = f"One app, no worker taking anything, {told['rounds']} rounds of {told['count']} in turn on one core."
    return "\n\n".join(["## Enqueue", text, table(head, rows), "![Enqueue](pictures/performance-enqueue.svg)"])


def burst(told: Raw) -> str:
    """Item 3, all at once."""
    parts = [
        "## End to end: a burst",
        _BURST.format(orders=_orders(told), rounds=told["rounds"]),
    ]
    for delay, accounts in _loads(told):
        rounds = by_system(told["measured"], delay_ms=delay, accounts=accounts)
        parts += [f"### Exchange at {delay:g} ms, {_many(accounts)}", _bursts(rounds)]
    parts.append("![A burst](pictures/performance-burst.svg)\n\n![Its cost](pictures/performance-cpu.svg)")
    return "\n\n".join([*parts, *_failures(told)])


def _bursts(rounds: Mapping[str, Sequence[Raw]]) -> str:
    ours = rounds.get(OURS, [])
    rows = [
        (
            SYSTEMS[name].about, spread(values(theirs, "per_second"), ",.0f"),
            spread(values(theirs, "drained_per_second"), ",.0f"), spread(values(theirs, "worker_cpu_ms"), ".2f"),
            f"{median(values(theirs, 'server_cpu_ms')):.3f}",
            f"{median(values(theirs, 'redis_commands')):.1f}, {median(values(theirs, 'redis_reads')):.1f}",
            f"{median(values(theirs, 'memory_mb')):.0f}",
            times(values(ours, "per_second"), values(theirs, "per_second")),
            times(values(ours, "worker_cpu_ms"), values(theirs, "worker_cpu_ms")),
        )
        for name, theirs in rounds.items()
    ]  # fmt: skip
    head = (
        "system", "orders/s", "drained/s", "CPU ms per order", "Redis CPU ms", "Redis commands, reads", "MB",
        "our orders/s ÷ its", "our CPU ÷ its",
    )  # fmt: skip
    return table(head, rows)


def paced(told: Raw) -> str:
    """Item 3, one after the other."""
    parts = [
        "## End to end: 50 orders a second",
        _PACED.format(orders=_orders(told), rounds=told["rounds"]),
    ]
    for delay, accounts in _loads(told):
        rounds = by_system(told["measured"], delay_ms=delay, accounts=accounts)
        ours = rounds.get(OURS, [])
        rows = [
            (
                SYSTEMS[name].about,
                *(
                    spread(values(theirs, f"{way}_{part}_ms"), ".2f")
                    for way in ("to_exchange", "to_result")
                    for part in ("p50", "p99")
                ),
                spread(values(theirs, "worker_cpu_ms"), ".2f"),
                times(values(ours, "to_exchange_p50_ms"), values(theirs, "to_exchange_p50_ms")),
                times(values(ours, "to_result_p99_ms"), values(theirs, "to_result_p99_ms")),
            )
            for name, theirs in rounds.items()
        ]
        head = (
            "system", "exchange p50", "exchange p99", "result p50", "result p99", "CPU ms per order",
            "our exchange p50 ÷ its", "our result p99 ÷ its",
        )  # fmt: skip
        parts += [f"### Exchange at {delay:g} ms", table(head, rows)]
    parts.append("![50 a second](pictures/performance-paced.svg)")
    return "\n\n".join([*parts, *_failures(told)])


def floor(told: Raw) -> str:
    """Item 4."""
    rounds = by_system(told["measured"])
    ours, bare = rounds[OURS], rounds["floor"]
    names = {
        "to_exchange_p50_ms": "to the exchange, p50 ms", "to_result_p50_ms": "to the result, p50 ms",
        "worker_cpu_ms": "worker CPU ms per order", "redis_reads": "Redis reads per order, the app's too",
    }  # fmt: skip
    rows = [
        (
            about,
            spread(values(ours, name), ".2f"),
            spread(values(bare, name), ".2f"),
            times(values(ours, name), values(bare, name)),
        )
        for name, about in names.items()
    ]
    hops = [(hop["about"], f"{hop['p50_us']:,.0f}", f"{hop['p99_us']:,.0f}") for hop in told["hops"]]
    return "\n\n".join(
        [
            "## Distance to the floor",
            _FLOOR,
            table(("figure", "Pointsman", "floor", "multiple"), rows),
            "Where the time goes, hop by hop:",
            table(("what happens", "p50 µs", "p99 µs"), hops),
        ]
    )


def pictures(parts: Mapping[str, Raw]) -> dict[str, Picture]:
    """The bar charts of what was measured."""
    found: dict[str, Picture] = {}
    if "client" in parts:
        ways = _of(parts["client"], "binance")
        named = {name.partition(": ")[2]: way["cpu_us"] for name, way in ways.items()}
        found["client"] = ("One signed order on Binance, client side: CPU µs, less is better", "µs", named)
    if "enqueue" in parts:
        wall = {name: way["wall_us"] for name, way in parts["enqueue"]["ways"].items()}
        found["enqueue"] = ("One order enqueued: µs, less is better", "µs", wall)
    if "burst" in parts:
        rounds = by_system(parts["burst"]["measured"], delay_ms=0.0, accounts=1)
        rates = {name: values(each, "per_second") for name, each in rounds.items()}
        found["burst"] = ("A burst, exchange at 0 ms: orders per second, more is better", "/s", rates)
        cost = {name: values(each, "worker_cpu_ms") for name, each in rounds.items()}
        found["cpu"] = ("The same: worker CPU ms per order, less is better", "ms", cost)
    if "paced" in parts:
        rounds = by_system(parts["paced"]["measured"], delay_ms=0.0)
        delays = {name: values(each, "to_result_p50_ms") for name, each in rounds.items()}
        found["paced"] = ("50 orders a second: p50 ms to the result, less is better", "ms", delays)
    return found


def _orders(told: Raw) -> int:
    return max((each["orders"] for each in told["measured"]), default=0)


def _loads(told: Raw) -> list[tuple[float, int]]:
    return list(dict.fromkeys((each["delay_ms"], each["accounts"]) for each in told["measured"]))


def _many(accounts: int) -> str:
    return "one account" if accounts == 1 else f"{accounts} accounts"


def _failures(told: Raw) -> list[str]:
    return [f"Failed: {each.splitlines()[0]}" for each in told["failed"]]
